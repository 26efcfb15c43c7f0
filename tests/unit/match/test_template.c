/* test_template.c - a template that is remembered as clean is one whatever its digits: a judge that remembers says of
 * every record what one that looks at all of it says. */
#include "match/compiled.h"
#include "match/fact.h"
#include "match/template.h"
#include "match_setup.h"

#include <dirent.h>
#include <jansson.h>
#include <string.h>

/* ---- keys and places --------------------------------------------------------------------------------------------- */

static struct templates *templates;

static void make_templates(void)
{
    ck_assert((templates = templates_new(4)) != NULL);
}

static void free_templates(void)
{
    templates_free(&templates);
}

static bool alike(const char *a, const char *b)
{
    struct template_key x = templates_key(templates, str_of(a), 1, 2), y = templates_key(templates, str_of(b), 1, 2);

    return x.high == y.high && x.low == y.low;
}

START_TEST(digits_are_alike_and_nothing_else_is)
{
    ck_assert(alike("您的验证码是123456", "您的验证码是654321"));
    ck_assert(alike("尾号1234的储蓄卡11月22日支出人民币200.00元", "尾号0000的储蓄卡12月31日支出人民币999.00元"));
    ck_assert(!alike("您的验证码是123456", "您的验证码是12345"));
    ck_assert(!alike("您的验证码是123456", "您的验证码是12345a"));
    ck_assert(!alike("您的验证码是123456", "您的验证吗是123456"));
    ck_assert(!alike("1", "\xEF\xBC\x91")); /* a full-width one stays itself */
    ck_assert(!alike("1/2", "1:2"));
}
END_TEST

START_TEST(a_fraction_of_0_and_1_stays_itself)
{
    ck_assert(alike("200.35元", "131.99元"));
    ck_assert(alike("200.10元", "131.10元"));
    ck_assert(!alike("200.10元", "200.11元"));
    ck_assert(!alike("200.10元", "200.35元"));
    ck_assert(alike("200.103元", "200.118元"));
    ck_assert(!alike("1.0", "1.1"));
    ck_assert(alike(".", "."));
    ck_assert(alike("9.", "1."));
}
END_TEST

START_TEST(signals_and_flags_make_another_template)
{
    struct str text = STR_LIT("好的");
    struct template_key a = templates_key(templates, text, 1, 2), b = templates_key(templates, text, 3, 2),
                        c = templates_key(templates, text, 1, 3);

    ck_assert(a.high != b.high && a.high != c.high && b.high != c.high);
}
END_TEST

START_TEST(the_longest_text_has_a_key)
{
    static char text[TEMPLATE_MAX_BYTES];
    struct template_key a, b;

    memset(text, '7', sizeof(text));
    a = templates_key(templates, (struct str){text, sizeof(text)}, 0, 0);
    memset(text, '8', sizeof(text));
    b = templates_key(templates, (struct str){text, sizeof(text)}, 0, 0);
    ck_assert(a.high == b.high && a.low == b.low);
}
END_TEST

START_TEST(two_processes_have_other_keys)
{
    struct templates *others = templates_new(4);
    struct template_key a = templates_key(templates, STR_LIT("好的"), 0, 0), b;

    ck_assert(others != NULL);
    b = templates_key(others, STR_LIT("好的"), 0, 0);
    ck_assert(a.high != b.high && a.low != b.low);
    templates_free(&others);
}
END_TEST

static struct template_key key_of(uint64_t number)
{
    return (struct template_key){number * 64, number * 64}; /* all in one bucket of four */
}

START_TEST(what_is_noted_is_found_until_all_is_forgotten)
{
    ck_assert_int_eq(templates_find(templates, key_of(1)), TEMPLATE_NEW);
    templates_note(templates, key_of(1), TEMPLATE_SEEN);
    ck_assert_int_eq(templates_find(templates, key_of(1)), TEMPLATE_SEEN);
    templates_note(templates, key_of(1), TEMPLATE_CLEAN);
    ck_assert_int_eq(templates_find(templates, key_of(1)), TEMPLATE_CLEAN);
    templates_note(templates, key_of(2), TEMPLATE_VARIES);
    ck_assert_int_eq(templates_find(templates, key_of(2)), TEMPLATE_VARIES);
    templates_forget(templates);
    ck_assert_int_eq(templates_find(templates, key_of(1)), TEMPLATE_NEW);
}
END_TEST

