/* replay_judge.c - both sides decode and judge a payload in step, record by record. */
#include "cli/replay.h"

#include "core/clock.h"

#include <assert.h>
#include <stdlib.h>

const char *replay_kind_name(enum replay_kind kind)
{
    static const char *const names[REPLAY_KINDS] = {"same", "added", "removed", "changed"};
    return names[kind];
}

/* ---- made and freed -------------------------------------------------------------------------------------------- */

int replay_judge_init(struct replay_judge *judge, const struct replay *replay)
{
    *judge = (struct replay_judge){.replay = replay};
    for (int i = 0; i < REPLAY_SIDES; i++) {
        const struct replay_side *side = &replay->sides[i];
        if (side->ruleset == NULL)
            continue;
        judge->sessions[i] = session_new(&replay->limits, &replay->alert);
        if (judge->sessions[i] == NULL)
            return -TS_ENOMEM;
        judge_lists(session_judge(judge->sessions[i]), side->lists, strcmp(replay->config->lists.expiry, "wall") == 0);
        if (session_use(judge->sessions[i], side->ruleset) != 0)
            return -TS_ENOMEM;
    }
    return 0;
}

void replay_judge_fini(struct replay_judge *judge)
{
    for (int i = 0; i < REPLAY_SIDES; i++)
        session_free(&judge->sessions[i]);
}

static size_t rule_count(const struct replay_side *side)
{
    return side->ruleset != NULL ? ruleset_rule_count(side->ruleset) : 0;
}

int replay_count_init(struct replay_count *count, const struct replay *replay)
{
    *count = (struct replay_count){.first_ms = -1};
    for (int i = 0; i < REPLAY_SIDES; i++) {
        count->rules[i] = calloc(rule_count(&replay->sides[i]) + 1, sizeof(*count->rules[i]));
        if (count->rules[i] == NULL)
            return -TS_ENOMEM;
    }
    return 0;
}

void replay_count_fini(struct replay_count *count)
{
    for (int i = 0; i < REPLAY_SIDES; i++)
        free(count->rules[i]);
}

int replay_batch_init(struct replay_batch *batch, const struct replay *replay)
{
    batch->changes = NULL;
    batch->last = &batch->changes;
    return replay_count_init(&batch->count, replay);
}

static void free_change(struct replay_change *change)
{
    free(change->line);
    for (int i = 0; i < REPLAY_SIDES; i++)
        free(change->warning[i]);
    free(change);
}

static void free_changes(struct replay_batch *batch)
{
    struct replay_change *change;

    while ((change = batch->changes) != NULL) {
        batch->changes = change->next;
        free_change(change);
    }
    batch->last = &batch->changes;
}

void replay_batch_fini(struct replay_batch *batch)
{
    free_changes(batch);
    replay_count_fini(&batch->count);
}

/* ---- a record -------------------------------------------------------------------------------------------------- */

static bool is_warned(const struct replay_seen *seen)
{
    return seen->result != NULL && seen->result->outcome == OUTCOME_WARNED;
}

static bool same_rules(const struct verdict *a, const struct verdict *b)
{
    if (a->nlive != b->nlive || verdict_tier(a, false) != verdict_tier(b, false))
        return false;
    for (size_t i = 0; i < a->nlive; i++) {
        size_t j = 0;
        while (j < b->nlive && strcmp(a->fired[i].rule->id, b->fired[j].rule->id) != 0)
            j++;
        if (j == b->nlive)
            return false;
    }
    return true;
}

static enum replay_kind compare(const struct replay_seen seen[REPLAY_SIDES])
{
    bool new = is_warned(&seen[REPLAY_NEW]), old = is_warned(&seen[REPLAY_OLD]);

    if (new != old)
        return new ? REPLAY_ADDED : REPLAY_REMOVED;
    if (!new || same_rules(seen[REPLAY_NEW].result->verdict, seen[REPLAY_OLD].result->verdict))
        return REPLAY_SAME;
    return REPLAY_CHANGED;
}

static void count_rules(struct replay_rule_count *rules, const struct verdict *verdict)
{
    for (size_t i = 0; i < verdict->nlive; i++)
        rules[verdict->fired[i].rule_index].live++;
    for (size_t i = 0; i < verdict->nshadow; i++)
        rules[verdict->shadow[i].rule_index].shadow++;
}

static void count_time(struct replay_count *count, int64_t first_ms, int64_t last_ms)
{
    if (first_ms < 0)
        return;
    if (count->first_ms < 0 || first_ms < count->first_ms)
        count->first_ms = first_ms;
    if (last_ms > count->last_ms)
        count->last_ms = last_ms;
}

