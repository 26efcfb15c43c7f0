/* What is told of one record: folding, fragments, polarity, rules, near misses, what spoke against, a draft. */
#include "match/explain.h"

#include "match_setup.h"

/* The explanation by the rules of MATCH_DATA; *rc: what explain_record returned. */
static json_t *explain(const char *text, const char *rule, int *rc)
{
    struct ruleset *ruleset = setup_rules();
    struct judge *judge = judge_new();
    struct record record = setup_sms("13912345678", text);
    json_t *out = NULL;

    ck_assert_int_eq(judge_use(judge, ruleset), 0);
    *rc = explain_record(judge, ruleset, &record, rule, &out);
    judge_free(&judge);
    ruleset_free(&ruleset);
    return out;
}

static json_t *explained(const char *text)
{
    int rc;
    json_t *out = explain(text, NULL, &rc);

    ck_assert_int_eq(rc, 0);
    return out;
}

static const char *word(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL ? value : "";
}

static int number(const json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

/* The member of the list `list` whose `key` is `value`; fails when there is none. */
static const json_t *member(const json_t *all, const char *list, const char *key, const char *value)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(all, list), i, item)
        if (strcmp(word(item, key), value) == 0)
            return item;
    ck_abort_msg("no %s with %s %s", list, key, value);
    return NULL;
}

START_TEST(a_fragment_has_its_place_in_the_original_and_its_polarity_with_the_word_that_made_it)
{
    json_t *out = explained("请扫★描果园码。切勿加入果园群。凡是冻结果园账户的都要小心");
    const json_t *live = member(out, "fragments", "text", "扫★描果园码");
    const json_t *negated = member(out, "fragments", "text", "加入果园群");
    const json_t *reported = member(out, "fragments", "text", "冻结果园账户");

    ck_assert_str_eq(word(live, "polarity"), "live");
    ck_assert_ptr_null(json_object_get(live, "because"));
    ck_assert(json_is_true(json_object_get(live, "disguised")));
    ck_assert_int_eq(number(live, "start"), 1);
    ck_assert_int_eq(number(live, "end"), 7);
    ck_assert_str_eq(word(live, "set"), "action");
    ck_assert_str_eq(word(live, "role"), "A");
    ck_assert_str_eq(word(live, "phrase"), "扫描果园码");
    ck_assert_str_eq(word(negated, "polarity"), "negated");
    ck_assert_str_eq(word(negated, "because"), "切勿");
    ck_assert_str_eq(word(reported, "polarity"), "reported");
    ck_assert_str_eq(word(reported, "because"), "凡是");
    json_decref(out);
}
END_TEST

START_TEST(folded_lists_what_was_changed_in_order_and_joins_neighbours)
{
    json_t *out = explained("蘋★果ＡＢ来了");
    const json_t *text = json_object_get(out, "text"), *folded = json_object_get(text, "folded"), *item;
    int end = 0;
    size_t i;

    ck_assert_str_eq(word(text, "original"), "蘋★果ＡＢ来了");
    ck_assert_str_eq(word(text, "canonical"), "苹果ab来了");
    ck_assert_uint_eq(json_array_size(folded), 2);
    json_array_foreach(folded, i, item) {
        ck_assert_int_ge(number(item, "start"), end);
        end = number(item, "end");
    }
    ck_assert_str_eq(word(json_array_get(folded, 0), "from"), "蘋★");
    ck_assert_str_eq(word(json_array_get(folded, 0), "to"), "苹");
    ck_assert_str_eq(word(json_array_get(folded, 1), "from"), "ＡＢ");
    ck_assert_str_eq(word(json_array_get(folded, 1), "to"), "ab");
    ck_assert_int_eq(number(json_array_get(folded, 1), "start"), 3);
    ck_assert_int_eq(number(json_array_get(folded, 1), "end"), 5);
    json_decref(out);
}
END_TEST

START_TEST(a_text_that_folding_leaves_alone_has_nothing_folded)
{
    json_t *out = explained("您的苹果到了");

    ck_assert_uint_eq(json_array_size(json_object_get(json_object_get(out, "text"), "folded")), 0);
    ck_assert_str_eq(word(out, "verdict"), "clean");
    ck_assert_uint_eq(json_array_size(json_object_get(out, "near")), 0);
    json_decref(out);
}
END_TEST

