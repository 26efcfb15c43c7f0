/* replay_summary.c - counts by change, outcome and rule, the load that they come to in a day, and what was not there
 * to be read. The rules of both sides are one table, by their ids. */
#include "cli/replay.h"

#include "cli/past.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#define DAY_MS 86400000.0
#define SPAN_LEAST_MS 60000 /* a pace of less says nothing of a day */

struct rule_row {
    const char *id, *library;
    struct replay_rule_count sides[REPLAY_SIDES];
};

static struct rule_row *find_row(struct rule_row *rows, size_t n, const char *id)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].id, id) == 0)
            return &rows[i];
    return NULL;
}

static int by_hits(const void *a, const void *b)
{
    const struct rule_row *x = a, *y = b;
    uint64_t nx = x->sides[REPLAY_NEW].live + x->sides[REPLAY_OLD].live;
    uint64_t ny = y->sides[REPLAY_NEW].live + y->sides[REPLAY_OLD].live;

    return nx != ny ? (nx < ny) - (nx > ny) : strcmp(x->id, y->id);
}

/* Rules that hit anything, those with most hits first; malloc'ed. */
static struct rule_row *make_rows(const struct replay *replay, size_t *n)
{
    struct rule_row *rows = NULL;

    *n = 0;
    for (int side = 0; side < REPLAY_SIDES; side++) {
        const struct ruleset *ruleset = replay->sides[side].ruleset;
        size_t count = ruleset != NULL ? ruleset_rule_count(ruleset) : 0;
        struct rule_row *bigger = realloc(rows, (*n + count + 1) * sizeof(*rows));
        if (bigger == NULL)
            break;
        rows = bigger;
        for (size_t i = 0; i < count; i++) {
            const struct replay_rule_count *hits = &replay->total.rules[side][i];
            const struct library *library;
            const struct rule *rule = ruleset_rule(ruleset, i, &library);
            struct rule_row *row;
            if (hits->live + hits->shadow == 0)
                continue;
            row = find_row(rows, *n, rule->id);
            if (row == NULL)
                *(row = &rows[(*n)++]) = (struct rule_row){.id = rule->id, .library = library->name};
            row->sides[side] = *hits;
        }
    }
    if (rows != NULL)
        qsort(rows, *n, sizeof(*rows), by_hits);
    return rows;
}

/* Warnings a day at the records' own pace; -1 when that is not known. */
static double load_of(const struct replay *replay, enum replay_which side)
{
    const struct replay_count *total = &replay->total;
    int64_t span_ms = total->first_ms < 0 ? 0 : total->last_ms - total->first_ms;

    return span_ms >= SPAN_LEAST_MS ? (double)total->outcome[side][OUTCOME_WARNED] * DAY_MS / (double)span_ms : -1;
}

static const char *hash_of(const struct replay_side *side)
{
    return side->ruleset != NULL ? ruleset_hash(side->ruleset) : "";
}

/* As warnings have it: "" when no rule asks any list. */
static const char *lists_of(const struct replay_side *side, char out[LISTS_DIGEST_SIZE])
{
    if (side->ruleset == NULL || ruleset_list_count(side->ruleset) == 0)
        return "";
    return lists_digest_text(lists_digest(side->lists), out);
}

/* ---- text ------------------------------------------------------------------------------------------------------ */

static void print_side(const struct replay *replay, enum replay_which which, FILE *out)
{
    const struct replay_side *side = &replay->sides[which];
    const uint64_t *outcome = replay->total.outcome[which];
    double load = load_of(replay, which);
    char lists[LISTS_DIGEST_SIZE];
    const char *digest = lists_of(side, lists);

    fprintf(out, "  %s  %s\n", which == REPLAY_NEW ? "new" : "old", replay_side_name(side, replay->config));
    if (side->ruleset == NULL)
        return;
    fprintf(out, "       rules %s%s%s\n", hash_of(side), *digest != '\0' ? ", lists " : "", digest);
    fprintf(out, "       %" PRIu64 " warned, %" PRIu64 " suppressed, %" PRIu64 " clean, %" PRIu64 " unreadable",
            outcome[OUTCOME_WARNED], outcome[OUTCOME_SUPPRESSED], outcome[OUTCOME_CLEAN],
            outcome[OUTCOME_DEAD_LETTERED]);
    if (load >= 0)
        fprintf(out, "; %.0f warnings a day", load);
    fputc('\n', out);
}

