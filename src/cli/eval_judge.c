/* eval_judge.c - a crew judges the lines of every block; what each record came to is kept with the block. */
#include "cli/eval.h"

#include "core/array.h"
#include "match/explain.h"

#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#define BLOCK_BYTES (64u << 10) /* labelled texts are few: small blocks keep every core at work */
#define ARENA_BYTES (64u << 10)
#define MAX_GAPS 8

/* ---- one thread ---------------------------------------------------------------------------------------------- */

struct judging {
    struct session *now, *old;
    char *masked; /* for templates */
    size_t masked_cap;
};

static void end(void *mine)
{
    struct judging *judging = mine;

    session_free(&judging->now);
    session_free(&judging->old);
    free(judging->masked);
    free(judging);
}

static struct session *new_session(const struct evaluation *eval, const struct ruleset *ruleset)
{
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct session *session = session_new(&limits, &eval->alert);

    if (session != NULL && session_use(session, ruleset) != 0)
        session_free(&session);
    return session;
}

static void *begin(void *context)
{
    struct evaluation *eval = context;
    struct judging *judging = calloc(1, sizeof(*judging));

    if (judging == NULL)
        return NULL;
    judging->now = new_session(eval, eval->ruleset);
    if (eval->old_ruleset != NULL)
        judging->old = new_session(eval, eval->old_ruleset);
    if (judging->now == NULL || (eval->old_ruleset != NULL && judging->old == NULL)) {
        end(judging);
        return NULL;
    }
    return judging;
}

/* ---- why a fraud was missed ----------------------------------------------------------------------------------- */

struct gap_finder {
    struct arena *arena;
    struct eval_gap gaps[MAX_GAPS];
    size_t n;
    bool near; /* some rule came near, though it lacked more than one thing */
};

static void add_gap(struct gap_finder *finder, const char *library, const char *term, const char *rule)
{
    for (size_t i = 0; i < finder->n; i++)
        if (strcmp(finder->gaps[i].term, term) == 0 && finder->gaps[i].library == library)
            return;
    term = finder->n < MAX_GAPS ? arena_strdup(finder->arena, str_of(term)).p : NULL;
    if (term != NULL)
        finder->gaps[finder->n++] = (struct eval_gap){library, term, rule};
}

static void note_near_miss(void *ctx, const struct near_miss *near)
{
    static const char prefix[] = "missing: ";
    struct gap_finder *finder = ctx;

    if (near->rule->state < RULE_CANARY)
        return;
    finder->near = true;
    if (near->terms == 1 && strncmp(near->missing, prefix, strlen(prefix)) == 0)
        add_gap(finder, near->library->name, near->missing + strlen(prefix), near->rule->id);
}

static void find_gaps(const struct evaluation *eval, struct judge *judge, const struct record *record,
                      const char *suppressor, struct eval_entry *entry, struct arena *arena)
{
    struct gap_finder finder = {.arena = arena};
    char why[128];

    if (suppressor != NULL) {
        snprintf(why, sizeof(why), "suppressed by %s", suppressor);
        add_gap(&finder, NULL, why, NULL);
    } else if (explain_near_misses(judge, eval->ruleset, record, note_near_miss, &finder) == 0 && finder.n == 0) {
        add_gap(&finder, NULL, finder.near ? "more than one term of every near rule" : "no phrase of any family found",
                NULL);
    }
    entry->gaps = arena_alloc(arena, finder.n * sizeof(*finder.gaps) + 1);
    if (entry->gaps != NULL && (entry->ngaps = finder.n) > 0)
        memcpy((void *)entry->gaps, finder.gaps, finder.n * sizeof(*finder.gaps));
}

/* ---- one record ---------------------------------------------------------------------------------------------- */

static struct str canonical_text(const struct verdict *verdict)
{
    const struct canon *canon = verdict->subject->canon;

    return (struct str){canon->buf + canon->start[CANON_TEXT], canon->end[CANON_TEXT] - canon->start[CANON_TEXT]};
}

