/* selftest.h - what a rule set has to prove before it may judge (DESIGN 6.8): every rule hits its hit samples and
 * misses its miss samples, and Hyperscan finds every phrase that the plain reference matcher finds. */
#ifndef TELSIEVE_MATCH_SELFTEST_H
#define TELSIEVE_MATCH_SELFTEST_H

#include "match/compiled.h"
#include "match/judge.h"
#include "match/selftest_changed.h"

/* Prove all, or only what a change of the libraries of these names (ended by NULL) concerns (selftest_changed.h). A
 * hit sample of a rule that rests on a set with phrases out of their time need not hit. All failures go to err, each
 * with file, line and column. Returns 0, -TS_EINVAL (samples), -TS_EMISMATCH, -TS_ENOMEM or -TS_EENGINE. */
int selftest_run(const struct ruleset *ruleset, const char *const *changed, struct err *err);

/* The two halves; `changed` NULL: of all. */
int selftest_samples(const struct ruleset *ruleset, const struct changed *changed, struct err *err);
int selftest_phrases(const struct ruleset *ruleset, const struct changed *changed, struct err *err);

/* A sample as it was judged, thoroughly (judge_parts.h); all lent during the visit. */
struct judged_sample {
    const struct rule_entry *entry;
    uint32_t rule;
    const struct sample *sample;
    bool hit;
    struct judge *judge;
    const struct verdict *verdict;
};
typedef void sample_visit(void *visitor, const struct judged_sample *judged);

/* Judge every sample of the rules that are not off and show it to `visit`. Returns as selftest_samples. */
int selftest_visit(const struct ruleset *ruleset, sample_visit *visit, void *visitor, struct err *err);

#endif
