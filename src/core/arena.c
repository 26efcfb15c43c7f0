/* arena.c - a list of blocks; the newest is cut from front to back. Reset keeps the newest block of the normal
 * size and frees the others. */
#include "core/arena.h"

#include <stdint.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#define ALIGN _Alignof(max_align_t)

struct arena_block {
    struct arena_block *older;
    size_t size; /* usable bytes behind the header */
    _Alignas(max_align_t) char data[];
};

void arena_init(struct arena *arena, size_t block_size_bytes)
{
    *arena = (struct arena){.block_size_bytes = block_size_bytes};
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *older = block->older;
        UNPOISON(block->data, block->size);
        free(block);
        block = older;
    }
}

void arena_fini(struct arena *arena)
{
    free_blocks(arena->head);
    *arena = (struct arena){0};
}

void arena_reset(struct arena *arena)
{
    struct arena_block *keep = arena->head;

    if (keep == NULL)
        return;
    if (keep->size > arena->block_size_bytes && keep->older != NULL) {
        arena->head = keep->older;
        keep->older = NULL;
        free_blocks(keep);
        arena_reset(arena);
        return;
    }
    free_blocks(keep->older);
    keep->older = NULL;
    arena->next = keep->data;
    arena->end = keep->data + keep->size;
    POISON(keep->data, keep->size);
}

static int add_block(struct arena *arena, size_t n)
{
    size_t size = n > arena->block_size_bytes ? n : arena->block_size_bytes;
    struct arena_block *block;

    if (size > SIZE_MAX - sizeof(*block))
        return -1;
    block = malloc(sizeof(*block) + size);
    if (block == NULL)
        return -1;
    block->size = size;
    block->older = arena->head;
    arena->head = block;
    arena->next = block->data;
    arena->end = block->data + size;
    POISON(block->data, size);
    return 0;
}

void *arena_alloc(struct arena *arena, size_t n)
{
    char *p;

    if (n > SIZE_MAX - ALIGN)
        return NULL;
    n = (n + ALIGN - 1) & ~(ALIGN - 1);
    if ((size_t)(arena->end - arena->next) < n && add_block(arena, n) != 0)
        return NULL;
    p = arena->next;
    arena->next += n;
    UNPOISON(p, n);
    return p;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
    size_t n;
    void *p;

    if (__builtin_mul_overflow(count, size, &n))
        return NULL;
    p = arena_alloc(arena, n);
    if (p != NULL)
        memset(p, 0, n);
    return p;
}

struct str arena_strdup(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);

    if (p == NULL)
        return (struct str){0};
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct str){p, s.n};
}
