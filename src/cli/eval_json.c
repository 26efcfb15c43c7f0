/* eval_json.c - the same counts for programs. Texts are in it only with --show. */
#include "cli/eval.h"

#include <stdlib.h>

static void set_count(json_t *object, const char *key, uint64_t n)
{
    json_object_set_new(object, key, json_integer((json_int_t)n));
}

static json_t *tiers_json(const uint64_t tiers[4])
{
    json_t *out = json_object();

    for (int t = TIER_HIGH; t >= TIER_LOW; t--)
        set_count(out, tier_name((enum tier)t), tiers[t]);
    return out;
}

static json_t *families_json(const uint64_t families[26])
{
    json_t *out = json_object();

    for (int f = 0; f < 26; f++) {
        char name[2] = {(char)('A' + f), '\0'};
        if (families[f] > 0)
            set_count(out, name, families[f]);
    }
    return out;
}

static const char *side_name(enum eval_side side)
{
    static const char *const names[SIDE_COUNT] = {"fraud", "ham", "lawful", "spam", "unlabelled"};
    return names[side];
}

static json_t *class_json(const struct eval_row *row)
{
    struct interval interval = wilson_interval(row->hits, row->n);
    json_t *out = json_pack("{s:s, s:s, s:s}", "label", row->label, "class", row->class, "side", side_name(row->side));

    if (row->file != NULL)
        json_object_set_new(out, "file", json_string(row->file));
    set_count(out, "n", row->n);
    set_count(out, "hits", row->hits);
    json_object_set_new(out, "rate", json_real(interval.rate));
    json_object_set_new(out, "low", json_real(interval.low));
    json_object_set_new(out, "high", json_real(interval.high));
    set_count(out, "lines", row->lines);
    json_object_set_new(out, "tiers", tiers_json(row->tiers));
    set_count(out, "suppressed", row->suppressed);
    set_count(out, "shadow", row->shadow);
    set_count(out, "templates", row->templates);
    set_count(out, "template_hits", row->template_hits);
    json_object_set_new(out, "families", families_json(row->families));
    return out;
}

static json_t *sides_json(const uint64_t counts[SIDE_COUNT])
{
    json_t *out = json_object();

    for (int side = 0; side < SIDE_COUNT; side++)
        set_count(out, side_name((enum eval_side)side), counts[side]);
    return out;
}

static json_t *rule_json(const struct evaluation *eval, size_t i)
{
    const struct eval_rule_row *row = &eval->rules[i];
    struct interval wrong = eval_false_rate(eval, row->hits);
    double recall = wilson_interval(row->hits[SIDE_FRAUD], eval->n[SIDE_FRAUD]).rate;
    const struct library *library;
    const struct rule *rule = ruleset_rule(eval->ruleset, i, &library);
    json_t *out = json_pack("{s:s, s:s, s:s}", "id", rule->id, "library", library->name, "state",
                            rule_state_name(rule->state));

    set_count(out, "true_hits", row->hits[SIDE_FRAUD]);
    set_count(out, "false_hits", row->hits[SIDE_HAM] + row->hits[SIDE_LAWFUL]);
    set_count(out, "unique_true", row->unique[SIDE_FRAUD]);
    set_count(out, "unique_false", row->unique[SIDE_HAM] + row->unique[SIDE_LAWFUL]);
    json_object_set_new(out, "hits", sides_json(row->hits));
    json_object_set_new(out, "unique", sides_json(row->unique));
    json_object_set_new(out, "precision", json_real(projected_precision(eval->prevalence, recall, wrong.rate)));
    json_object_set_new(out, "precision_low", json_real(projected_precision(eval->prevalence, recall, wrong.high)));
    return out;
}

static json_t *interval_json(struct interval interval)
{
    return json_pack("{s:f, s:f, s:f}", "rate", interval.rate, "low", interval.low, "high", interval.high);
}

static json_t *overall_json(const struct evaluation *eval)
{
    struct interval recall = wilson_interval(eval->hits[SIDE_FRAUD], eval->n[SIDE_FRAUD]);
    struct interval wrong = eval_false_rate(eval, eval->hits);
    struct interval unlabelled = wilson_interval(eval->hits[SIDE_UNKNOWN], eval->n[SIDE_UNKNOWN]);
    json_t *out = json_pack("{s:f, s:o, s:o, s:s, s:f, s:f}", "prevalence", eval->prevalence, "recall",
                            interval_json(recall), "false_rate", interval_json(wrong), "false_rate_of",
                            eval->n[SIDE_HAM] > 0 ? "ham" : "lawful", "precision",
                            projected_precision(eval->prevalence, recall.rate, wrong.rate), "precision_low",
                            projected_precision(eval->prevalence, recall.rate, wrong.high));

    if (eval->unlabelled)
        json_object_set_new(out, "warnings_per_100000",
                            json_pack("{s:f, s:f, s:f}", "rate", 1e5 * unlabelled.rate, "low", 1e5 * unlabelled.low,
                                      "high", 1e5 * unlabelled.high));
    return out;
}

