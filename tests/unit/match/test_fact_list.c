/* test_fact_list.c - conditions that ask lists: three-valued, cheap, evidence by themselves, carried into the warning;
 * the verdict is of one state of the lists. */
#include "match_setup.h"

#include "match/alert.h"
#include "match/fact_list.h"
#include "match/fact_signal.h"
#include "match/lists.h"

#define RULE(id, when) \
    "{\"id\":\"" id "\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"high\",\"when\":\"" when "\",\"reason\":\"r\"," \
    "\"hit\":[" HIT "],\"miss\":[\"你好\"]}"
#define HIT \
    "{\"calling\":\"+85251234567\",\"ingress\":\"intl\",\"text\":\"点 http://m.bad.example/1 加QQ 280012345 返现\"," \
    "\"lists\":{\"bad\":[\"+8525*\",\"bad.example\",\"280012345\"],\"good\":[\"95311\"]}}"

static const char *const library[] = {
    "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
    "\"s\":{\"role\":\"T\",\"phrases\":[\"返现\"]}},\"conditions\":{\"listed\":\"contact.qq in list.bad\"},\"rules\":["
    RULE("T-1", "caller in list.bad") ","
    RULE("T-2", "text.url in list.bad") ","
    RULE("T-3", "listed") ","
    RULE("T-4", "s and text.url in list.bad") ","
    RULE("T-5", "s and caller in list.bad and callee not in list.good") "]}",
    NULL};

static struct ruleset *rules;
static struct number_plan *plan;
static struct lists *lists;
static struct judge *judge;

static void setup(void)
{
    struct err err;

    err_init(&err);
    rules = setup_libraries(library, &err);
    ck_assert_msg(rules != NULL, "%s", err.text);
    plan = number_plan_load(MATCH_DATA "/numbers", &err);
    ck_assert_msg(plan != NULL, "%s", err.text);
    err_fini(&err);
    lists = lists_new(plan, 1);
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
    judge_lists(judge, lists, false);
}

static void teardown(void)
{
    judge_free(&judge);
    lists_free(&lists);
    number_plan_free(&plan);
    ruleset_free(&rules);
}

static void put(const char *list, const char *text, int64_t expires_ms)
{
    const struct list_entry entry = {.list = str_of(list), .entry = str_of(text), .expires_ms = expires_ms,
                                     .tier = TIER_MEDIUM, .source = STR_LIT("case 17"), .note = STR_LIT("seen")};
    const char *why;

    ck_assert_int_eq(lists_set(lists, LIST_FED, &entry, &why), 1);
    ck_assert_int_eq(judge_use(judge, rules), 0); /* the batch's beginning */
}

/* The ids of the rules that fired, in the order of the verdict. */
static const char *fired_by(const struct record *record)
{
    static char ids[128];
    const struct verdict *verdict = setup_judge(judge, record);

    ids[0] = '\0';
    for (size_t i = 0; i < verdict->nlive; i++) {
        strcat(ids, verdict->fired[i].rule->id);
        strcat(ids, " ");
    }
    return ids;
}

static const char *fired(const char *calling, const char *text)
{
    static struct record record;

    record = setup_sms(calling, text);
    return fired_by(&record);
}

START_TEST(rules_with_their_samples_load_and_name_their_lists)
{
    ck_assert_uint_eq(ruleset_list_count(rules), 2);
    ck_assert_str_eq(ruleset_list(rules, 0), "bad");
    ck_assert_str_eq(ruleset_list(rules, 1), "good");
}
END_TEST

/* Template by template: lists change without a new rule set. */
START_TEST(what_is_remembered_as_clean_speaks_when_a_list_says_so)
{
    ck_assert_int_eq(judge_remember(judge, 64), 0);
    for (int i = 0; i < 4; i++)
        ck_assert_str_eq(fired("13912345678", "明天10时见"), "");
    ck_assert(judge_remembered(judge));
    put("bad", "13912345678", 0);
    ck_assert_str_eq(fired("13912345678", "明天10时见"), "T-1 ");
    ck_assert_str_eq(fired("13912345679", "明天11时见"), "");
    ck_assert(judge_remembered(judge));
    for (int i = 0; i < 4; i++)
        ck_assert_str_eq(fired("13912345679", "加QQ 280012346 聊"), "");
    put("bad", "280012347", 0);
    ck_assert_str_eq(fired("13912345679", "加QQ 280012347 聊"), "T-3 ");
    ck_assert_str_eq(fired("13912345679", "加QQ 280012346 聊"), "");
}
END_TEST

START_TEST(an_empty_list_holds_nothing)
{
    ck_assert_str_eq(fired("+85251234567", "点 http://m.bad.example/1 返现"), "");
    judge_lists(judge, NULL, false);
    ck_assert_str_eq(fired("+85251234567", "点 http://m.bad.example/1 返现"), "");
}
END_TEST

START_TEST(a_listed_number_is_evidence_by_itself)
{
    put("bad", "+8525*", 0);
    ck_assert_str_eq(fired("+85251234567", "你好"), "T-1 ");
    ck_assert_str_eq(fired("+85261234567", "你好"), "");
}
END_TEST

START_TEST(hosts_and_contacts_of_the_text_are_looked_for)
{
    put("bad", "bad.example", 0);
    put("bad", "280012345", 0);
    ck_assert_str_eq(fired("13912345678", "点 http://m.bad.example/1"), "T-2 ");
    ck_assert_str_eq(fired("13912345678", "点 http://m.bad.example/1 返现"), "T-2 T-4 ");
    ck_assert_str_eq(fired("13912345678", "加QQ 280012345"), "T-3 ");
    ck_assert_str_eq(fired("13912345678", "加QQ 280012346"), "");
}
END_TEST