START_TEST(what_comes_again_stays_what_came_once_goes)
{
    templates_note(templates, key_of(1), TEMPLATE_CLEAN);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(templates_find(templates, key_of(1)), TEMPLATE_CLEAN);
    for (uint64_t other = 2; other < 100; other++)
        templates_note(templates, key_of(other), TEMPLATE_SEEN);
    ck_assert_int_eq(templates_find(templates, key_of(1)), TEMPLATE_CLEAN);
    ck_assert_int_eq(templates_find(templates, key_of(99)), TEMPLATE_SEEN);
    ck_assert_int_eq(templates_find(templates, key_of(98)), TEMPLATE_NEW);
}
END_TEST

/* ---- a judge that remembers -------------------------------------------------------------------------------------- */

static struct ruleset *rules;
static struct judge *whole, *remembering;

static void make_judges(const char *dir)
{
    struct err err;

    err_init(&err);
    rules = setup_load(dir, &err);
    ck_assert_msg(rules != NULL, "%s", err.text);
    err_fini(&err);
    whole = judge_new();
    remembering = judge_new();
    ck_assert(whole != NULL && remembering != NULL);
    ck_assert_int_eq(judge_remember(remembering, 4096), 0);
    ck_assert_int_eq(judge_use(whole, rules), 0);
    ck_assert_int_eq(judge_use(remembering, rules), 0);
}

static void use_test_rules(void)
{
    make_judges(MATCH_DATA);
}

static void use_patterns(void)
{
    make_judges("patterns");
}

static void free_judges(void)
{
    judge_free(&whole);
    judge_free(&remembering);
    ruleset_free(&rules);
}

static bool is_remembered(const char *calling, const char *text)
{
    struct record record = setup_sms(calling, text);

    ck_assert_int_eq(setup_judge(remembering, &record)->kind, VERDICT_CLEAN);
    return judge_remembered(remembering);
}

START_TEST(the_third_of_a_template_is_remembered)
{
    ck_assert(!is_remembered("13912345678", "明天10点见,带上12份材料"));
    ck_assert(!is_remembered("13912345678", "明天11点见,带上13份材料"));
    ck_assert(is_remembered("13912345678", "明天12点见,带上14份材料"));
    ck_assert(is_remembered("13912345679", "明天19点见,带上99份材料"));
    ck_assert(!is_remembered("10690123456789", "明天12点见,带上14份材料")); /* another kind of caller */
    ck_assert(!is_remembered("13912345678", "明天9点见,带上14份材料"));
}
END_TEST

START_TEST(another_rule_set_remembers_nothing)
{
    struct ruleset *other = setup_phrases("[\"退款\"]");

    for (int i = 0; i < 3; i++)
        (void)is_remembered("13912345678", "晚上回来吃饭吗");
    ck_assert(is_remembered("13912345678", "晚上回来吃饭吗"));
    ck_assert_int_eq(judge_use(remembering, other), 0);
    ck_assert(!is_remembered("13912345678", "晚上回来吃饭吗"));
    ck_assert_int_eq(judge_use(remembering, rules), 0);
    ruleset_free(&other);
}
END_TEST

START_TEST(a_judge_asked_to_looks_at_all_of_it)
{
    struct record record = setup_sms("13912345678", "晚上回来吃饭吗");
    const struct verdict *verdict;
    char what[128];

    for (int i = 0; i < 3; i++)
        (void)is_remembered("13912345678", "晚上回来吃饭吗");
    ck_assert_int_eq(judge_whole(remembering, &record, &verdict), 0);
    ck_assert(judge_remembered(remembering));
    ck_assert_int_eq(verdict->kind, VERDICT_CLEAN);
    ck_assert_int_eq(verdict->subject->canon->chars, 7);
    ck_assert_int_eq(judge_cross_check(remembering, what, sizeof(what)), 0);
}
END_TEST

START_TEST(without_room_nothing_is_remembered)
{
    ck_assert_int_eq(judge_remember(remembering, 0), 0);
    for (int i = 0; i < 4; i++)
        ck_assert(!is_remembered("13912345678", "晚上回来吃饭吗"));
}
END_TEST

/* ---- against one that does not ----------------------------------------------------------------------------------- */

static size_t nremembered, ncompared, nwithout;
static bool no_contact; /* nor by other digits, it was said of the text in hand */

/* Other digits: any, nothing but 0 and 1, or those of numbers that mean something. */
static void exchange_digits(char *text)
{
    static const char *const known[] = {"110", "12345", "96110", "95588", "10086", "12381", "13912345678", "3000",
                                        "40012345678", "1069", "12110", "50", "10", "00", "86", "2026"};
    size_t way = setup_pick(4);
    const char *from = "";

    for (char *p = text; *p != '\0'; p++) {
        if (!ascii_is_digit(*p)) {
            from = known[setup_pick(sizeof(known) / sizeof(*known))];
            continue;
        }
        if (way > 1 && *from != '\0')
            *p = *from++;
        else
            *p = (char)('0' + setup_pick(way == 1 ? 2 : 10));
    }
}

