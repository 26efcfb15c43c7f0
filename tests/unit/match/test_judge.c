/* test_judge.c - record in, verdict out, with the invented libraries of data/: rules, scores, scope, suppression, what
 * a rule must rest on; and that a warm judge allocates nothing for a clean record. */
#include "match_setup.h"
#include "../allocations.h"

#include "core/utf8.h"
#include "match/judge_parts.h"

#include <time.h>

static struct ruleset *rules;
static struct judge *judge;

static void setup(void)
{
    rules = setup_rules();
    judge = judge_new();
    ck_assert_int_eq(judge_use(judge, rules), 0);
}

static void teardown(void)
{
    judge_free(&judge);
    ruleset_free(&rules);
}

static const struct verdict *see(const char *calling, const char *text)
{
    static struct record record;

    record = setup_sms(calling, text);
    if (strncmp(calling, "00", 2) == 0)
        record.ingress = INGRESS_INTL;
    return setup_judge(judge, &record);
}

struct verdict_case {
    const char *calling, *text;
    enum verdict_kind kind;
    const char *rules;  /* live ones, in the order of the verdict, then those suppressed in brackets */
    const char *shadow;
};

static const struct verdict_case cases[] = {
    {"13912345678", "今天天气不错", VERDICT_CLEAN, "", ""},
    {"13912345678", "三倍苹果券,请加入果园群", VERDICT_WARNED, "F-001 F-002 ", ""},
    {"13912345678", "三倍苹果券,不要加入果园群", VERDICT_CLEAN, "", ""},
    /* one phrase alone is nothing */
    {"13912345678", "三倍苹果券", VERDICT_CLEAN, "", ""},
    /* by score: two roles, one of them A, C or U, own phrase */
    {"13912345678", "返利500元,扫描果园码", VERDICT_WARNED, "F-002 ", ""},
    {"13912345678", "三倍苹果券,返利500元", VERDICT_CLEAN, "", ""},   /* T and B: no A, C, U */
    {"13912345678", "返利500元,冻结果园账户", VERDICT_CLEAN, "", "F-003 "}, /* 3 points */
    {"13912345678", "返★利500元,冻结果园账户", VERDICT_WARNED, "F-002 ", "F-003 "}, /* disguise is the fourth */
    {"0085355501234", "返利500元,冻结果园账户", VERDICT_WARNED, "F-002 ", "F-003 "},  /* so is a sender from abroad */
    {"13912345678", "加果园号123", VERDICT_CLEAN, "", ""},
    {"13912345678", "加果园号123,返利500元", VERDICT_WARNED, "F-002 ", ""}, /* C of shared counts */
    /* shadow rules change no outcome */
    {"13912345678", "日赚300元,否则冻结果园账户", VERDICT_CLEAN, "", "F-003 "},
    /* one sentence */
    {"13912345678", "冻结果园账户请加园号123456", VERDICT_WARNED, "F-004 ", ""},
    {"13912345678", "冻结果园账户。请加园号123456", VERDICT_CLEAN, "", ""},
    {"13912345678", "冻结果园账户。冻结果园账户请加园号123456", VERDICT_WARNED, "F-004 ", ""},
    /* numbers */
    {"0085255501234", "你好", VERDICT_WARNED, "F-005 ", ""},
    {"0085355501234", "你好", VERDICT_CLEAN, "", ""},
    /* tier, then score, then number */
    {"0085255501234", "三倍苹果券,请加入果园群,冻结果园账户请加园号123456", VERDICT_WARNED, "F-002 F-004 F-001 F-005 ", ""},
    /* suppression, and what overrules it */
    {"13912345678", "果园提醒您,三倍苹果券,请加入果园群", VERDICT_SUPPRESSED, "(F-001 F-002 )", ""},
    {"13912345678", "果园提醒您,三倍苹果券,请加入果园群,加果园号123", VERDICT_WARNED, "F-001 F-002 ", ""},
    {"13912345678", "果园提醒您,日赚300元,否则冻结果园账户", VERDICT_CLEAN, "", ""}, /* a silenced shadow rule */
    /* advice about it is silent */
    {"13912345678", "凡是三倍苹果券,让你加入果园群的,都是诈骗", VERDICT_CLEAN, "", ""},
};