START_TEST(near_misses_are_in_the_order_of_what_they_miss)
{
    json_t *out = explained("您的苹果丢失,双倍赔付,不冻结果园账户,将冻结果园账户");
    const json_t *near = json_object_get(out, "near"), *item;
    int before = 0;
    size_t i;

    ck_assert_str_eq(word(member(out, "near", "id", "F-001"), "missing"), "missing: action");
    ck_assert_int_eq(number(member(out, "near", "id", "F-001"), "terms"), 1);
    ck_assert_str_eq(word(member(out, "near", "id", "F-004"), "missing"), "missing: code");
    ck_assert_str_eq(word(member(out, "near", "id", "F-003"), "state"), "shadow");
    ck_assert_uint_ge(json_array_size(near), 3);
    json_array_foreach(near, i, item) {
        ck_assert_int_ge(number(item, "terms"), before);
        before = number(item, "terms");
    }
    json_decref(out);
}
END_TEST

START_TEST(a_rule_that_fired_rests_on_the_fragments_it_names)
{
    json_t *out = explained("三倍苹果券,请加入果园群");
    const json_t *rule = member(out, "rules", "id", "F-001"), *grounds = json_object_get(rule, "fragments");
    const json_t *fragments = json_object_get(out, "fragments");

    ck_assert_str_eq(word(out, "verdict"), "warned");
    ck_assert_str_eq(word(rule, "outcome"), "fired");
    ck_assert_uint_eq(json_array_size(grounds), 2);
    for (size_t i = 0; i < 2; i++) {
        size_t index = (size_t)json_integer_value(json_array_get(grounds, i));
        const char *set = word(json_array_get(fragments, index), "set");
        ck_assert(strcmp(set, "topic") == 0 || strcmp(set, "action") == 0);
    }
    json_decref(out);
}
END_TEST

START_TEST(what_silenced_a_rule_is_told_with_its_grounds_and_no_reason)
{
    json_t *out = explained("三倍苹果券,请加入果园群。谨防果园骗术");
    const json_t *against = json_array_get(json_object_get(out, "against"), 0);
    const json_t *grounds = json_object_get(against, "fragments");
    size_t index = (size_t)json_integer_value(json_array_get(grounds, 0));

    ck_assert_str_eq(word(out, "verdict"), "suppressed");
    ck_assert_str_eq(word(member(out, "rules", "id", "F-001"), "outcome"), "suppressed");
    ck_assert_str_eq(word(member(out, "rules", "id", "F-001"), "by"), "shared.warning");
    ck_assert_str_eq(word(against, "what"), "shared.warning");
    ck_assert_ptr_null(json_object_get(against, "why"));
    ck_assert_uint_eq(json_array_size(grounds), 1);
    ck_assert_str_eq(word(json_array_get(json_object_get(out, "fragments"), index), "set"), "advice");
    json_decref(out);
}
END_TEST

START_TEST(what_was_overruled_says_why)
{
    json_t *out = explained("谨防果园骗术!三倍苹果券,请加入果园群,加果园号12345");
    const json_t *against = member(out, "against", "what", "shared.warning");

    ck_assert_str_eq(word(out, "verdict"), "warned");
    ck_assert_str_eq(word(against, "why"), "overruled: a contact is given");
    ck_assert_uint_eq(json_array_size(json_object_get(against, "fragments")), 1);
    json_decref(out);
}
END_TEST

/* In the order of rules the other way round: T-1 misses two terms, T-2 one of two, T-3 one of three, whose commas are
 * no terms. */
static const char three[] =
    "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\","
    "\"sets\":{\"a\":{\"role\":\"T\",\"phrases\":[\"苹果丢失\"]},\"b\":{\"role\":\"A\",\"phrases\":[\"果园群\"]},"
    "\"c\":{\"role\":\"U\",\"phrases\":[\"马上失效\"]},\"d\":{\"role\":\"U\",\"phrases\":[\"逾期作废\"]}},\"rules\":["
    "{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"shadow\",\"tier\":\"low\",\"when\":\"a and c and d\","
    "\"reason\":\"r\",\"hit\":[\"苹果丢失,马上失效,逾期作废\"],\"miss\":[\"苹果\"]},"
    "{\"id\":\"T-2\",\"type\":\"t\",\"state\":\"shadow\",\"tier\":\"low\",\"when\":\"a and c\",\"reason\":\"r\","
    "\"hit\":[\"苹果丢失,马上失效\"],\"miss\":[\"苹果\"]},"
    "{\"id\":\"T-3\",\"type\":\"t\",\"state\":\"shadow\",\"tier\":\"low\",\"when\":\"a and b and count(c, d) >= 2\","
    "\"reason\":\"r\",\"hit\":[\"苹果丢失,果园群,马上失效,逾期作废\"],\"miss\":[\"苹果\"]}]}";

/* A condition that names a set twice. */
static const char twice[] =
    "{\"telsieve\":1,\"library\":\"shared\",\"family\":\"-\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
    "\"advice\":{\"role\":\"W\",\"phrases\":[\"果园提醒您\"]}},\"suppress\":[{\"name\":\"w\",\"when\":\"advice and "
    "starts(advice, 90)\",\"why\":\"y\"}],\"rules\":[]}";
