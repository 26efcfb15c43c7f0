/* proof.c - the file says nothing but its key. */
#include "match/proof.h"

#include "core/err.h"
#include "core/str.h"
#include "match/identity.h"

#include <stdlib.h>

#define KIND "proof"
#define KIND_CHANGED "proof of what changed"

static int key_of(const char *ruleset_hash, const char *const *changed, unsigned char key[CACHE_KEY_BYTES])
{
    size_t n = 0;
    struct str *parts;
    int rc;

    while (changed != NULL && changed[n] != NULL)
        n++;
    parts = calloc(n + 1, sizeof(*parts));
    if (parts == NULL)
        return -TS_ENOMEM;
    parts[0] = str_of(ruleset_hash);
    for (size_t i = 0; i < n; i++)
        parts[i + 1] = str_of(changed[i]);
    rc = identity_key(changed != NULL ? KIND_CHANGED : KIND, parts, n + 1, key);
    free(parts);
    return rc;
}

bool proof_is_kept(struct cache *cache, const char *ruleset_hash, const char *const *changed)
{
    unsigned char key[CACHE_KEY_BYTES];
    char *bytes = NULL;
    size_t n;
    bool kept = cache != NULL && key_of(ruleset_hash, changed, key) == 0 && cache_read(cache, key, &bytes, &n) == 0;

    free(bytes);
    return kept;
}

void proof_keep(struct cache *cache, const char *ruleset_hash, const char *const *changed)
{
    unsigned char key[CACHE_KEY_BYTES];

    if (cache != NULL && key_of(ruleset_hash, changed, key) == 0)
        cache_write(cache, key, "", 0);
}
