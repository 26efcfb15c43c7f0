/* database_cache.h - databases of Hyperscan kept for the next start, under a key over their words in order, the flags
 * they are compiled with, and all that runs here (identity.h): one that anything else compiled is not even looked at.
 * A cache NULL keeps nothing. */
#ifndef TELSIEVE_MATCH_DATABASE_CACHE_H
#define TELSIEVE_MATCH_DATABASE_CACHE_H

#include "core/str.h"
#include "match/cache.h"

#include <hs.h>

/* The database of these words, of the caller then; NULL when none is kept that this machine can use. */
hs_database_t *database_cache_find(struct cache *cache, const struct str *words, size_t n);

void database_cache_keep(struct cache *cache, const struct str *words, size_t n, const hs_database_t *database);

#endif
