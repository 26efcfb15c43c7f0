/* Which of two versions is the later one. */
#include "core/err.h"
#include "core/version.h"
#include "../setup.h"

static const struct {
    const char *low, *high;
} ordered[] = {
    {"", "1"},
    {"1", "2"},
    {"2026.9.1", "2026.10.1"},
    {"2026.11.22", "2026.11.22.1"},
    {"2026.11.22.9", "2026.11.22.10"},
    {"2026.11.02", "2026.11.3"},
    {"99999999999999999998", "99999999999999999999"},
    {"1.beta", "1.0"}, /* what is no number comes before numbers */
    {"1.alpha", "1.beta"},
    {"1.a", "1.ab"},
    {"1..2", "1.0.2"},
};

static const struct {
    const char *a, *b;
} equal[] = {{"", ""}, {"1", "1"}, {"2026.01.02", "2026.1.2"}, {"0", "000"}, {"x", "x"}};

START_TEST(orders)
{
    ck_assert_int_lt(version_compare(ordered[_i].low, ordered[_i].high), 0);
    ck_assert_int_gt(version_compare(ordered[_i].high, ordered[_i].low), 0);
}
END_TEST

START_TEST(equals)
{
    ck_assert_int_eq(version_compare(equal[_i].a, equal[_i].b), 0);
    ck_assert_int_eq(version_compare(equal[_i].b, equal[_i].a), 0);
}
END_TEST

static const struct {
    const char *version, *next;
} raised[] = {
    {"2026.11.22", "2026.11.22.1"}, {"2026.11.22.1", "2026.11.22.2"}, {"2026.11.22.9", "2026.11.22.10"},
    {"3", "3.1"}, {"3.1", "3.1.1"}, {"1.2.3.beta", "1.2.3.beta.1"}, {"1.2.3.", "1.2.3..1"},
    {"1.2.3.007", "1.2.3.8"}, {"1.2.3.9999999999999999999", "1.2.3.9999999999999999999.1"},
};

START_TEST(the_next_version_is_above_and_says_which_one_it_is_of)
{
    char next[40];

    ck_assert_int_eq(version_raise(raised[_i].version, next, sizeof(next)), 0);
    ck_assert_str_eq(next, raised[_i].next);
    ck_assert_int_gt(version_compare(next, raised[_i].version), 0);
}
END_TEST

START_TEST(a_next_version_that_does_not_fit_is_none)
{
    char next[12];

    ck_assert_int_eq(version_raise("2026.11.22", next, sizeof(next)), -TS_ELIMIT);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("version");

    tcase_add_loop_test(tests, orders, 0, sizeof(ordered) / sizeof(*ordered));
    tcase_add_loop_test(tests, equals, 0, sizeof(equal) / sizeof(*equal));
    tcase_add_loop_test(tests, the_next_version_is_above_and_says_which_one_it_is_of, 0,
                        sizeof(raised) / sizeof(*raised));
    tcase_add_test(tests, a_next_version_that_does_not_fit_is_none);
    return setup_run("version", tests);
}
