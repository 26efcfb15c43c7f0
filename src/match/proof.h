/* proof.h - that a rule set has passed its self-test here, or that of what changed in it, kept for the next start:
 * under a key over its hash, the names of what changed (NULL: all was proved) and all that runs here (identity.h). A
 * cache NULL keeps nothing. */
#ifndef TELSIEVE_MATCH_PROOF_H
#define TELSIEVE_MATCH_PROOF_H

#include "match/cache.h"

#include <stdbool.h>

bool proof_is_kept(struct cache *cache, const char *ruleset_hash, const char *const *changed);
void proof_keep(struct cache *cache, const char *ruleset_hash, const char *const *changed);

#endif