/* Has the record just judged a contact that is no URL? */
static bool has_contact(const struct verdict *verdict)
{
    const struct contact_list *contacts = subject_contacts(verdict->subject);

    for (size_t i = 0; i < contacts->n; i++)
        if (contacts->items[i].kind != CONTACT_URL)
            return true;
    return false;
}

static void compare(const struct record *record, const char *where)
{
    const struct verdict *all, *ours;

    ck_assert_int_eq(judge_record(whole, record, &all), 0);
    ck_assert_msg(!no_contact || !has_contact(all), "%s: a contact by other digits", where);
    no_contact = no_contact || (subject_contacts(all->subject)->n == 0 &&
                                !contact_may_be_digits(all->subject->contact_tables, all->subject->canon));
    nwithout += no_contact;
    ck_assert_int_eq(judge_record(remembering, record, &ours), 0);
    nremembered += judge_remembered(remembering);
    ncompared++;
    ck_assert_msg(all->kind == ours->kind && all->nfired == ours->nfired && all->nshadow == ours->nshadow,
                  "%s: %s, remembered as clean; rule %s", where, verdict_name(all->kind),
                  all->nfired > 0 ? all->fired[0].rule->id : all->nshadow > 0 ? all->shadow[0].rule->id : "none");
}

/* What a key does not tell apart must not be a host, and once more none. */
START_TEST(a_fraction_that_is_not_all_ascii_is_not_remembered)
{
    static const char *const texts[][3] = {
        {"1234.0\uFF105", "1234.0\uFF106", "1234.0\uFF100"}, /* 1234.ooo, with a full-width 0 */
        {"1234.1\u20705", "1234.1\u20706", "1234.1\u20701"}, /* .lol */
        {"1234.1\uFE0F\u20E35", "1234.1\uFE0F\u20E36", "1234.1\uFE0F\u20E30"},
        {"1234.055", "1234.066", "1234.000"},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        no_contact = false;
        for (int k = 0; k < 3; k++) {
            char text[256];
            struct record record;

            snprintf(text, sizeof(text), "【中国电信】您的积分今日清零,请点击 %s 兑换礼品", texts[i][k]);
            record = setup_sms("17112345678", text);
            compare(&record, text);
        }
    }
}
END_TEST

START_TEST(a_host_behind_a_long_word_is_seen)
{
    char stars[66];

    memset(stars, '*', sizeof(stars) - 1);
    stars[sizeof(stars) - 1] = '\0';
    for (int n = 55; n < 66; n++) {
        char text[256];
        struct record record;

        snprintf(text, sizeof(text), "【中国电信】您的积分今日清零,请点击 a%.*sbad.com 兑换礼品", n, stars);
        record = setup_sms("17112345678", text);
        ck_assert_msg(setup_judge(whole, &record)->kind == VERDICT_WARNED, "%d", n);
    }
}
END_TEST

/* The record, then with other digits: the first two teach, the rest may be remembered. */
static void compare_variations(const char *payload, const char *where)
{
    struct decoder *decoder = decoder_new(&DECODE_LIMITS_DEFAULT);
    struct decode_fault fault;
    struct record record;
    struct feed *feed;
    struct err err;
    char *text;

    err_init(&err);
    feed = feed_new(NULL, "input", &err);
    ck_assert(decoder != NULL && feed != NULL);
    decoder_begin(decoder, feed, str_of(payload));
    if (decoder_next(decoder, &record, &fault) == DECODE_RECORD && record.has_text) {
        ck_assert((text = strndup(record.text.p != NULL ? record.text.p : "", record.text.n)) != NULL);
        no_contact = false;
        for (int i = 0; i < 12; i++) {
            compare(&record, where);
            exchange_digits(text);
            record.text.p = text;
        }
        free(text);
    }
    decoder_free(&decoder);
    feed_free(&feed);
    err_fini(&err);
}

static void compare_file(const char *file)
{
    char *line = NULL, where[256];
    size_t size = 0, number = 0;
    FILE *in = fopen(file, "r");

    ck_assert(in != NULL);
    while (getline(&line, &size, in) > 0) {
        json_t *json = json_loads(line, 0, NULL);
        char *payload = json_dumps(json_object_get(json, "record"), JSON_COMPACT);

        snprintf(where, sizeof(where), "%.200s:%zu", file, ++number);
        if (payload != NULL)
            compare_variations(payload, where);
        free(payload);
        json_decref(json);
    }
    free(line);
    fclose(in);
}

