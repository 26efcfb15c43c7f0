/* selftest_parts.h - what the parts of the self-test of phrases share. */
#ifndef TELSIEVE_MATCH_SELFTEST_PARTS_H
#define TELSIEVE_MATCH_SELFTEST_PARTS_H

#include "match/selftest_changed.h"

/* Every literal that Hyperscan was given, or that a phrase of what changed has, is reported where it stands. Returns 0,
 * -TS_EMISMATCH (to err), -TS_EENGINE or -TS_ENOMEM. */
int selftest_literals(const struct ruleset *ruleset, const struct changed *changed, hs_scratch_t *scratch,
                      struct err *err);

/* Add to err what went wrong with a phrase. */
void selftest_tell(const struct ruleset *ruleset, uint32_t phrase, const char *what, struct err *err);

#endif
