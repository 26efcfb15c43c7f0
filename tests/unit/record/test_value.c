/* Integers, times and the grammar of JSON scalars. */
#include "record/value.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <time.h>

static const struct {
    const char *digits;
    bool ok;
    int64_t value;
} integers[] = {
    {"0", true, 0}, {"-0", true, 0}, {"007", true, 7}, {"-12", true, -12},
    {"9223372036854775807", true, INT64_MAX}, {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0}, {"-9223372036854775809", false, 0}, {"99999999999999999999", false, 0},
    {"", false, 0}, {"-", false, 0}, {"+1", false, 0}, {" 1", false, 0}, {"1.0", false, 0}, {"1e3", false, 0},
};

START_TEST(integers_fit_64_bits_or_are_none)
{
    int64_t value;

    ck_assert(value_integer(str_of(integers[_i].digits), &value) == integers[_i].ok);
    if (integers[_i].ok)
        ck_assert_int_eq(value, integers[_i].value);
}
END_TEST

/* Every length, with every byte at every place of it: the same as one digit after the other. */
START_TEST(a_short_value_is_that_of_its_digits)
{
    for (size_t n = 1; n <= VALUE_SHORT_MAX + 1; n++)
        for (size_t at = 0; at < n; at++)
            for (int c = 0; c < 256; c++) {
                char digits[] = "71093862405198374xxxxxxxx";
                int64_t value = -1, expected = -2;
                bool ok;

                digits[at] = (char)c;
                ok = n <= VALUE_SHORT_MAX && c != '-' && value_integer((struct str){digits, n}, &expected);
                ck_assert(value_short((struct str){digits, n}, &value) == ok);
                if (ok)
                    ck_assert_int_eq(value, expected);
            }
    ck_assert(!value_short(STR_LIT(""), &(int64_t){0}));
}
END_TEST

static const struct {
    const char *digits;
    int64_t ms; /* -1: no time */
} times[] = {
    {"0", 0}, {"1732230000123", 1732230000123}, {"9999999999999", 9999999999999}, {"123456789012345", -1},
    {"20261122153000", 1795332600000}, {"20240229000000", 1709136000000}, {"19700101080000", 0},
    {"19700101075959", -1}, {"20230229000000", -1}, {"21000229000000", -1}, {"20000229000000", 951753600000},
    {"20261301000000", -1}, {"20260001000000", -1}, {"20260100000000", -1}, {"20260431000000", -1},
    {"20260101240000", -1}, {"20260101006000", -1}, {"20260101000060", -1}, {"2026112215300x", -1},
    {"-1", -1}, {"", -1}, {"1.5", -1}, {"00000101000000", -1}, {"99991231235959", 253402271999000},
};

START_TEST(times_are_milliseconds_or_real_dates)
{
    int64_t ms;
    bool ok = value_time(str_of(times[_i].digits), &ms);

    ck_assert(ok == (times[_i].ms >= 0));
    if (ok)
        ck_assert_int_eq(ms, times[_i].ms);
}
END_TEST

/* Every day of 160 years against the C library's calendar. */
START_TEST(the_calendar_is_that_of_the_c_library)
{
    for (int64_t day = 1; day < 160 * 365; day++) {
        time_t at = day * 86400 + day % 86400;
        time_t local = at + 8 * 3600;
        struct tm tm;
        char digits[16];
        int64_t ms;
        ck_assert_ptr_nonnull(gmtime_r(&local, &tm));
        strftime(digits, sizeof(digits), "%Y%m%d%H%M%S", &tm);
        ck_assert(value_time(str_of(digits), &ms));
        ck_assert_int_eq(ms, (int64_t)at * 1000);
    }
}
END_TEST

static const struct {
    const char *token;
    enum token_kind kind;
} tokens[] = {
    {"0", TOKEN_INTEGER}, {"-0", TOKEN_INTEGER}, {"120", TOKEN_INTEGER}, {"99999999999999999999", TOKEN_INTEGER},
    {"1.5", TOKEN_REAL}, {"-0.0", TOKEN_REAL}, {"1e5", TOKEN_REAL}, {"1E+05", TOKEN_REAL}, {"1.5e-9", TOKEN_REAL},
    {"null", TOKEN_NULL}, {"true", TOKEN_OTHER}, {"false", TOKEN_OTHER}, {"[", TOKEN_OTHER}, {"{}", TOKEN_OTHER},
    {"", TOKEN_BROKEN}, {"-", TOKEN_BROKEN}, {"01", TOKEN_BROKEN}, {"1.", TOKEN_BROKEN}, {".5", TOKEN_BROKEN},
    {"1e", TOKEN_BROKEN}, {"1e+", TOKEN_BROKEN}, {"+1", TOKEN_BROKEN}, {"1x", TOKEN_BROKEN}, {"nul", TOKEN_BROKEN},
    {"nulll", TOKEN_BROKEN}, {"True", TOKEN_BROKEN}, {"NaN", TOKEN_BROKEN}, {"1 2", TOKEN_BROKEN},
    {"--1", TOKEN_BROKEN},
};

START_TEST(tokens_are_what_rfc_8259_says)
{
    ck_assert_int_eq(token_kind(str_of(tokens[_i].token)), tokens[_i].kind);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("value");

    tcase_add_loop_test(tcase, integers_fit_64_bits_or_are_none, 0, (int)(sizeof(integers) / sizeof(integers[0])));
    tcase_add_test(tcase, a_short_value_is_that_of_its_digits);
    tcase_add_loop_test(tcase, times_are_milliseconds_or_real_dates, 0, (int)(sizeof(times) / sizeof(times[0])));
    tcase_add_test(tcase, the_calendar_is_that_of_the_c_library);
    tcase_add_loop_test(tcase, tokens_are_what_rfc_8259_says, 0, (int)(sizeof(tokens) / sizeof(tokens[0])));
    return setup_run("value", tcase);
}
