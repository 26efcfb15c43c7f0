/* test_evidence.c - what is counted of each rule, for how long, and when the breaker acts: with a clock of our own. */
#include "match/evidence.h"
#include "match/victim.h"
#include "match_setup.h"

#include <math.h>

#define MINUTE INT64_C(60000)
#define NOW (INT64_C(1000) * MINUTE)

#define BOTH "苹果丢失赔付,扫描果园码"
#define FIRST "苹果丢失,请添加果园客服"
#define SECOND "香蕉订单,扫描果园码"

/* Rules A-1 (live), A-2 (shadow), A-3 (a canary) and, of another library, B-1 (live). */
#define LIBRARY_A \
    "{\"telsieve\":1,\"library\":\"a\",\"family\":\"F\",\"title\":\"%s\",\"version\":\"1\",\"sets\":{" \
    "\"apple\":{\"role\":\"T\",\"phrases\":[\"苹果~丢失\"]},\"add\":{\"role\":\"A\",\"phrases\":[\"添加~果园客服\"]}}," \
    "\"rules\":[{\"id\":\"A-1\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\",\"when\":\"apple and b.code\"," \
    "\"reason\":\"r\",\"hit\":[\"" BOTH "\"],\"miss\":[\"x\"]}," \
    "{\"id\":\"A-2\",\"type\":\"t\",\"state\":\"shadow\",\"tier\":\"low\",\"when\":\"apple and b.pay\"," \
    "\"reason\":\"r\",\"hit\":[\"" BOTH "\"],\"miss\":[\"x\"]}," \
    "{\"id\":\"A-3\",\"type\":\"t\",\"state\":\"canary\",\"share\":%s,\"tier\":\"low\",\"when\":\"apple and add\"," \
    "\"reason\":\"r\",\"hit\":[\"" FIRST "\"],\"miss\":[\"x\"]}]}"
#define LIBRARY_B \
    "{\"telsieve\":1,\"library\":\"b\",\"family\":\"F\",\"title\":\"%s\",\"version\":\"1\",\"sets\":{" \
    "\"code\":{\"role\":\"A\",\"phrases\":[\"扫描果园码\"]},\"pay\":{\"role\":\"T\",\"phrases\":[\"赔付\"]}," \
    "\"banana\":{\"role\":\"T\",\"phrases\":[\"香蕉订单\"]}}," \
    "\"rules\":[{\"id\":\"B-1\",\"type\":\"t\",\"state\":\"live\",\"tier\":\"low\",\"when\":" \
    "\"code and (banana or pay)\",\"reason\":\"r\",\"hit\":[\"" SECOND "\"],\"miss\":[\"x\"]}]}"

static struct evidence *evidence;
static struct judge *judge;
static struct ruleset *rules;

static struct ruleset *load_texts(const char *a, const char *b)
{
    const char *libraries[] = {a, b, NULL};
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset = setup_libraries(libraries, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    err_fini(&err);
    ck_assert_int_eq(evidence_observe(evidence, ruleset), 0);
    return ruleset;
}

/* Libraries of another title say something else. */
static struct ruleset *load(const char *title_a, const char *title_b, const char *share)
{
    char a[2000], b[2000];

    snprintf(a, sizeof(a), LIBRARY_A, title_a, share);
    snprintf(b, sizeof(b), LIBRARY_B, title_b);
    return load_texts(a, b);
}

static void begin(uint64_t rule_per_minute, const char *share)
{
    evidence = evidence_new(2, rule_per_minute);
    judge = judge_new();
    rules = load("1", "1", share);
    ck_assert_int_eq(judge_use(judge, rules), 0);
}

static void setup(void)
{
    begin(0, "0.5");
}

static void teardown(void)
{
    ruleset_free(&rules);
    judge_free(&judge);
    evidence_free(&evidence);
}

/* A record to `called`, judged and counted by a worker. */
static const struct verdict *judged(unsigned worker, const char *text, const char *called, int64_t now_ms)
{
    struct record record = setup_sms("13712345678", text);
    const struct verdict *verdict;

    record.field[FIELD_CALLED].s = str_of(called);
    verdict = setup_judge(judge, &record);
    if (verdict->nlive + verdict->nshadow > 0)
        evidence_note(ruleset_evidence(rules), worker, verdict, now_ms);
    evidence_judged(ruleset_evidence(rules), worker, 1);
    return verdict;
}

static struct evidence_figures figures_of(const struct ruleset *ruleset, const char *id, int64_t now_ms)
{
    struct evidence_figures *all = evidence_read(ruleset, now_ms), found = {0};
    bool there = false;

