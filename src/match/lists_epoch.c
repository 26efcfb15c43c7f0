/* lists_epoch.c - pin: announce the epoch, then look at it once more; retire: take away, then begin a new epoch.
 *
 * Why sequential consistency: pin does "store slot, load epoch" and the writer "advance epoch, load slots", so at least
 * one of them sees the other. When the writer sees the slot, it waits. When it does not, the reader's load saw the
 * new epoch, and with it (acquire) everything that was taken away before. */
#include "match/lists_epoch.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#define NOT_PINNED UINT64_MAX
#define REAP_EVERY 64

/* One slot a cache line: workers pin once per batch, and neighbours must not slow each other. */
struct slot {
    _Alignas(64) _Atomic uint64_t since;
};

struct retired {
    void (*release)(void *ctx, void *p);
    void *ctx, *p;
    uint64_t epoch;
};

struct epoch {
    _Atomic uint64_t now;
    unsigned nslots;
    struct slot *slots;
    struct retired *waiting; /* ascending by epoch; a ring of `cap`, a power of 2 */
    size_t first, n, cap;
    unsigned unreaped;
};

struct epoch *epoch_new(unsigned nslots)
{
    struct epoch *epoch = calloc(1, sizeof(*epoch));

    if (epoch == NULL)
        return NULL;
    epoch->nslots = nslots;
    epoch->cap = REAP_EVERY;
    epoch->waiting = calloc(epoch->cap, sizeof(*epoch->waiting));
    epoch->slots = aligned_alloc(_Alignof(struct slot), ((size_t)nslots + 1) * sizeof(*epoch->slots));
    if (epoch->waiting == NULL || epoch->slots == NULL) {
        free(epoch->waiting);
        free(epoch->slots);
        free(epoch);
        return NULL;
    }
    atomic_init(&epoch->now, 1);
    for (unsigned i = 0; i < nslots; i++)
        atomic_init(&epoch->slots[i].since, NOT_PINNED);
    return epoch;
}

void epoch_pin(struct epoch *epoch, unsigned slot)
{
    uint64_t now = atomic_load_explicit(&epoch->now, memory_order_acquire);

    assert(slot < epoch->nslots); /* whoever made the lists counted the readers */
    atomic_store_explicit(&epoch->slots[slot].since, now, memory_order_seq_cst);
    (void)atomic_load_explicit(&epoch->now, memory_order_seq_cst); /* an older announcement only waits longer */
}

void epoch_unpin(struct epoch *epoch, unsigned slot)
{
    /* release: all that was read comes before the writer may see the slot empty */
    atomic_store_explicit(&epoch->slots[slot].since, NOT_PINNED, memory_order_release);
}

static uint64_t oldest_reader(const struct epoch *epoch)
{
    uint64_t oldest = NOT_PINNED;

    for (unsigned i = 0; i < epoch->nslots; i++) {
        uint64_t since = atomic_load_explicit(&epoch->slots[i].since, memory_order_seq_cst);
        oldest = since < oldest ? since : oldest;
    }
    return oldest;
}

static void release_first(struct epoch *epoch)
{
    struct retired retired = epoch->waiting[epoch->first];

    epoch->first = (epoch->first + 1) & (epoch->cap - 1);
    epoch->n--;
    retired.release(retired.ctx, retired.p);
}

size_t epoch_reap(struct epoch *epoch)
{
    uint64_t oldest = oldest_reader(epoch);

    epoch->unreaped = 0;
    while (epoch->n > 0 && epoch->waiting[epoch->first].epoch < oldest)
        release_first(epoch);
    return epoch->n;
}

static int reserve(struct epoch *epoch)
{
    struct retired *waiting;

    if (epoch->n < epoch->cap)
        return 0;
    if ((waiting = calloc(2 * epoch->cap, sizeof(*waiting))) == NULL)
        return -1;
    for (size_t i = 0; i < epoch->n; i++)
        waiting[i] = epoch->waiting[(epoch->first + i) & (epoch->cap - 1)];
    free(epoch->waiting);
    epoch->waiting = waiting;
    epoch->first = 0;
    epoch->cap *= 2;
    return 0;
}

void epoch_retire(struct epoch *epoch, void (*release)(void *ctx, void *p), void *ctx, void *p)
{
    uint64_t now = atomic_load_explicit(&epoch->now, memory_order_relaxed); /* the writer's own */

    while (reserve(epoch) != 0) /* no memory to wait with: until the readers are done with their batch */
        epoch_reap(epoch);
    epoch->waiting[(epoch->first + epoch->n++) & (epoch->cap - 1)] = (struct retired){release, ctx, p, now};
    /* seq_cst: behind what was taken away, before every later look at the slots */
    atomic_store_explicit(&epoch->now, now + 1, memory_order_seq_cst);
    if (++epoch->unreaped >= REAP_EVERY)
        epoch_reap(epoch);
}

void epoch_free(struct epoch **epoch)
{
    struct epoch *old = *epoch;

    if (old == NULL)
        return;
    while (old->n > 0)
        release_first(old);
    free(old->waiting);
    free(old->slots);
    free(old);
    *epoch = NULL;
}
