/* test_model.c - the file of a learned model, which of its terms a record has, and the score. */
#include "match_setup.h"

#include "match/model.h"

#include <math.h>

#define HEAD "{\"telsieve_model\":1,\"version\":\"7\",\"state\":\"live\",\"bias\":-1.5,\"raise\":0.98,\"lower\":0.02,"

static struct model *parse(const char *text)
{
    struct model *model;
    struct err err;

    err_init(&err);
    model = model_parse("m.json", str_of(text), &err);
    ck_assert_msg(model != NULL, "%s", err.text);
    err_fini(&err);
    return model;
}

/* ---- the file ---------------------------------------------------------------------------------------------- */

START_TEST(a_model_is_read_term_by_term)
{
    struct model *model = parse(HEAD "\"trained\":{\"texts\":9},\"terms\":[{\"gram\":\"加园号\",\"weight\":1.25},"
                                     "{\"fragment\":\"fruit/topic/香蕉订单\",\"weight\":-0.5},"
                                     "{\"fact\":\"caller.kind=mvno\",\"weight\":2}]}");

    ck_assert_str_eq(model_version(model), "7");
    ck_assert_str_eq(model_file(model), "m.json");
    ck_assert(model_is_live(model));
    ck_assert_double_eq(model_bias(model), -1.5);
    ck_assert_uint_eq(model_count(model), 3);
    ck_assert(str_eqz(model_term(model, 0)->name, "加园号"));
    ck_assert_int_eq(model_term(model, 1)->kind, MODEL_FRAGMENT);
    ck_assert_double_eq(model_term(model, 1)->weight, -0.5);
    ck_assert_int_eq(model_term(model, 2)->kind, MODEL_FACT);
    model_free(&model);
}
END_TEST

