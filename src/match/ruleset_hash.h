/* ruleset_hash.h - the content hash that names a rule set. Private to match/. */
#ifndef TELSIEVE_MATCH_RULESET_HASH_H
#define TELSIEVE_MATCH_RULESET_HASH_H

#include "core/err.h"
#include "match/compiled.h"

/* Fill ruleset->hash; the libraries are in the order of their names. */
void ruleset_make_hash(struct ruleset *ruleset, struct err *err);

#endif
