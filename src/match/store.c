/* store.c - hazard slots. A worker announces in its slot which set it is about to use, then looks whether that set is
 * still the active one; a reaper frees a set only after it has stopped being active and no slot announces it.
 *
 * Why sequential consistency in four places: pin does "store slot, load active" and the control side "store active,
 * load slots". With anything weaker both loads may miss the other's store, and a set would be freed that was just
 * pinned. All other accesses are under the mutex, or release what a later acquire must see.
 */
#include "match/store.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* One slot a cache line: workers pin once per batch, and neighbours must not slow each other. */
struct slot {
    _Alignas(64) _Atomic(struct ruleset *) pinned;
};

struct store {
    _Atomic(struct ruleset *) active;
    _Atomic uint64_t generation;                /* of the active one */
    uint64_t numbered;                          /* the last number given */
    pthread_mutex_t mutex;                      /* control side only */
    struct ruleset *warm;                       /* the one before the active, kept for rollback */
    struct ruleset *cooling[STORE_MAX_COOLING]; /* older ones, still pinned by somebody */
    size_t ncooling;
    unsigned nslots;
    struct slot *slots;
};

struct store *store_new(unsigned nslots)
{
    struct store *store = calloc(1, sizeof(*store));

    if (store == NULL)
        return NULL;
    store->nslots = nslots;
    store->slots = aligned_alloc(_Alignof(struct slot), (nslots + 1) * sizeof(*store->slots));
    if (store->slots == NULL || pthread_mutex_init(&store->mutex, NULL) != 0) {
        free(store->slots);
        free(store);
        return NULL;
    }
    for (unsigned i = 0; i < nslots; i++)
        atomic_init(&store->slots[i].pinned, NULL);
    atomic_init(&store->active, NULL);
    atomic_init(&store->generation, 0);
    return store;
}

void store_free(struct store **store)
{
    struct store *old = *store;
    struct ruleset *active;

    if (old == NULL)
        return;
    for (unsigned i = 0; i < old->nslots; i++)
        /* daemon joined its workers */
        assert(atomic_load_explicit(&old->slots[i].pinned, memory_order_acquire) == NULL);
    active = atomic_load_explicit(&old->active, memory_order_relaxed);
    ruleset_free(&active);
    ruleset_free(&old->warm);
    for (size_t i = 0; i < old->ncooling; i++)
        ruleset_free(&old->cooling[i]);
    pthread_mutex_destroy(&old->mutex);
    free(old->slots);
    free(old);
    *store = NULL;
}

/* seq_cst: must not move before the store to `active` that retired the set. It also acquires what the worker did with
 * the set before it unpinned (release in store_unpin), so freeing comes after the last use. */
static bool is_pinned(struct store *store, const struct ruleset *set)
{
    for (unsigned i = 0; i < store->nslots; i++)
        if (atomic_load_explicit(&store->slots[i].pinned, memory_order_seq_cst) == set)
            return true;
    return false;
}

static unsigned reap(struct store *store)
{
    unsigned freed = 0;
    size_t kept = 0;

    for (size_t i = 0; i < store->ncooling; i++) {
        if (is_pinned(store, store->cooling[i])) {
            store->cooling[kept++] = store->cooling[i];
        } else {
            ruleset_free(&store->cooling[i]);
            freed++;
        }
    }
    store->ncooling = kept;
    return freed;
}

/* Returns the set that was active. */
static struct ruleset *activate(struct store *store, struct ruleset *set)
{
    /* seq_cst: orders the swap before every later look at the slots, and releases the set's contents */
    struct ruleset *previous = atomic_exchange_explicit(&store->active, set, memory_order_seq_cst);

    atomic_store_explicit(&store->generation, ruleset_generation(set), memory_order_release);
    return previous;
}

int store_publish(struct store *store, struct ruleset *set)
{
    int rc = 0;

    pthread_mutex_lock(&store->mutex);
    reap(store);
    if (store->ncooling == STORE_MAX_COOLING) {
        rc = -TS_EBUSY;
    } else {
        ruleset_set_generation(set, ++store->numbered);
        if (store->warm != NULL)
            store->cooling[store->ncooling++] = store->warm;
        store->warm = activate(store, set);
    }
    pthread_mutex_unlock(&store->mutex);
    return rc;
}

int store_rollback(struct store *store, bool keep)
{
    struct ruleset *left;
    int rc = 0;

    pthread_mutex_lock(&store->mutex);
    reap(store);
    if (store->warm == NULL) {
        rc = -TS_ENOENT;
    } else if (!keep && store->ncooling == STORE_MAX_COOLING) {
        rc = -TS_EBUSY;
    } else {
        left = activate(store, store->warm);
        store->warm = keep ? left : NULL;
        if (!keep)
            store->cooling[store->ncooling++] = left;
    }
    pthread_mutex_unlock(&store->mutex);
    return rc;
}

const struct ruleset *store_pin(struct store *store, unsigned slot)
{
    struct ruleset *set, *again;

    assert(slot < store->nslots); /* daemon sized it */
    /* acquire: the contents that publish released */
    set = atomic_load_explicit(&store->active, memory_order_acquire);
    for (;;) {
        /* seq_cst: the announcement must be seen by any reaper that runs after our second look */
        atomic_store_explicit(&store->slots[slot].pinned, set, memory_order_seq_cst);
        again = atomic_load_explicit(&store->active, memory_order_seq_cst);
        if (again == set)
            return set;
        set = again;
    }
}

void store_unpin(struct store *store, unsigned slot)
{
    assert(slot < store->nslots); /* daemon sized it */
    /* release: all our reads of the set come before a reaper may see the slot empty */
    atomic_store_explicit(&store->slots[slot].pinned, NULL, memory_order_release);
}

unsigned store_reap(struct store *store)
{
    unsigned freed;

    pthread_mutex_lock(&store->mutex);
    freed = reap(store);
    pthread_mutex_unlock(&store->mutex);
    return freed;
}

void store_list(struct store *store, void (*fn)(void *ctx, const struct ruleset *set, const char *state), void *ctx)
{
    const struct ruleset *active;

    pthread_mutex_lock(&store->mutex);
    active = atomic_load_explicit(&store->active, memory_order_acquire);
    if (active != NULL)
        fn(ctx, active, "active");
    if (store->warm != NULL)
        fn(ctx, store->warm, "warm");
    for (size_t i = 0; i < store->ncooling; i++)
        fn(ctx, store->cooling[i], "cooling");
    pthread_mutex_unlock(&store->mutex);
}

void store_look(struct store *store, void (*fn)(void *ctx, const struct ruleset *active), void *ctx)
{
    const struct ruleset *active;

    pthread_mutex_lock(&store->mutex);
    active = atomic_load_explicit(&store->active, memory_order_acquire);
    if (active != NULL)
        fn(ctx, active);
    pthread_mutex_unlock(&store->mutex);
}

static void copy_hash(void *hash, const struct ruleset *active)
{
    snprintf(hash, 80, "%s", ruleset_hash(active));
}

void store_read_hash(struct store *store, char hash[80])
{
    hash[0] = '\0';
    store_look(store, copy_hash, hash);
}

uint64_t store_generation(const struct store *store)
{
    return atomic_load_explicit(&store->generation, memory_order_acquire);
}
