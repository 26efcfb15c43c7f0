/* learn_write.c - a model for people to read, too: where it comes from, then a term a line, those that speak for fraud
 * first. */
#include "cli/learn.h"

#include "core/day.h"

#include <stdlib.h>

#define NUMBERS JSON_REAL_PRECISION(10) /* weights have four decimals */

/* ---- where it comes from --------------------------------------------------------------------------------------- */

/* Without its folder, which is nobody's business. */
static const char *name_of(const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash != NULL ? slash + 1 : file;
}

static json_t *sources_json(const struct learning *learning, bool held_out)
{
    json_t *out = json_array();

    for (size_t i = 0; i < learning->nsources; i++) {
        const struct learn_source *source = &learning->sources[i];
        if ((source->use == LEARN_HOLDOUT) == held_out)
            json_array_append_new(out, json_pack("{s:s, s:b, s:s, s:I, s:I}", "file", name_of(source->file), "feedback",
                                                 source->use == LEARN_FEEDBACK, "sha256", source->sha256, "fraud",
                                                 (json_int_t)source->fraud, "lawful", (json_int_t)source->lawful));
    }
    return out;
}

static json_t *side_json(const struct learn_side *side)
{
    return json_pack("{s:I, s:I, s:I, s:I}", "texts", (json_int_t)side->n, "rules", (json_int_t)side->rules,
                     "rules_or_score", (json_int_t)side->raised, "at_equal_false_alarms", (json_int_t)side->equal);
}

static json_t *holdout_json(const struct learning *learning)
{
    struct learn_criterion criteria[LEARN_CRITERIA];
    bool rises = learn_may_go_live(&learning->measure, criteria);

    return json_pack("{s:o, s:o, s:o, s:b}", "sources", sources_json(learning, true), "fraud",
                     side_json(&learning->measure.fraud), "lawful", side_json(&learning->measure.lawful), "rises",
                     rises);
}

static json_t *trained_json(const struct learning *learning)
{
    const struct learn_cross_validation *cross = &learning->cross;
    char today[DAY_BYTES];
    json_t *out = json_pack("{s:s, s:s, s:s, s:o, s:b, s:f}", "date", day_write(day_today(), today), "engine",
                            TELSIEVE_VERSION, "rules", ruleset_hash(learning->eval.ruleset), "sources",
                            sources_json(learning, false), "senders", learning->senders_known, "l1", cross->cost);

    json_object_set_new(out, "cross_validated",
                        json_pack("{s:I, s:I, s:I, s:I}", "fraud", (json_int_t)cross->fraud, "found",
                                  (json_int_t)cross->found, "lawful", (json_int_t)cross->lawful, "false_alarms",
                                  (json_int_t)cross->alarms));
    if (learning->holdout.n > 0)
        json_object_set_new(out, "holdout", holdout_json(learning));
    return out;
}

/* ---- terms ----------------------------------------------------------------------------------------------------- */

static struct str term_name(const struct learning *learning, const struct learn_term *term, char out[MODEL_NAME_BYTES])
{
    switch (term->kind) {
    case MODEL_FRAGMENT: return model_fragment_name(learning->eval.ruleset, term->index, out);
    case MODEL_FACT: return model_fact_name(term->index, out);
    default: return term->gram;
    }
}

/* Their order among equals is that in which they were met. */
static int by_weight(const void *a, const void *b)
{
    const struct learn_term *x = *(const struct learn_term *const *)a, *y = *(const struct learn_term *const *)b;

    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return x < y ? -1 : x > y;
}

static bool write_term(const struct learning *learning, const struct learn_term *term, bool last, FILE *out)
{
    char buffer[MODEL_NAME_BYTES];
    struct str name = term_name(learning, term, buffer);
    json_t *line = json_pack("{s:o, s:f}", model_kind_name(term->kind), json_stringn(name.p, name.n), "weight",
                             term->weight);
    bool ok = line != NULL;

    fputs("  ", out);
    ok = ok && json_dumpf(line, out, JSON_COMPACT | NUMBERS) == 0;
    fputs(last ? "\n" : ",\n", out);
    json_decref(line);
    return ok;
}

static bool write_terms(const struct learning *learning, FILE *out)
{
    const struct learn_term **kept = malloc((learning->nterms + 1) * sizeof(*kept));
    bool ok = kept != NULL;
    size_t n = 0;

    for (size_t t = 0; t < learning->nterms && ok; t++)
        if (learning->terms[t].weight != 0)
            kept[n++] = &learning->terms[t];
    if (n > 0)
        qsort(kept, n, sizeof(*kept), by_weight);
    fputs(" \"terms\": [\n", out);
    for (size_t i = 0; i < n && ok; i++)
        ok = write_term(learning, kept[i], i + 1 == n, out);
    fputs(" ]}\n", out);
    free(kept);
    return ok;
}

char *learn_model_text(const struct learning *learning)
{
    json_t *trained = trained_json(learning), *version = json_string(learning->version);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    bool ok = out != NULL && trained != NULL && version != NULL;

    if (ok) {
        fputs("{\"telsieve_model\": 1, \"version\": ", out);
        json_dumpf(version, out, JSON_ENCODE_ANY);
        fprintf(out, ", \"state\": \"shadow\",\n \"bias\": %.10g, \"raise\": %g, \"lower\": %g,\n \"trained\": ",
                learning->bias, LEARN_RAISE, LEARN_LOWER);
        json_dumpf(trained, out, NUMBERS);
        fputs(",\n", out);
        ok = write_terms(learning, out);
    }
    if (out != NULL && fclose(out) != 0)
        ok = false;
    json_decref(trained);
    json_decref(version);
    if (ok)
        return text;
    free(text);
    return NULL;
}