static void print_rules(const struct replay *replay, FILE *out)
{
    size_t n;
    struct rule_row *rows = make_rows(replay, &n);

    if (n > 0)
        fputs("  rule                      old      new   shadow\n", out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "    %-20s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n", rows[i].id, rows[i].sides[REPLAY_OLD].live,
                rows[i].sides[REPLAY_NEW].live, rows[i].sides[REPLAY_NEW].shadow);
    free(rows);
}

static void print_text(const struct replay *replay, FILE *out)
{
    const struct replay_count *total = &replay->total;
    char from[PAST_TIME_BYTES], to[PAST_TIME_BYTES];

    past_print_cut(replay->partitions, replay->npartitions, replay->topics, out);
    fprintf(out, "%" PRIu64 " records", total->records);
    if (total->first_ms >= 0)
        fprintf(out, " of %s to %s", past_time_write(total->first_ms, from), past_time_write(total->last_ms, to));
    fprintf(out, "\n  %" PRIu64 " warnings added, %" PRIu64 " removed, %" PRIu64 " changed\n",
            total->kinds[REPLAY_ADDED], total->kinds[REPLAY_REMOVED], total->kinds[REPLAY_CHANGED]);
    print_side(replay, REPLAY_OLD, out);
    print_side(replay, REPLAY_NEW, out);
    if (strcmp(hash_of(&replay->sides[REPLAY_OLD]), hash_of(&replay->sides[REPLAY_NEW])) == 0)
        fputs("  both are the same rules\n", out);
    print_rules(replay, out);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static json_t *side_json(const struct replay *replay, enum replay_which which)
{
    const struct replay_side *side = &replay->sides[which];
    json_t *out = json_pack("{s:s}", "rules", replay_side_name(side, replay->config));
    double load = load_of(replay, which);
    char lists[LISTS_DIGEST_SIZE];

    if (side->ruleset == NULL)
        return out;
    json_object_set_new(out, "ruleset", json_string(hash_of(side)));
    if (*lists_of(side, lists) != '\0')
        json_object_set_new(out, "lists", json_string(lists_of(side, lists)));
    for (int i = 0; i < OUTCOME_COUNT; i++)
        json_object_set_new(out, outcome_name((enum outcome)i),
                            json_integer((json_int_t)replay->total.outcome[which][i]));
    if (load >= 0)
        json_object_set_new(out, "warnings_per_day", json_real(load));
    return out;
}

static json_t *rules_json(const struct replay *replay)
{
    json_t *out = json_array();
    size_t n;
    struct rule_row *rows = make_rows(replay, &n);

    for (size_t i = 0; i < n; i++) {
        const struct replay_rule_count *old = &rows[i].sides[REPLAY_OLD], *new = &rows[i].sides[REPLAY_NEW];
        json_array_append_new(out, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "id", rows[i].id, "library",
                                             rows[i].library, "old", (json_int_t)old->live, "new",
                                             (json_int_t)new->live, "old_shadow", (json_int_t)old->shadow,
                                             "new_shadow", (json_int_t)new->shadow));
    }
    free(rows);
    return out;
}

static void print_json(const struct replay *replay, FILE *out)
{
    const struct replay_count *total = &replay->total;
    json_t *summary = json_pack("{s:I}", "records", (json_int_t)total->records), *line;

    if (total->first_ms >= 0) {
        json_object_set_new(summary, "first_ts", json_integer((json_int_t)total->first_ms));
        json_object_set_new(summary, "last_ts", json_integer((json_int_t)total->last_ms));
    }
    for (int i = 0; i < REPLAY_KINDS; i++)
        json_object_set_new(summary, replay_kind_name((enum replay_kind)i),
                            json_integer((json_int_t)total->kinds[i]));
    json_object_set_new(summary, "old", side_json(replay, REPLAY_OLD));
    json_object_set_new(summary, "new", side_json(replay, REPLAY_NEW));
    json_object_set_new(summary, "rules", rules_json(replay));
    if (replay->npartitions > 0)
        json_object_set_new(summary, "partitions",
                            past_partitions_json(replay->partitions, replay->npartitions, replay->topics));
    line = json_pack("{s:o}", "summary", summary);
    json_dumpf(line, out, JSON_COMPACT);
    fputc('\n', out);
    json_decref(line);
}

void replay_print_summary(const struct replay *replay, FILE *out)
{
    if (replay->json) {
        print_json(replay, out);
        return;
    }
    if (replay->shown > REPLAY_SHOWN && replay->show < (long)replay->shown)
        fprintf(out, "and %" PRIu64 " more (--json has them all)\n",
                replay->shown - (replay->show > REPLAY_SHOWN ? (uint64_t)replay->show : REPLAY_SHOWN));
    print_text(replay, out);
}