START_TEST(verdicts)
{
    const struct verdict_case *c = &cases[_i];
    const struct verdict *verdict = see(c->calling, c->text);
    char live[256] = "", shadow[256] = "", what[64];

    for (size_t i = 0; i < verdict->nfired; i++) {
        if (i == verdict->nlive)
            strcat(live, "(");
        strcat(strcat(live, verdict->fired[i].rule->id), " ");
    }
    if (verdict->nfired > verdict->nlive)
        strcat(live, ")");
    for (size_t i = 0; i < verdict->nshadow; i++)
        strcat(strcat(shadow, verdict->shadow[i].rule->id), " ");
    ck_assert_msg(strcmp(live, c->rules) == 0, "%s: %s instead of %s", c->text, live, c->rules);
    ck_assert_msg(strcmp(shadow, c->shadow) == 0, "%s: shadow %s instead of %s", c->text, shadow, c->shadow);
    ck_assert_int_eq(verdict->kind, c->kind);
    ck_assert_int_eq(judge_cross_check(judge, what, sizeof(what)), 0);
}
END_TEST

START_TEST(what_was_overruled_is_told)
{
    const struct verdict *verdict = see("13912345678", "果园提醒您,三倍苹果券,请加入果园群,加果园号123");

    ck_assert_uint_eq(verdict->nagainst, 1);
    ck_assert_str_eq(verdict->against[0].what, "shared.warning");
    ck_assert_str_eq(verdict->against[0].why, "overruled: a contact is given");
    verdict = see("13912345678", "果园提醒您,三倍苹果券,请加入果园群");
    ck_assert_uint_eq(verdict->nagainst, 0);
    ck_assert_str_eq(verdict->fired[0].suppressed, "shared.warning");
}
END_TEST

START_TEST(evidence_is_what_the_rule_rests_on)
{
    const struct verdict *verdict = see("13912345678", "三倍苹果券,请加入果园群,日赚300元");
    const struct fired *fired = NULL;

    for (size_t i = 0; i < verdict->nlive; i++)
        if (strcmp(verdict->fired[i].rule->id, "F-001") == 0)
            fired = &verdict->fired[i];
    ck_assert_ptr_nonnull(fired);
    ck_assert_uint_eq(fired->nmatches, 2); /* topic and action, not the price */
    ck_assert_int_eq(fired->tier, TIER_MEDIUM);
    ck_assert(fired->score == 6);
}
END_TEST

/* Two phrases of different sets at the same place are one observation. */
START_TEST(one_place_is_not_two_phrases)
{
    static const char *const libraries[] = {
        "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
        "\"a\":{\"role\":\"T\",\"phrases\":[\"苹果丢失\"]},\"b\":{\"role\":\"A\",\"phrases\":[\"苹果丢失\",\"加入果园\"]}},"
        "\"rules\":[{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\",\"when\":\"a and b\","
        "\"reason\":\"r\",\"hit\":[\"苹果丢失,加入果园\"],\"miss\":[\"苹果丢失\"]}]}",
        NULL};
    struct ruleset *own;
    struct err err;

    err_init(&err);
    own = setup_libraries(libraries, &err);
    ck_assert_msg(own != NULL, "%s", err.text); /* the samples are the test */
    ruleset_free(&own);
    err_fini(&err);
}
END_TEST

