/* lint_samples.c - the samples once more, with the question what they show: the rule's own words, or nothing. A rule is
 * told once, at the first sample concerned. */
#include "match/judge_parts.h"
#include "match/lint_parts.h"
#include "match/selftest.h"

#include <stdio.h>

struct prover {
    const struct ruleset *ruleset;
    struct err *warnings;
    const struct rule_entry *entry; /* the rule whose samples come now */
    const struct sample *hit, *miss; /* the first that proves nothing */
    size_t hits, misses;             /* how many do not */
};

/* ---- one rule ---------------------------------------------------------------------------------------------- */

static void warn(const struct prover *prover, const struct sample *sample, const char *what, const char *remedy)
{
    document_error(&prover->entry->library->document, prover->warnings, sample->path, false, "rule %s: %s, so %s",
                   prover->entry->rule->id, what, remedy);
}

/* An own phrase may be one of several that will do, so one hit sample that needs one is enough. */
static void tell_rule(const struct prover *prover)
{
    char what[160];

    if (prover->hits > 0 && prover->hits == prover->entry->rule->nhit) {
        snprintf(what, sizeof(what), "every hit sample hits without a phrase of %s itself",
                 prover->entry->library->name);
        warn(prover, prover->hit, what, "none proves them; write one that needs one");
    }
    if (prover->misses > 0) {
        snprintf(what, sizeof(what),
                 "%zu of %zu miss samples have no phrase that the rule looks for (this is the first)", prover->misses,
                 prover->entry->rule->nmiss);
        warn(prover, prover->miss, what, "they prove nothing; write lawful texts that come near");
    }
}

static void begin_rule(struct prover *prover, const struct rule_entry *entry)
{
    if (prover->entry == entry)
        return;
    if (prover->entry != NULL)
        tell_rule(prover);
    *prover = (struct prover){.ruleset = prover->ruleset, .warnings = prover->warnings, .entry = entry};
}

/* ---- one sample -------------------------------------------------------------------------------------------- */

struct owner {
    const struct prover *prover;
    bool any;
};

static bool is_own(const struct prover *prover, uint32_t set)
{
    return prover->ruleset->sets[set].library == prover->entry->library;
}

static void note_own(void *ctx, uint32_t set)
{
    struct owner *owner = ctx;

    owner->any |= is_own(owner->prover, set);
}

/* Does the rule ask for a phrase of its own library? */
static bool asks_for_own(const struct prover *prover)
{
    struct owner owner = {prover, prover->entry->rule->when == NULL};

    if (!owner.any)
        expression_asked_sets(prover->entry->rule->when, note_own, &owner);
    return owner.any;
}

static bool hits_anyway(const struct prover *prover, const struct judged_sample *judged)
{
    enum rule_outcome outcome = judge_without(judged->judge, judged->rule, prover->entry->library);

    return outcome == RULE_FIRED || outcome == RULE_SUPPRESSED;
}

/* Does the text hold a phrase that the rule looks for? Of its own library, when it looks for any of that. */
static bool comes_near(const struct prover *prover, const struct judged_sample *judged)
{
    struct scan *scan;
    bool any = !asks_for_own(prover);

    if (judge_find(judged->judge, &scan) != 0)
        return true; /* told elsewhere */
    for (size_t i = 0; i < scan->nfound; i++) {
        uint32_t set = prover->ruleset->phrases[scan->found[i].phrase].set;
        for (uint32_t k = 0; k < prover->entry->nsets; k++)
            if (prover->entry->sets[k] == set && (any || is_own(prover, set)))
                return true;
    }
    return false;
}

static void lint_sample(void *visitor, const struct judged_sample *judged)
{
    struct prover *prover = visitor;

    begin_rule(prover, judged->entry);
    if (judged->hit && asks_for_own(prover) && hits_anyway(prover, judged)) {
        prover->hit = prover->hits++ == 0 ? judged->sample : prover->hit;
    } else if (!judged->hit && judged->entry->nsets > 0 && !comes_near(prover, judged)) {
        prover->miss = prover->misses++ == 0 ? judged->sample : prover->miss;
    }
}

int lint_samples(const struct ruleset *ruleset, struct err *warnings)
{
    struct prover prover = {.ruleset = ruleset, .warnings = warnings};
    int rc = selftest_visit(ruleset, lint_sample, &prover, warnings);

    if (prover.entry != NULL)
        tell_rule(&prover);
    return rc;
}
