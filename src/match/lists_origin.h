/* lists_origin.h - where entries of lists come from: tier, source and note, kept once for all entries that share them.
 *
 * Threads: one writer; origin_at from any thread that has pinned the epoch before it read the number.
 * What each different one costs: about 100 bytes and its text. */
#ifndef TELSIEVE_MATCH_LISTS_ORIGIN_H
#define TELSIEVE_MATCH_LISTS_ORIGIN_H

#include "core/str.h"
#include "match/lists_epoch.h"
#include "match/tier.h"

#define ORIGIN_BITS 28 /* of a number */

struct origin {
    enum tier tier;
    uint32_t users;
    uint64_t hash; /* of the others */
    struct str source, note; /* ended by NUL too */
};

struct origins;
struct origins *origins_new(struct epoch *epoch);
void origins_free(struct origins **origins); /* after the epoch */

/* The number, from 1, of an origin with one user more; 0 when memory (or numbers) are exhausted. */
uint32_t origins_take(struct origins *origins, enum tier tier, struct str source, struct str note);

/* One user more for one that has any. */
void origins_share(struct origins *origins, uint32_t number);

/* One user less; without any it is forgotten. */
void origins_drop(struct origins *origins, uint32_t number);

/* For one that has a user. */
const struct origin *origins_at(const struct origins *origins, uint32_t number);

#endif
