/* {name} in phrases: what it becomes, what a record then says, and what cannot be named. */
#include "match_setup.h"

#define LIBRARY(name, sets)                                                                                    \
    "{\"telsieve\":1,\"library\":\"" name "\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{" sets "}}"

static struct ruleset *load(const char *own, const char *shared, struct err *err)
{
    const char *libraries[] = {own, shared, NULL};

    err_init(err);
    return setup_libraries(libraries, err);
}

static const struct fragment *first_of(const struct ruleset *ruleset, const char *name)
{
    for (size_t i = 0; i < ruleset_set_count(ruleset); i++) {
        const struct set *set = ruleset_set(ruleset, i, NULL);
        if (strcmp(set->name, name) == 0)
            return &set->fragments[0];
    }
    return NULL;
}

static void show_step(const struct step *step, char *out)
{
    *out = '\0';
    for (size_t i = 0; i < step->nalt; i++)
        sprintf(out + strlen(out), "%s%.*s", i > 0 ? "|" : "", STR_FMT(step->alt[i]));
}

START_TEST(a_name_becomes_the_ways_to_write_that_set)
{
    struct err err;
    struct ruleset *ruleset = load(
        LIBRARY("t", "\"a\":{\"phrases\":[\"{b}~4{shared.bank}\"]},\"b\":{\"phrases\":[\"[请|]转账\",\"{c}\",\"转账\"]},"
                     "\"c\":{\"phrases\":[\"[打|汇]款过来\"]}"),
        LIBRARY("shared", "\"bank\":{\"phrases\":[\"果园银行\"]}"), &err);
    const struct fragment *fragment;
    char steps[2][200];

    ck_assert_msg(ruleset != NULL, "%s", err.text);
    fragment = first_of(ruleset, "a");
    ck_assert_uint_eq(fragment->nsteps, 2);
    show_step(&fragment->steps[0], steps[0]);
    show_step(&fragment->steps[1], steps[1]);
    ck_assert_str_eq(steps[0], "转账|请转账|打款过来|汇款过来");
    ck_assert_str_eq(steps[1], "果园银行");
    ck_assert_uint_eq(fragment->anchor, 1);
    ruleset_free(&ruleset);
    err_fini(&err);
}
END_TEST

START_TEST(a_phrase_with_a_name_is_found_as_any_other)
{
    struct err err;
    struct ruleset *ruleset = load(
        "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
        "\"a\":{\"role\":\"T\",\"phrases\":[\"{shared.bank}~4{fruit}\"]},\"fruit\":{\"phrases\":[\"[苹|雪]果\",\"梨子\"]},"
        "\"b\":{\"role\":\"A\",\"phrases\":[\"加入果园\"]}},\"rules\":[{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"live\","
        "\"tier\":\"low\",\"when\":\"a and b\",\"reason\":\"r\",\"hit\":[\"果园银行送苹果,加入果园\",\"田园银行的梨子,加入果园\"],"
        "\"miss\":[\"果园银行送瓜,加入果园\",\"苹果果园银行,加入果园\"]}]}",
        LIBRARY("shared", "\"bank\":{\"phrases\":[\"果园银行\",\"田园银行\"]}"), &err);

    ck_assert_msg(ruleset != NULL, "%s", err.text);
    ruleset_free(&ruleset);
    err_fini(&err);
}
END_TEST