    ck_assert_ptr_nonnull(all);
    for (size_t i = 0; i < ruleset_rule_count(ruleset); i++)
        if (strcmp(ruleset_rule(ruleset, i, NULL)->id, id) == 0) {
            found = all[i];
            there = true;
        }
    ck_assert(there);
    free(all);
    return found;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

START_TEST(hits_warnings_overlap_and_victims_are_counted_over_all_workers)
{
    struct evidence_figures a1, a2, b1;

    judged(0, BOTH, "13812345678", NOW);   /* A-1 and B-1 warn, A-2 would */
    judged(1, BOTH, "13812345679", NOW);
    judged(1, BOTH, "+8613812345679", NOW); /* the same victim */
    judged(1, SECOND, "13812345680", NOW); /* B-1 alone */
    judged(0, "你好", "13812345681", NOW);
    a1 = figures_of(rules, "A-1", NOW);
    a2 = figures_of(rules, "A-2", NOW);
    b1 = figures_of(rules, "B-1", NOW);
    ck_assert_uint_eq(a1.judged, 5);
    ck_assert_uint_eq(a1.hits, 3);
    ck_assert_uint_eq(a1.warnings, 3);
    ck_assert_uint_eq(a1.overlap, 3);
    ck_assert_uint_eq(a1.victims, 2);
    ck_assert_uint_eq(a2.hits, 3);
    ck_assert_uint_eq(a2.warnings, 0);
    ck_assert_uint_eq(a2.overlap, 3);
    ck_assert_uint_eq(b1.hits, 4);
    ck_assert_uint_eq(b1.overlap, 3);
    ck_assert_uint_eq(b1.victims, 3);
    ck_assert_uint_eq(b1.judged, 5);
}
END_TEST

START_TEST(hits_of_the_last_hour_pass_away_and_all_hits_stay)
{
    judged(0, SECOND, "13812345678", NOW);
    judged(1, SECOND, "13812345678", NOW + 30 * MINUTE);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW + 59 * MINUTE).hits_hour, 2);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW + 60 * MINUTE).hits_hour, 1);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW + 90 * MINUTE).hits_hour, 0);
    judged(0, SECOND, "13812345678", NOW + 120 * MINUTE); /* in the slot of the first */
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW + 120 * MINUTE).hits_hour, 1);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW + 120 * MINUTE).hits, 3);
}
END_TEST

static void use(struct ruleset *next)
{
    ck_assert_int_eq(judge_use(judge, next), 0);
    ruleset_free(&rules);
    rules = next;
}

static void reload(const char *title_a, const char *title_b)
{
    use(load(title_a, title_b, "0.5"));
}

/* Library A with one thing changed. */
static void reload_with(const char *from, const char *to)
{
    char a[2000], changed[2000], b[2000], *at;

    snprintf(a, sizeof(a), LIBRARY_A, "1", "0.5");
    snprintf(b, sizeof(b), LIBRARY_B, "1");
    ck_assert_ptr_nonnull(at = strstr(a, from));
    snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - a), a, to, at + strlen(from));
    use(load_texts(changed, b));
}

START_TEST(a_reload_of_the_same_texts_goes_on_counting)
{
    struct evidence_figures before, after;

    judged(0, BOTH, "13812345678", NOW);
    before = figures_of(rules, "A-1", NOW);
    reload("1", "1");
    judged(0, BOTH, "13812345679", NOW);
    after = figures_of(rules, "A-1", NOW);
    ck_assert_uint_eq(after.hits, 2);
    ck_assert_uint_eq(after.judged, 2);
    ck_assert_uint_eq(after.victims, 2);
    ck_assert_int_eq(after.since_ms, before.since_ms);
}
END_TEST