START_TEST(what_is_wrong_with_a_model_is_told_with_its_place)
{
    static const struct {
        const char *text, *problem;
    } bad[] = {
        {"[]", "m.json:1:1: "},
        {"{\"telsieve_model\":2,\"version\":\"7\",\"state\":\"live\",\"bias\":0,\"raise\":1,\"lower\":0,\"terms\":[]}",
         "m.json:1:19: \"telsieve_model\": 1 expected"},
        {"{\"telsieve_model\":1,\"version\":\"\",\"state\":\"live\",\"bias\":0,\"raise\":1,\"lower\":0,\"terms\":[]}",
         "\"version\": 1 to 64 letters"},
        {"{\"telsieve_model\":1,\"version\":\"7 8\",\"state\":\"live\",\"bias\":0,\"raise\":1,\"lower\":0}",
         "\"version\": 1 to 64 letters"},
        {"{\"telsieve_model\":1,\"version\":\"7\",\"state\":\"on\",\"bias\":0,\"raise\":1,\"lower\":0,\"terms\":[]}",
         "\"shadow\" or \"live\" expected"},
        {"{\"telsieve_model\":1,\"version\":\"7\",\"state\":\"live\",\"raise\":1,\"lower\":0,\"terms\":[]}",
         "\"bias\": a number from -1000 to 1000 expected"},
        {"{\"telsieve_model\":1,\"version\":\"7\",\"state\":\"live\",\"bias\":0,\"raise\":1,\"lower\":1,\"terms\":[]}",
         "\"lower\" must be less than \"raise\""},
        {"{\"telsieve_model\":1,\"version\":\"7\",\"state\":\"live\",\"bias\":0,\"raise\":98,\"lower\":2,\"terms\":[]}",
         "\"raise\": a number from 0 to 1 expected"},
        {HEAD "\"terms\":{}}", "an array of at most"},
        {HEAD "\"terms\":[],\"weights\":[]}", "weights"},
        {HEAD "\"terms\":[{\"gram\":\"园\",\"weight\":1e6}]}", "\"weight\": a number within ±1000 expected"},
        {HEAD "\"terms\":[{\"gram\":\"园\"}]}", "\"weight\": a number within ±1000 expected"},
        {HEAD "\"terms\":[{\"gram\":\"\",\"weight\":1}]}", "a gram has 1 to 8 characters"},
        {HEAD "\"terms\":[{\"gram\":\"请添加官方果园客服\",\"weight\":1}]}", "a gram has 1 to 8 characters"},
        {HEAD "\"terms\":[{\"gram\":\"12345\",\"weight\":1}]}", "at most 4 digits"},
        {HEAD "\"terms\":[{\"gram\":\"a\\u0004\",\"weight\":1}]}", "no control characters"},
        {HEAD "\"terms\":[{\"weight\":1}]}", "a term is {\"gram\": …"},
        {HEAD "\"terms\":[{\"gram\":\"园\",\"fact\":\"text.url\",\"weight\":1}]}", "a term is {\"gram\": …"},
        {HEAD "\"terms\":[{\"gram\":\"园\",\"weight\":1},\n{\"gram\":\"园\",\"weight\":1}]}",
         "m.json:2:9: this gram is a term already: terms[0]"},
        {HEAD "\"terms\":[{\"fragment\":\"香蕉订单\",\"weight\":1}]}", "a fragment is LIBRARY/SET/PHRASE"},
        {HEAD "\"terms\":[{\"fact\":\"text.ulr\",\"weight\":1}]}", "(did you mean \"text.url\"?)"},
        {HEAD "\"terms\":[{\"fact\":\"text.length\",\"weight\":1}]}", "numbers are not"},
        {HEAD "\"terms\":[{\"fact\":\"caller.kind\",\"weight\":1}]}", "as in caller.kind=mvno"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct model *model;
        struct err err;

        err_init(&err);
        model = model_parse("m.json", str_of(bad[i].text), &err);
        ck_assert_msg(model == NULL, "accepted: %s", bad[i].text);
        ck_assert_msg(strstr(err.text, bad[i].problem) != NULL, "%s: %s", bad[i].text, err.text);
        err_fini(&err);
    }
}
END_TEST

START_TEST(more_grams_than_the_limit_are_refused)
{
    char *text = malloc(64 * (MODEL_GRAMS_MAX + 1) + sizeof(HEAD)), *p = text;
    struct err err;

    p += sprintf(p, HEAD "\"terms\":[");
    for (int i = 0; i <= MODEL_GRAMS_MAX; i++)
        p += sprintf(p, "%s{\"gram\":\"%c%c%c%c\",\"weight\":1}", i > 0 ? "," : "", 'a' + i % 26, 'a' + i / 26 % 26,
                     'a' + i / 676 % 26, 'a' + i / 17576 % 26);
    strcpy(p, "]}");
    err_init(&err);
    ck_assert_ptr_null(model_parse("m.json", str_of(text), &err));
    ck_assert_msg(strstr(err.text, "20001 grams: at most 20000") != NULL, "%s", err.text);
    err_fini(&err);
    free(text);
}
END_TEST

START_TEST(every_fact_that_can_be_a_term_is_accepted_by_its_name)
{
    char text[256], name[MODEL_NAME_BYTES];

    ck_assert_uint_le(model_fact_count(), MODEL_FACTS_MAX);
    for (size_t i = 0; i < model_fact_count(); i++) {
        struct model *model;

        snprintf(text, sizeof(text), HEAD "\"terms\":[{\"fact\":\"%.*s\",\"weight\":1}]}",
                 STR_FMT(model_fact_name(i, name)));
        model = parse(text);
        ck_assert_uint_eq(model_count(model), 1);
        model_free(&model);
    }
}
END_TEST

/* ---- grams ------------------------------------------------------------------------------------------------- */

static bool has_gram(struct str text, const char *gram)
{
    struct model_features features = {.text = text};
    uint64_t marks[1] = {0};
    struct model *model;
    char json[512];

    snprintf(json, sizeof(json), HEAD "\"terms\":[{\"gram\":\"%s\",\"weight\":1}]}", gram);
    model = parse(json);
    model_mark(model, &features, marks);
    model_free(&model);
    return marks[0] != 0;
}

START_TEST(a_gram_is_there_exactly_when_the_text_holds_it)
{
    static const char *const chars[] = {"苹", "a", "果", " ", "é", "5", "𠮷", "园", "苹", "果", "b", "!"};
    const size_t n = sizeof(chars) / sizeof(*chars);
    char text[128] = "", gram[64];

    for (size_t i = 0; i < n; i++)
        strcat(text, chars[i]);
    for (size_t i = 0; i < n; i++)
        for (size_t length = 1; length <= MODEL_GRAM_CHARS && i + length <= n; length++) {
            gram[0] = '\0';
            for (size_t k = 0; k < length; k++)
                strcat(gram, chars[i + k]);
            ck_assert_msg(has_gram(str_of(text), gram), "%s", gram);
            if (length < MODEL_GRAM_CHARS) {
                strcat(gram, "z");
                ck_assert_msg(!has_gram(str_of(text), gram), "%s", gram);
            }
        }
    ck_assert(!has_gram(STR_LIT(""), "a"));
}
END_TEST

/* ---- with a rule set --------------------------------------------------------------------------------------- */

START_TEST(a_score_is_the_logistic_of_what_is_there_each_once)
{
    struct model *model = parse(HEAD "\"terms\":[{\"gram\":\"果\",\"weight\":0.25},{\"gram\":\"梨\",\"weight\":9},"
                                     "{\"fragment\":\"fruit/topic/苹果~丢失~赔付\",\"weight\":0.5},"
                                     "{\"fragment\":\"fruit/topic/香蕉订单\",\"weight\":9},"
                                     "{\"fact\":\"caller.personal\",\"weight\":1},{\"fact\":\"text.url\",\"weight\":9},"
                                     "{\"fact\":\"caller.kind=mobile\",\"weight\":2},"
                                     "{\"fact\":\"caller.kind=mvno\",\"weight\":9}]}");
    struct ruleset *ruleset = setup_rules();
    struct judge *judge = judge_new();
    struct record record = setup_sms("13912345678", "您的苹果丢失,果园赔付");
    const struct model_term *largest[3];
    struct model_features features;
    uint64_t marks[1];

    ck_assert_int_eq(model_bind(model, ruleset), 0);
    ck_assert_int_eq(judge_use(judge, ruleset), 0);
    setup_judge(judge, &record);
    ck_assert_int_eq(judge_features(judge, &features), 0);
    model_mark(model, &features, marks);
    ck_assert_uint_eq(marks[0], 1 | 4 | 16 | 64);
    ck_assert_double_eq(model_score(model, marks), 100 / (1 + exp(-(-1.5 + 0.25 + 0.5 + 1 + 2))));
    ck_assert_uint_eq(model_largest(model, marks, largest, 3), 3);
    ck_assert(str_eqz(largest[0]->name, "caller.kind=mobile"));
    ck_assert(str_eqz(largest[2]->name, "fruit/topic/苹果~丢失~赔付"));
    judge_free(&judge);
    ruleset_free(&ruleset);
    model_free(&model);
}
END_TEST

START_TEST(a_fragment_that_no_library_has_counts_for_nothing_and_is_told)
{
    struct model *model = parse(HEAD "\"terms\":[{\"fragment\":\"fruit/topic/香蕉订单\",\"weight\":1},"
                                     "{\"fragment\":\"fruit/topic/梨子订单\",\"weight\":1}]}");
    struct ruleset *ruleset = setup_rules();
    struct str first;

    ck_assert_int_eq(model_bind(model, ruleset), 0);
    ck_assert_uint_eq(model_missing(model, &first), 1);
    ck_assert(str_eqz(first, "fruit/topic/梨子订单"));
    ruleset_free(&ruleset);
    model_free(&model);
}
END_TEST

START_TEST(the_names_of_fragments_are_those_that_a_model_finds)
{
    struct ruleset *ruleset = setup_rules();
    char name[MODEL_NAME_BYTES];

    ck_assert(str_eqz(model_fragment_name(ruleset, 0, name), "fruit/topic/苹果~丢失~赔付"));
    ruleset_free(&ruleset);
}
END_TEST

/* A clean record, one that warns, one of no text: the features are those of the record, however it was judged. */
START_TEST(features_do_not_depend_on_what_the_rules_asked_for)
{
    struct ruleset *ruleset = setup_rules();
    struct judge *judge = judge_new();
    struct record clean = setup_sms("13912345678", "返利500元,您的香蕉订单"), warned =
        setup_sms("13912345678", "返利500元,您的香蕉订单,加入果园群"), call = setup_sms("13912345678", "");
    struct model_features features;
    uint32_t of_clean[4];
    size_t n;

    ck_assert_int_eq(judge_use(judge, ruleset), 0);
    ck_assert_int_eq(setup_judge(judge, &clean)->kind, VERDICT_CLEAN);
    ck_assert_int_eq(judge_features(judge, &features), 0);
    ck_assert_uint_eq(n = features.nfragments, 2);
    memcpy(of_clean, features.fragments, n * sizeof(*of_clean));
    ck_assert_int_eq(setup_judge(judge, &warned)->kind, VERDICT_WARNED);
    ck_assert_int_eq(judge_features(judge, &features), 0);
    ck_assert_uint_eq(features.nfragments, 3);
    for (size_t i = 0; i < n; i++)
        ck_assert(features.fragments[0] == of_clean[i] || features.fragments[1] == of_clean[i] ||
                  features.fragments[2] == of_clean[i]);
    call.kind = RECORD_CALL;
    call.has_text = false;
    setup_judge(judge, &call);
    ck_assert_int_eq(judge_features(judge, &features), 0);
    ck_assert_uint_eq(features.nfragments, 0);
    ck_assert_uint_eq(features.text.n, 0);
    judge_free(&judge);
    ruleset_free(&ruleset);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("model");

    tcase_add_test(tcase, a_model_is_read_term_by_term);
    tcase_add_test(tcase, what_is_wrong_with_a_model_is_told_with_its_place);
    tcase_add_test(tcase, more_grams_than_the_limit_are_refused);
    tcase_add_test(tcase, every_fact_that_can_be_a_term_is_accepted_by_its_name);
    tcase_add_test(tcase, a_gram_is_there_exactly_when_the_text_holds_it);
    tcase_add_test(tcase, a_score_is_the_logistic_of_what_is_there_each_once);
    tcase_add_test(tcase, a_fragment_that_no_library_has_counts_for_nothing_and_is_told);
    tcase_add_test(tcase, the_names_of_fragments_are_those_that_a_model_finds);
    tcase_add_test(tcase, features_do_not_depend_on_what_the_rules_asked_for);
    return setup_run("model", tcase);
}
