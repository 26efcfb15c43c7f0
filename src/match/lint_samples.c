/* lint_samples.c - the samples once more, with the question what they show: the rule's own words, or nothing. */
#include "match/judge_parts.h"
#include "match/lint_parts.h"
#include "match/selftest.h"

struct prover {
    const struct ruleset *ruleset;
    struct err *warnings;
};

static bool is_own(const struct prover *prover, const struct judged_sample *judged, uint32_t set)
{
    return prover->ruleset->sets[set].library == judged->entry->library;
}

/* Sets of the rule's own library that it rests on. */
static size_t own_sets(const struct prover *prover, const struct judged_sample *judged)
{
    size_t n = 0;

    for (uint32_t i = 0; i < judged->entry->nsets; i++)
        n += is_own(prover, judged, judged->entry->sets[i]);
    return n;
}

static void lint_hit(const struct prover *prover, const struct judged_sample *judged)
{
    const struct rule_entry *entry = judged->entry;
    enum rule_outcome outcome;

    if (own_sets(prover, judged) == 0)
        return;
    outcome = judge_without(judged->judge, judged->rule, entry->library);
    if (outcome == RULE_FIRED || outcome == RULE_SUPPRESSED)
        document_error(&entry->library->document, prover->warnings, judged->sample->path, false,
                       "rule %s: this sample hits without any phrase of %s itself, so it proves nothing about them; ask "
                       "for one in \"when\", or write a sample that needs one",
                       entry->rule->id, entry->library->name);
}

/* Does the text hold a phrase that the rule looks for? Of its own library, when it looks for any of that. */
static void lint_miss(const struct prover *prover, const struct judged_sample *judged)
{
    const struct rule_entry *entry = judged->entry;
    const struct scan *scan = judge_scan(judged->judge);
    bool any = own_sets(prover, judged) == 0;

    if (entry->nsets == 0)
        return;
    for (size_t i = 0; i < scan->nfound; i++) {
        uint32_t set = prover->ruleset->phrases[scan->found[i].phrase].set;
        for (uint32_t k = 0; k < entry->nsets; k++)
            if (entry->sets[k] == set && (any || is_own(prover, judged, set)))
                return;
    }
    document_error(&entry->library->document, prover->warnings, judged->sample->path, false,
                   "rule %s: this miss sample has no phrase that the rule looks for, so it proves nothing; write a "
                   "lawful text that comes near",
                   entry->rule->id);
}

static void lint_sample(void *visitor, const struct judged_sample *judged)
{
    if (judged->hit)
        lint_hit(visitor, judged);
    else
        lint_miss(visitor, judged);
}

int lint_samples(const struct ruleset *ruleset, struct err *warnings)
{
    struct prover prover = {ruleset, warnings};

    return selftest_visit(ruleset, lint_sample, &prover, warnings);
}
