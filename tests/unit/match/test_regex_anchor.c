/* test_regex_anchor.c - which literals every match of an expression holds, and when nobody can say. */
#include "match/regex_anchor.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *regex, *anchors; /* with a blank between them; "": none */
} cases[] = {
    {"茶叶[0-9]{3,6}", "茶叶"},
    {"[^。!?]{0,8}(茶叶|苹果)[0-9]", "茶叶 苹果"},
    {"(?:茶叶|苹果)[0-9]", "茶叶 苹果"},
    {"(茶叶|苹果)x(买茶叶|卖苹果)", "买茶叶 卖苹果"}, /* the longer are rarer */
    {"(茶叶|苹果|香蕉)x(红茶|绿茶)", "红茶 绿茶"},     /* and so are the fewer */
    {"茶叶(红茶叶)?", "茶叶"},                         /* what may be absent proves nothing */
    {"茶叶(红茶叶)*|苹果", ""},
    {"茶叶(红茶叶){0,2}", "茶叶"},
    {"茶叶店?[0-9]", "茶叶"},
    {"茶叶店+[0-9]", "茶叶店"},
    {"茶叶{2}[0-9]", ""},
    {"茶?[0-9]+", ""},
    {"(茶|茶叶)[0-9]", ""}, /* one character is in too many texts */
    {"(茶叶|)[0-9]{3}", ""},
    {"(茶叶|苹果[0-9])x", ""},
    {"(茶叶|(苹果|香蕉))x", ""},
    {"茶叶|苹果", ""},
    {"(?i)etc", ""},
    {"(?<![a-z])etc(?![a-z])", "etc"},
    {"(?!茶叶店)茶叶", "茶叶"},
    {"(?>茶叶)苹果", ""},
    {"(*UCP)茶叶", ""},
    {"\\x04(喂|嗨)?茶叶", "茶叶"},
    {"\\x{8336}叶子", ""},
    {"20\\d\\d年", "20"},
    {"\\Q茶叶\\E", ""},
    {"[(〔\\[茶叶]{2}[]店铺]", ""},
    {"[[:alpha:]]茶叶", ""},
    {"^茶叶$", "茶叶"},
};

START_TEST(anchors_are_what_every_match_holds)
{
    struct arena arena;
    struct str *anchors = NULL;
    char got[256] = "";
    size_t n, used = 0;

    arena_init(&arena, 4096);
    ck_assert_int_eq(regex_anchors(&arena, str_of(cases[_i].regex), &anchors, &n), 0);
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%.*s", i > 0 ? " " : "", STR_FMT(anchors[i]));
    ck_assert_msg(strcmp(got, cases[_i].anchors) == 0, "%s: \"%s\"", cases[_i].regex, got);
    arena_fini(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("regex_anchor");
    TCase *anchors = tcase_create("anchors");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(anchors, anchors_are_what_every_match_holds, 0, (int)(sizeof(cases) / sizeof(*cases)));
    suite_add_tcase(suite, anchors);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