static json_t *gaps_json(const struct evaluation *eval)
{
    json_t *out = json_array();

    for (size_t i = 0; i < eval->ngaps; i++) {
        const struct eval_gap *gap = &eval->gaps[i].gap;
        json_array_append_new(out, json_pack("{s:s, s:I, s:s?, s:s?}", "term", gap->term, "misses",
                                             (json_int_t)eval->gaps[i].misses, "library", gap->library, "rule",
                                             gap->rule));
    }
    return out;
}

static json_t *error_json(const struct evaluation *eval, const struct eval_entry *entry)
{
    json_t *rules = json_array(), *missing = json_array(), *out;

    for (uint32_t i = 0; i < entry->nrules; i++)
        json_array_append_new(rules, json_string(ruleset_rule(eval->ruleset, entry->rules[i], NULL)->id));
    for (size_t i = 0; i < entry->ngaps; i++)
        json_array_append_new(missing, json_string(entry->gaps[i].term));
    out = json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:o}", "file", entry->batch->block.file, "line",
                    (json_int_t)entry->number, "label", entry->label->name, "class", entry->class, "tier",
                    entry->tier != TIER_NONE ? tier_name((enum tier)entry->tier) : "none", "rules", rules, "missing",
                    missing);
    if (eval->show > 0)
        json_object_set_new(out, "record", eval_record(eval, entry));
    return out;
}

static json_t *errors_json(const struct evaluation *eval)
{
    json_t *out = json_array();

    for (size_t i = 0; i < eval->nentries; i++)
        if (eval_is_error(eval->entries[i]))
            json_array_append_new(out, error_json(eval, eval->entries[i]));
    return out;
}

static json_t *budget_json(const struct evaluation *eval)
{
    json_t *out = json_array();

    for (int t = TIER_LOW; t <= TIER_HIGH; t++)
        for (size_t i = 0; i < eval->nrows; i++)
            if (eval_breaks_budget(eval, &eval->rows[i], (enum tier)t))
                json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:f, s:I}", "label", eval->rows[i].label, "class",
                                                     eval->rows[i].class, "tier", tier_name((enum tier)t), "budget",
                                                     eval->budget[t], "hits",
                                                     (json_int_t)eval_row_hits(&eval->rows[i], (enum tier)t)));
    return out;
}

static json_t *suggestions_json(const struct evaluation *eval)
{
    struct eval_phrase *phrases;
    size_t n = eval_suggest(eval, &phrases);
    json_t *out = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, json_pack("{s:s%, s:I, s:I, s:f}", "phrase", phrases[i].text.p, phrases[i].text.n,
                                             "misses", (json_int_t)phrases[i].misses, "ham",
                                             (json_int_t)phrases[i].ham, "z", phrases[i].z));
    free(phrases);
    return out;
}

int eval_print_json(const struct evaluation *eval, FILE *out)
{
    json_t *classes = json_array(), *rules = json_array(), *root;
    int failed;

    for (size_t i = 0; i < eval->nrows; i++)
        json_array_append_new(classes, class_json(&eval->rows[i]));
    for (size_t i = 0; i < ruleset_rule_count(eval->ruleset); i++)
        json_array_append_new(rules, rule_json(eval, i));
    root = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "ruleset", ruleset_hash(eval->ruleset), "classes", classes,
                     "rules", rules, "overall", overall_json(eval), "missing", gaps_json(eval), "errors",
                     errors_json(eval), "budget_broken", budget_json(eval));
    if (eval->suggest)
        json_object_set_new(root, "suggestions", suggestions_json(eval));
    if (eval->old_ruleset != NULL)
        json_object_set_new(root, "comparison", eval_comparison_json(eval));
    failed = json_dumpf(root, out, JSON_INDENT(1)) != 0 || fputc('\n', out) == EOF;
    json_decref(root);
    return failed ? EXIT_RUNTIME : EXIT_DONE;
}
