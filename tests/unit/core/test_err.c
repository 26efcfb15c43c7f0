/* The list of problems, and the nearest known name. */
#include "core/err.h"
#include "../setup.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"workers", "input", "output", "log", "rules.dir", NULL};

static const struct {
    const char *name, *nearest;
} nearest[] = {
    {"workers", "workers"}, {"wrokers", "workers"}, {"worker", "workers"}, {"inputs", "input"},
    {"ouptut", "output"},   {"logs", "log"},        {"rules.dri", "rules.dir"},
    {"xyzzy", NULL},        {"", NULL},             {"w", NULL},           {"completely-different-name", NULL},
};

START_TEST(a_typing_slip_finds_its_name_and_a_stranger_finds_none)
{
    const char *found = err_nearest(nearest[_i].name, names);

    if (nearest[_i].nearest == NULL)
        ck_assert_msg(found == NULL, "%s -> %s", nearest[_i].name, found);
    else
        ck_assert_str_eq(found, nearest[_i].nearest);
}
END_TEST

START_TEST(very_long_names_are_compared_with_nothing)
{
    char name[200];

    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    ck_assert_ptr_null(err_nearest(name, names));
}
END_TEST

START_TEST(a_hint_names_what_was_meant_or_nothing)
{
    char hint[ERR_HINT_BYTES];

    ck_assert_str_eq(err_hint("wrokers", names, hint), " (did you mean \"workers\"?)");
    ck_assert_str_eq(err_hint("xyzzy", names, hint), "");
}
END_TEST

START_TEST(problems_stand_one_a_line_with_their_place)
{
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(err.text);
    err_add(&err, "no place, %d", 5);
    err_at(&err, "a.json", 3, 14, "with place");
    err_at(&err, "b.json", 0, 0, "file only");
    ck_assert_uint_eq(err.count, 3);
    ck_assert_str_eq(err.text, "no place, 5\na.json:3:14: with place\nb.json: file only\n");
    ck_assert_uint_eq(err.n, strlen(err.text));
    err_fini(&err);
    ck_assert_uint_eq(err.count, 0);
}
END_TEST

START_TEST(beyond_the_bound_problems_are_only_counted)
{
    struct err err;
    size_t lines = 0;

    err_init(&err);
    for (int i = 0; i < ERR_MAX_PROBLEMS + 7; i++)
        err_add(&err, "problem %d", i);
    for (const char *p = err.text; *p != '\0'; p++)
        lines += *p == '\n';
    ck_assert_uint_eq(lines, ERR_MAX_PROBLEMS);
    ck_assert_uint_eq(err.count, ERR_MAX_PROBLEMS + 7);
    ck_assert_uint_eq(err.suppressed, 7);
    err_fini(&err);
}
END_TEST

START_TEST(an_overlong_problem_is_cut_and_still_ends_its_line)
{
    char text[3000], file[1000];
    struct err err;

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    memset(file, 'f', sizeof(file) - 1);
    file[sizeof(file) - 1] = '\0';
    err_init(&err);
    err_at(&err, file, 1, 2, "%s", text);
    ck_assert_uint_lt(err.n, 1600);
    ck_assert_int_eq(err.text[err.n - 1], '\n');
    ck_assert_ptr_nonnull(strstr(err.text, ":1:2: x"));
    err_fini(&err);
}
END_TEST

START_TEST(every_code_has_its_text_with_either_sign)
{
    ck_assert_str_eq(ts_strerror(0), "success");
    ck_assert_str_eq(ts_strerror(-TS_ENOMEM), "out of memory");
    ck_assert_str_eq(ts_strerror(TS_ENOMEM), "out of memory");
    ck_assert_str_eq(ts_strerror(-9999), "unknown error");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("err");

    tcase_add_loop_test(tcase, a_typing_slip_finds_its_name_and_a_stranger_finds_none, 0,
                        (int)(sizeof(nearest) / sizeof(nearest[0])));
    tcase_add_test(tcase, very_long_names_are_compared_with_nothing);
    tcase_add_test(tcase, a_hint_names_what_was_meant_or_nothing);
    tcase_add_test(tcase, problems_stand_one_a_line_with_their_place);
    tcase_add_test(tcase, beyond_the_bound_problems_are_only_counted);
    tcase_add_test(tcase, an_overlong_problem_is_cut_and_still_ends_its_line);
    tcase_add_test(tcase, every_code_has_its_text_with_either_sign);
    return setup_run("err", tcase);
}
