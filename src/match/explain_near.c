/* explain_near.c - a rule is near when a phrase of its own library was found; those that miss least stand first. */
#include "match/explain_near.h"

#include "match/judge_parts.h"

/* How many sets of the rule's own library have a hit: what only the shared sets have says nothing of this scam. */
static size_t own_hits(const struct explainer *explainer, const struct rule_entry *entry)
{
    size_t n = 0;

    for (uint32_t i = 0; i < entry->nsets; i++)
        n += explainer->verdict->view.set_count[entry->sets[i]] > 0 &&
             explainer->ruleset->sets[entry->sets[i]].library == entry->library;
    return n;
}

/* The terms of "missing: fee, count(a, b) >= 2" are two; any other reason is one. */
static size_t count_terms(const char *why)
{
    bool listed = strncmp(why, "missing: ", strlen("missing: ")) == 0;
    size_t terms = 1;
    int depth = 0;

    for (const char *p = why; *p != '\0'; p++) {
        depth += (*p == '(') - (*p == ')');
        terms += listed && depth == 0 && p[0] == ',' && p[1] == ' ';
    }
    return terms;
}

void explain_near_each(const struct explainer *explainer, near_miss_fn *fn, void *ctx)
{
    for (uint32_t i = 0; i < explainer->ruleset->nrules; i++) {
        const struct rule_entry *entry = &explainer->ruleset->rules[i];
        char why[640];
        enum rule_outcome outcome;
        struct near_miss near = {.rule = entry->rule, .library = entry->library, .missing = why,
                                 .found = own_hits(explainer, entry)};

        if (near.found == 0)
            continue;
        outcome = judge_why(explainer->judge, i, why, sizeof(why));
        if (outcome != RULE_NOT_TRUE && outcome != RULE_UNSUPPORTED)
            continue;
        near.terms = count_terms(why);
        fn(ctx, &near);
    }
}

static size_t count_of(const json_t *item, const char *key)
{
    return (size_t)json_integer_value(json_object_get(item, key));
}

/* Behind those that miss no more terms than this one, or as many and of which no less was found. */
static void insert_near(json_t *all, json_t *item)
{
    size_t at = 0, terms = count_of(item, "terms"), found = count_of(item, "found");

    for (; at < json_array_size(all); at++) {
        const json_t *other = json_array_get(all, at);
        if (count_of(other, "terms") > terms || (count_of(other, "terms") == terms && count_of(other, "found") < found))
            break;
    }
    json_array_insert_new(all, at, item);
}

static void add_near(void *ctx, const struct near_miss *near)
{
    insert_near(ctx, json_pack("{s:s,s:s,s:s,s:s,s:I,s:I}", "id", near->rule->id, "library", near->library->name,
                               "state", rule_state_name(near->rule->state), "missing", near->missing, "terms",
                               (json_int_t)near->terms, "found", (json_int_t)near->found));
}

json_t *explain_near(const struct explainer *explainer)
{
    json_t *out = json_array();

    explain_near_each(explainer, add_near, out);
    return out;
}
