/* database_cache.c - Hyperscan checks platform, version and its own checksum when it takes a database back, and once
 * more when scratch is made for it. */
#include "match/database_cache.h"

#include "core/err.h"
#include "match/identity.h"

#include <stdlib.h>

#define KIND "database, block mode, no flags"

/* Is it one that this build can scan with? */
static bool is_usable(const hs_database_t *database)
{
    hs_scratch_t *scratch = NULL;
    bool usable = hs_alloc_scratch(database, &scratch) == HS_SUCCESS;

    hs_free_scratch(scratch);
    return usable;
}

hs_database_t *database_cache_find(struct cache *cache, const struct str *words, size_t n)
{
    unsigned char key[CACHE_KEY_BYTES];
    hs_database_t *database = NULL;
    char *bytes;
    size_t length;
    hs_error_t rc;

    if (cache == NULL || identity_key(KIND, words, n, key) != 0 || cache_read(cache, key, &bytes, &length) != 0)
        return NULL;
    rc = hs_deserialize_database(bytes, length, &database);
    free(bytes);
    if (rc == HS_SUCCESS && is_usable(database))
        return database;
    cache_refuse(cache, key, "is refused by Hyperscan");
    hs_free_database(database);
    return NULL;
}

void database_cache_keep(struct cache *cache, const struct str *words, size_t n, const hs_database_t *database)
{
    unsigned char key[CACHE_KEY_BYTES];
    char *bytes = NULL;
    size_t length;

    if (cache == NULL || identity_key(KIND, words, n, key) != 0)
        return;
    if (hs_serialize_database(database, &bytes, &length) == HS_SUCCESS)
        cache_write(cache, key, bytes, length);
    free(bytes);
}
