/* test_model_score.c - what the learned score does: as a fact of conditions, to the tier of a warning, in explanations;
 * and what it may not do. */
#include "match_setup.h"

#include "match/alert.h"
#include "match/evidence.h"
#include "match/explain.h"
#include "match/lint.h"

/* Three rules of one tier each, one on trial that asks the score and one live that does. */
#define LIBRARY(when)                                                                                                  \
    "{\"telsieve\":1,\"library\":\"t\",\"family\":\"T\",\"title\":\"t\",\"version\":\"1\",\"sets\":{"                  \
    "\"a\":{\"role\":\"T\",\"phrases\":[\"苹果订单\"]},\"b\":{\"role\":\"A\",\"phrases\":[\"加入果园群\"]},"            \
    "\"c\":{\"role\":\"B\",\"phrases\":[\"返利果篮\"]},\"d\":{\"role\":\"U\",\"phrases\":[\"冻结果园\"]}},\"rules\":["   \
    RULE("T-1", "live", "low", "a and b", "苹果订单,加入果园群") "," RULE("T-2", "live", "high", "c and b", "返利果篮,加入果园群") \
    "," RULE("T-3", "live", "medium", when, "苹果订单,冻结果园,梨") ","                                                 \
    RULE("T-4", "shadow", "medium", when, "苹果订单,冻结果园,梨") "]}"
#define RULE(id, state, tier, when, hit)                                                                               \
    "{\"id\":\"" id "\",\"type\":\"t\",\"state\":\"" state "\",\"tier\":\"" tier "\",\"when\":\"" when               \
    "\",\"reason\":\"r\",\"hit\":[\"" hit "\"],\"miss\":[\"你好\"]}"
#define ASKS "a and d and model.score >= 90"

/* Score 2.6 or so without the gram, 97 with one and 99.9 with both. */
#define MODEL(state) MODEL_OF(state, "-3.6")
#define MODEL_OF(state, bias)                                                                                          \
    "{\"telsieve_model\":1,\"version\":\"7\",\"state\":\"" state "\",\"bias\":" bias ",\"raise\":0.98,\"lower\":0.03," \
    "\"terms\":[{\"gram\":\"梨\",\"weight\":7.1},{\"gram\":\"桃\",\"weight\":4},{\"gram\":\"杏\",\"weight\":-0.5}]}"

struct bench {
    struct ruleset *ruleset;
    struct judge *judge;
    struct record record;
};

/* Load a library with a model (NULL: without); what is wrong goes to err. */
static struct ruleset *load(const char *library, const char *model, bool unproved, struct err *err)
{
    const char *libraries[] = {library, NULL};
    struct ruleset_options options;
    struct ruleset *ruleset;
    char dir[64], file[128];

    setup_dir(dir, libraries);
    ruleset_options_default(&options);
    options.skip_self_test = unproved;
    snprintf(file, sizeof(file), "%s.model", dir);
    if (model != NULL) {
        FILE *out = fopen(file, "w");
        ck_assert(out != NULL && fputs(model, out) >= 0 && fclose(out) == 0);
        options.model = file;
    }
    ruleset = ruleset_load(dir, &options, err);
    unlink(file);
    setup_remove(dir);
    return ruleset;
}

static struct bench begin(const char *model)
{
    struct bench bench = {.judge = judge_new()};
    struct err err;

    err_init(&err);
    bench.ruleset = load(LIBRARY(ASKS), model, false, &err);
    ck_assert_msg(bench.ruleset != NULL, "%s", err.text);
    err_fini(&err);
    ck_assert_int_eq(judge_use(bench.judge, bench.ruleset), 0);
    return bench;
}

static const struct verdict *judge(struct bench *bench, const char *text)
{
    bench->record = setup_sms("13912345678", text);
    return setup_judge(bench->judge, &bench->record);
}

static void end(struct bench *bench)
{
    judge_free(&bench->judge);
    ruleset_free(&bench->ruleset);
}

/* The problem that the library has with this condition. */
static void refuse(const char *library, const char *problem)
{
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(load(library, NULL, false, &err));
    ck_assert_msg(strstr(err.text, problem) != NULL, "%s", err.text);
    err_fini(&err);
}

/* ---- tiers ------------------------------------------------------------------------------------------------- */