static const char lone[] =
    "{\"telsieve\":1,\"library\":\"f\",\"family\":\"F\",\"title\":\"t\",\"version\":\"1\","
    "\"sets\":{\"a\":{\"role\":\"T\",\"phrases\":[\"苹果丢失\"]},\"b\":{\"role\":\"A\",\"phrases\":[\"果园群\"]}},"
    "\"rules\":[{\"id\":\"F-1\",\"type\":\"t\","
    "\"state\":\"live\",\"tier\":\"low\",\"when\":\"a and b\",\"reason\":\"r\",\"hit\":[\"苹果丢失,果园群\"],\"miss\":"
    "[\"苹果\"]}]}";

/* The explanation by other libraries (NULL-terminated). */
static json_t *explained_by(const char *const *libraries, const char *text)
{
    struct record record = setup_sms("13912345678", text);
    struct judge *judge = judge_new();
    struct ruleset *ruleset;
    json_t *out = NULL;
    struct err err;

    err_init(&err);
    ruleset = setup_libraries(libraries, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    ck_assert_int_eq(judge_use(judge, ruleset), 0);
    ck_assert_int_eq(explain_record(judge, ruleset, &record, NULL, &out), 0);
    judge_free(&judge);
    ruleset_free(&ruleset);
    err_fini(&err);
    return out;
}

START_TEST(of_rules_that_miss_as_much_the_one_of_which_more_was_found_is_first)
{
    const char *libraries[] = {three, NULL};
    json_t *out = explained_by(libraries, "苹果丢失,果园群");
    const json_t *near = json_object_get(out, "near");

    ck_assert_uint_eq(json_array_size(near), 3);
    ck_assert_str_eq(word(json_array_get(near, 0), "id"), "T-3");
    ck_assert_int_eq(number(json_array_get(near, 0), "terms"), 1);
    ck_assert_str_eq(word(json_array_get(near, 1), "id"), "T-2");
    ck_assert_str_eq(word(json_array_get(near, 2), "id"), "T-1");
    ck_assert_int_eq(number(json_array_get(near, 2), "terms"), 2);
    json_decref(out);
}
END_TEST

START_TEST(grounds_are_told_once_though_the_condition_names_their_set_twice)
{
    const char *libraries[] = {twice, lone, NULL};
    json_t *out = explained_by(libraries, "果园提醒您,苹果丢失,果园群");

    ck_assert_str_eq(word(out, "verdict"), "suppressed");
    ck_assert_uint_eq(json_array_size(json_object_get(member(out, "against", "what", "w"), "fragments")), 1);
    json_decref(out);
}
END_TEST

START_TEST(a_draft_tells_what_becomes_of_the_rule_asked_for)
{
    static const struct {
        const char *text, *outcome, *missing;
    } cases[] = {{"三倍苹果券,请加入果园群", "fired", ""},
                 {"三倍苹果券", "not true", "missing: action"},
                 {"三倍苹果券,请加入果园群。谨防果园骗术", "suppressed",
                  "suppressed by shared.warning"}};
    int rc;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *out = explain(cases[i].text, "F-001", &rc);
        const json_t *draft = json_object_get(out, "draft");
        ck_assert_int_eq(rc, 0);
        ck_assert_str_eq(word(draft, "id"), "F-001");
        ck_assert_str_eq(word(draft, "library"), "fruit");
        ck_assert_str_eq(word(draft, "outcome"), cases[i].outcome);
        ck_assert_str_eq(word(draft, "missing"), cases[i].missing);
        json_decref(out);
    }
    ck_assert_ptr_null(explain("你好", "F-999", &rc));
    ck_assert_int_eq(rc, -TS_EINVAL);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("explain");

    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_fragment_has_its_place_in_the_original_and_its_polarity_with_the_word_that_made_it);
    tcase_add_test(tests, folded_lists_what_was_changed_in_order_and_joins_neighbours);
    tcase_add_test(tests, a_text_that_folding_leaves_alone_has_nothing_folded);
    tcase_add_test(tests, near_misses_are_in_the_order_of_what_they_miss);
    tcase_add_test(tests, of_rules_that_miss_as_much_the_one_of_which_more_was_found_is_first);
    tcase_add_test(tests, a_rule_that_fired_rests_on_the_fragments_it_names);
    tcase_add_test(tests, what_silenced_a_rule_is_told_with_its_grounds_and_no_reason);
    tcase_add_test(tests, what_was_overruled_says_why);
    tcase_add_test(tests, grounds_are_told_once_though_the_condition_names_their_set_twice);
    tcase_add_test(tests, a_draft_tells_what_becomes_of_the_rule_asked_for);
    return setup_run("explain", tests);
}