START_TEST(a_rule_whose_library_changed_begins_anew_and_the_others_go_on)
{
    judged(0, BOTH, "13812345678", NOW);
    reload("2", "1");
    ck_assert_uint_eq(figures_of(rules, "A-1", NOW).hits, 0);
    ck_assert_uint_eq(figures_of(rules, "A-1", NOW).judged, 0);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW).hits, 1);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW).judged, 1);
}
END_TEST

START_TEST(a_rule_that_asks_a_library_that_changed_begins_anew)
{
    judged(0, BOTH, "13812345678", NOW);
    judged(0, FIRST, "13812345678", NOW);
    reload("1", "2");
    ck_assert_uint_eq(figures_of(rules, "A-1", NOW).hits, 0);
    ck_assert_uint_eq(figures_of(rules, "A-3", NOW).hits, 1); /* asks only its own */
}
END_TEST

START_TEST(who_goes_back_finds_the_evidence_of_the_rules_before)
{
    struct ruleset *warm = rules;

    judged(0, BOTH, "13812345678", NOW);
    rules = load("2", "2", "0.5");
    ck_assert_int_eq(judge_use(judge, rules), 0);
    judged(0, BOTH, "13812345678", NOW);
    judged(0, BOTH, "13812345678", NOW);
    ck_assert_uint_eq(figures_of(warm, "A-1", NOW).hits, 1);
    ck_assert_uint_eq(figures_of(warm, "A-1", NOW).judged, 1);
    ck_assert_uint_eq(figures_of(rules, "A-1", NOW).judged, 2);
    ruleset_free(&warm);
}
END_TEST

static const struct {
    const char *from, *to;
    bool keeps;
} changes[] = {
    {"\"version\":\"1\"", "\"version\":\"1.1\"", true},
    {"\"state\":\"shadow\"", "\"state\":\"live\"", true},
    {"\"state\":\"canary\",\"share\":0.5", "\"state\":\"live\"", true},
    {"\"share\":0.5", "\"share\":0.25", true},
    {"\"reason\":\"r\"", "\"reason\":\"so\",\"advice\":\"a\"", true},
    {"\"family\":\"F\",\"title\":\"1\"", "\"title\" : \"1\",\n \"family\": \"F\"", true},
    {"\"tier\":\"low\"", "\"tier\":\"high\"", false},
    {"\"when\":\"apple and add\"", "\"when\":\"apple and (add or b.code)\"", false},
    {"\"苹果~丢失\"", "\"苹果~丢失\",\"梨子~丢失\"", false},
};

START_TEST(evidence_outlives_what_a_promotion_changes_and_not_what_a_rule_says)
{
    judged(0, BOTH, "13812345678", NOW);
    judged(0, FIRST, "13812345678", NOW);
    reload_with(changes[_i].from, changes[_i].to);
    ck_assert_uint_eq(figures_of(rules, "A-1", NOW).hits, changes[_i].keeps ? 1 : 0);
    ck_assert_uint_eq(figures_of(rules, "A-2", NOW).hits, changes[_i].keeps ? 1 : 0);
    ck_assert_uint_eq(figures_of(rules, "A-3", NOW).hits, changes[_i].keeps ? 1 : 0);
    ck_assert_uint_eq(figures_of(rules, "A-2", NOW).judged, changes[_i].keeps ? 2 : 0);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW).hits, 1); /* asks only its own */
}
END_TEST

static void say_of(const char *id, uint64_t confirmed, uint64_t refuted)
{
    struct evidence_verdicts *said = calloc(1, sizeof(*said));
    uint32_t rule = 0;

    while (strcmp(ruleset_rule(rules, rule, NULL)->id, id) != 0)
        rule++;
    *said = (struct evidence_verdicts){.confirmed = confirmed, .refuted = refuted, .unknown = 1};
    memcpy(said->digest, evidence_digest(ruleset_evidence(rules), rule), EVIDENCE_DIGEST);
    evidence_take_verdicts(evidence, said, 1);
}