START_TEST(a_live_model_moves_the_tier_by_one_and_not_beyond_the_ends)
{
    static const struct {
        const char *text, *tier;
        int moved;
    } records[] = {{"苹果订单,加入果园群", "low", 0},          /* 2.6: down, but nothing is below */
                   {"苹果订单,加入果园群,梨桃", "medium", 1},
                   {"苹果订单,加入果园群,梨", "low", 0},        /* between */
                   {"返利果篮,加入果园群", "medium", -1},
                   {"返利果篮,加入果园群,梨桃", "high", 0}};
    struct bench bench = begin(MODEL("live"));

    for (size_t i = 0; i < sizeof(records) / sizeof(*records); i++) {
        const struct verdict *verdict = judge(&bench, records[i].text);

        ck_assert_int_eq(verdict->kind, VERDICT_WARNED);
        ck_assert(verdict->model.known && verdict->model.live);
        ck_assert_str_eq(tier_name(verdict_tier(verdict, false)), records[i].tier);
        ck_assert_int_eq(verdict_lean(verdict, verdict->fired[0].tier), records[i].moved);
    }
    end(&bench);
}
END_TEST

START_TEST(a_model_on_trial_moves_nothing_and_says_what_it_would)
{
    struct bench bench = begin(MODEL("shadow"));
    const struct verdict *verdict = judge(&bench, "苹果订单,加入果园群,梨桃");

    ck_assert(verdict->model.known && !verdict->model.live);
    ck_assert_int_eq(verdict_tier(verdict, false), TIER_LOW);
    ck_assert_int_eq(verdict_lean(verdict, TIER_LOW), 1);
    end(&bench);
}
END_TEST

START_TEST(the_warning_tells_version_score_and_move_and_its_rules_keep_their_tiers)
{
    const struct alert_options options = {.engine_version = "1"};
    const struct alert_source source = {.file = STR_LIT("f"), .line = 1};
    struct bench bench = begin(MODEL("live"));
    const struct verdict *verdict = judge(&bench, "苹果订单,加入果园群,梨桃");
    struct warning warning;
    struct alert_maker alerts;

    ck_assert_int_eq(alert_maker_init(&alerts, &options), 0);
    ck_assert_int_eq(alert_build(&alerts, verdict, bench.ruleset, &source, false, 0, &warning), 0);
    ck_assert_str_eq(warning.tier, "medium");
    ck_assert_str_eq(warning.rules[0].tier, "low");
    ck_assert_str_eq(warning.model.version, "7");
    ck_assert_int_eq(warning.model.moves, 1);
    ck_assert_uint_eq(warning.model.score_tenths, 999); /* 99.94: rounded down */
    alert_maker_fini(&alerts);
    end(&bench);
}
END_TEST

START_TEST(without_a_model_nothing_is_said)
{
    struct bench bench = begin(NULL);
    const struct verdict *verdict = judge(&bench, "返利果篮,加入果园群");

    ck_assert(!verdict->model.known);
    ck_assert_int_eq(verdict_tier(verdict, false), TIER_HIGH);
    ck_assert_ptr_null(ruleset_model(bench.ruleset));
    end(&bench);
}
END_TEST

/* ---- the fact ---------------------------------------------------------------------------------------------- */

START_TEST(rules_that_warn_know_the_score_of_a_live_model_only_those_on_trial_of_any)
{
    struct bench live = begin(MODEL("live")), trial = begin(MODEL("shadow")), none = begin(NULL);
    const char *text = "苹果订单,冻结果园,梨";

    ck_assert_uint_eq(judge(&live, text)->nlive, 1);
    ck_assert_uint_eq(judge(&live, text)->nshadow, 1);
    ck_assert_uint_eq(judge(&live, "苹果订单,冻结果园")->nlive, 0);
    ck_assert_uint_eq(judge(&trial, text)->nlive, 0);
    ck_assert_uint_eq(judge(&trial, text)->nshadow, 1);
    ck_assert_uint_eq(judge(&none, text)->nlive + judge(&none, text)->nshadow, 0);
    end(&live);
    end(&trial);
    end(&none);
}
END_TEST

START_TEST(a_record_without_text_has_no_score)
{
    struct bench bench = begin(MODEL("live"));
    double before;
    struct fact_value value;

    bench.record = setup_sms("13912345678", "");
    bench.record.kind = RECORD_CALL;
    bench.record.has_text = false;
    ck_assert(!fact_get(setup_judge(bench.judge, &bench.record)->subject, FACT_MODEL_SCORE, &value));
    ck_assert(fact_get(judge(&bench, "梨")->subject, FACT_MODEL_SCORE, &value));
    before = value.num;
    ck_assert(fact_get(judge(&bench, "你好")->subject, FACT_MODEL_SCORE, &value));
    ck_assert_double_lt(value.num, before);
    end(&bench);
}
END_TEST

START_TEST(nobody_computes_a_score_before_all_else_holds)
{
    struct bench bench = begin(MODEL("live"));

    ck_assert(!judge(&bench, "你好,梨")->subject->scored);
    ck_assert(!judge(&bench, "苹果订单,梨")->subject->scored);
    ck_assert(judge(&bench, "苹果订单,冻结果园")->subject->scored);
    end(&bench);
}
END_TEST