START_TEST(not_in_a_list_is_unknown_when_the_field_is_absent)
{
    struct record record = setup_sms("+85251234567", "返现");

    put("bad", "+8525*", 0);
    ck_assert_str_eq(fired_by(&record), "T-1 T-5 ");
    put("good", "13812345678", 0);
    ck_assert_str_eq(fired_by(&record), "T-1 ");
    record.present &= ~FIELD_BIT(FIELD_CALLED);
    ck_assert_str_eq(fired_by(&record), "T-1 ");
    record.present &= ~FIELD_BIT(FIELD_CALLING);
    ck_assert_str_eq(fired_by(&record), "");
}
END_TEST

START_TEST(entries_expire_by_the_time_of_the_record_or_by_the_clock)
{
    struct record record = setup_sms("+85251234567", "你好");

    put("bad", "+8525*", record.field[FIELD_TS].i + 1000); /* years ago by the clock */
    ck_assert_str_eq(fired_by(&record), "T-1 ");
    judge_lists(judge, lists, true);
    ck_assert_str_eq(fired_by(&record), "");
    judge_lists(judge, lists, false);
    record.field[FIELD_TS].i += 1000;
    ck_assert_str_eq(fired_by(&record), "");
}
END_TEST

START_TEST(a_rule_that_only_asks_for_its_caller_is_told_off_by_one_look_up)
{
    struct record record = setup_sms("13912345678", "你好");
    const struct verdict *verdict;
    struct list_question question = {LISTABLE_CALLER, 0};
    uint64_t none;

    put("bad", "+8525*", 0);
    verdict = setup_judge(judge, &record);
    ck_assert_uint_eq(verdict->subject->lists->nfound, 0);
    none = fact_signals_of_lists(verdict->subject, &question, 1);
    ck_assert_uint_ne(none & fact_against_listed(LISTABLE_CALLER, true), 0);
    ck_assert_uint_eq(fact_against_listed(LISTABLE_CALLER, false), 0);
}
END_TEST

START_TEST(the_warning_says_what_was_listed_where)
{
    struct alert_options options = {.excerpt_chars = 120, .engine_version = "1.0.0"};
    struct alert_source source = {.file = STR_LIT("f"), .line = 1};
    struct record record = setup_sms("+85251234567", "点 http://m.bad.example/1 返现");
    char digest[LISTS_DIGEST_SIZE];
    struct warning warning;
    struct alert_maker alerts;
    char *json;
    size_t n;

    put("bad", "+8525*", 0);
    put("bad", "bad.example", INT64_C(4000000000000));
    ck_assert_int_eq(alert_maker_init(&alerts, &options), 0);
    ck_assert_int_eq(alert_build(&alerts, setup_judge(judge, &record), rules, &source, false, 0, &warning), 0);
    ck_assert_str_eq(warning.lists, lists_digest_text(lists_digest(lists), digest));
    ck_assert_str_eq(warning.rules[0].id, "T-1");
    ck_assert_uint_eq(warning.rules[0].nlisted, 1);
    json = warning_encode(&warning, &n);
    ck_assert_ptr_nonnull(strstr(json, "\"listed\":[{\"what\":\"caller\",\"value\":\"+85251234567\",\"list\":\"bad\","
                                       "\"entry\":\"+8525*\",\"tier\":\"medium\",\"source\":\"case 17\","
                                       "\"note\":\"seen\"}]"));
    ck_assert_ptr_nonnull(strstr(json, "\"what\":\"text.url\",\"value\":\"m.bad.example\",\"list\":\"bad\","
                                       "\"entry\":\"bad.example\",\"tier\":\"medium\",\"expires\":4000000000000"));
    ck_assert_ptr_nonnull(strstr(json, digest));
    free(json);
    alert_maker_fini(&alerts);
}
END_TEST

START_TEST(a_bad_entry_of_a_sample_is_told_at_its_place)
{
    static const char *const bad[] = {
        "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{},\"rules\":["
        "{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"high\",\"when\":\"caller in list.bad\","
        "\"reason\":\"r\",\"hit\":[{\"text\":\"x\",\"lists\":{\"bad\":[\"1*\"]}}],\"miss\":[\"y\"]}]}", NULL};
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(setup_libraries(bad, &err));
    ck_assert_msg(strstr(err.text, "\"1*\" cannot be in list bad: a prefix of 2 to 18 digits") != NULL, "%s", err.text);
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("lists");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, rules_with_their_samples_load_and_name_their_lists);
    tcase_add_test(tests, what_is_remembered_as_clean_speaks_when_a_list_says_so);
    tcase_add_test(tests, an_empty_list_holds_nothing);
    tcase_add_test(tests, a_listed_number_is_evidence_by_itself);
    tcase_add_test(tests, hosts_and_contacts_of_the_text_are_looked_for);
    tcase_add_test(tests, not_in_a_list_is_unknown_when_the_field_is_absent);
    tcase_add_test(tests, entries_expire_by_the_time_of_the_record_or_by_the_clock);
    tcase_add_test(tests, a_rule_that_only_asks_for_its_caller_is_told_off_by_one_look_up);
    tcase_add_test(tests, the_warning_says_what_was_listed_where);
    tcase_add_test(tests, a_bad_entry_of_a_sample_is_told_at_its_place);
    return setup_run("conditions on lists", tests);
}
