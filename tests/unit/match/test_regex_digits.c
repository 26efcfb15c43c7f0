/* test_regex_digits.c - an expression that does not tell digits apart finds the same whatever they are: PCRE2 is asked,
 * with expressions made of whatever pieces. */
#include "match/regex_digits.h"
#include "../setup.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

START_TEST(digits_as_a_class_are_alike)
{
    static const char *const alike[] = {
        "[0-9]{6}", "\\d{4,6}元", "(?i)(?<![0-9])kf[0-9*x-]{3,}", "[^0-9。]{0,6}$",
        "(http|www)[^一-龥]{0,10}([*]{2,}|[.]{3,})", "[!-~]{4}", "(?:a|b)+?c{2}", "[]0-9]", "\\w\\.\\d"};

    for (size_t i = 0; i < sizeof(alike) / sizeof(*alike); i++)
        ck_assert_msg(!regex_tells_digits(str_of(alike[i])), "%s", alike[i]);
}
END_TEST

START_TEST(a_digit_of_its_own_or_a_reference_tells_them_apart)
{
    static const char *const tells[] = {
        "6[0-9]{3}", "[1-9]", "[0-8]", "[+-0-9]", "[--9]", "(\\d)\\1", "(?<n>[0-9])\\k<n>",
        "(?P<n>.)(?P=n)", "(\\d)(?1)", "\\x31", "[[:digit:]]", "{,3}", "{2,3,4}", "\\Q1\\E", "[\\.-5]",
        "(*ACCEPT)a", "[0", "\\"};

    for (size_t i = 0; i < sizeof(tells) / sizeof(*tells); i++)
        ck_assert_msg(regex_tells_digits(str_of(tells[i])), "%s", tells[i]);
}
END_TEST

/* ---- against PCRE2 ----------------------------------------------------------------------------------------------- */

static void write_of(const char *const *pieces, size_t npieces, size_t n, char *out)
{
    for (*out = '\0'; n > 0; n--)
        strcat(out, pieces[setup_pick(npieces)]);
}

static unsigned nfound;

/* Is the same found in 8 texts alike but for their digits? */
static bool finds_alike(const pcre2_code *code, pcre2_match_data *data)
{
    static const char *const pieces[] = {
        "a", "款", "-", "1", "2", "0", "9", "57", ".", "+", "]", "n", "}", "{2", ","};
    char text[64];
    PCRE2_SIZE *at = pcre2_get_ovector_pointer(data);
    int first = 0;
    PCRE2_SIZE from = 0, to = 0;

    write_of(pieces, sizeof(pieces) / sizeof(*pieces), 1 + setup_pick(8), text);
    for (int i = 0; i < 8; i++) {
        int rc = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, PCRE2_NOTEMPTY, data, NULL);

        nfound += rc > 0;
        if (i > 0 && (rc != first || (rc > 0 && (at[0] != from || at[1] != to))))
            return false;
        first = rc;
        from = at[0];
        to = at[1];
        for (char *p = text; *p != '\0'; p++)
            *p = ascii_is_digit(*p) ? (char)('0' + setup_pick(10)) : *p;
    }
    return true;
}

START_TEST(what_is_alike_finds_alike)
{
    static const char *const pieces[] = {
        "a", "款", "[", "]", "^", "-", "0-9", "0", "9", "\\d", "\\w", "\\1", "(", ")", "?", "*", "+",
        "{2}", "{1,3}", "{", ",", "}", "|", "(?i)", "(?:", "(?<!", "(?=", ".", "!-~", "\\.", "\\b", "$",
        "(?<n>", "\\k<n>", "[0-9]", "[^0-9]", "(?", "2"};
    unsigned nalike = 0;

    for (int i = 0; i < 400000; i++) {
        char regex[128];
        int error;
        PCRE2_SIZE at;
        pcre2_code *code;
        pcre2_match_data *data;

        write_of(pieces, sizeof(pieces) / sizeof(*pieces), 1 + setup_pick(8), regex);
        if (regex_tells_digits(str_of(regex)))
            continue;
        code = pcre2_compile((PCRE2_SPTR)regex, strlen(regex), PCRE2_UTF | PCRE2_DOLLAR_ENDONLY, &error, &at, NULL);
        if (code == NULL)
            continue;
        data = pcre2_match_data_create_from_pattern(code, NULL);
        ck_assert(data != NULL);
        for (int k = 0; k < 4; k++)
            ck_assert_msg(finds_alike(code, data), "%s", regex);
        nalike++;
        pcre2_match_data_free(data);
        pcre2_code_free(code);
    }
    ck_assert_uint_gt(nalike, 20000);
    ck_assert_uint_gt(nfound, 100000);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("regex_digits");

    tcase_add_test(tc, digits_as_a_class_are_alike);
    tcase_add_test(tc, a_digit_of_its_own_or_a_reference_tells_them_apart);
    tcase_add_test(tc, what_is_alike_finds_alike);
    tcase_set_timeout(tc, 120);
    return setup_run("regex_digits", tc);
}
