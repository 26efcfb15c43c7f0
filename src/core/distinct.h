/* distinct.h - about how many different things were seen: HyperLogLog (Flajolet et al. 2007) with 1,024 registers, so
 * with a standard error of 3.3 %; few things are counted by the empty registers, which is better than that.
 *
 * Threads: one writer adds, any thread reads; no locks. */
#ifndef TELSIEVE_CORE_DISTINCT_H
#define TELSIEVE_CORE_DISTINCT_H

#include <stdatomic.h>
#include <stdint.h>

#define DISTINCT_REGISTERS 1024

struct distinct { /* all zero: nothing was seen */
    _Atomic uint8_t rank[DISTINCT_REGISTERS];
};

/* What several have seen together; of one thread, all zero at first. */
struct distinct_sum {
    uint8_t rank[DISTINCT_REGISTERS];
};

/* A thing by a hash of it, whose 64 bits are all as good as random. */
void distinct_add(struct distinct *distinct, uint64_t hash);

void distinct_merge(struct distinct_sum *sum, const struct distinct *distinct);
uint64_t distinct_count(const struct distinct_sum *sum);

#endif