/* What adds to a score is looked for when only another library knows it. */
START_TEST(a_disguise_in_any_library_adds_to_a_score)
{
    static const char *const libraries[] = {
        "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
        "\"a\":{\"role\":\"T\",\"phrases\":[\"苹果丢失\"]},\"b\":{\"role\":\"A\",\"phrases\":[\"加入果园\"]}},"
        "\"rules\":[{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\","
        "\"when\":\"a and b and score >= 4.5\",\"reason\":\"r\","
        "\"hit\":[\"苹果丢失,加入果园,三*倍*礼*券\"],\"miss\":[\"苹果丢失,加入果园,三倍礼券\"]}]}",
        "{\"telsieve\":1,\"library\":\"u\",\"family\":\"U\",\"title\":\"u\",\"version\":\"1\",\"sets\":{"
        "\"c\":{\"role\":\"T\",\"phrases\":[\"三倍礼券\"]}},\"rules\":[]}",
        NULL};
    struct record record = setup_sms("13912345678", "苹果丢失,加入果园,三*倍*礼*券");
    struct judge *own = judge_new();
    struct ruleset *set;
    struct err err;

    err_init(&err);
    set = setup_libraries(libraries, &err);
    ck_assert_msg(set != NULL, "%s", err.text);
    ck_assert_int_eq(judge_use(own, set), 0);
    ck_assert_int_eq(setup_judge(own, &record)->kind, VERDICT_WARNED);
    judge_free(&own);
    ruleset_free(&set);
    err_fini(&err);
}
END_TEST

/* Facts are of the whole record, however long its text is. */
START_TEST(facts_alone_have_no_stretches)
{
    static const char *const libraries[] = {
        "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{},"
        "\"rules\":[{\"id\":\"T-1\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\","
        "\"when\":\"caller.personal and text.url\",\"reason\":\"r\","
        "\"hit\":[\"见 http://abc.example/a\"],\"miss\":[\"苹果丢失\"]}]}",
        NULL};
    static char text[1500] = "见 http://abc.example/a ";
    struct judge *own = judge_new();
    struct ruleset *set;
    struct record record;
    struct err err;

    err_init(&err);
    set = setup_libraries(libraries, &err);
    ck_assert_msg(set != NULL, "%s", err.text);
    ck_assert_int_eq(judge_use(own, set), 0);
    while (strlen(text) < 1400)
        strcat(text, "今天天气不错");
    record = setup_sms("13912345678", text);
    ck_assert_int_eq(setup_judge(own, &record)->kind, VERDICT_WARNED);
    judge_free(&own);
    ruleset_free(&set);
    err_fini(&err);
}
END_TEST

START_TEST(why_not_is_told_in_words)
{
    char why[512];
    struct record record = setup_sms("13912345678", "三倍苹果券");

    judge_thorough(judge, true);
    setup_judge(judge, &record);
    ck_assert_int_eq(judge_why(judge, 0, why, sizeof(why)), RULE_NOT_TRUE);
    ck_assert_str_eq(why, "missing: action");
    ck_assert_int_eq(judge_why(judge, 1, why, sizeof(why)), RULE_NOT_TRUE);
    ck_assert_msg(strstr(why, "score 2, needed 4; roles T") != NULL, "%s", why);
    record = setup_sms("13912345678", "三倍苹果券,请加入果园群");
    setup_judge(judge, &record);
    ck_assert_int_eq(judge_why(judge, 0, why, sizeof(why)), RULE_FIRED);
    ck_assert_str_eq(why, "");
}
END_TEST

/* Nothing of one record may show in the next. */
START_TEST(records_do_not_leak_into_each_other)
{
    for (int round = 0; round < 3; round++) {
        ck_assert_int_eq(see("13912345678", "三倍苹果券,请加入果园群")->kind, VERDICT_WARNED);
        ck_assert_int_eq(see("13912345678", "三倍苹果券")->kind, VERDICT_CLEAN);
        ck_assert_int_eq(see("13912345678", "请加入果园群")->kind, VERDICT_CLEAN);
        ck_assert_int_eq(see("13912345678", "果园提醒您,三倍苹果券,请加入果园群")->kind, VERDICT_SUPPRESSED);
        ck_assert_int_eq(see("13912345678", "今天天气不错")->kind, VERDICT_CLEAN);
    }
}
END_TEST