START_TEST(what_the_platform_said_is_of_one_text_over_reloads_and_until_it_says_otherwise)
{
    say_of("A-2", 7, 3);
    ck_assert_uint_eq(figures_of(rules, "A-2", NOW).confirmed, 7);
    ck_assert_uint_eq(figures_of(rules, "A-2", NOW).refuted, 3);
    ck_assert_uint_eq(figures_of(rules, "A-2", NOW).unknown, 1);
    ck_assert_uint_eq(figures_of(rules, "A-1", NOW).confirmed, 0);
    reload("1", "1");
    ck_assert_uint_eq(figures_of(rules, "A-2", NOW).confirmed, 7);
    say_of("B-1", 1, 0);
    ck_assert_uint_eq(figures_of(rules, "A-2", NOW).confirmed, 0);
    evidence_take_verdicts(evidence, NULL, 0);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW).confirmed, 0);
}
END_TEST

START_TEST(where_nobody_counts_nothing_is_shown)
{
    struct ruleset *alone = setup_rules();

    ck_assert_ptr_null(evidence_read(alone, NOW));
    ck_assert(!evidence_is_demoted(ruleset_evidence(alone), 0));
    ck_assert_ptr_null(evidence_digest(ruleset_evidence(alone), 0));
    ruleset_free(&alone);
}
END_TEST

/* ---- canary ------------------------------------------------------------------------------------------------------ */

static const char *victim(char out[16], unsigned i)
{
    snprintf(out, 16, "138%08u", 10007 * i % 100000000);
    return out;
}

static unsigned warned_of(unsigned n)
{
    char called[16];
    unsigned live = 0;

    for (unsigned i = 0; i < n; i++) {
        const struct verdict *verdict = judged(0, FIRST, victim(called, i), NOW);

        ck_assert_uint_eq(verdict->nfired + verdict->nshadow, 1);
        ck_assert_str_eq(fired_state_name(verdict->nfired > 0 ? verdict->fired : verdict->shadow), "canary");
        live += verdict->kind == VERDICT_WARNED;
    }
    return live;
}

static const char *const shares[] = {"0.05", "0.5", "0.9"};

/* Four standard deviations of a binomial. */
START_TEST(a_canary_warns_of_about_its_share_of_the_victims)
{
    double share = strtod(shares[_i], NULL), n = 4000;

    begin(0, shares[_i]);
    ck_assert_double_eq_tol(warned_of(4000), n * share, 4 * sqrt(n * share * (1 - share)));
    ck_assert_uint_eq(figures_of(rules, "A-3", NOW).hits, 4000);
    ck_assert_uint_lt(figures_of(rules, "A-3", NOW).warnings, 4000);
    teardown();
}
END_TEST

START_TEST(a_canary_of_all_victims_is_live)
{
    begin(0, "1");
    ck_assert_uint_eq(warned_of(500), 500);
    teardown();
}
END_TEST

START_TEST(a_canary_always_chooses_the_same_victims_however_their_number_is_written)
{
    char called[16], written[20];

    for (unsigned i = 0; i < 200; i++) {
        enum verdict_kind first = judged(0, FIRST, victim(called, i), NOW)->kind;

        snprintf(written, sizeof(written), "0086%s", called);
        ck_assert_int_eq(judged(1, FIRST, written, NOW + 5 * MINUTE)->kind, first);
    }
}
END_TEST

/* As a constant: a change of the hash would move victims of running canaries. */
START_TEST(whom_a_canary_chooses_does_not_change_with_the_program)
{
    const struct rule rule = {.id = "A-3", .share = 0.5};
    struct subject subject = {0};
    struct record record = setup_sms("13712345678", FIRST);
    char chosen[17] = "";

    subject.record = &record;
    for (unsigned i = 0; i < 16; i++) {
        char called[16];
        record.field[FIELD_CALLED].s = str_of(victim(called, i));
        chosen[i] = victim_in_share(&subject, &rule) ? '1' : '0';
    }
    ck_assert_str_eq(chosen, "0000110010101111");
}
END_TEST

/* ---- the breaker ------------------------------------------------------------------------------------------------- */

static struct evidence_standing seen;
static const char *wanted;

