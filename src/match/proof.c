/* proof.c - the file says nothing but its key. */
#include "match/proof.h"

#include "core/str.h"
#include "match/identity.h"

#include <stdlib.h>

#define KIND "proof"

static int key_of(const char *ruleset_hash, unsigned char key[CACHE_KEY_BYTES])
{
    return identity_key(KIND, &(struct str){ruleset_hash, strlen(ruleset_hash)}, 1, key);
}

bool proof_is_kept(struct cache *cache, const char *ruleset_hash)
{
    unsigned char key[CACHE_KEY_BYTES];
    char *bytes = NULL;
    size_t n;
    bool kept = cache != NULL && key_of(ruleset_hash, key) == 0 && cache_read(cache, key, &bytes, &n) == 0;

    free(bytes);
    return kept;
}

void proof_keep(struct cache *cache, const char *ruleset_hash)
{
    unsigned char key[CACHE_KEY_BYTES];

    if (cache != NULL && key_of(ruleset_hash, key) == 0)
        cache_write(cache, key, "", 0);
}
