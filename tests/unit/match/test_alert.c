/* test_alert.c - the warning of a verdict: who speaks at the top, where the evidence stands in the original text,
 * excerpt, parties, times, ids. */
#include "match_setup.h"
#include "../allocations.h"

#include "match/alert.h"
#include "core/utf8.h"

#define NOW INT64_C(1732230000000)

static struct ruleset *rules;
static struct judge *judge;
static struct alert_maker alerts;
static struct record record;
static struct warning warning;

static const enum record_field caller_context[] = {FIELD_LAC, FIELD_CI};
static struct alert_options options;
static const struct alert_source kafka = {
    .topic = {"sms", 3}, .cluster = {"c1", 2}, .partition = 3, .offset = 991, .kafka_timestamp_ms = NOW};

static void setup_with(struct str digest_key)
{
    options = (struct alert_options){.caller_context = caller_context, .ncaller_context = 2, .excerpt_chars = 120,
                                     .digest_key = digest_key, .engine_version = "1.0.0"};
    rules = setup_rules();
    ruleset_set_generation(rules, 7);
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
    ck_assert_int_eq(alert_maker_init(&alerts, &options), 0);
}

static void setup(void)
{
    setup_with(STR_LIT("key"));
}

static void teardown(void)
{
    alert_maker_fini(&alerts);
    judge_free(&judge);
    ruleset_free(&rules);
}

static const struct warning *warn_of(bool shadow, int64_t now_ms)
{
    const struct verdict *verdict = setup_judge(judge, &record);

    ck_assert_uint_gt(shadow ? verdict->nshadow : verdict->nlive, 0);
    ck_assert_int_eq(alert_build(&alerts, verdict, rules, &kafka, shadow, now_ms, &warning), 0);
    return &warning;
}

static const struct warning *warn(const char *text)
{
    record = setup_sms("13912345678", text);
    return warn_of(false, NOW);
}

START_TEST(the_highest_tier_speaks_first)
{
    const struct warning *w = warn("三倍苹果券,请加入果园群,冻结果园账户请加园号123456");

    ck_assert_uint_eq(w->nrules, 3);
    ck_assert_str_eq(w->rules[0].id, "F-004");
    ck_assert_str_eq(w->rules[0].tier, "high");
    ck_assert_str_eq(w->rules[0].library, "fruit");
    ck_assert_str_eq(w->rules[0].version, "2026.11.22");
    ck_assert_str_eq(w->subject, "victim");
    ck_assert_int_eq(w->score, 7);
    ck_assert_str_eq(w->ruleset, ruleset_hash(rules));
    ck_assert_uint_eq(w->generation, 7);
}
END_TEST

START_TEST(evidence_stands_in_the_original_text)
{
    const struct warning *w = warn("您的Ｑ苹★果丢失!三倍苹果券,请加入果园群");
    const struct warning_rule *rule = &w->rules[0];

    ck_assert_str_eq(rule->id, "F-001");
    ck_assert_uint_eq(rule->nevidence, 2);
    ck_assert_str_eq(rule->evidence[0].set, "topic");
    ck_assert_uint_eq(rule->evidence[0].start, 9);
    ck_assert_uint_eq(rule->evidence[0].end, 14);
    ck_assert(str_eqz(rule->evidence[0].text, "三倍苹果券"));
    ck_assert(!rule->evidence[0].disguised);
    ck_assert(str_eqz(rule->evidence[1].text, "请加入果园群"));
    ck_assert_ptr_null(rule->evidence[1].field);
}
END_TEST

START_TEST(disguised_evidence_is_told_with_its_symbols)
{
    const struct warning *w = warn("三★倍苹果券,请加入果园群");

    ck_assert(str_eqz(w->rules[0].evidence[0].text, "三★倍苹果券"));
    ck_assert(w->rules[0].evidence[0].disguised);
}
END_TEST

START_TEST(evidence_in_a_number_names_its_field)
{
    record = setup_sms("0085255501234", "你好");
    record.ingress = INGRESS_INTL;
    warn_of(false, NOW);
    ck_assert_str_eq(warning.rules[0].evidence[0].field, "caller");
    ck_assert(str_eqz(warning.rules[0].evidence[0].text, "0085255501234"));
    ck_assert(str_eqz(warning.suspect, "+85255501234"));
    ck_assert(str_eqz(warning.victim, "+8613812345678"));
}
END_TEST