START_TEST(the_score_is_the_same_however_thoroughly_a_record_is_judged)
{
    struct bench bench = begin(MODEL("live"));
    double score = judge(&bench, "返利果篮,加入果园群,苹果订单,杏")->model.score;
    json_t *out = NULL;

    ck_assert_int_eq(explain_record(bench.judge, bench.ruleset, &bench.record, NULL, &out), 0);
    ck_assert_double_eq(json_real_value(json_object_get(json_object_get(out, "model"), "score")), score);
    json_decref(out);
    end(&bench);
}
END_TEST

/* ---- what it may not do ------------------------------------------------------------------------------------ */

START_TEST(the_score_may_not_stand_without_a_set)
{
    refuse(LIBRARY("model.score >= 90"), "rule T-3: model.score may not stand alone");
    refuse(LIBRARY("a or model.score >= 90 and caller.personal"), "rule T-3: model.score may not stand alone");
    refuse(LIBRARY("not a and not (model.score < 90) and text.url"), "rule T-4: model.score may not stand alone");
}
END_TEST

START_TEST(the_score_may_silence_nobody)
{
    static const char *const suppress[] = {
        "{\"name\":\"s\",\"when\":\"a and model.score < 5\",\"why\":\"w\"}",
        "{\"name\":\"s\",\"when\":\"a\",\"unless\":\"model.score > 95\",\"why\":\"w\"}"};
    char library[4096];

    for (size_t i = 0; i < 2; i++) {
        snprintf(library, sizeof(library), "{\"suppress\":[%s],%s", suppress[i], LIBRARY("a and b and text.url") + 1);
        refuse(library, "what suppresses may not rest on model.score");
    }
}
END_TEST

START_TEST(a_model_under_which_a_sample_does_not_hit_is_refused)
{
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(load(LIBRARY("a and d and model.score >= 98"), MODEL("live"), false, &err));
    ck_assert_msg(strstr(err.text, "rule T-3: this hit sample must make the rule warn") != NULL, "%s", err.text);
    err_fini(&err);
}
END_TEST

/* ---- the rule set ------------------------------------------------------------------------------------------ */

START_TEST(a_model_is_part_of_the_rule_sets_hash)
{
    struct bench none = begin(NULL), one = begin(MODEL("live")), same = begin(MODEL("live")),
                 other = begin(MODEL("shadow"));

    ck_assert_str_eq(ruleset_hash(one.ruleset), ruleset_hash(same.ruleset));
    ck_assert_str_ne(ruleset_hash(one.ruleset), ruleset_hash(none.ruleset));
    ck_assert_str_ne(ruleset_hash(one.ruleset), ruleset_hash(other.ruleset));
    end(&none);
    end(&one);
    end(&same);
    end(&other);
}
END_TEST

static bool same_evidence(const struct bench *a, const struct bench *b, uint32_t rule)
{
    return memcmp(evidence_digest(ruleset_evidence(a->ruleset), rule),
                  evidence_digest(ruleset_evidence(b->ruleset), rule), EVIDENCE_DIGEST) == 0;
}

START_TEST(the_evidence_of_rules_that_ask_the_score_is_of_one_model)
{
    struct evidence *evidence = evidence_new(1, 0);
    struct bench benches[] = {begin(MODEL("live")), begin(MODEL("shadow")), begin(MODEL_OF("live", "-3.5")),
                              begin(NULL)};

    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(evidence_observe(evidence, benches[i].ruleset), 0);
    for (uint32_t rule = 0; rule < 4; rule++) {
        ck_assert_int_eq(ruleset_rule_asks_model(benches[0].ruleset, rule), rule >= 2); /* T-3, T-4 */
        ck_assert(same_evidence(&benches[0], &benches[1], rule));
        ck_assert_int_eq(same_evidence(&benches[0], &benches[2], rule), rule < 2);
        ck_assert_int_eq(same_evidence(&benches[0], &benches[3], rule), rule < 2);
    }
    for (size_t i = 0; i < 4; i++)
        end(&benches[i]);
    evidence_free(&evidence);
}
END_TEST

START_TEST(a_bad_model_is_a_problem_of_loading)
{
    struct err err;

    err_init(&err);
    ck_assert_ptr_null(load(LIBRARY(ASKS), "{\"telsieve_model\":1}", true, &err));
    ck_assert_msg(strstr(err.text, ".model:1:") != NULL, "%s", err.text);
    err_fini(&err);
}
END_TEST