static void count_seen(struct replay_count *count, const struct replay_seen seen[REPLAY_SIDES])
{
    const struct record *record = NULL;

    count->records++;
    for (int i = 0; i < REPLAY_SIDES; i++) {
        const struct session_result *result = seen[i].result;
        count->outcome[i][result != NULL ? result->outcome : OUTCOME_CLEAN]++;
        if (result != NULL && result->verdict != NULL)
            count_rules(count->rules[i], result->verdict);
        if (result != NULL && result->record != NULL)
            record = result->record;
    }
    if (record != NULL)
        count_time(count, record->field[FIELD_TS].i, record->field[FIELD_TS].i);
}

static int add_change(struct replay_judge *judge, enum replay_kind kind, const struct alert_source *source,
                      struct replay_seen seen[REPLAY_SIDES], struct replay_batch *batch)
{
    struct replay_change *change = calloc(1, sizeof(*change));
    struct warning warnings[REPLAY_SIDES];
    int64_t now_ms = clock_wall_ms();
    bool ok = change != NULL;
    size_t n;

    for (int i = 0; i < REPLAY_SIDES && ok; i++) {
        if (!is_warned(&seen[i]))
            continue;
        change->warning[i] = session_warning(judge->sessions[i], false, now_ms, &n, &warnings[i]);
        seen[i].warning = &warnings[i];
        memcpy(change->id, warnings[i].id, sizeof(change->id));
        ok = change->warning[i] != NULL;
    }
    if (ok) {
        change->kind = kind;
        change->line = replay_line(judge->replay, kind, source, seen);
        ok = change->line != NULL;
    }
    if (!ok) {
        if (change != NULL)
            free_change(change);
        return -TS_ENOMEM;
    }
    *batch->last = change;
    batch->last = &change->next;
    return 0;
}

/* The time of a file's records is their own. */
static bool is_in_time(const struct replay *replay, const struct session_result *result)
{
    int64_t ts_ms;

    if (!replay->timed || replay->nfiles == 0 || result->record == NULL)
        return true;
    ts_ms = result->record->field[FIELD_TS].i;
    return ts_ms >= replay->from_ms && ts_ms < replay->to_ms;
}

int replay_judge_payload(struct replay_judge *judge, const struct feed *feed, struct str payload,
                         const struct alert_source *source, struct replay_batch *batch)
{
    struct session_result results[REPLAY_SIDES];
    bool more = true;
    int rc = 0;

    for (int i = 0; i < REPLAY_SIDES; i++)
        if (judge->sessions[i] != NULL)
            session_begin(judge->sessions[i], feed, payload, source);
    for (;;) {
        struct replay_seen seen[REPLAY_SIDES] = {{0}};
        enum replay_kind kind;
        for (int i = 0; i < REPLAY_SIDES; i++) {
            if (judge->sessions[i] == NULL)
                continue;
            more = session_next(judge->sessions[i], &results[i]);
            seen[i].result = &results[i];
        }
        if (!more || rc != 0)
            return rc;
        if (!is_in_time(judge->replay, seen[REPLAY_NEW].result))
            continue;
        count_seen(&batch->count, seen);
        kind = compare(seen);
        batch->count.kinds[kind]++;
        if (kind != REPLAY_SAME)
            rc = add_change(judge, kind, source, seen, batch);
    }
}

/* ---- together -------------------------------------------------------------------------------------------------- */

static void move_rules(struct replay_rule_count *into, struct replay_rule_count *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        into[i].live += from[i].live;
        into[i].shadow += from[i].shadow;
    }
    memset(from, 0, n * sizeof(*from));
}

static void move_count(const struct replay *replay, struct replay_count *into, struct replay_count *from)
{
    into->records += from->records;
    count_time(into, from->first_ms, from->last_ms);
    for (int i = 0; i < REPLAY_KINDS; i++)
        into->kinds[i] += from->kinds[i];
    for (int i = 0; i < REPLAY_SIDES; i++) {
        for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++)
            into->outcome[i][outcome] += from->outcome[i][outcome];
        move_rules(into->rules[i], from->rules[i], rule_count(&replay->sides[i]));
    }
    *from = (struct replay_count){.first_ms = -1, .rules = {from->rules[0], from->rules[1]}};
}

int replay_take(struct replay *replay, struct replay_batch *batch)
{
    int rc = 0;

    for (struct replay_change *change = batch->changes; change != NULL && rc == 0; change = change->next) {
        replay_print_change(replay, change, stdout);
        if (replay->emits && change->kind == REPLAY_ADDED &&
            (rc = replay_emit_keep(&replay->emit, change->warning[REPLAY_NEW])) == 0)
            change->warning[REPLAY_NEW] = NULL;
        if (rc == 0 && replay->withdraws && change->kind == REPLAY_REMOVED)
            rc = replay_emit_remove(&replay->emit, change->id);
    }
    free_changes(batch);
    move_count(replay, &replay->total, &batch->count);
    return rc;
}
