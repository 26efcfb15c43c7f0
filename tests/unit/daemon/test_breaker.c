/* test_breaker.c - when a rule is demoted, told of once, and back: with a clock of our own. */
#include "daemon/breaker.h"
#include "../match/match_setup.h"

#define MINUTE INT64_C(60000)
#define NOW (INT64_C(1000) * MINUTE)
#define COOL (5 * MINUTE)
#define ABROAD "0085255501234", "你好"                             /* F-005 */
#define SCORE "13712345678", "返利500元,扫描果园码,冻结果园账户" /* F-002 */

static struct config config;
static struct evidence *evidence;
static struct judge *judge;
static struct ruleset *rules;
static struct breaker *breaker;
static struct breaker_event events[8];
static size_t nevents;

static void on_told(void *ctx, const struct breaker_event *event)
{
    ck_assert_ptr_eq(ctx, &config);
    ck_assert_uint_lt(nevents, 8);
    events[nevents++] = *event;
}

static void begin(int64_t rule_per_minute, double rule_share)
{
    config.breaker.rule_per_minute = rule_per_minute;
    config.breaker.rule_share = rule_share;
    config.breaker.share_minimum = 10;
    config.breaker.cool_ms = COOL;
    evidence = evidence_new(1, (uint64_t)rule_per_minute);
    rules = setup_rules();
    ck_assert_int_eq(evidence_observe(evidence, rules), 0);
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
    breaker = breaker_new(&config, evidence, on_told, &config);
    nevents = 0;
}

static void end(void)
{
    breaker_free(&breaker);
    judge_free(&judge);
    ruleset_free(&rules);
    evidence_free(&evidence);
}

/* n records; how many were warned of. */
static unsigned judge_all(const char *calling, const char *text, unsigned n, int64_t now_ms)
{
    struct record record = setup_sms(calling, text);
    unsigned warned = 0;

    record.ingress = calling[0] == '0' ? INGRESS_INTL : INGRESS_ONNET;
    for (unsigned i = 0; i < n; i++) {
        const struct verdict *verdict = setup_judge(judge, &record);
        ck_assert_uint_ge(verdict->nlive + verdict->nshadow, 1);
        evidence_note(ruleset_evidence(rules), 0, verdict, now_ms);
        warned += verdict->kind == VERDICT_WARNED;
    }
    return warned;
}

static void expect(size_t i, const char *rule, bool demoted, const char *cause)
{
    ck_assert_uint_gt(nevents, i);
    ck_assert_str_eq(events[i].rule, rule);
    ck_assert_str_eq(events[i].library, "fruit");
    ck_assert_int_eq(events[i].demoted, demoted);
    ck_assert_str_eq(breaker_cause_name(events[i].cause), cause);
}

START_TEST(a_rule_above_its_rate_is_told_once_and_comes_back_when_it_has_cooled)
{
    begin(5, 0);
    ck_assert_uint_eq(judge_all(ABROAD, 20, NOW), 6);
    breaker_tick(breaker, NOW + 500);
    breaker_tick(breaker, NOW + 1000);
    ck_assert_uint_eq(nevents, 1);
    expect(0, "F-005", true, "rate");
    ck_assert_uint_eq(events[0].warnings, 6);
    breaker_tick(breaker, NOW + COOL - 1);
    ck_assert_uint_eq(judge_all(ABROAD, 1, NOW + COOL - 1), 0);
    breaker_tick(breaker, NOW + COOL);
    ck_assert_uint_eq(nevents, 2);
    expect(1, "F-005", false, "cooled");
    ck_assert_uint_eq(judge_all(ABROAD, 20, NOW + COOL), 6);
    breaker_tick(breaker, NOW + COOL);
    expect(2, "F-005", true, "rate");
    end();
}
END_TEST

START_TEST(a_rule_above_its_share_is_demoted_when_there_are_enough_warnings)
{
    begin(0, 0.6);
    ck_assert_uint_eq(judge_all(ABROAD, 9, NOW), 9);
    breaker_tick(breaker, NOW);
    ck_assert_uint_eq(nevents, 0); /* below share_minimum */
    ck_assert_uint_eq(judge_all(SCORE, 6, NOW), 6);
    breaker_tick(breaker, NOW);
    ck_assert_uint_eq(nevents, 0); /* 9 of 15 is the budget */
    ck_assert_uint_eq(judge_all(ABROAD, 1, NOW), 1);
    breaker_tick(breaker, NOW);
    expect(0, "F-005", true, "share");
    ck_assert_uint_eq(events[0].warnings, 10);
    ck_assert_uint_eq(events[0].all, 16);
    ck_assert_uint_eq(judge_all(ABROAD, 1, NOW), 0);
    ck_assert_uint_eq(judge_all(SCORE, 1, NOW), 1);
    end();
}
END_TEST

START_TEST(a_reset_is_told_with_who_asked_and_only_of_a_demoted_rule)
{
    begin(5, 0);
    ck_assert_int_eq(breaker_reset(breaker, "F-005", "me", NOW), -TS_ENOENT);
    judge_all(ABROAD, 10, NOW);
    ck_assert_int_eq(breaker_reset(breaker, "F-002", "me", NOW), -TS_ENOENT);
    ck_assert_int_eq(breaker_reset(breaker, "F-005", "me", NOW), 0);
    ck_assert_uint_eq(nevents, 2);
    expect(0, "F-005", true, "rate"); /* it was not told of yet */
    expect(1, "F-005", false, "reset");
    ck_assert_str_eq(events[1].who, "me");
    ck_assert_uint_eq(judge_all(ABROAD, 1, NOW), 1);
    end();
}
END_TEST

START_TEST(without_budgets_nothing_is_demoted)
{
    begin(0, 0);
    ck_assert_uint_eq(judge_all(ABROAD, 5000, NOW), 5000);
    breaker_tick(breaker, NOW);
    ck_assert_uint_eq(nevents, 0);
    end();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("breaker");

    tcase_add_test(tcase, a_rule_above_its_rate_is_told_once_and_comes_back_when_it_has_cooled);
    tcase_add_test(tcase, a_rule_above_its_share_is_demoted_when_there_are_enough_warnings);
    tcase_add_test(tcase, a_reset_is_told_with_who_asked_and_only_of_a_demoted_rule);
    tcase_add_test(tcase, without_budgets_nothing_is_demoted);
    return setup_run("breaker", tcase);
}
