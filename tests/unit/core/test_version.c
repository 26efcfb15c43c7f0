/* Which of two versions is the later one. */
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

int main(void)
{
    TCase *tests = tcase_create("version");

    tcase_add_loop_test(tests, orders, 0, sizeof(ordered) / sizeof(*ordered));
    tcase_add_loop_test(tests, equals, 0, sizeof(equal) / sizeof(*equal));
    return setup_run("version", tests);
}