/* Texts that differ in their numbers only are one template. */
static uint64_t template_of(struct judging *judging, struct str text)
{
    size_t n = 0;

    if (text.n > judging->masked_cap) {
        char *bigger = realloc(judging->masked, text.n);
        if (bigger == NULL)
            return XXH3_64bits(text.p, text.n);
        judging->masked = bigger;
        judging->masked_cap = text.n;
    }
    for (size_t i = 0; i < text.n; i++) {
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';
        if (!digit || n == 0 || judging->masked[n - 1] != '0')
            judging->masked[n++] = digit ? '0' : text.p[i];
    }
    return XXH3_64bits(n > 0 ? judging->masked : "", n);
}

static void note_rules(struct eval_entry *entry, const struct verdict *verdict, struct arena *arena)
{
    uint32_t *rules = arena_alloc(arena, (verdict->nlive + verdict->nshadow) * sizeof(*rules) + 1);

    if (rules == NULL)
        return;
    for (size_t i = 0; i < verdict->nlive; i++)
        rules[entry->nrules++] = verdict->fired[i].rule_index;
    for (size_t i = 0; i < verdict->nshadow; i++)
        rules[entry->nrules + entry->nshadow++] = verdict->shadow[i].rule_index;
    entry->rules = rules;
}

static void note_verdict(const struct evaluation *eval, struct judging *judging, const struct session_result *result,
                         struct eval_entry *entry, struct arena *arena)
{
    const struct verdict *verdict = result->verdict;
    struct str canonical = canonical_text(verdict);

    entry->suppressed = result->outcome == OUTCOME_SUPPRESSED;
    entry->template = result->record->has_text ? template_of(judging, canonical) /* without text each is its own */
                                               : XXH3_64bits(&entry->number, sizeof(entry->number));
    if (result->outcome == OUTCOME_WARNED) {
        entry->tier = (uint8_t)verdict_tier(verdict, false);
        entry->family = verdict->fired[0].rule->family[0];
    }
    note_rules(entry, verdict, arena);
    if (eval->suggest)
        entry->canonical = arena_strdup(arena, canonical);
    if (eval->note != NULL)
        entry->noted = eval->note(judging->now, arena);
    else if (eval_is_error(entry) && entry->label->side == SIDE_FRAUD) /* judges anew: last */
        find_gaps(eval, session_judge(judging->now), result->record,
                  entry->suppressed ? verdict->fired[0].suppressed : NULL, entry, arena);
}

static bool judge_payload(const struct evaluation *eval, struct judging *judging, struct str payload,
                          const struct alert_source *source, struct eval_entry *entry, struct eval_batch *batch)
{
    struct session_result result;

    session_begin(judging->now, eval->feed, payload, source);
    session_next(judging->now, &result);
    if (result.outcome == OUTCOME_DEAD_LETTERED) {
        err_at(&batch->err, batch->block.file, (unsigned)source->line, 1, "%s%s%s (%s)",
               reason_help(result.fault.reason), result.fault.field != NULL ? ": " : "",
               result.fault.field != NULL ? result.fault.field : "", reason_name(result.fault.reason));
        return false;
    }
    note_verdict(eval, judging, &result, entry, &batch->arena);
    if (judging->old == NULL)
        return true;
    session_begin(judging->old, eval->feed, payload, source);
    session_next(judging->old, &result);
    if (result.outcome == OUTCOME_WARNED) {
        entry->old_tier = (uint8_t)verdict_tier(result.verdict, false);
        entry->old_rule = result.verdict->fired[0].rule->id;
    }
    return true;
}

/* ---- one block ----------------------------------------------------------------------------------------------- */

static struct eval_entry *add_entry(struct eval_batch *batch)
{
    struct eval_entry *bigger = array_grow(batch->entries, batch->n, &batch->cap, sizeof(*bigger));

    if (bigger == NULL)
        return NULL;
    batch->entries = bigger;
    batch->entries[batch->n] = (struct eval_entry){.batch = batch};
    return &batch->entries[batch->n++];
}

