/* lists_epoch.h - when memory that readers may still look at can be freed: each reader announces in its slot from which
 * epoch on it reads; what was taken away in an epoch is freed when every slot is empty or later.
 *
 * Threads: one writer retires and reaps; pin and unpin are for the thread that owns the slot, and wait-free.
 * Ownership: what is retired belongs to the epoch until its `release` is called, on the writer's thread. */
#ifndef TELSIEVE_MATCH_LISTS_EPOCH_H
#define TELSIEVE_MATCH_LISTS_EPOCH_H

#include <stddef.h>

struct epoch;

struct epoch *epoch_new(unsigned nslots); /* NULL when memory is exhausted */
/* No slot may be pinned. Releases all that waits. */
void epoch_free(struct epoch **epoch);

/* What a reader finds between the two stays readable until the second. Not nested. */
void epoch_pin(struct epoch *epoch, unsigned slot);
void epoch_unpin(struct epoch *epoch, unsigned slot);

/* `p` can no longer be found; call release(ctx, p) when nobody reads it. Reaps from time to time by itself. */
void epoch_retire(struct epoch *epoch, void (*release)(void *ctx, void *p), void *ctx, void *p);

/* Release what nobody can read any more. Returns how much waits on. */
size_t epoch_reap(struct epoch *epoch);

#endif
