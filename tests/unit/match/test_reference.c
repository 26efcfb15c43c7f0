/* test_reference.c - the guard itself is guarded: the self-test and the cross-check must notice an engine that loses or
 * invents a match. The losses are made by hand: a pattern taken out of what the scan knows. */
#include "match_setup.h"

#include "match/judge_parts.h"
#include "match/reference.h"
#include "match/selftest.h"
#include "match/selftest_parts.h"

static struct ruleset *rules;
static struct judge *judge;

static void setup(void)
{
    rules = setup_phrases("[\"苹果~丢失\",\"加入果园\",\"日赚#元\",\"re:园号\\\\d+$\",\"[请|]领[瓜|桃]\"]");
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
    judge_thorough(judge, true);
}

static void teardown(void)
{
    judge_free(&judge);
    ruleset_free(&rules);
}

static void see(const char *text)
{
    struct record record = setup_sms("13912345678", text);

    setup_judge(judge, &record);
}

START_TEST(the_reference_finds_each_kind_of_phrase)
{
    static const struct {
        const char *text;
        bool found[5];
    } cases[] = {
        {"您的苹果昨天丢失", {true, false, false, false, false}},
        {"苹果到了。丢失", {false, false, false, false, false}},
        {"加入果园领桃", {false, true, false, false, true}},
        {"日赚三百元,请领瓜", {false, false, true, false, true}},
        {"园号123", {false, false, false, true, false}},
        {"园号123呢", {false, false, false, false, false}},
        {"", {false, false, false, false, false}},
    };
    bool found[5];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct record record = setup_sms("13912345678", cases[i].text);
        const struct verdict *verdict = setup_judge(judge, &record);

        for (unsigned turn = 0; turn <= REFERENCE_QUICK; turn++) {
            ck_assert_int_eq(reference_find(rules, verdict->subject->canon, turn, found), 0);
            for (uint32_t k = 0; k < 5; k++)
                ck_assert_msg(found[k] == cases[i].found[k], "%s: phrase %u", cases[i].text, k);
        }
        for (uint32_t k = 0; k < 5; k++)
            ck_assert_int_eq(reference_find_one(rules, k, verdict->subject->canon), cases[i].found[k]);
    }
}
END_TEST

/* The pattern `loser` leads to no phrase any more, as if Hyperscan never reported it. */
static void lose(const char *literal)
{
    for (size_t i = 0; i < rules->npatterns; i++)
        if (literal == NULL ? rules->patterns[i].literal.p == NULL : str_eqz(rules->patterns[i].literal, literal))
            rules->patterns[i].n = 0;
}

START_TEST(the_cross_check_notices_a_lost_match)
{
    char what[64] = "";

    see("请加入果园");
    ck_assert_int_eq(judge_cross_check(judge, what, sizeof(what)), 0);
    lose("加入果园");
    see("请加入果园");
    ck_assert_int_eq(judge_cross_check(judge, what, sizeof(what)), 1);
    ck_assert_str_eq(what, "t.s"); /* names, never text */
    see("今天天气不错");
    ck_assert_int_eq(judge_cross_check(judge, what, sizeof(what)), 0);
}
END_TEST

START_TEST(the_self_test_notices_a_lost_match)
{
    struct err err;

    err_init(&err);
    ck_assert_int_eq(selftest_phrases(rules, NULL, &err), 0);
    ck_assert_uint_eq(err.count, 0);
    lose("领桃");
    lose("桃");
    lose("丢失");
    lose("苹果");
    ck_assert_int_eq(selftest_phrases(rules, NULL, &err), -TS_EMISMATCH);
    ck_assert_ptr_nonnull(strstr(err.text, "the engine does not find it"));
    ck_assert_ptr_nonnull(strstr(err.text, "library0.json:1:"));
    err_fini(&err);
}
END_TEST

/* Every literal is looked for, each among its neighbours: one the engine does not have, and one that is another's. */
START_TEST(the_self_test_notices_a_lost_literal)
{
    hs_scratch_t *scratch = NULL;
    struct err err;

    ck_assert_int_eq(hs_alloc_scratch(rules->database, &scratch), HS_SUCCESS);
    for (uint32_t i = 0; i < rules->npatterns; i++) {
        const struct str literal = rules->patterns[i].literal, others[] = {STR_LIT("不在"), STR_LIT("领桃")};

        for (size_t k = 0; literal.p != NULL && k < 2; k++) {
            if (str_eq(literal, others[k]))
                continue;
            err_init(&err);
            rules->patterns[i].literal = others[k];
            ck_assert_int_eq(selftest_literals(rules, NULL, scratch, &err), -TS_EMISMATCH);
            ck_assert_ptr_nonnull(strstr(err.text, "the engine does not find its anchor"));
            err_fini(&err);
        }
        rules->patterns[i].literal = literal;
    }
    ck_assert_int_eq(selftest_literals(rules, NULL, scratch, NULL), 0);
    hs_free_scratch(scratch);
}
END_TEST

/* An invented match: the phrase behind a pattern is not the one that was written. */
START_TEST(the_self_test_notices_an_invented_match)
{
    struct err err;
    uint32_t swapped = rules->postings[0].phrase;

    err_init(&err);
    rules->postings[0].phrase = rules->postings[1].phrase;
    rules->postings[1].phrase = swapped;
    ck_assert_int_eq(selftest_phrases(rules, NULL, &err), -TS_EMISMATCH);
    err_fini(&err);
}
END_TEST

/* Protects the worker: a text made to explode the plain matcher ends as undecided, in time. */
START_TEST(a_text_that_needs_too_much_work_is_undecided)
{
    struct ruleset *slow = setup_phrases("[\"甲乙~60甲乙~60甲乙~60甲乙~60甲乙~60甲乙~60甲乙~60丙丁\"]");
    struct judge *own = judge_new();
    char text[6 * 600 + 1] = "", what[64];
    struct record record;

    for (int i = 0; i < 600; i++)
        strcat(text, "甲乙");
    record = setup_sms("13912345678", text);
    ck_assert_int_eq(judge_use(own, slow), 0);
    setup_judge(own, &record);
    ck_assert_int_eq(judge_cross_check(own, what, sizeof(what)), -TS_ELIMIT);
    judge_free(&own);
    ruleset_free(&slow);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("reference");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_reference_finds_each_kind_of_phrase);
    tcase_add_test(tests, the_cross_check_notices_a_lost_match);
    tcase_add_test(tests, the_self_test_notices_a_lost_match);
    tcase_add_test(tests, the_self_test_notices_a_lost_literal);
    tcase_add_test(tests, the_self_test_notices_an_invented_match);
    tcase_add_test(tests, a_text_that_needs_too_much_work_is_undecided);
    return setup_run("reference", tests);
}