START_TEST(the_excerpt_is_around_the_evidence)
{
    char text[2048] = "";
    struct str excerpt;

    for (int i = 0; i < 200; i++)
        strcat(text, "瓜");
    strcat(text, "。三倍苹果券,请加入果园群。");
    for (int i = 0; i < 200; i++)
        strcat(text, "桃");
    excerpt = warn(text)->excerpt;
    ck_assert_uint_eq(utf8_count(excerpt), 120);
    ck_assert_ptr_nonnull(memmem(excerpt.p, excerpt.n, "三倍苹果券,请加入果园群", strlen("三倍苹果券,请加入果园群")));
    ck_assert_uint_eq(utf8_count(warn("三倍苹果券,请加入果园群")->excerpt), 12);
    options.excerpt_chars = 4;
    ck_assert(str_eqz(warn("瓜瓜瓜瓜三倍苹果券,请加入果园群")->excerpt, "三倍苹果"));
    options.excerpt_chars = 0;
    ck_assert_uint_eq(warn("三倍苹果券,请加入果园群")->excerpt.n, 0);
}
END_TEST

START_TEST(urgency_is_told_by_time_and_call)
{
    record = setup_sms("13912345678", "三倍苹果券,请加入果园群");
    ck_assert_str_eq(warn_of(false, NOW + 1000)->urgency, "fresh");
    ck_assert_str_eq(warn_of(false, NOW + 3600000)->urgency, "late");
    ck_assert_str_eq(warn_of(false, NOW - 5000)->urgency, "fresh"); /* a clock that runs ahead */
    record.kind = RECORD_CALL;
    ck_assert_str_eq(warn_of(false, NOW + 1000)->urgency, "in_call");
    ck_assert(warning.is_call);
    ck_assert_int_eq(warning.dur_s, -1);
    record.present |= FIELD_BIT(FIELD_DUR);
    record.field[FIELD_DUR].i = 40;
    ck_assert_str_eq(warn_of(false, NOW + 1000)->urgency, "fresh");
    ck_assert_int_eq(warning.dur_s, 40);
}
END_TEST

START_TEST(context_fields_are_copied_when_they_are_there)
{
    record = setup_sms("13912345678", "三倍苹果券,请加入果园群");
    record.present |= FIELD_BIT(FIELD_CI);
    record.field[FIELD_CI].s = STR_LIT("4711");
    warn_of(false, NOW);
    ck_assert_uint_eq(warning.caller.ncontext, 1);
    ck_assert_str_eq(warning.caller.context[0].key, "ci");
    ck_assert(str_eqz(warning.caller.context[0].value, "4711"));
    ck_assert_uint_eq(warning.callee.ncontext, 0);
}
END_TEST

START_TEST(ids_are_of_the_place_and_campaigns_of_the_text)
{
    char id[33], group[33], campaign[17];

    warn("三倍苹果券,请加入果园群");
    memcpy(id, warning.id, sizeof(id));
    memcpy(group, warning.group, sizeof(group));
    memcpy(campaign, warning.campaign_text, sizeof(campaign));
    ck_assert_uint_eq(strlen(id), 32);
    ck_assert_uint_eq(strlen(warning.digest), 64);
    warn("三倍苹果券,请加入果园群");
    ck_assert_str_eq(id, warning.id);
    record.sub = 1;
    warn_of(false, NOW);
    ck_assert_str_ne(id, warning.id);
    ck_assert_str_eq(group, warning.group);
    ck_assert_str_eq(campaign, warning.campaign_text);
    record.field[FIELD_CALLED].s = STR_LIT("13812345679");
    warn_of(false, NOW);
    ck_assert_str_ne(group, warning.group);
    teardown();
    setup_with((struct str){0});
    ck_assert_str_eq(warn_of(false, NOW)->digest, "");
}
END_TEST

START_TEST(shadow_rules_make_a_warning_of_their_own)
{
    record = setup_sms("13912345678", "日赚300元,否则冻结果园账户");
    warn_of(true, NOW);
    ck_assert_uint_eq(warning.nrules, 1);
    ck_assert_str_eq(warning.rules[0].id, "F-003");
    ck_assert_uint_eq(warning.namounts, 1);
    ck_assert_int_eq(warning.amounts[0], 300);
}
END_TEST

START_TEST(what_was_overruled_stands_against)
{
    warn("果园提醒您,三倍苹果券,请加入果园群,加果园号123");
    ck_assert_uint_eq(warning.nagainst, 1);
    ck_assert_str_eq(warning.against[0].key, "shared.warning");
}
END_TEST

/* ---- what bounds a warning --------------------------------------------------------------------------------- */

#define RULE(id, tier)                                                                                         \
    "{\"id\":\"T-" id "\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"" tier "\",\"when\":\"a and b\","           \
    "\"reason\":\"r\","                                                                                       \
    "\"hit\":[\"苹果券,加入果园\"],\"miss\":[\"加入果园\"]}"

