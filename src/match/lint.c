/* lint.c - the conditions, one expression after the other; phrases and samples have files of their own. */
#include "match/lint_parts.h"
#include "match/model_view.h"

#include <stdio.h>
#include <stdlib.h>

/* Phrases in force of every set. */
static uint32_t *count_phrases(const struct ruleset *ruleset)
{
    uint32_t *counts = calloc(ruleset->nsets + 1, sizeof(*counts));

    for (size_t i = 0; counts != NULL && i < ruleset->nsets; i++)
        counts[i] = ruleset->sets[i].nphrases;
    return counts;
}

static void lint_library(const struct library *library, const uint32_t *counts, struct err *warnings)
{
    char path[128];

    for (size_t i = 0; i < library->nconditions; i++) {
        snprintf(path, sizeof(path), "conditions.%s", library->conditions[i].name);
        expression_lint(library->conditions[i].expression, counts, &library->document, path, warnings);
    }
    for (size_t i = 0; i < library->nsuppressors; i++) {
        snprintf(path, sizeof(path), "suppress[%zu].when", i);
        expression_lint(library->suppressors[i].when, counts, &library->document, path, warnings);
        snprintf(path, sizeof(path), "suppress[%zu].unless", i);
        if (library->suppressors[i].unless != NULL)
            expression_lint(library->suppressors[i].unless, counts, &library->document, path, warnings);
    }
    for (size_t i = 0; i < library->nrules; i++) {
        snprintf(path, sizeof(path), "rules[%zu].when", i);
        if (library->rules[i].when != NULL && library->rules[i].state != RULE_OFF)
            expression_lint(library->rules[i].when, counts, &library->document, path, warnings);
    }
}

static void lint_waiting_rule(const struct ruleset *ruleset, const struct rule_entry *entry, struct err *warnings)
{
    char path[64];

    if (entry->rule->state == RULE_OFF || !model_view_is_waited_for(ruleset, entry))
        return;
    snprintf(path, sizeof(path), "rules[%td].when", entry->rule - entry->library->rules);
    document_error(&entry->library->document, warnings, path, false,
                   "rule %s asks for model.score, which it cannot know: %s", entry->rule->id,
                   ruleset->model == NULL ? "there is no model (rules.model, --model)"
                                          : "the model is on trial, and the rule is not");
}

/* A library may change without it; but what counts for nothing should be known. */
static void lint_model(const struct ruleset *ruleset, struct err *warnings)
{
    const struct model *model = ruleset->model;
    struct str first;
    size_t missing = model != NULL ? model_missing(model, &first) : 0;

    for (size_t i = 0; i < ruleset->nrules; i++)
        lint_waiting_rule(ruleset, &ruleset->rules[i], warnings);
    if (missing > 0)
        err_at(warnings, model_file(model), 0, 0,
               "%zu of its fragments are in no library and count for nothing, \"%.*s\" among them; train it again",
               missing, STR_FMT(first));
}

int lint_run(const struct ruleset *ruleset, struct err *warnings)
{
    uint32_t *counts = count_phrases(ruleset);
    int rc;

    if (counts == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < ruleset->nlibraries; i++)
        lint_library(ruleset->libraries[i].library, counts, warnings);
    free(counts);
    lint_model(ruleset, warnings);
    rc = lint_phrases(ruleset, warnings);
    return rc != 0 ? rc : lint_samples(ruleset, warnings);
}
