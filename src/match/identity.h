/* identity.h - what runs here, as a digest: this program and the libraries that compile and match, by the build ids
 * that their linkers gave them, and the processor as Hyperscan sees it. What was made or proved by one is not trusted
 * by another: not by a build of Hyperscan with the same version, nor on the machine that the virtual one was moved to.
 *
 * Any thread. */
#ifndef TELSIEVE_MATCH_IDENTITY_H
#define TELSIEVE_MATCH_IDENTITY_H

#include "core/str.h"
#include "match/cache.h"

/* SHA-256 over `kind` (what the key is for), the identity of what runs here, and n parts, each with its length.
 * Returns 0 or -TS_EENGINE. */
int identity_key(const char *kind, const struct str *parts, size_t n, unsigned char out[CACHE_KEY_BYTES]);

#endif
