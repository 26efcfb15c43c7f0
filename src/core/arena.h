/* arena.h - memory that is freed all at once: bump allocation for what lives as long as one unit of work.
 *
 * Threads: an arena belongs to one thread. Ownership: the arena owns everything it hands out; pointers are
 * dead after arena_reset or arena_fini. Under AddressSanitizer the reset part is poisoned. */
#ifndef TELSIEVE_CORE_ARENA_H
#define TELSIEVE_CORE_ARENA_H

#include "core/str.h"

struct arena_block;

struct arena {
    struct arena_block *head;  /* the block in use, older ones behind it */
    char *next;
    char *end;
    size_t block_size_bytes;
};

/* block_size_bytes: size of the blocks taken from the heap; larger requests get a block of their own. */
void arena_init(struct arena *arena, size_t block_size_bytes);
void arena_fini(struct arena *arena);

/* Forget all allocations; keeps one block, so that a steady workload allocates nothing. */
void arena_reset(struct arena *arena);

/* `n` bytes, aligned for any type, not cleared. NULL only when the heap is exhausted. */
void *arena_alloc(struct arena *arena, size_t n);

/* `count` × `size` cleared bytes; NULL when exhausted or when the product overflows. */
void *arena_calloc(struct arena *arena, size_t count, size_t size);

/* A copy of `s`, with a NUL behind it that is not counted. p is NULL when exhausted. */
struct str arena_strdup(struct arena *arena, struct str s);

#endif
