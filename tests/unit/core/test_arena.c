/* The arena: aligned, disjoint pieces; a steady workload keeps its one block; bad sizes fail cleanly. */
#include "core/arena.h"
#include "../setup.h"

#include <check.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

START_TEST(pieces_are_aligned_and_do_not_overlap)
{
    struct arena arena;
    unsigned char *pieces[200];

    arena_init(&arena, 512);
    for (size_t i = 0; i < 200; i++) {
        pieces[i] = arena_alloc(&arena, i % 37 + 1);
        ck_assert_uint_eq((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        memset(pieces[i], (int)i, i % 37 + 1);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < i % 37 + 1; j++)
            ck_assert_uint_eq(pieces[i][j], i & 0xFF);
    arena_fini(&arena);
}
END_TEST

START_TEST(after_a_reset_the_same_work_takes_the_same_memory_again)
{
    struct arena arena;
    void *first, *large;

    arena_init(&arena, 1024);
    first = arena_alloc(&arena, 100);
    arena_alloc(&arena, 800);
    for (int round = 0; round < 3; round++) {
        arena_reset(&arena);
        ck_assert_ptr_eq(arena_alloc(&arena, 100), first);
        ck_assert_ptr_nonnull(arena_alloc(&arena, 800));
    }
    large = arena_alloc(&arena, 100000); /* a block of its own does not stay */
    ck_assert_ptr_nonnull(large);
    memset(large, 1, 100000);
    arena_reset(&arena);
    ck_assert_ptr_eq(arena_alloc(&arena, 100), first);
    arena_fini(&arena);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
START_TEST(a_steady_workload_allocates_nothing)
{
    struct arena arena;
    size_t before;

    arena_init(&arena, 4096);
    arena_alloc(&arena, 4000);
    before = mallinfo2().uordblks;
    for (int round = 0; round < 1000; round++) {
        arena_reset(&arena);
        for (int i = 0; i < 30; i++)
            ck_assert_ptr_nonnull(arena_alloc(&arena, 100));
    }
    ck_assert_uint_eq(mallinfo2().uordblks, before);
    arena_fini(&arena);
}
END_TEST
#endif

START_TEST(calloc_clears_reused_memory)
{
    struct arena arena;
    unsigned char *p;

    arena_init(&arena, 256);
    memset(arena_alloc(&arena, 64), 0xAA, 64);
    arena_reset(&arena);
    p = arena_calloc(&arena, 8, 8);
    for (int i = 0; i < 64; i++)
        ck_assert_uint_eq(p[i], 0);
    arena_fini(&arena);
}
END_TEST

START_TEST(sizes_that_overflow_give_null_and_leave_the_arena_usable)
{
    struct arena arena;

    arena_init(&arena, 256);
    ck_assert_ptr_null(arena_calloc(&arena, SIZE_MAX / 2, 3));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX - 16));
    ck_assert_ptr_nonnull(arena_alloc(&arena, 16));
    arena_fini(&arena);
}
END_TEST

START_TEST(a_copied_string_ends_in_nul_and_may_be_empty)
{
    struct arena arena;
    struct str copy;

    arena_init(&arena, 256);
    copy = arena_strdup(&arena, STR_LIT("刷单"));
    ck_assert_uint_eq(copy.n, 6);
    ck_assert_str_eq(copy.p, "刷单");
    copy = arena_strdup(&arena, (struct str){0});
    ck_assert_uint_eq(copy.n, 0);
    ck_assert_str_eq(copy.p, "");
    arena_reset(&arena);
    arena_fini(&arena);
    arena_reset(&arena); /* an empty arena may be reset */
    arena_fini(&arena);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("arena");

    tcase_add_test(tcase, pieces_are_aligned_and_do_not_overlap);
    tcase_add_test(tcase, after_a_reset_the_same_work_takes_the_same_memory_again);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(tcase, a_steady_workload_allocates_nothing);
#endif
    tcase_add_test(tcase, calloc_clears_reused_memory);
    tcase_add_test(tcase, sizes_that_overflow_give_null_and_leave_the_arena_usable);
    tcase_add_test(tcase, a_copied_string_ends_in_nul_and_may_be_empty);
    return setup_run("arena", tcase);
}