/* Ten rules of the same condition; the one of the highest tier is the last. */
static const char *const ten_rules[] = {
    "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
    "\"a\":{\"role\":\"T\",\"phrases\":[\"苹果券\",\"果券\",\"苹果券多多\"]},"
    "\"b\":{\"role\":\"A\",\"phrases\":[\"加入果园\"]}},\"rules\":["
    RULE("0", "low") "," RULE("1", "low") "," RULE("2", "low") "," RULE("3", "low") "," RULE("4", "low") ","
    RULE("5", "low") "," RULE("6", "low") "," RULE("7", "low") "," RULE("8", "low") "," RULE("9", "high") "]}",
    NULL};

static const struct warning *warn_by_ten_rules(const char *text)
{
    struct err err;

    judge_free(&judge);
    ruleset_free(&rules);
    err_init(&err);
    rules = setup_libraries(ten_rules, &err);
    ck_assert_msg(rules != NULL, "%s", err.text);
    err_fini(&err);
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
    return warn(text);
}

START_TEST(the_strongest_rules_are_kept_and_the_others_counted)
{
    const struct warning *w = warn_by_ten_rules("苹果券,加入果园");

    ck_assert_uint_eq(w->nrules, WARNING_RULES_MAX);
    ck_assert_uint_eq(w->rules_omitted, 10 - WARNING_RULES_MAX);
    ck_assert_str_eq(w->rules[0].id, "T-9");
    ck_assert_str_eq(w->rules[1].id, "T-0");
}
END_TEST

START_TEST(a_phrase_within_another_of_its_set_is_not_listed)
{
    const struct warning_rule *rule = &warn_by_ten_rules("苹果券多多,加入果园,果券")->rules[0];

    ck_assert_uint_eq(rule->nevidence, 3);
    ck_assert(str_eqz(rule->evidence[0].text, "苹果券多多"));
    ck_assert(str_eqz(rule->evidence[1].text, "果券"));
    ck_assert(str_eqz(rule->evidence[2].text, "加入果园"));
    ck_assert_uint_eq(rule->evidence_omitted, 0);
}
END_TEST

START_TEST(every_term_is_shown_however_often_another_is_said)
{
    char text[1024] = "";
    const struct warning_rule *rule;

    for (int i = 0; i < 20; i++)
        strcat(text, "苹果券,");
    rule = &warn_by_ten_rules(strcat(text, "加入果园"))->rules[0];
    ck_assert_uint_eq(rule->nevidence, 16);
    ck_assert_uint_eq(rule->evidence_omitted, 5);
    ck_assert_uint_eq(rule->evidence[14].start, 14 * 4);
    ck_assert_str_eq(rule->evidence[15].set, "b");
}
END_TEST

#define ALLOCATIONS_MAX 16 /* OpenSSL's for a keyed hash (12 with 3.0.19), and the buffer that is written */

/* A long text of many matches of many rules costs as many as a short one. */
START_TEST(a_warning_makes_few_allocations_however_much_is_in_it)
{
    static const char *const texts[] = {"三倍苹果券,请加入果园群",
                                        "三倍苹果券,请加入果园群,冻结果园账户请加园号123456,三倍苹果券!三倍苹果券!请加入果园群,"
                                        "冻结果园账户,请加入果园群,三倍苹果券,详询13912345678或a.example.com,转账500元"};

    allocations_start();
    for (int round = 0; round < 3; round++) /* the first ones warm up judge, arena and the hash library */
        for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
            const struct warning *w = warn(texts[i]);
            size_t before = allocations, n;
            char *json;
            ck_assert_int_eq(alert_build(&alerts, setup_judge(judge, &record), rules, &kafka, false, NOW, &warning),
                             0);
            json = warning_encode(w, &n);
            before = allocations - before;
            free(json);
            ck_assert_msg(round == 0 || before <= ALLOCATIONS_MAX, "%s: %zu allocations", texts[i], before);
        }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("alert");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_highest_tier_speaks_first);
    tcase_add_test(tests, evidence_stands_in_the_original_text);
    tcase_add_test(tests, disguised_evidence_is_told_with_its_symbols);
    tcase_add_test(tests, evidence_in_a_number_names_its_field);
    tcase_add_test(tests, the_excerpt_is_around_the_evidence);
    tcase_add_test(tests, urgency_is_told_by_time_and_call);
    tcase_add_test(tests, context_fields_are_copied_when_they_are_there);
    tcase_add_test(tests, ids_are_of_the_place_and_campaigns_of_the_text);
    tcase_add_test(tests, shadow_rules_make_a_warning_of_their_own);
    tcase_add_test(tests, what_was_overruled_stands_against);
    tcase_add_test(tests, the_strongest_rules_are_kept_and_the_others_counted);
    tcase_add_test(tests, a_phrase_within_another_of_its_set_is_not_listed);
    tcase_add_test(tests, every_term_is_shown_however_often_another_is_said);
    tcase_add_test(tests, a_warning_makes_few_allocations_however_much_is_in_it);
    return setup_run("alert", tests);
}