static const struct {
    const char *sets, *want;
} wrong[] = {
    {"\"a\":{\"phrases\":[\"{b}贷款\"]}", "{b}: no set of this library or of shared"},
    {"\"a\":{\"phrases\":[\"{bank}贷款\"]}", "(did you mean {shared.bank}?)"},
    {"\"a\":{\"phrases\":[\"{shared.bnak}贷款\"]}", "(did you mean {shared.bank}?)"},
    {"\"a\":{\"phrases\":[\"{frut}贷款\"]},\"fruit\":{\"phrases\":[\"苹果\"]}", "(did you mean {fruit}?)"},
    {"\"a\":{\"phrases\":[\"{x.yz}贷款\"]}", "{x.yz}: no set"},
    {"\"a\":{\"phrases\":[\"{b}贷款\"]},\"b\":{\"phrases\":[\"{a}借款\"]}", "that set rests on this phrase"},
    {"\"a\":{\"phrases\":[\"{a}贷款\"]}", "that set rests on this phrase"},
    {"\"a\":{\"phrases\":[\"{b}贷款\"]},\"b\":{\"phrases\":[\"借款~利息\"]}",
     "\"借款~利息\" of that set has a gap (~); only text"},
    {"\"a\":{\"phrases\":[\"{b}贷款\"]},\"b\":{\"phrases\":[\"借款#\"]}", "has a number (#)"},
    {"\"a\":{\"phrases\":[\"{b}贷款\"]},\"b\":{\"phrases\":[\"re:借款[0-9]\"]}", "is a regular expression"},
    {"\"a\":{\"phrases\":[\"{b}贷款\"]},\"b\":{\"field\":\"caller\",\"phrases\":[\"00852\"]}", "another field"},
    {"\"a\":{\"phrases\":[\"{b}~款\"]},\"b\":{\"phrases\":[\"扣[费|款]\",\"[一|二]扣\"]}", NULL},
    {"\"a\":{\"phrases\":[\"{b}{b}{b}{b}\"]},\"b\":{\"phrases\":[\"借[一|二|三|四|五|六|七|八|九|十]\"]}", NULL},
    {"\"a\":{\"phrases\":[\"{b}贷款\"]},\"b\":{\"phrases\":[\"[一|二|三|四|五|六|七|八|九|十]借[一|二|三|四|五|六|七|八|九|十]"
     "[一|二|三|四|五|六|七|八|九|十]\"]}", "more than 512 ways"},
    {"\"a\":{\"phrases\":[\"{b}一款\"]},\"b\":{\"phrases\":[\"{c}二款\"]},\"c\":{\"phrases\":[\"{d}三款\"]},"
     "\"d\":{\"phrases\":["
     "\"{e}四款\"]},\"e\":{\"phrases\":[\"{f}五款\"]},\"f\":{\"phrases\":[\"六款\"]}", "more than 4 deep"},
};

START_TEST(what_cannot_be_named_is_told_with_its_place)
{
    struct err err;
    char text[2048];
    struct ruleset *ruleset;

    snprintf(text, sizeof(text), LIBRARY("t", "%s"), wrong[_i].sets);
    ruleset = load(text, LIBRARY("shared", "\"bank\":{\"phrases\":[\"果园银行\"]}"), &err);
    if (wrong[_i].want == NULL)
        ck_assert_msg(ruleset != NULL, "%s: %s", wrong[_i].sets, err.text);
    else
        ck_assert_msg(ruleset == NULL && strstr(err.text, wrong[_i].want) != NULL &&
                          strstr(err.text, ".json:1:") != NULL,
                      "%s: %s", wrong[_i].sets, err.text != NULL ? err.text : "no error");
    ruleset_free(&ruleset);
    err_fini(&err);
}
END_TEST

START_TEST(a_name_of_which_nothing_is_in_force_is_not_in_force)
{
    struct err err;
    struct ruleset *ruleset =
        load(LIBRARY("t", "\"a\":{\"phrases\":[\"{b}贷款\",\"借款\"]},"
                          "\"b\":{\"phrases\":[{\"p\":\"急用\",\"until\":\"2020-01-01\"}]}"), NULL, &err);

    ck_assert_msg(ruleset != NULL, "%s", err.text);
    ck_assert(str_eqz(first_of(ruleset, "a")->source, "借款"));
    ck_assert_uint_eq(ruleset_set(ruleset, 0, NULL)->nfragments, 1);
    ck_assert(ruleset_set(ruleset, 0, NULL)->dated);
    ruleset_free(&ruleset);
    err_fini(&err);
}
END_TEST

START_TEST(the_day_a_phrase_runs_out_its_samples_do_not_stop_the_rules)
{
    struct err err;
    struct ruleset *ruleset =
        load("{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
             "\"a\":{\"role\":\"T\",\"phrases\":[\"苹果丢失\",{\"p\":\"春节抽奖\",\"until\":\"2020-02-20\"}]},"
             "\"b\":{\"role\":\"A\",\"phrases\":[\"加入果园\"]}},\"rules\":[{\"id\":\"T-1\",\"type\":\"t\","
             "\"state\":\"live\","
             "\"tier\":\"low\",\"when\":\"a and b\",\"reason\":\"r\",\"hit\":[\"春节抽奖,加入果园\"],\"miss\":[\"苹果\"]}]}",
             NULL, &err);

    ck_assert_msg(ruleset != NULL, "%s", err.text);
    ruleset_free(&ruleset);
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("link");

    tcase_add_test(tests, a_name_becomes_the_ways_to_write_that_set);
    tcase_add_test(tests, a_phrase_with_a_name_is_found_as_any_other);
    tcase_add_loop_test(tests, what_cannot_be_named_is_told_with_its_place, 0, sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_test(tests, a_name_of_which_nothing_is_in_force_is_not_in_force);
    tcase_add_test(tests, the_day_a_phrase_runs_out_its_samples_do_not_stop_the_rules);
    return setup_run("library_link", tests);
}
