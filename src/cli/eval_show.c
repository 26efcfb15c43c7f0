/* eval_show.c - false alarms and misses with their texts and what the engine made of them: only with --show. */
#include "cli/eval.h"

#include "match/explain.h"

#include <stdlib.h>

#define NEAR_SHOWN 3

/* ---- an entry once more -------------------------------------------------------------------------------------- */

/* Read its line again; false when memory is exhausted (it was readable before). */
static bool read_again(const struct evaluation *eval, const struct eval_entry *entry, struct arena *arena,
                       struct eval_line *line)
{
    struct err err;
    bool ok;

    err_init(&err);
    ok = eval_line_read(line, entry->line, &entry->batch->columns, eval->unlabelled, entry->batch->block.file,
                        entry->number, arena, &err);
    err_fini(&err);
    return ok;
}

static json_t *explain_payload(const struct evaluation *eval, const char *payload)
{
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct decoder *decoder = decoder_new(&limits);
    struct judge *judge = judge_new();
    struct decode_fault fault;
    struct record record;
    json_t *out = NULL;

    if (decoder != NULL && judge != NULL && judge_use(judge, eval->ruleset) == 0) {
        decoder_begin(decoder, eval->feed, str_of(payload));
        if (decoder_next(decoder, &record, &fault) == DECODE_RECORD)
            explain_record(judge, eval->ruleset, &record, NULL, &out);
    }
    judge_free(&judge);
    decoder_free(&decoder);
    return out;
}

/* The payload that was judged; NULL: out of memory. */
static char *payload_of(const struct evaluation *eval, const struct eval_entry *entry)
{
    struct eval_line line;
    struct arena arena;
    char *payload = NULL;

    arena_init(&arena, 4096);
    if (read_again(eval, entry, &arena, &line)) {
        payload = eval_payload(eval->senders, &line, entry->number, entry->turn);
        json_decref(line.record);
    }
    arena_fini(&arena);
    return payload;
}

json_t *eval_record(const struct evaluation *eval, const struct eval_entry *entry)
{
    char *payload = payload_of(eval, entry);
    json_t *out = payload != NULL ? json_loads(payload, 0, NULL) : NULL;

    free(payload);
    return out;
}

char *eval_text(const struct evaluation *eval, const struct eval_entry *entry)
{
    json_t *record = eval_record(eval, entry);
    const char *text = json_string_value(json_object_get(record, "text"));
    const char *said = json_string_value(json_object_get(record, "asr_text"));
    char *out = strdup(text != NULL ? text : said != NULL ? said : "");

    json_decref(record);
    return out;
}

static json_t *explain(const struct evaluation *eval, const struct eval_entry *entry)
{
    char *payload = payload_of(eval, entry);
    json_t *out = payload != NULL ? explain_payload(eval, payload) : NULL;

    free(payload);
    return out;
}

/* ---- for a person -------------------------------------------------------------------------------------------- */

static const char *word(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* What is there, and what would be if the shadow rules were live. */
static bool is_hit(const struct eval_entry *entry)
{
    return entry->tier != TIER_NONE || entry->nshadow > 0;
}

static const char *verdict_word(const struct eval_entry *entry)
{
    if (entry->tier != TIER_NONE)
        return tier_name((enum tier)entry->tier);
    return entry->nshadow > 0 ? "shadow" : entry->suppressed ? "suppressed" : "clean";
}

static void print_fired(const json_t *explanation, FILE *out)
{
    const json_t *fragments = json_object_get(explanation, "fragments"), *rule, *index;
    size_t i, k;

    json_array_foreach(json_object_get(explanation, "rules"), i, rule) {
        fprintf(out, "      %s %s, %s%s%s:", word(rule, "id"), word(rule, "outcome"), word(rule, "tier"),
                word(rule, "by")[0] != '\0' ? ", by " : "", word(rule, "by"));
        json_array_foreach(json_object_get(rule, "fragments"), k, index) {
            const json_t *fragment = json_array_get(fragments, (size_t)json_integer_value(index));
            fprintf(out, " %s.%s \"%s\"", word(fragment, "library"), word(fragment, "set"), word(fragment, "text"));
        }
        fputc('\n', out);
    }
}

static void print_near(const json_t *explanation, FILE *out)
{
    const json_t *near = json_object_get(explanation, "near"), *item, *fragment;
    size_t i;

    json_array_foreach(near, i, item) {
        if (i == NEAR_SHOWN)
            break;
        fprintf(out, "      near %s (%s): %s\n", word(item, "id"), word(item, "library"), word(item, "missing"));
    }
    if (json_array_size(near) > 0)
        return;
    fputs("      found", out);
    json_array_foreach(json_object_get(explanation, "fragments"), i, fragment)
        fprintf(out, " %s.%s \"%s\"", word(fragment, "library"), word(fragment, "set"), word(fragment, "text"));
    fputs(i == 0 ? " no phrase\n" : "\n", out);
}

static void print_entry(const struct evaluation *eval, const struct eval_entry *entry, FILE *out)
{
    json_t *explanation = explain(eval, entry);
    const json_t *text = json_object_get(explanation, "text");

    fprintf(out, "  %s:%llu  %s  from %s\n    %s\n", entry->batch->block.file, (unsigned long long)entry->number,
            verdict_word(entry), word(json_object_get(explanation, "caller"), "raw"), word(text, "original"));
    print_fired(explanation, out);
    if (!is_hit(entry) && !entry->suppressed)
        print_near(explanation, out);
    json_decref(explanation);
}

static void show_row(const struct evaluation *eval, size_t row, bool (*wanted)(const struct eval_entry *entry),
                     const char *title, FILE *out)
{
    const struct eval_entry **sample = calloc((size_t)eval->show + 1, sizeof(*sample));
    size_t n = sample != NULL ? eval_sample(eval, row, wanted, sample, (size_t)eval->show) : 0;
    char name[EVAL_NAME_BYTES];

    eval_row_name(&eval->rows[row], name);
    if (n > 0)
        fprintf(out, "\n%s of %s (%zu shown)\n", title, name, n);
    for (size_t i = 0; i < n; i++)
        print_entry(eval, sample[i], out);
    free(sample);
}

void eval_show(const struct evaluation *eval, FILE *out)
{
    for (size_t row = 0; row < eval->nrows; row++) {
        enum eval_side side = eval->rows[row].side;
        if (side == SIDE_FRAUD)
            show_row(eval, row, eval_is_error, "misses", out);
        else
            show_row(eval, row, is_hit, eval_is_negative(side) ? "false alarms" : "warnings", out);
    }
}
