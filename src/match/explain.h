/* explain.h - every stage of one record: numbers and facts, canonical text and what was folded, phrases found, rules
 * that fired or nearly did, and what was missing. One gathering, as JSON; the text for people is printed from it
 * (cli/explain_print.h). */
#ifndef TELSIEVE_MATCH_EXPLAIN_H
#define TELSIEVE_MATCH_EXPLAIN_H

#include "match/judge.h"

#include <jansson.h>

/* Judge `record` and explain it (the judge must be using `ruleset`):
 *
 *   verdict    "warned", "suppressed", "clean"
 *   caller     raw (absent: no number), kind, country, e164, trust, flags; callee likewise
 *   facts      name: value, of the known ones; unknown: the names of the others
 *   text       original, canonical, signature, changed (characters that hide), folded: [{start, end, from, to}]
 *   fragments  library, set, role, phrase, field, start, end, text, polarity, because (the word that made it negated
 *              or reported), disguised, variants: [{kind, from, to}] of words written in another way; start and end
 *              are characters of the original text, for other fields of the canonical field
 *   rules      id, library, state, outcome ("fired", "suppressed"), tier, score, reason, by (suppressor), fragments
 *              (indexes into fragments)
 *   near       id, library, state, missing, terms (how many are missing; fewest first), found (how many of the rule's
 *              sets of its own library have a hit; most first): rules that did not fire though one has
 *   model      version, state, score, bias, terms: [{kind, term, weight}] (the eight with the largest weights that are
 *              there), of a warning moved (state live) or would (shadow): by how much its tier; absent without a model
 *              and without a text
 *   against    what, fragments, why: suppressors that spoke, with what they rest on; `why` when they were overruled
 *   draft      id, library, state, outcome ("fired", "suppressed", "not true", "rests on too little", "off"), missing:
 *              the rule `rule`, when one is asked for (NULL: none)
 *
 * Returns 0 with *out the caller's, -TS_EINVAL when there is no rule `rule`, or -TS_E…. */
int explain_record(struct judge *judge, const struct ruleset *ruleset, const struct record *record, const char *rule,
                   json_t **out);

/* A rule that did not fire though a phrase of its own library was found, and what it missed. */
struct near_miss {
    const struct rule *rule;
    const struct library *library;
    const char *missing; /* "missing: fee, text.url (unknown)", or why a rule without condition has no score */
    size_t terms;        /* how many are missing */
    size_t found;        /* sets of its own library that have a hit */
};
typedef void near_miss_fn(void *ctx, const struct near_miss *near);

/* Judge `record` and call `fn` for every near miss, in the order of rules; *near lives during the call. Returns 0 or
 * -TS_E…. */
int explain_near_misses(struct judge *judge, const struct ruleset *ruleset, const struct record *record,
                        near_miss_fn *fn, void *ctx);

#endif
