/* allocations.h - counts the allocations of the whole program, at malloc itself. Include it in one file only; Check
 * allocates too: read the counter before anything is asserted. */
#ifndef TELSIEVE_TESTS_ALLOCATIONS_H
#define TELSIEVE_TESTS_ALLOCATIONS_H

#include <stddef.h>

static size_t allocations;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
/* of the sanitizers' runtime; gcc ships no header that declares it */
extern int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                                     void (*on_free)(const volatile void *));

static inline void allocations_count(const volatile void *p, size_t n)
{
    (void)p;
    (void)n;
    allocations++;
}

static inline void allocations_ignore(const volatile void *p)
{
    (void)p;
}

static inline void allocations_start(void)
{
    __sanitizer_install_malloc_and_free_hooks(allocations_count, allocations_ignore);
}
#else
/* glibc's own names behind malloc: ours are found first, by C and C++ alike. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t count, size_t n);
extern void *__libc_realloc(void *p, size_t n);
extern void *__libc_memalign(size_t alignment, size_t n);

__attribute__((visibility("default"))) void *malloc(size_t n)
{
    allocations++;
    return __libc_malloc(n);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t n)
{
    allocations++;
    return __libc_calloc(count, n);
}

__attribute__((visibility("default"))) void *realloc(void *p, size_t n)
{
    allocations++;
    return __libc_realloc(p, n);
}

__attribute__((visibility("default"))) void *aligned_alloc(size_t alignment, size_t n)
{
    allocations++;
    return __libc_memalign(alignment, n);
}

static inline void allocations_start(void)
{
}
#endif

#endif
