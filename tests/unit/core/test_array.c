/* test_array.c - what stood in an array stands there when it has grown; one that cannot grow is as it was. */
#include "core/array.h"
#include "../setup.h"

#include <stdint.h>
#include <stdlib.h>

START_TEST(it_grows_and_keeps_what_it_has)
{
    uint32_t *numbers = NULL;
    size_t cap = 0;

    for (size_t n = 0; n < 1000; n++) {
        uint32_t *grown = array_grow(numbers, n, &cap, sizeof(*numbers));
        ck_assert_ptr_nonnull(grown);
        ck_assert_uint_gt(cap, n);
        numbers = grown;
        numbers[n] = (uint32_t)n;
    }
    for (size_t n = 0; n < 1000; n++)
        ck_assert_uint_eq(numbers[n], n);
    free(numbers);
}
END_TEST

START_TEST(it_moves_only_when_it_is_full)
{
    size_t cap = 0;
    char *array = array_grow(NULL, 0, &cap, 1);

    ck_assert_ptr_nonnull(array);
    ck_assert_ptr_eq(array_grow(array, cap - 1, &cap, 1), array);
    free(array);
}
END_TEST

START_TEST(what_does_not_fit_changes_nothing)
{
    size_t cap = SIZE_MAX / 16;
    char array[1];

    ck_assert_ptr_null(array_grow(array, cap, &cap, 16));
    ck_assert_uint_eq(cap, SIZE_MAX / 16);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("array");

    tcase_add_test(tcase, it_grows_and_keeps_what_it_has);
    tcase_add_test(tcase, it_moves_only_when_it_is_full);
    tcase_add_test(tcase, what_does_not_fit_changes_nothing);
    return setup_run("array", tcase);
}