static bool judge_line(const struct evaluation *eval, struct judging *judging, struct eval_batch *batch,
                       struct str text, uint64_t number)
{
    struct alert_source source = {.file = str_of(batch->block.file), .line = number};
    struct eval_line line;
    bool ok = true;
    size_t turns;

    if (!eval_line_read(&line, text, &batch->columns, eval->unlabelled, batch->block.file, number, &batch->arena,
                        &batch->err))
        return true;
    turns = eval_senders_count(eval->senders, &line);
    for (size_t turn = 0; turn < turns && ok; turn++) {
        char *payload = eval_payload(eval->senders, &line, number, turn);
        struct eval_entry *entry = payload != NULL ? add_entry(batch) : NULL;
        ok = entry != NULL;
        if (ok) {
            entry->line = text;
            entry->number = number;
            entry->label = line.label;
            entry->class = line.class;
            entry->turn = (uint32_t)turn;
            entry->own_sender = eval_has_own_sender(&line);
            if (!judge_payload(eval, judging, str_of(payload), &source, entry, batch))
                turn = turns;
        }
        free(payload);
    }
    json_decref(line.record);
    return ok;
}

static void free_batch(void *result)
{
    struct eval_batch *batch = result;

    block_fini(&batch->block);
    arena_fini(&batch->arena);
    err_fini(&batch->err);
    free(batch->entries);
    free(batch);
}

static void *judge(void *context, void *mine, struct block *block)
{
    struct eval_batch *batch = calloc(1, sizeof(*batch));
    struct str rest = {block->data, block->n};
    uint64_t number = block->line, newlines;
    bool ok = true;

    if (batch == NULL)
        return NULL;
    batch->block = *block;
    arena_init(&batch->arena, ARENA_BYTES);
    err_init(&batch->err);
    if (block->head != NULL)
        eval_columns_read(&batch->columns, (struct str){block->head, block->head_n}, block->file,
                          block->line == 2 ? &batch->err : NULL);
    while (rest.n > 0 && ok) {
        struct str line = block_line(&rest, false, &newlines);
        if (eval_trim(line).n > 0)
            ok = judge_line(context, mine, batch, line, number);
        number += newlines;
    }
    if (ok)
        return batch;
    free_batch(batch);
    return NULL;
}

/* ---- all ----------------------------------------------------------------------------------------------------- */

static void add_problems(struct err *into, const struct err *from)
{
    const char *p = from->text, *end;

    for (; p != NULL && *p != '\0'; p = end + 1) {
        end = strchr(p, '\n');
        err_add(into, "%.*s", (int)(end - p), p);
    }
}

static bool take_batch(void *context, void *result, struct err *err)
{
    struct evaluation *eval = context;
    struct eval_batch *batch = result;

    (void)err;
    add_problems(&eval->err, &batch->err);
    eval->crew.records += batch->n;
    for (size_t i = 0; i < batch->n; i++)
        eval->crew.warned += batch->entries[i].tier != TIER_NONE;
    eval->nentries += batch->n;
    *eval->last_batch = batch;
    eval->last_batch = &batch->next;
    return true;
}

int eval_judge_files(struct evaluation *eval, char *const *files, size_t nfiles, long jobs)
{
    static const struct crew_work work = {begin, end, judge, take_batch, free_batch};
    int code;

    json_object_seed(0); /* once, before there are threads */
    eval->last_batch = &eval->batches;
    eval->crew.work = &work;
    eval->crew.context = eval;
    eval->crew.progress = !eval->quiet && isatty(STDERR_FILENO);
    blocks_init(&eval->crew.blocks, files, nfiles, false, eval_is_header);
    eval->crew.blocks.size = BLOCK_BYTES;
    code = crew_run(&eval->crew, jobs);
    if (code != EXIT_DONE)
        fputs(eval->crew.err.text != NULL ? eval->crew.err.text : "", stderr);
    else if (eval->err.count > 0)
        code = print_problems(&eval->err, "the labelled texts");
    return code;
}

void eval_batches_free(struct evaluation *eval)
{
    while (eval->batches != NULL) {
        struct eval_batch *next = eval->batches->next;
        free_batch(eval->batches);
        eval->batches = next;
    }
}