/* A judge follows from one rule set to another, also when the second comes to the address of the first. */
START_TEST(a_judge_can_change_its_rule_set)
{
    struct ruleset *other = setup_phrases("[\"香瓜\",\"甜瓜~脆瓜~白瓜~黄瓜~木瓜\"]");
    struct record record = setup_sms("13912345678", "三倍苹果券,请加入果园群");

    ck_assert_int_eq(see("13912345678", "三倍苹果券,请加入果园群")->kind, VERDICT_WARNED);
    ck_assert_int_eq(judge_use(judge, other), 0);
    ck_assert_int_eq(setup_judge(judge, &record)->kind, VERDICT_CLEAN);
    ruleset_free(&other);
    ck_assert_int_eq(judge_use(judge, rules), 0);
    ck_assert_int_eq(setup_judge(judge, &record)->kind, VERDICT_WARNED);
}
END_TEST

static void note_stage(void *ctx, enum judge_stage next)
{
    char *seen = ctx;
    size_t n = strlen(seen);

    seen[n] = (char)('0' + next);
    seen[n + 1] = '\0';
}

START_TEST(who_watches_sees_the_stages_in_order)
{
    char seen[16] = "";

    judge_watch(judge, note_stage, seen);
    see("13912345678", "今天天气不错");
    judge_watch(judge, NULL, NULL);
    see("13912345678", "今天天气不错");
    ck_assert_str_eq(seen, "01234");
}
END_TEST

/* ---- scope ---- */

#define W_RULE(id, when)                                                                                       \
    "{\"id\":\"" id "\",\"type\":\"t\",\"state\":\"live\"" when ",\"reason\":\"r\",\"hit\":"            \
    "[\"苹果丢失,买果子吧,不算大礼,加入果园\"],\"miss\":[\"苹果\"]}"
static const char *const scoped[] = {
    "{\"telsieve\":1,\"library\":\"w\",\"family\":\"W\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
    "\"a\":{\"role\":\"T\",\"phrases\":[\"苹果丢失\",\"梨子丢失\"]},"
    "\"b\":{\"role\":\"A\",\"phrases\":[\"加入果园\"]},"
    "\"c\":{\"role\":\"T\",\"phrases\":[\"果园公告\"]},"
    "\"w\":{\"role\":\"W\",\"phrases\":[\"谨防果虫\"]}},\"rules\":["
    W_RULE("W-1", ",\"tier\":\"low\",\"when\":\"a and b\"") ","
    W_RULE("W-2", ",\"tier\":\"low\",\"when\":\"a and b\",\"scope\":\"text\"") ","
    W_RULE("W-3", ",\"tier\":\"low\",\"when\":\"a and b\",\"scope\":\"sentence\"") ","
    W_RULE("W-4", ",\"tier\":\"low\",\"when\":\"a and b and not c\"") ","
    W_RULE("W-5", ",\"tier\":\"low\",\"when\":\"starts(a, 30) and b\"") ","
    W_RULE("W-6", ",\"tier\":\"low\",\"when\":\"a and b and not w\"") ","
    W_RULE("W-7", "") "]}",
    NULL};

/* The text is made of words and, for a number, so many characters of nothing. */
static const struct {
    const char *text, *rules;
} scope_cases[] = {
    {"苹果丢失 250 加入果园", "W-1 W-2 W-4 W-5 W-6 W-7 "},              /* 258 characters: not long */
    {"苹果丢失 150 加入果园 200", "W-1 W-2 W-4 W-5 W-6 W-7 "},
    {"苹果丢失 192 加入果园 200", "W-1 W-2 W-4 W-5 W-6 W-7 "},          /* begins at character 196 behind it */
    {"苹果丢失 197 加入果园 200", "W-2 W-5 "},
    {"250 加入果园 150 苹果丢失 200", "W-1 W-2 W-4 W-6 W-7 "},
    {"苹果丢失 400 苹果丢失 150 加入果园 400", "W-1 W-2 W-4 W-5 W-6 W-7 "},
    {"苹果丢失 150 加入果园 400 果园公告", "W-1 W-2 W-5 W-6 W-7 "},      /* what is excluded is excluded everywhere */
    {"400 苹果丢失加入果园 200", "W-1 W-2 W-3 W-4 W-6 W-7 "},
    {"苹果丢失 150 加入果园 400 谨防果虫", "W-1 W-2 W-4 W-5 W-7 "},    /* so is what warns */
    {"苹果丢失 400 梨子丢失 400", ""},
    {"苹果丢失 150 苹果丢失 150 苹果丢失 197 加入果园", "W-2 W-5 "},
};

