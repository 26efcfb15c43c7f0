/* floor.h - the raw scan that benches compare the engine with: Hyperscan alone over texts that are already canonical,
 * the same literals (compiled without flags), a callback that does nothing.
 *
 * Threads: a floor belongs to one thread; it borrows the rule set. */
#ifndef TELSIEVE_MATCH_FLOOR_H
#define TELSIEVE_MATCH_FLOOR_H

#include "match/ruleset.h"

struct floor_scan;

struct floor_scan *floor_scan_new(const struct ruleset *ruleset);
void floor_scan_free(struct floor_scan **floor);

/* hs_scan of one canonical record with the rule set's own database. 0 or -TS_EENGINE. */
int floor_scan_run(struct floor_scan *floor, struct str canonical);

#endif
