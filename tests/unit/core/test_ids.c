/* Each number once, in order. */
#include "core/ids.h"
#include "../setup.h"

START_TEST(each_is_left_once_ascending)
{
    uint32_t ids[] = {7, UINT32_MAX, 0, 7, 3, UINT32_MAX, 7};
    const uint32_t wanted[] = {0, 3, 7, UINT32_MAX};

    ck_assert_uint_eq(ids_unite(ids, 7), 4);
    ck_assert_mem_eq(ids, wanted, sizeof(wanted));
}
END_TEST

START_TEST(none_and_one_stay)
{
    uint32_t one = 5;

    ck_assert_uint_eq(ids_unite(NULL, 0), 0);
    ck_assert_uint_eq(ids_unite(&one, 1), 1);
    ck_assert_uint_eq(one, 5);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("ids");

    tcase_add_test(tests, each_is_left_once_ascending);
    tcase_add_test(tests, none_and_one_stay);
    return setup_run("ids", tests);
}
