/* Lint: what is told of conditions, phrases, samples and a background, and what is left in peace. */
#include "match_setup.h"

#include "match/lint.h"

#define HEAD "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\","
#define SETS                                                                                                   \
    "\"sets\":{\"a\":{\"role\":\"T\",\"phrases\":[\"苹果丢失\",\"梨子丢失\"]},"                              \
    "\"b\":{\"role\":\"A\",\"phrases\":[\"加入果园\"]},"                                                     \
    "\"gone\":{\"role\":\"A\",\"phrases\":[{\"p\":\"去年的短语\",\"until\":\"2020-01-01\"}]}}"

static char *lint_text(const char *library, const char *background)
{
    const char *libraries[] = {library, NULL};
    struct err err, warnings;
    struct lint_background seen;
    struct ruleset *ruleset;

    err_init(&err);
    err_init(&warnings);
    warnings.kind = "warning: ";
    ruleset = setup_libraries(libraries, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    ck_assert_int_eq(lint_run(ruleset, &warnings), 0);
    if (background != NULL)
        ck_assert_int_eq(lint_background(ruleset, background, &seen, &warnings, &err), 0);
    ruleset_free(&ruleset);
    err_fini(&err);
    return warnings.text != NULL ? warnings.text : strdup("");
}

static unsigned lines_of(const char *text)
{
    unsigned n = 0;

    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

/* ---- conditions ---- */

static const struct {
    const char *when, *want; /* NULL: nothing is told */
} terms[] = {
    {"a and b", NULL},
    {"a and b and not negated(a)", NULL},
    {"count(a) >= 2 and b", NULL},
    {"count(a) >= 3 and b", "\"count(a) >= 3\" can never be true: there are only 2 phrases"},
    {"count(a, b, a) >= 4 and b", "there are only 3 phrases"},
    {"count(a, b) >= 3 and b", NULL},
    {"count(a) < 9 and a and b", NULL},
    {"a and (b or gone)", "\"gone\" can never be true: no phrase of \"gone\" is in force"},
    {"a and b and not gone", NULL},
    {"a and b and not a", "\"not a\" can never be true beside \"a\""},
    {"a and b and not any(a)", "\"not any(a)\" can never be true beside \"a\""},
    {"any(a) and b and a", NULL},
    {"near(a, b, 9) and not b", "\"not b\" can never be true beside \"near(a, b, 9)\""},
    {"a and (b or (caller.personal and not a))", "\"not a\" can never be true beside \"a\""},
    {"a and b and caller.trust == 'port' and caller.trust == 'trusted'", "can never be true beside"},
    {"a and b and caller.country in ('95', '856') and caller.country != '95'", NULL},
    {"a and b and caller.country == '95' and caller.country not in ('95', '856')", "can never be true beside"},
    {"a and b and text.length > 10 and text.length < 5", "\"text.length < 5\" can never be true beside"},
    {"a and b and text.length > 10 and text.length < 50", NULL},
    {"a and b and not known(text.length) and text.length > 2", "can never be true beside"},
    {"a and b and caller.personal and not caller.personal", "can never be true beside"},
    {"a and b and (caller.personal or not caller.personal)", NULL},
    {"b and neither", "can never be true beside"},
    {"a and b and not (neither or caller.personal)", NULL},
    {"3 of (a, b, not a)", "can never be true beside"},
    {"2 of (a, b, not a) and text.url", NULL},
};

START_TEST(terms_that_can_never_be_true_are_told)
{
    char library[2048], *told;

    snprintf(library, sizeof(library),
             HEAD SETS ",\"conditions\":{\"neither\":\"not b and not a\"},\"rules\":[{\"id\":\"T-1\",\"type\":\"t\","
                       "\"state\":\"shadow\",\"tier\":\"low\",\"reason\":\"r\",\"when\":\"%s\"}]}",
             terms[_i].when);
    told = lint_text(library, NULL);
    if (terms[_i].want == NULL)
        ck_assert_msg(*told == '\0', "%s: %s", terms[_i].when, told);
    else
        ck_assert_msg(strstr(told, terms[_i].want) != NULL && lines_of(told) == 1 &&
                          strstr(told, ": warning: rules[0].when: ") != NULL,
                      "%s: %s", terms[_i].when, told);
    free(told);
}
END_TEST

/* ---- phrases ---- */

static const struct {
    const char *sets;
    const char *want; /* NULL: nothing is told */
} phrases[] = {
    {"\"a\":{\"phrases\":[\"苹果丢失\",\"梨子丢失\"]}", NULL},
    {"\"a\":{\"phrases\":[\"苹果丢失了\",\"苹果丢失\"]}", "\"苹果丢失了\" of set a: all it finds is found by \"苹果丢失\""},
    {"\"a\":{\"phrases\":[\"苹果~丢失\",\"苹果丢失\"]}", "\"苹果丢失\" of set a: all it finds is found by \"苹果~丢失\""},
    {"\"a\":{\"phrases\":[\"苹果~4丢失\",\"苹果~12丢失\"]}", "\"苹果~4丢失\" of set a"},
    {"\"a\":{\"phrases\":[\"[请|]添加客服\",\"请添加客服\"]}", "\"请添加客服\" of set a"},
    {"\"a\":{\"phrases\":[\"[苹|雪]果丢失\",\"[苹|雪|芒]果丢\"]}", "\"[苹|雪]果丢失\" of set a"},
    {"\"a\":{\"phrases\":[\"[苹|雪|芒]果丢失\",\"[苹|雪]果丢\"]}", NULL},
    {"\"a\":{\"phrases\":[\"返利300元\",\"返利#\"]}", "\"返利300元\" of set a"},
    {"\"a\":{\"phrases\":[\"返利#\",\"返利300元\"]}", "\"返利300元\" of set a"},
    {"\"a\":{\"phrases\":[\"加果园\",\"re:加果园[0-9]{5}\"]}", NULL}, /* regular expressions are not written out */
    {"\"a\":{\"phrases\":[\"苹果丢失了\",{\"p\":\"苹果丢失\",\"weight\":3}]}", NULL},
    {"\"a\":{\"phrases\":[\"苹果丢失了\",{\"p\":\"苹果丢失\",\"until\":\"2999-01-01\"}]}", NULL},
    {"\"a\":{\"phrases\":[\"[苹果|雪果]丢失\",\"[苹|雪]果丢失\"]}", "\"[苹|雪]果丢失\" of set a"}, /* alike: the later one */
    {"\"a\":{\"phrases\":[\"苹果丢失\"]},\"b\":{\"phrases\":[\"梨子丢失\",\"苹果丢失\"]}",
     "\"苹果丢失\" of set b is also in set a (line 1)"},
    {"\"a\":{\"phrases\":[\"苹果丢失\"]},\"b\":{\"phrases\":[\"苹果丢失了\"]}", NULL},
};

START_TEST(phrases_that_are_not_needed_are_told)
{
    char library[1024], *told;

    snprintf(library, sizeof(library), HEAD "\"sets\":{%s}}", phrases[_i].sets);
    told = lint_text(library, NULL);
    if (phrases[_i].want == NULL)
        ck_assert_msg(*told == '\0', "%s: %s", phrases[_i].sets, told);
    else
        ck_assert_msg(strstr(told, phrases[_i].want) != NULL && lines_of(told) == 1, "%s: %s", phrases[_i].sets, told);
    free(told);
}
END_TEST

/* ---- samples ---- */

#define SAMPLES(when, hit, miss)                                                                               \
    HEAD SETS ",\"rules\":[{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\","                 \
              "\"reason\":\"r\",\"when\":\"" when                                                             \
              "\",\n\"hit\":[" hit "],\n\"miss\":[" miss "]}]}"
#define ABROAD "{\"calling\":\"0085255501234\",\"ingress\":\"intl\",\"text\":\"见 http://example.com/a 加入果园\"}"

static const struct {
    const char *library, *want; /* NULL: nothing is told */
} samples[] = {
    {SAMPLES("a and b", "\"苹果丢失,加入果园\"", "\"苹果丢失\",\"加入果园\""), NULL},
    {SAMPLES("a and b", "\"苹果丢失,加入果园\"", "\"苹果丢失\",\n\"明天下雨\",\"晴\""),
     "json:4:1: warning: rule T-1: 2 of 3 miss samples have no phrase that the rule looks for"},
    /* an own phrase is one of two that will do */
    {SAMPLES("(a or text.url) and (b or caller.international and text.url)", "\"苹果丢失,加入果园\"," ABROAD, "\"苹果丢失\""),
     NULL},
    {SAMPLES("(a or text.url) and (b or caller.international and text.url)", ABROAD, "\"苹果丢失\""),
     "json:2:8: warning: rule T-1: every hit sample hits without a phrase of t itself"},
    /* own phrases only exclude: there is nothing to prove */
    {SAMPLES("text.url and caller.international and not a", ABROAD, "\"苹果丢失\""), NULL},
};

START_TEST(samples_that_prove_nothing_are_told)
{
    char *told = lint_text(samples[_i].library, NULL);

    if (samples[_i].want == NULL)
        ck_assert_msg(*told == '\0', "%s", told);
    else
        ck_assert_msg(strstr(told, samples[_i].want) != NULL && lines_of(told) == 1, "%s", told);
    free(told);
}
END_TEST

/* ---- background ---- */

START_TEST(phrases_in_too_many_ordinary_texts_are_told)
{
    char name[] = "/tmp/telsieve-background-XXXXXX", *told;
    FILE *file = fdopen(mkstemp(name), "w");

    for (int i = 0; i < 1998; i++)
        fprintf(file, "今天第%d次下雨\n", i);
    for (int i = 0; i < 50; i++)
        fprintf(file, "梨子丢失\n"); /* one text, however often */
    fprintf(file, "苹果丢失,加入果园,又苹果丢失\n苹果丢失了\n苹果丢失过\n");
    ck_assert_int_eq(fclose(file), 0);
    told = lint_text(HEAD SETS "}", name);
    unlink(name);
    ck_assert_msg(strstr(told, "\"苹果丢失\" of set a is in 3 of 2002 ordinary texts") != NULL, "%s", told);
    ck_assert_uint_eq(lines_of(told), 1);
    free(told);
}
END_TEST

/* ---- retired ids are errors ---- */

START_TEST(a_retired_id_is_never_used_again)
{
    const char *libraries[] = {
        HEAD SETS ",\"rules\":[{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"off\",\"tier\":\"low\",\"reason\":\"r\","
                  "\"when\":\"a and b\"}]}",
        "{\"telsieve\":1,\"library\":\"u\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\","
        "\"retired\":[\"T-1\",\"T-9\"]}",
        NULL};
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset = setup_libraries(libraries, &err);
    ck_assert_msg(ruleset == NULL && strstr(err.text, "rule T-1: this id is retired") != NULL, "%s", err.text);
    ck_assert_uint_eq(err.count, 1);
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("lint");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, terms_that_can_never_be_true_are_told, 0, sizeof(terms) / sizeof(terms[0]));
    tcase_add_loop_test(tests, phrases_that_are_not_needed_are_told, 0, sizeof(phrases) / sizeof(phrases[0]));
    tcase_add_loop_test(tests, samples_that_prove_nothing_are_told, 0, sizeof(samples) / sizeof(samples[0]));
    tcase_add_test(tests, phrases_in_too_many_ordinary_texts_are_told);
    tcase_add_test(tests, a_retired_id_is_never_used_again);
    return setup_run("lint", tests);
}
