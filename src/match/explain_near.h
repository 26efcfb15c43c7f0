/* explain_near.h - the rules that did not fire though something of theirs was found. Private to explain.c. */
#ifndef TELSIEVE_MATCH_EXPLAIN_NEAR_H
#define TELSIEVE_MATCH_EXPLAIN_NEAR_H

#include "match/explain.h"

/* A record that was judged thoroughly. */
struct explainer {
    const struct ruleset *ruleset;
    struct judge *judge;
    const struct verdict *verdict;
};

/* Call `fn` for every near miss, in the order of rules. */
void explain_near_each(const struct explainer *explainer, near_miss_fn *fn, void *ctx);

/* The "near" of explain_record. */
json_t *explain_near(const struct explainer *explainer);

#endif