START_TEST(check_warns_of_fragments_that_no_library_has)
{
    struct ruleset *ruleset;
    struct err err;

    err_init(&err);
    ruleset = load(LIBRARY(ASKS),
                   "{\"telsieve_model\":1,\"version\":\"7\",\"state\":\"shadow\",\"bias\":4,\"raise\":0.9,\"lower\":0.1"
                   ",\"terms\":[{\"fragment\":\"t/a/梨子订单\",\"weight\":1}]}", false, &err);
    ck_assert_msg(ruleset != NULL, "%s", err.text);
    ck_assert_int_eq(lint_run(ruleset, &err), 0);
    ck_assert_msg(strstr(err.text, "1 of its fragments are in no library") != NULL, "%s", err.text);
    ck_assert_msg(strstr(err.text, "t/a/梨子订单") != NULL, "%s", err.text);
    ruleset_free(&ruleset);
    err_fini(&err);
}
END_TEST

/* T-3 is live, T-4 in shadow. */
START_TEST(check_warns_of_rules_that_cannot_know_the_score)
{
    static const struct {
        const char *model;
        bool live_waits, shadow_waits;
    } cases[] = {{NULL, true, true}, {MODEL("shadow"), true, false}, {MODEL("live"), false, false}};

    for (size_t i = 0; i < 3; i++) {
        struct bench bench = begin(cases[i].model);
        struct err err;

        err_init(&err);
        ck_assert_int_eq(lint_run(bench.ruleset, &err), 0);
        ck_assert_int_eq(err.count > 0 && strstr(err.text, "rule T-3 asks for model.score") != NULL,
                         cases[i].live_waits);
        ck_assert_int_eq(err.count > 0 && strstr(err.text, "rule T-4 asks for model.score") != NULL,
                         cases[i].shadow_waits);
        err_fini(&err);
        end(&bench);
    }
}
END_TEST

/* ---- explanation ------------------------------------------------------------------------------------------- */

START_TEST(an_explanation_lists_the_eight_largest_terms_that_are_there)
{
    struct bench bench;
    json_t *out = NULL;
    const json_t *model, *terms;

    bench = begin("{\"telsieve_model\":1,\"version\":\"7\",\"state\":\"shadow\",\"bias\":4,\"raise\":0.9,\"lower\":0.1,"
                  "\"terms\":[{\"gram\":\"a\",\"weight\":0.1},{\"gram\":\"b\",\"weight\":0.2},"
                  "{\"gram\":\"c\",\"weight\":0.3},{\"gram\":\"d\",\"weight\":-0.9},{\"gram\":\"e\",\"weight\":0.5},"
                  "{\"gram\":\"f\",\"weight\":0.6},{\"gram\":\"g\",\"weight\":0.7},{\"gram\":\"h\",\"weight\":0.8},"
                  "{\"gram\":\"i\",\"weight\":0.4},{\"gram\":\"z\",\"weight\":99}]}");
    bench.record = setup_sms("13912345678", "苹果订单,加入果园群 a b c d e f g h i");
    ck_assert_int_eq(explain_record(bench.judge, bench.ruleset, &bench.record, NULL, &out), 0);
    model = json_object_get(out, "model");
    terms = json_object_get(model, "terms");
    ck_assert_str_eq(json_string_value(json_object_get(model, "state")), "shadow");
    ck_assert_int_eq(json_integer_value(json_object_get(model, "would")), 1);
    ck_assert_uint_eq(json_array_size(terms), 8);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(terms, 0), "term")), "d");
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(terms, 7), "term")), "b");
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(terms, 7), "kind")), "gram");
    json_decref(out);
    end(&bench);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("model_score");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_live_model_moves_the_tier_by_one_and_not_beyond_the_ends);
    tcase_add_test(tcase, a_model_on_trial_moves_nothing_and_says_what_it_would);
    tcase_add_test(tcase, the_warning_tells_version_score_and_move_and_its_rules_keep_their_tiers);
    tcase_add_test(tcase, without_a_model_nothing_is_said);
    tcase_add_test(tcase, rules_that_warn_know_the_score_of_a_live_model_only_those_on_trial_of_any);
    tcase_add_test(tcase, a_record_without_text_has_no_score);
    tcase_add_test(tcase, nobody_computes_a_score_before_all_else_holds);
    tcase_add_test(tcase, the_score_is_the_same_however_thoroughly_a_record_is_judged);
    tcase_add_test(tcase, the_score_may_not_stand_without_a_set);
    tcase_add_test(tcase, the_score_may_silence_nobody);
    tcase_add_test(tcase, a_model_under_which_a_sample_does_not_hit_is_refused);
    tcase_add_test(tcase, a_model_is_part_of_the_rule_sets_hash);
    tcase_add_test(tcase, the_evidence_of_rules_that_ask_the_score_is_of_one_model);
    tcase_add_test(tcase, a_bad_model_is_a_problem_of_loading);
    tcase_add_test(tcase, check_warns_of_fragments_that_no_library_has);
    tcase_add_test(tcase, check_warns_of_rules_that_cannot_know_the_score);
    tcase_add_test(tcase, an_explanation_lists_the_eight_largest_terms_that_are_there);
    return setup_run("model_score", tcase);
}