static void write_words(const char *words, char *out)
{
    static const char nothing[] = "今日无事啊";

    while (*words != '\0') {
        size_t n = strcspn(words, " "), chars = strtoul(words, NULL, 10);
        if (chars > 0)
            *out++ = ',';
        for (size_t i = 0; i < chars - (chars > 0); i++, out += 3)
            memcpy(out, nothing + 3 * (i % 5), 3);
        if (chars == 0) {
            memcpy(out, words, n);
            out += n;
        }
        words += n + (words[n] == ' ');
    }
    *out = '\0';
}

START_TEST(a_long_text_is_judged_by_its_stretches)
{
    struct judge *own = judge_new();
    char text[8192], live[128] = "";
    struct ruleset *set;
    struct record record;
    const struct verdict *verdict;
    struct err err;

    err_init(&err);
    set = setup_libraries(scoped, &err);
    ck_assert_msg(set != NULL, "%s", err.text);
    ck_assert_int_eq(judge_use(own, set), 0);
    write_words(scope_cases[_i].text, text);
    record = setup_sms("13912345678", text);
    verdict = setup_judge(own, &record);
    for (size_t i = 0; i < verdict->nlive; i++) {
        strcat(strcat(live, verdict->fired[i].rule->id), " ");
        ck_assert_msg(verdict->fired[i].nmatches >= 2, "%s rests on too little", verdict->fired[i].rule->id);
    }
    ck_assert_msg(strcmp(live, scope_cases[_i].rules) == 0, "%s: %s instead of %s", scope_cases[_i].text, live,
                  scope_cases[_i].rules);
    judge_free(&own);
    ruleset_free(&set);
    err_fini(&err);
}
END_TEST

/* ---- long texts of one fragment, made to cost ---- */

/* Rules that look at places and sentences, and are not true of any of the texts below: nothing ends early. */
#define T_RULE(id, when)                                                                                       \
    "{\"id\":\"" id "\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\"," when ",\"reason\":\"r\","               \
    "\"hit\":[\"加入果园,苹果丢失\"],\"miss\":[\"苹果丢失\"]}"
static const char *const costly[] = {
    "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"
    "\"a\":{\"role\":\"T\",\"phrases\":[\"苹果丢失\"],\"allow\":[\"绿苹果丢失了\"]},"
    "\"b\":{\"role\":\"A\",\"phrases\":[\"加入果园\"]}},\"rules\":["
    T_RULE("T-1", "\"when\":\"then(b, a, 9)\"") "," T_RULE("T-2", "\"when\":\"near(a, b, 9)\"") ","
    T_RULE("T-3", "\"when\":\"same(sentence, a, b)\"") ","
    T_RULE("T-4", "\"scope\":\"sentence\",\"when\":\"a and b\"") ","
    T_RULE("T-5", "\"when\":\"a and b\"") "," T_RULE("T-6", "\"when\":\"a and b and score >= 4\"") "]}",
    NULL};

/* What fills the first half of the text, and the second. */
static const char *const fillings[][2] = {
    {"苹果丢失", "加入果园"},         {"苹果丢失。", "加入果园。"}, {"\"苹果丢失\"", "加入果园\""},
    {"“苹果丢失”", "不要加入果园,"}, {"绿苹果丢失了", "加入果园"}, {"苹果丢失", "苹果丢失"},
};

