/* Places of values in JSON text, and what is wrong with a text, to the character. */
#include "config/document.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char text[] = "{\n"                                                       /* 1 */
                           "  \"title\": \"退款\", \"after\": 1,\n"                    /* 2 */
                           "  \"a\": {\"b.c\": [10, {\"d\": null}, \"x]}\\\"\"]},\n"   /* 3 */
                           "  \"\\u0061sk\": true,\n"                                  /* 4 */
                           "  \"empty\": [], \"none\": {},\n"                          /* 5 */
                           "  \"rules\": [ {\"hit\": [\"一\", \"二\"]} ]\n"            /* 6 */
                           "}\n";

static const struct {
    const char *path;
    bool at_key;
    unsigned line, col;
} places[] = {
    {"", false, 1, 1},
    {"title", false, 2, 12},
    {"title", true, 2, 3},
    {"after", false, 2, 27}, /* columns count characters, not bytes */
    {"after", true, 2, 18},
    {"a.\"b.c\"", true, 3, 9},
    {"a.\"b.c\"", false, 3, 16},
    {"a.\"b.c\"[0]", false, 3, 17},
    {"a.\"b.c\"[1].d", false, 3, 27},
    {"a.\"b.c\"[2]", false, 3, 34}, /* brackets and quotes inside strings are text */
    {"ask", true, 4, 3},           /* an escaped key is what it means */
    {"ask", false, 4, 15},
    {"empty[0]", false, 5, 12}, /* absent: the deepest part that exists */
    {"none.x.y", false, 5, 24},
    {"rules[0].hit[1]", false, 6, 28},
    {"rules[0].miss", false, 6, 14},
    {"rules[7]", false, 6, 12},
    {"nothing", true, 1, 1},
};

START_TEST(every_value_and_key_is_found_at_its_line_and_column)
{
    struct document document;
    struct err err;
    unsigned line, col;

    err_init(&err);
    ck_assert_int_eq(document_parse(&document, "t.json", STR_LIT(text), &err), 0);
    document_find_path(&document, places[_i].path, places[_i].at_key, &line, &col);
    ck_assert_msg(line == places[_i].line && col == places[_i].col, "%s: %u:%u instead of %u:%u", places[_i].path,
                  line, col, places[_i].line, places[_i].col);
    document_fini(&document);
    err_fini(&err);
}
END_TEST

START_TEST(a_problem_is_written_as_file_line_col)
{
    struct document document;
    struct err err;

    err_init(&err);
    ck_assert_int_eq(document_parse(&document, "t.json", STR_LIT(text), &err), 0);
    document_error(&document, &err, "rules[0].hit[0]", false, "hit %d is odd", 1);
    ck_assert_str_eq(err.text, "t.json:6:23: hit 1 is odd\n");
    document_fini(&document);
    err_fini(&err);
}
END_TEST

static const struct {
    const char *json, *message;
} broken[] = {
    {"[1]", "t.json:1:1: must be an object: { … }\n"},
    {"{\"a\": 1,\n \"b\": 2,\n  \"a\": 3}", "t.json:3:3: key \"a\" occurs twice (first at line 1 column 2)\n"},
    {"{\"a\": {\"x\": 1, \"y\": [{\"k\": 1, \"\\u006b\": 2}]}}",
     "t.json:1:31: key \"\\u006b\" occurs twice (first at line 1 column 23)\n"},
    {"{\"a\": 1, \"a\": 2, \"c\": {\"d\": 1, \"d\": 2}}",
     "t.json:1:10: key \"a\" occurs twice (first at line 1 column 2)\n"
     "t.json:1:32: key \"d\" occurs twice (first at line 1 column 24)\n"},
    {"{\"a\": 1\n \"b\": 2}", "t.json:2:4: not JSON: '}' expected\n"},
    {"{\"a\": hidden}", "t.json:1:12: not JSON: invalid token\n"},
    {"{\"a\": 1", "t.json:1:7: not JSON: '}' expected near end of file\n"},
    {"{\"a\": 1} x", "t.json:1:10: not JSON: end of file expected\n"},
    {"", "t.json:1:1: not JSON: '[' or '{' expected near end of file\n"},
    {"{\"a\": \"\xFF\"}", "t.json:1:7: not JSON: unable to decode byte 0xff\n"},
    {"{\"a\": \"\\u0000\"}", "t.json:1:14: not JSON: \\u0000 is not allowed without JSON_ALLOW_NUL\n"},
};

START_TEST(a_key_that_is_not_known_is_told_at_its_place_with_the_nearest_one)
{
    static const char *const keys[] = {"title", "after", "ask", "empty", "none", "rule", "a", NULL};
    static const char *const inner[] = {"d", NULL};
    struct document document;
    struct err err;

    err_init(&err);
    ck_assert_int_eq(document_parse(&document, "x.json", str_of(text), &err), 0);
    document_check_keys(&document, &err, document.root, "", keys);
    document_check_keys(&document, &err, json_object_get(document.root, "a"), "a", inner);
    ck_assert_str_eq(err.text, "x.json:6:3: unknown key \"rules\" (did you mean \"rule\"?)\n"
                               "x.json:3:9: unknown key \"b.c\"\n");
    document_fini(&document);
    err_fini(&err);
}
END_TEST

START_TEST(a_broken_text_says_where_and_shows_none_of_itself)
{
    struct document document;
    struct err err;

    err_init(&err);
    ck_assert_int_lt(document_parse(&document, "t.json", str_of(broken[_i].json), &err), 0);
    ck_assert_str_eq(err.text, broken[_i].message);
    ck_assert_ptr_null(document.root);
    document_fini(&document);
    err_fini(&err);
}
END_TEST

START_TEST(a_file_is_read_whole_and_a_missing_one_is_named)
{
    char file[] = "/tmp/telsieve-document-XXXXXX";
    struct document document;
    struct err err;
    int fd = mkstemp(file);
    FILE *out = fdopen(fd, "w");

    fprintf(out, "{\"long\": \"");
    for (int i = 0; i < 20000; i++)
        fputs("长", out);
    fprintf(out, "\", \"last\": 7}");
    fclose(out);
    err_init(&err);
    ck_assert_int_eq(document_load(&document, file, &err), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(document.root, "last")), 7);
    document_fini(&document);
    unlink(file);
    ck_assert_int_eq(document_load(&document, file, &err), -TS_EIO);
    ck_assert_ptr_nonnull(strstr(err.text, ": cannot be read: No such file or directory\n"));
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("document");

    tcase_add_loop_test(tcase, every_value_and_key_is_found_at_its_line_and_column, 0,
                        (int)(sizeof(places) / sizeof(places[0])));
    tcase_add_test(tcase, a_problem_is_written_as_file_line_col);
    tcase_add_test(tcase, a_key_that_is_not_known_is_told_at_its_place_with_the_nearest_one);
    tcase_add_loop_test(tcase, a_broken_text_says_where_and_shows_none_of_itself, 0,
                        (int)(sizeof(broken) / sizeof(broken[0])));
    tcase_add_test(tcase, a_file_is_read_whole_and_a_missing_one_is_named);
    return setup_run("document", tcase);
}
