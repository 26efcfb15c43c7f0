/* evaluate_why.c - questions about a record that has been judged: why a rule did not fire, and what it would have done
 * without the phrases of a library. Both ask the rule once more. */
#include "match/evaluate.h"

#include <stdio.h>
#include <stdlib.h>

static void tell_score(struct evaluator *evaluator, const struct rule_entry *entry, char *why, size_t size)
{
    const struct library_entry *library = &evaluator->ruleset->libraries[entry->library_index];
    uint32_t roles = evaluator->scores[entry->library_index].roles;
    char letters[ROLE_COUNT + 1];
    size_t n = 0;

    for (int role = 1; role < ROLE_COUNT; role++)
        if ((roles >> role & 1) != 0)
            letters[n++] = role_letter((enum role)role);
    letters[n] = '\0';
    snprintf(why, size, "score %g, needed %g; roles %s, needed two with A, C or U among them and a phrase of %s itself",
             evaluator->eval.score, library->score_tier[TIER_LOW], n > 0 ? letters : "none", entry->library->name);
}

enum rule_outcome evaluate_why(struct evaluator *evaluator, uint32_t rule, char *why, size_t size)
{
    const struct rule_entry *entry = &evaluator->ruleset->rules[rule];
    size_t nevidence = evaluator->nevidence;
    struct fired fired;
    enum rule_outcome outcome = evaluate_rule(evaluator, rule, &fired);
    char missing[512];

    evaluator->nevidence = nevidence; /* there is room for one rule more than fired (evaluate.c) */
    snprintf(why, size, "%s", "");
    if (outcome == RULE_IS_OFF)
        snprintf(why, size, "the rule is off");
    else if (outcome == RULE_SUPPRESSED)
        snprintf(why, size, "suppressed by %s", fired.suppressed);
    else if (outcome == RULE_UNSUPPORTED)
        snprintf(why, size, "true, but it rests on one phrase or fact alone; a rule needs two phrases, or a fact about "
                            "numbers or contacts beside one, or \"alone\": true");
    else if (outcome == RULE_NOT_TRUE && evaluate_holds(evaluator, entry))
        snprintf(why, size, "true of the whole text but of no single %s (scope \"%s\")",
                 entry->rule->scope == SCOPE_SENTENCE ? "sentence" : "stretch of 200 characters",
                 scope_name(entry->rule->scope));
    else if (outcome == RULE_NOT_TRUE && entry->rule->when == NULL)
        tell_score(evaluator, entry, why, size);
    else if (outcome == RULE_NOT_TRUE)
        snprintf(why, size, "missing: %s",
                 expression_missing(entry->rule->when, &evaluator->eval, missing, sizeof(missing)));
    return outcome;
}

/* Swap the numbers of matches of the library's sets against those kept. */
static void swap_counts(struct evaluator *evaluator, const struct library *library, uint32_t *kept)
{
    for (uint32_t i = 0; i < evaluator->ruleset->nsets; i++) {
        uint32_t count = evaluator->set_count[i];
        if (evaluator->ruleset->sets[i].library != library)
            continue;
        evaluator->set_count[i] = kept[i];
        kept[i] = count;
    }
    for (size_t i = 0; i < evaluator->ruleset->nlibraries; i++)
        evaluator->scores[i].done = false, evaluator->scores[i].score = 0, evaluator->scores[i].roles = 0;
}

enum rule_outcome evaluate_without(struct evaluator *evaluator, uint32_t rule, const struct library *library)
{
    uint32_t *kept = calloc(evaluator->ruleset->nsets + 1, sizeof(*kept));
    size_t nevidence = evaluator->nevidence;
    enum rule_outcome outcome;
    struct fired fired;

    if (kept == NULL)
        return RULE_NOT_TRUE;
    swap_counts(evaluator, library, kept);
    outcome = evaluate_rule(evaluator, rule, &fired);
    swap_counts(evaluator, library, kept);
    evaluator->nevidence = nevidence;
    free(kept);
    return outcome;
}
