/* store.h - which compiled rule set is active, and when an old one may be freed.
 *
 * Threads: publish, rollback, reap and list from the control side only (loader and main, under the store's mutex); pin
 * and unpin from the worker that owns the slot, wait-free apart from one retry when a publish races.
 * Ownership: publish takes the set, pin lends it (never free it), reap frees it. */
#ifndef TELSIEVE_MATCH_STORE_H
#define TELSIEVE_MATCH_STORE_H

#include "match/ruleset.h"

#define STORE_MAX_COOLING 8

struct store;

struct store *store_new(unsigned nslots);
/* All slots must be unpinned (the daemon joined its workers). Frees every set. */
void store_free(struct store **store);

/* Make `set` the active generation (numbers it, higher than any before); the previous one starts cooling and stays
 * warm for rollback until the next publish. Returns 0, or -TS_EBUSY while STORE_MAX_COOLING sets are still pinned (then
 * `set` stays the caller's). */
int store_publish(struct store *store, struct ruleset *set);

/* Make the warm set active again, under the number it had. The one that was active stays warm when `keep`, and may be
 * rolled back to; else it cools. Returns 0; -TS_ENOENT: none is warm; -TS_EBUSY as store_publish. */
int store_rollback(struct store *store, bool keep);

/* Borrow the active set for one batch; NULL only before the first publish. Pair with store_unpin. */
const struct ruleset *store_pin(struct store *store, unsigned slot);
void store_unpin(struct store *store, unsigned slot);

/* Free cooling sets that no slot pins, except the warm previous one. Returns how many were freed. */
unsigned store_reap(struct store *store);

/* For admin pages: call fn for each held set with its state "active", "warm" or "cooling", under the store's mutex. */
void store_list(struct store *store, void (*fn)(void *ctx, const struct ruleset *set, const char *state), void *ctx);

/* Call fn with the active set, under the store's mutex; not at all before the first publish. */
void store_look(struct store *store, void (*fn)(void *ctx, const struct ruleset *active), void *ctx);

/* The hash of the active set (ruleset_hash); "" before the first publish. */
void store_read_hash(struct store *store, char hash[80]);

/* Generation active now, 0 before the first publish. */
uint64_t store_generation(const struct store *store);

#endif
