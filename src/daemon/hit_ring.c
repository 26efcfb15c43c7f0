/* hit_ring.c - two counters that only rise: the writer's is stored behind what it wrote, the reader's behind what it
 * copied. */
#include "daemon/hit_ring.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

struct hit_ring {
    _Alignas(64) _Atomic uint64_t written; /* by the worker */
    _Alignas(64) _Atomic uint64_t dropped; /* by the archive */
    uint64_t room;
    struct hit hits[];
};

struct hit_ring *hit_ring_new(size_t room)
{
    size_t size = sizeof(struct hit_ring) + room * sizeof(struct hit);
    struct hit_ring *ring = aligned_alloc(64, (size + 63) / 64 * 64);

    assert(room > 0 && (room & (room - 1)) == 0);
    if (ring == NULL)
        return NULL;
    atomic_init(&ring->written, 0);
    atomic_init(&ring->dropped, 0);
    ring->room = room;
    return ring;
}

void hit_ring_free(struct hit_ring **ring)
{
    free(*ring);
    *ring = NULL;
}

bool hit_id_read(struct str hex, unsigned char out[HIT_ID_BYTES])
{
    if (hex.n != 2 * HIT_ID_BYTES)
        return false;
    for (size_t i = 0; i < HIT_ID_BYTES; i++) {
        int high = hex_digit(hex.p[2 * i]), low = hex_digit(hex.p[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* ---- the worker -------------------------------------------------------------------------------------------------- */

static struct hit *slot_of(struct hit_ring *ring, uint64_t number)
{
    return &ring->hits[number & (ring->room - 1)];
}

static void put(struct hit_ring *ring, uint64_t *at, const struct hit *record, const struct evidence_set *set,
                const struct fired *fired, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct hit *hit = slot_of(ring, (*at)++);

        *hit = *record;
        memcpy(hit->digest, evidence_digest(set, fired[i].rule_index), EVIDENCE_DIGEST);
    }
}

bool hit_ring_note(struct hit_ring *ring, const struct evidence_set *set, const struct verdict *verdict,
                   const char *id, int64_t at_ms)
{
    uint64_t at = atomic_load_explicit(&ring->written, memory_order_relaxed); /* its own */
    uint64_t used = at - atomic_load_explicit(&ring->dropped, memory_order_acquire); /* the slots are copied */
    struct hit record = {.at_ms = at_ms};

    bool read = hit_id_read(str_of(id), record.id);

    assert(read); /* alert_build made it */
    (void)read;
    if (set == NULL)
        return true;
    if (verdict->nlive + verdict->nshadow > ring->room - used)
        return false;
    put(ring, &at, &record, set, verdict->fired, verdict->nlive);
    put(ring, &at, &record, set, verdict->shadow, verdict->nshadow);
    atomic_store_explicit(&ring->written, at, memory_order_release); /* the reader sees whole hits */
    return true;
}

/* ---- the archive ------------------------------------------------------------------------------------------------- */

size_t hit_ring_peek(const struct hit_ring *ring, struct hit *out, size_t most)
{
    uint64_t from = atomic_load_explicit(&ring->dropped, memory_order_relaxed); /* its own */
    uint64_t n = atomic_load_explicit(&ring->written, memory_order_acquire) - from;

    if (n > most)
        n = most;
    for (uint64_t i = 0; i < n; i++)
        out[i] = ring->hits[(from + i) & (ring->room - 1)];
    return (size_t)n;
}

void hit_ring_drop(struct hit_ring *ring, size_t n)
{
    atomic_store_explicit(&ring->dropped, atomic_load_explicit(&ring->dropped, memory_order_relaxed) + n,
                          memory_order_release); /* the writer may take the slots */
}
