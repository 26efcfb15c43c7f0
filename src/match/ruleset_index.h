/* ruleset_index.h - one numbering of all sets, phrases and rules, names bound across libraries, and which rules a hit
 * can make true. Private to ruleset.c. */
#ifndef TELSIEVE_MATCH_RULESET_INDEX_H
#define TELSIEVE_MATCH_RULESET_INDEX_H

#include "match/compiled.h"

#define SHARED_LIBRARY "shared" /* its U, I and C sets count for every library's score */

/* Number and bind everything in ruleset->libraries. All problems go to err. Returns 0, -TS_EINVAL or -TS_ENOMEM. */
int ruleset_index(struct ruleset *ruleset, struct err *err);

/* Of it: bind the names that conditions use, in ruleset_bind.c. Unknown ones go to err. Returns 0, -TS_EINVAL or
 * -TS_ENOMEM. */
int ruleset_bind(struct ruleset *ruleset, struct err *err);

/* The last part of it, in ruleset_invert.c. Returns 0 or -TS_ENOMEM. */
int ruleset_invert(struct ruleset *ruleset);

/* Which phrases a hit leads to (struct leads), once there are patterns and postings. Returns 0 or -TS_ENOMEM. */
int ruleset_lead(struct ruleset *ruleset);

#endif