static char *fill_text(const char *const filling[2], size_t chars)
{
    static const char between[] = "。今天天气不错我们一起走走。";
    char *text = calloc(chars + 512, 4), *p = text;

    for (int half = 0; half < 2; half++) {
        size_t each = utf8_count(str_of(filling[half]));
        for (size_t n = 0; n + each <= chars / 2; n += each)
            p = stpcpy(p, filling[half]);
        for (int i = 0; i < 16 && half == 0; i++) /* wider than a window */
            p = stpcpy(p, between);
    }
    return text;
}

/* The least processor time of a few goes: what a busy machine adds is no cost of the text. */
static double cost_of(struct judge *own, const char *text)
{
    struct record record = setup_sms("13912345678", text);
    double least = 1e9;

    for (int go = 0; go < 5; go++) {
        struct timespec from, to;
        double cost;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
        ck_assert_int_eq(setup_judge(own, &record)->kind, VERDICT_CLEAN);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
        cost = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec);
        least = cost < least ? cost : least;
    }
    return least;
}

/* Sixteen times the text costs about sixteen times as much; four times that is room for noise, and a square is 256. */
START_TEST(a_long_text_of_one_fragment_costs_no_square)
{
    char *text = fill_text(fillings[_i], 4096), *longer = fill_text(fillings[_i], 65536);
    struct judge *own = judge_new();
    struct ruleset *set;
    double cost, cost_longer;
    struct err err;

    err_init(&err);
    set = setup_libraries(costly, &err);
    ck_assert_msg(set != NULL, "%s", err.text);
    ck_assert_int_eq(judge_use(own, set), 0);
    cost_longer = cost_of(own, longer); /* first: the arrays have grown when the shorter comes */
    cost = cost_of(own, text);
    ck_assert_msg(cost_longer < 64 * cost, "%s: %g times as much", fillings[_i][0], cost_longer / cost);
    judge_free(&own);
    ruleset_free(&set);
    err_fini(&err);
    free(text);
    free(longer);
}
END_TEST

START_TEST(a_warm_judge_allocates_nothing)
{
    static const char *const texts[] = {"今天天气不错,我们去果园吧", "三倍苹果券,见 http://example.com/a 加微信abc12345", "日赚300元。",
                                        "果园提醒您:不要加入果园群", ""};
    const struct verdict *verdict;
    size_t counted;

    allocations_start();
    for (int round = 0; round < 2; round++) /* the first round warms it up */
        for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
            struct record record = setup_sms("13912345678", texts[i]);
            int rc;

            counted = allocations;
            rc = judge_record(judge, &record, &verdict);
            counted = allocations - counted; /* before Check allocates for its own purposes */
            ck_assert_int_eq(rc, 0);
            ck_assert_int_eq(verdict->kind, VERDICT_CLEAN);
            ck_assert_msg(round == 0 || counted == 0, "%s: %zu allocations", texts[i], counted);
        }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("judge");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, verdicts, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tests, what_was_overruled_is_told);
    tcase_add_test(tests, evidence_is_what_the_rule_rests_on);
    tcase_add_test(tests, one_place_is_not_two_phrases);
    tcase_add_test(tests, a_disguise_in_any_library_adds_to_a_score);
    tcase_add_test(tests, facts_alone_have_no_stretches);
    tcase_add_test(tests, why_not_is_told_in_words);
    tcase_add_test(tests, records_do_not_leak_into_each_other);
    tcase_add_test(tests, a_judge_can_change_its_rule_set);
    tcase_add_test(tests, who_watches_sees_the_stages_in_order);
    tcase_add_loop_test(tests, a_long_text_is_judged_by_its_stretches, 0, sizeof(scope_cases) / sizeof(scope_cases[0]));
    tcase_add_loop_test(tests, a_long_text_of_one_fragment_costs_no_square, 0, sizeof(fillings) / sizeof(fillings[0]));
    tcase_add_test(tests, a_warm_judge_allocates_nothing);
    return setup_run("judge", tests);
}
