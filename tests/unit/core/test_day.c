/* Days are days of the calendar, written in one way. */
#include "core/day.h"
#include "../setup.h"

static const struct {
    const char *text;
    unsigned day; /* 0: no day */
} days[] = {
    {"2026-11-22", 20261122}, {"2024-02-29", 20240229}, {"2000-02-29", 20000229}, {"2026-12-31", 20261231},
    {"2026-02-29", 0},        {"1900-02-29", 0},        {"2026-13-01", 0},        {"2026-00-01", 0},
    {"2026-04-31", 0},        {"2026-04-00", 0},        {"2026-4-01", 0},         {"2026/04/01", 0},
    {"20260401", 0},          {"2026-04-011", 0},       {"", 0},                  {"2O26-04-01", 0},
};

START_TEST(reads)
{
    unsigned day = 0;
    char text[DAY_BYTES];

    ck_assert_int_eq(day_read(str_of(days[_i].text), &day), days[_i].day != 0);
    ck_assert_uint_eq(day, days[_i].day);
    if (day != 0)
        ck_assert_str_eq(day_write(day, text), days[_i].text);
}
END_TEST

START_TEST(today_is_a_day)
{
    unsigned day;
    char text[DAY_BYTES];

    ck_assert_uint_ge(day_today(), 20260101);
    ck_assert(day_read(str_of(day_write(day_today(), text)), &day));
    ck_assert_uint_eq(day, day_today());
    ck_assert_uint_lt(day_in(-1), day);
    ck_assert_uint_gt(day_in(1), day);
    ck_assert_uint_ge(day_in(366), day + 10000);
    ck_assert_uint_le(day_in(364), day + 10000);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("day");

    tcase_add_loop_test(tests, reads, 0, sizeof(days) / sizeof(*days));
    tcase_add_test(tests, today_is_a_day);
    return setup_run("day", tests);
}