static void note_standing(void *ctx, struct evidence_rule *rule, const struct evidence_standing *standing)
{
    if (strcmp(standing->id, wanted) != 0)
        return;
    seen = *standing;
    if (ctx != NULL)
        evidence_restore(rule, *(const int64_t *)ctx);
}

static bool has_standing(const char *id, int64_t now_ms, const int64_t *restore_ms)
{
    wanted = id;
    seen = (struct evidence_standing){0};
    evidence_each(evidence, now_ms, note_standing, (void *)restore_ms);
    return seen.id != NULL;
}

static struct evidence_standing standing_of(const char *id, int64_t now_ms, const int64_t *restore_ms)
{
    ck_assert(has_standing(id, now_ms, restore_ms));
    return seen;
}

START_TEST(the_breaker_looks_at_a_rule_while_some_rule_set_has_it_as_live)
{
    struct ruleset *shadow = rules;

    ck_assert(!has_standing("A-2", NOW, NULL));
    rules = NULL;
    reload_with("\"state\":\"shadow\"", "\"state\":\"live\"");
    ck_assert(has_standing("A-2", NOW, NULL));
    use(shadow);
    ck_assert(!has_standing("A-2", NOW, NULL));
}
END_TEST

START_TEST(a_rule_above_its_rate_goes_to_shadow_in_every_worker_and_nothing_is_lost)
{
    const struct verdict *verdict;

    begin(3, "0.5");
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(judged(i % 2, SECOND, "13812345678", NOW)->kind, VERDICT_WARNED);
    verdict = judged(0, SECOND, "13812345678", NOW);
    ck_assert_int_eq(verdict->kind, VERDICT_CLEAN);
    ck_assert_uint_eq(verdict->nshadow, 1);
    ck_assert_str_eq(fired_state_name(&verdict->shadow[0]), "demoted");
    ck_assert_int_eq(figures_of(rules, "B-1", NOW).demotion, DEMOTION_RATE);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW).hits, 5);
    ck_assert_uint_eq(figures_of(rules, "B-1", NOW).warnings, 4);
    ck_assert_int_eq(figures_of(rules, "A-1", NOW).demotion, DEMOTION_NONE);
    ck_assert_uint_eq(standing_of("B-1", NOW, NULL).minute, 4);
    teardown();
}
END_TEST

START_TEST(a_rate_is_of_one_minute)
{
    begin(3, "0.5");
    for (unsigned i = 0; i < 30; i++)
        ck_assert_int_eq(judged(0, SECOND, "13812345678", NOW + i / 3 * MINUTE)->kind, VERDICT_WARNED);
    teardown();
}
END_TEST

START_TEST(a_rule_restored_is_forgiven_what_it_warned_of_before)
{
    const int64_t now = NOW;

    begin(3, "0.5");
    for (unsigned i = 0; i < 5; i++)
        judged(0, SECOND, "13812345678", NOW);
    standing_of("B-1", NOW, &now);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_int_eq(judged(0, SECOND, "13812345678", NOW)->kind, VERDICT_WARNED);
    ck_assert_uint_eq(standing_of("B-1", NOW, NULL).warnings, 4);
    ck_assert_int_eq(judged(0, SECOND, "13812345678", NOW)->kind, VERDICT_CLEAN);
    teardown();
}
END_TEST

START_TEST(a_rule_stays_demoted_over_a_reload_unless_it_reads_otherwise)
{
    begin(3, "0.5");
    for (unsigned i = 0; i < 5; i++)
        judged(0, SECOND, "13812345678", NOW);
    reload("2", "1");
    ck_assert_int_eq(judged(0, SECOND, "13812345678", NOW)->kind, VERDICT_CLEAN);
    reload("2", "2");
    ck_assert_int_eq(judged(0, SECOND, "13812345678", NOW)->kind, VERDICT_WARNED);
    teardown();
}
END_TEST

START_TEST(the_share_of_a_rule_is_of_all_warnings_of_ten_minutes)
{
    struct evidence_standing standing;

    judged(0, SECOND, "13812345678", NOW - 10 * MINUTE); /* too old */
    judged(0, SECOND, "13812345678", NOW - 9 * MINUTE);
    judged(1, BOTH, "13812345678", NOW);
    standing = standing_of("A-1", NOW, NULL);
    ck_assert_uint_eq(standing.warnings, 1);
    ck_assert_uint_eq(standing.all, 2);
    ck_assert_uint_eq(standing_of("B-1", NOW, NULL).warnings, 2);
}
END_TEST