/* Each thrice with other digits: then it is known. */
START_TEST(what_is_sent_every_day_is_remembered)
{
    static const char *const texts[][3] = {
        {"【飞燕速运】您的快件已由前台代收,如有问题请联系派件员13912345678。",
         "【飞燕速运】您的快件已由前台代收,如有问题请联系派件员13987654321。",
         "【飞燕速运】您的快件已由前台代收,如有问题请联系派件员13996110110。"}, /* a number, before a stop */
        {"孩子今天发烧38度,我先带他去看医生,下午的事麻烦你帮我盯一下。",
         "孩子今天发烧39度,我先带他去看医生,下午的事麻烦你帮我盯一下。",
         "孩子今天发烧37度,我先带他去看医生,下午的事麻烦你帮我盯一下。"}, /* a word read otherwise */
        {"【江岸银行】您的信用卡本期账单2624.80元,到期还款日10月15日,请按时还款。",
         "【江岸银行】您的信用卡本期账单9610.80元,到期还款日11月15日,请按时还款。",
         "【江岸银行】您的信用卡本期账单1234.80元,到期还款日12月15日,请按时还款。"},
        {"【市第二医院】请于10点前取号,凭12号单据", "【市第二医院】请于11点前取号,凭13号单据",
         "【市第二医院】请于12点前取号,凭14号单据"}, /* 点, which may be a dot */
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        ck_assert(!is_remembered("10690123456789", texts[i][0]));
        ck_assert(!is_remembered("10690123456789", texts[i][1]));
        ck_assert_msg(is_remembered("10690123456789", texts[i][2]), "%s", texts[i][2]);
    }
}
END_TEST

START_TEST(every_case_with_other_digits)
{
    DIR *dir = opendir("tests/cases");
    struct dirent *entry;
    char path[512];

    ck_assert(dir != NULL);
    while ((entry = readdir(dir)) != NULL)
        if (strstr(entry->d_name, ".jsonl") != NULL) {
            snprintf(path, sizeof(path), "tests/cases/%s", entry->d_name);
            compare_file(path);
        }
    closedir(dir);
    ck_assert_uint_gt(nremembered, ncompared / 20);
    ck_assert_uint_gt(nwithout, ncompared / 20);
}
END_TEST

START_TEST(every_sample_with_other_digits)
{
    for (size_t i = 0; i < rules->nrules; i++) {
        const struct rule *rule = rules->rules[i].rule;

        for (size_t k = 0; k < rule->nhit; k++)
            compare_variations(rule->hit[k].json, rule->hit[k].path);
        for (size_t k = 0; k < rule->nmiss; k++)
            compare_variations(rule->miss[k].json, rule->miss[k].path);
    }
    ck_assert_uint_gt(nremembered, ncompared / 20);
}
END_TEST

int main(void)
{
    TCase *keys = tcase_create("keys"), *judges = tcase_create("judges"), *all = tcase_create("all");

    tcase_add_checked_fixture(keys, make_templates, free_templates);
    tcase_add_test(keys, digits_are_alike_and_nothing_else_is);
    tcase_add_test(keys, a_fraction_of_0_and_1_stays_itself);
    tcase_add_test(keys, signals_and_flags_make_another_template);
    tcase_add_test(keys, the_longest_text_has_a_key);
    tcase_add_test(keys, two_processes_have_other_keys);
    tcase_add_test(keys, what_is_noted_is_found_until_all_is_forgotten);
    tcase_add_test(keys, what_comes_again_stays_what_came_once_goes);
    tcase_add_checked_fixture(judges, use_test_rules, free_judges);
    tcase_add_test(judges, the_third_of_a_template_is_remembered);
    tcase_add_test(judges, another_rule_set_remembers_nothing);
    tcase_add_test(judges, a_judge_asked_to_looks_at_all_of_it);
    tcase_add_test(judges, without_room_nothing_is_remembered);
    tcase_set_timeout(judges, 60);
    tcase_add_unchecked_fixture(all, use_patterns, free_judges);
    tcase_add_test(all, what_is_sent_every_day_is_remembered);
    tcase_add_test(all, a_fraction_that_is_not_all_ascii_is_not_remembered);
    tcase_add_test(all, a_host_behind_a_long_word_is_seen);
    tcase_add_test(all, every_case_with_other_digits);
    tcase_add_test(all, every_sample_with_other_digits);
    tcase_set_timeout(all, 300);
    return setup_run("template", keys, judges, all);
}
