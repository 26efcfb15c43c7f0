/* distinct.c - a register keeps the longest run of zeros that a hash of its share began with. */
#include "core/distinct.h"

#include <math.h>

#define INDEX_BITS 10

_Static_assert(DISTINCT_REGISTERS == 1 << INDEX_BITS, "a register for each index");

void distinct_add(struct distinct *distinct, uint64_t hash)
{
    _Atomic uint8_t *cell = &distinct->rank[hash >> (64 - INDEX_BITS)];
    /* the bit set ends the run for a hash of zeros only */
    uint64_t rest = hash << INDEX_BITS | UINT64_C(1) << (INDEX_BITS - 1);
    uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);

    if (rank > atomic_load_explicit(cell, memory_order_relaxed))
        atomic_store_explicit(cell, rank, memory_order_relaxed); /* one writer; readers want a recent value */
}

void distinct_merge(struct distinct_sum *sum, const struct distinct *distinct)
{
    for (unsigned i = 0; i < DISTINCT_REGISTERS; i++) {
        uint8_t rank = atomic_load_explicit(&distinct->rank[i], memory_order_relaxed);

        if (rank > sum->rank[i])
            sum->rank[i] = rank;
    }
}

uint64_t distinct_count(const struct distinct_sum *sum)
{
    const double m = DISTINCT_REGISTERS, alpha = 0.7213 / (1 + 1.079 / m);
    double inverse = 0, estimate;
    unsigned empty = 0;

    for (unsigned i = 0; i < DISTINCT_REGISTERS; i++) {
        inverse += ldexp(1, -sum->rank[i]);
        empty += sum->rank[i] == 0;
    }
    estimate = alpha * m * m / inverse;
    if (estimate <= 2.5 * m && empty > 0)
        estimate = m * log(m / empty);
    return (uint64_t)(estimate + 0.5);
}