/* ---- what may be written ----------------------------------------------------------------------------------------- */

static const struct {
    const char *state, *problem; /* NULL: none */
} written[] = {
    {"\"canary\",\"share\":0.05", NULL},
    {"\"canary\",\"share\":1", NULL},
    {"\"canary\"", "\"canary\" needs \"share\""},
    {"\"canary\",\"share\":0", "above 0 and at most 1"},
    {"\"canary\",\"share\":1.5", "above 0 and at most 1"},
    {"\"canary\",\"share\":\"5%\"", "above 0 and at most 1"},
    {"\"live\",\"share\":0.5", "\"share\" is of \"state\": \"canary\" only"},
};

START_TEST(a_share_is_of_canaries)
{
    char text[1000];
    struct library *library;
    struct err err;

    snprintf(text, sizeof(text),
             "{\"telsieve\":1,\"library\":\"a\",\"family\":\"F\",\"title\":\"t\",\"version\":\"1\",\"sets\":{},"
             "\"rules\":[{\"id\":\"A-1\",\"type\":\"t\",\"state\":%s,\"tier\":\"low\",\"when\":\"text.url\","
             "\"reason\":\"r\",\"hit\":[\"x\"],\"miss\":[\"y\"]}]}",
             written[_i].state);
    err_init(&err);
    library = library_parse("a.json", str_of(text), NULL, &err);
    if (written[_i].problem == NULL)
        ck_assert_msg(library != NULL, "%s", err.text);
    else
        ck_assert_msg(library == NULL && strstr(err.text, written[_i].problem) != NULL, "%s", err.text);
    library_free(&library);
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *counting = tcase_create("counting"), *own = tcase_create("own");

    tcase_add_checked_fixture(counting, setup, teardown);
    tcase_add_test(counting, hits_warnings_overlap_and_victims_are_counted_over_all_workers);
    tcase_add_test(counting, hits_of_the_last_hour_pass_away_and_all_hits_stay);
    tcase_add_test(counting, a_reload_of_the_same_texts_goes_on_counting);
    tcase_add_test(counting, a_rule_whose_library_changed_begins_anew_and_the_others_go_on);
    tcase_add_test(counting, a_rule_that_asks_a_library_that_changed_begins_anew);
    tcase_add_test(counting, who_goes_back_finds_the_evidence_of_the_rules_before);
    tcase_add_loop_test(counting, evidence_outlives_what_a_promotion_changes_and_not_what_a_rule_says, 0,
                        (int)(sizeof(changes) / sizeof(changes[0])));
    tcase_add_test(counting, what_the_platform_said_is_of_one_text_over_reloads_and_until_it_says_otherwise);
    tcase_add_test(counting, where_nobody_counts_nothing_is_shown);
    tcase_add_test(counting, a_canary_always_chooses_the_same_victims_however_their_number_is_written);
    tcase_add_test(counting, the_breaker_looks_at_a_rule_while_some_rule_set_has_it_as_live);
    tcase_add_test(counting, the_share_of_a_rule_is_of_all_warnings_of_ten_minutes);
    tcase_add_loop_test(own, a_canary_warns_of_about_its_share_of_the_victims, 0, 3);
    tcase_add_test(own, a_canary_of_all_victims_is_live);
    tcase_add_test(own, whom_a_canary_chooses_does_not_change_with_the_program);
    tcase_add_test(own, a_rule_above_its_rate_goes_to_shadow_in_every_worker_and_nothing_is_lost);
    tcase_add_test(own, a_rate_is_of_one_minute);
    tcase_add_test(own, a_rule_restored_is_forgiven_what_it_warned_of_before);
    tcase_add_test(own, a_rule_stays_demoted_over_a_reload_unless_it_reads_otherwise);
    tcase_add_loop_test(own, a_share_is_of_canaries, 0, (int)(sizeof(written) / sizeof(written[0])));
    return setup_run("evidence", counting, own);
}
