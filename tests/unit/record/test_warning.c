/* test_warning.c - the bytes of a warning: against the published schema, and member by member. */
#include "record/warning.h"
#include "../setup.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define VALIDATE "/usr/bin/python3 tests/lint/validate_warning.py"
#define VALIDATE_QUIETLY VALIDATE " >/dev/null"

/* ---- a warning with everything ----------------------------------------------------------------------------------- */

static struct number caller_number, callee_number;

static const struct warning_evidence topic_evidence[] = {
    {.set = "topic", .start = 4, .end = 13, .text = {"快★递丢失理赔", 21}, .disguised = true},
    {.set = "tail", .start = 0, .end = 5, .field = "caller", .text = {"00852", 5}},
};
static const struct warning_rule two_rules[] = {
    {.id = "R-010", .library = "refund", .version = "2026.11.22", .family = "R", .type = "快递丢失理赔",
     .tier = "medium", .stage = "contact", .reason = "自称快递客服", .advice = "快递丢失不会要求加微信",
     .evidence = topic_evidence, .nevidence = 2},
    {.id = "N-001", .library = "numbers", .version = "2026.11.22", .family = "N", .type = "境外号码", .tier = "low",
     .reason = "境外号码"},
};
static const struct warning_pair cell[] = {{"lac", {"1A2B", 4}}, {"ci", {"0F01", 4}}};
static const struct warning_pair overruled[] = {{"shared.warning", {"overruled: unofficial contact", 29}}};
static const char *const fact_names[] = {"caller.international", "text.url"};
static const struct contact found[] = {
    {.kind = CONTACT_URL, .value = {"j.y32k.club", 11}, .start = 40, .end = 51},
    {.kind = CONTACT_CARD, .value = {"6222021234567890128", 19}, .start = 60, .end = 79},
};
static const int64_t sums[] = {2000, 15000};

static struct warning full_warning(void)
{
    struct warning w = {
        .id = "0123456789abcdef0123456789abcdef",
        .ts_ms = 1732230000123,
        .detected_ms = 1732230000131,
        .kind = "sms",
        .urgency = "fresh",
        .subject = "victim",
        .tier = "medium",
        .score = 7,
        .victim = STR_LIT("+8613800138000"),
        .suspect = STR_LIT("+85255501234"),
        .group = "00112233445566778899aabbccddeeff",
        .campaign_text = "0123456789abcdef",
        .campaign_contact = "ffeeddccbbaa99887766554433221100",
        .digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        .caller = {STR_LIT("0085255501234"), &caller_number, cell, 2},
        .callee = {STR_LIT("8613800138000"), &callee_number, NULL, 0},
        .rules = two_rules,
        .nrules = 2,
        .against = overruled,
        .nagainst = 1,
        .facts = fact_names,
        .nfacts = 2,
        .contacts = found,
        .ncontacts = 2,
        .amounts = sums,
        .namounts = 2,
        .excerpt = STR_LIT("您的快★递丢失理赔,请登录j.y32k.club"),
        .dur_s = -1,
        .topic = STR_LIT("sms"),
        .partition = 3,
        .offset = 991,
        .record_id = STR_LIT("abc-1"),
        .engine_version = "1.0.0",
        .ruleset = "sha256:0badc0de",
        .generation = 7,
    };

    caller_number = (struct number){.kind = NUMBER_INTERNATIONAL,
                                    .country = 852,
                                    .flags = NUMBER_FLAG(IDD_00) | NUMBER_FLAG(HOTCC)};
    callee_number = (struct number){.kind = NUMBER_MOBILE, .country = 86};
    return w;
}

/* As little as a warning can have: a call of a missing number, from a file. */
static struct warning minimal_warning(void)
{
    struct warning w = full_warning();
    struct number missing = {.kind = NUMBER_MISSING};

    caller_number = missing;
    w.kind = "call";
    w.is_call = true;
    w.suspect = (struct str){0};
    w.campaign_text[0] = w.campaign_contact[0] = w.digest[0] = '\0';
    w.caller = (struct warning_party){.number = &caller_number};
    w.rules = &two_rules[1];
    w.nrules = 1;
    w.tier = "low";
    w.nagainst = w.nfacts = w.ncontacts = w.namounts = 0;
    w.excerpt = w.topic = w.record_id = (struct str){0};
    w.file = STR_LIT("records.jsonl");
    w.line = 12;
    return w;
}

static char *encode_short(const struct warning *w, size_t *len)
{
    size_t n;
    char *whole = warning_encode(w, &n), *text;

    ck_assert_ptr_nonnull(whole);
    text = warning_shorten((struct str){whole, n}, len);
    free(whole);
    return text;
}

static json_t *encode(const struct warning *w, bool shortened)
{
    size_t n;
    char *text = shortened ? encode_short(w, &n) : warning_encode(w, &n);
    json_t *root;

    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(n, strlen(text));
    root = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(root != NULL, "%s", text);
    free(text);
    return root;
}

static void expect(const json_t *got, const char *wanted)
{
    json_t *value = json_loads(wanted, JSON_DECODE_ANY, NULL);
    char *text = json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT);

    ck_assert_msg(json_equal(got, value), "%s is not %s", text, wanted);
    free(text);
    json_decref(value);
}

/* ---- the schema -------------------------------------------------------------------------------------------------- */

/* What the validator says of one JSON line: 0 good, 1 bad. */
static int validate(const char *command, const char *text)
{
    FILE *out = popen(command, "w");
    int status;

    ck_assert_ptr_nonnull(out);
    fprintf(out, "%s\n", text);
    status = pclose(out);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void check_against_schema(const struct warning *w)
{
    for (int shortened = 0; shortened <= 1; shortened++) {
        size_t n;
        char *text = shortened ? encode_short(w, &n) : warning_encode(w, &n);
        ck_assert_ptr_nonnull(text);
        ck_assert_msg(validate(VALIDATE, text) == 0, "%s", text);
        free(text);
    }
}

START_TEST(full_and_minimal_warnings_meet_the_schema_whole_and_shortened)
{
    struct warning full = full_warning(), call = full_warning();

    check_against_schema(&full);
    call.kind = "call";
    call.is_call = call.answered_known = call.answered = call.redirected = true;
    call.dur_s = 95;
    check_against_schema(&call);
    call = minimal_warning();
    check_against_schema(&call);
}
END_TEST

START_TEST(the_schema_refuses_what_is_wrong)
{
    static const struct {
        const char *from, *to;
    } edits[] = {
        {"\"v\":1", "\"v\":2"},
        {"\"tier\":\"medium\"", "\"tier\":\"huge\""},
        {"\"status\":\"new\"", "\"status\":\"old\""},
        {"\"group\":", "\"groop\":"},
        {"\"IDD_00\"", "\"IDD_0\""},
        {"\"offset\":991", "\"offset\":\"991\""},
        {"\"start\":4", "\"start\":-4"},
        {"\"kind\":\"url\"", "\"kind\":\"uri\""},
        {"\"generation\":7", "\"generations\":7"},
    };
    struct warning w = full_warning();
    size_t n;
    char *text = warning_encode(&w, &n);

    for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
        char *at = strstr(text, edits[i].from);
        char edited[4096];
        ck_assert_msg(at != NULL, "%s is not in the warning", edits[i].from);
        snprintf(edited, sizeof(edited), "%.*s%s%s", (int)(at - text), text, edits[i].to, at + strlen(edits[i].from));
        ck_assert_msg(validate(VALIDATE_QUIETLY, edited) == 1, "%s was accepted", edits[i].to);
    }
    free(text);
}
END_TEST

/* ---- members ----------------------------------------------------------------------------------------------------- */

START_TEST(a_full_warning_is_written_as_the_design_shows_it)
{
    struct warning w = full_warning();
    json_t *root = encode(&w, false);

    expect(json_object_get(root, "v"), "1");
    expect(json_object_get(root, "status"), "\"new\"");
    expect(json_object_get(root, "ts"), "1732230000123");
    expect(json_object_get(root, "family"), "\"R\"");
    expect(json_object_get(root, "type"), "\"快递丢失理赔\"");
    expect(json_object_get(root, "stage"), "\"contact\"");
    expect(json_object_get(root, "victim"), "\"+8613800138000\"");
    expect(json_object_get(root, "campaign"),
           "{\"text\":\"0123456789abcdef\",\"contact\":\"ffeeddccbbaa99887766554433221100\"}");
    expect(json_object_get(root, "caller"),
           "{\"raw\":\"0085255501234\",\"kind\":\"international\",\"country\":\"852\",\"flags\":[\"IDD_00\",\"HOTCC\"],"
           "\"context\":{\"lac\":\"1A2B\",\"ci\":\"0F01\"}}");
    expect(json_object_get(root, "callee"), "{\"raw\":\"8613800138000\",\"kind\":\"mobile\",\"country\":\"86\"}");
    expect(json_array_get(json_object_get(root, "rules"), 0),
           "{\"id\":\"R-010\",\"library\":\"refund\",\"version\":\"2026.11.22\",\"family\":\"R\","
           "\"type\":\"快递丢失理赔\",\"tier\":\"medium\",\"stage\":\"contact\",\"reason\":\"自称快递客服\","
           "\"advice\":\"快递丢失不会要求加微信\",\"evidence\":["
           "{\"set\":\"topic\",\"start\":4,\"end\":13,\"text\":\"快★递丢失理赔\",\"disguised\":true},"
           "{\"set\":\"tail\",\"field\":\"caller\",\"start\":0,\"end\":5,\"text\":\"00852\",\"disguised\":false}]}");
    expect(json_object_get(root, "against"),
           "[{\"what\":\"shared.warning\",\"why\":\"overruled: unofficial contact\"}]");
    expect(json_object_get(root, "facts"), "[\"caller.international\",\"text.url\"]");
    expect(json_object_get(root, "contacts"),
           "[{\"kind\":\"url\",\"value\":\"j.y32k.club\",\"start\":40,\"end\":51},"
           "{\"kind\":\"card\",\"value\":\"6222021234567890128\",\"start\":60,\"end\":79}]");
    expect(json_object_get(root, "amounts"), "[2000,15000]");
    expect(json_object_get(root, "source"),
           "{\"topic\":\"sms\",\"partition\":3,\"offset\":991,\"sub\":0,\"record\":\"abc-1\"}");
    expect(json_object_get(root, "engine"), "{\"version\":\"1.0.0\",\"ruleset\":\"sha256:0badc0de\",\"generation\":7}");
    ck_assert_ptr_null(json_object_get(root, "call"));
    ck_assert_ptr_null(json_object_get(root, "shortened"));
    json_decref(root);
}
END_TEST

START_TEST(absent_things_are_left_out)
{
    static const char *const absent[] = {"suspect", "campaign", "against",   "facts", "contacts",     "amounts",
                                         "excerpt", "digest",   "shortened", "stage", "rules_omitted"};
    struct warning w = minimal_warning();
    json_t *root = encode(&w, false);

    for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++)
        ck_assert_msg(json_object_get(root, absent[i]) == NULL, "%s is there", absent[i]);
    expect(json_object_get(root, "caller"), "{\"kind\":\"missing\"}");
    expect(json_object_get(root, "call"), "{\"redirected\":false}");
    expect(json_object_get(root, "source"), "{\"file\":\"records.jsonl\",\"line\":12,\"sub\":0}");
    json_decref(root);
}
END_TEST

START_TEST(the_learned_score_is_told_with_what_it_moved_or_on_trial_would_have)
{
    struct warning w = full_warning();
    json_t *root;

    w.tier = "high"; /* of a rule of tier medium */
    w.model = (struct warning_model){.version = "7", .live = true, .score_tenths = 985, .moves = 1};
    check_against_schema(&w);
    root = encode(&w, false);
    expect(json_object_get(root, "tier"), "\"high\"");
    expect(json_object_get(root, "model"), "{\"version\":\"7\",\"score\":98.5,\"moved\":1}");
    json_decref(root);
    w.model = (struct warning_model){.version = "7", .score_tenths = 3, .moves = -1};
    check_against_schema(&w);
    root = encode(&w, true);
    expect(json_object_get(root, "model"), "{\"version\":\"7\",\"score\":0.3,\"moved\":0,\"would\":-1}");
    json_decref(root);
}
END_TEST

START_TEST(what_was_left_out_is_counted)
{
    struct warning w = full_warning();
    struct warning_rule rule = two_rules[0];
    json_t *root;

    rule.evidence_omitted = 3;
    w.rules = &rule;
    w.nrules = 1;
    w.rules_omitted = 2;
    check_against_schema(&w);
    root = encode(&w, false);
    expect(json_object_get(root, "rules_omitted"), "2");
    expect(json_object_get(json_array_get(json_object_get(root, "rules"), 0), "evidence_omitted"), "3");
    json_decref(root);
    root = encode(&w, true);
    expect(json_object_get(root, "rules_omitted"), "2");
    json_decref(root);
}
END_TEST

START_TEST(a_call_tells_duration_answer_and_redirection)
{
    struct warning w = minimal_warning();
    json_t *root;

    w.dur_s = 0;
    w.answered_known = w.redirected = true;
    root = encode(&w, false);
    expect(json_object_get(root, "call"), "{\"dur\":0,\"answered\":false,\"redirected\":true}");
    json_decref(root);
}
END_TEST

/* The broker refused the whole: what is left must be small whatever the record holds. */
START_TEST(a_shortened_warning_of_a_huge_record_is_small)
{
    struct warning w = full_warning();
    struct warning_rule many[WARNING_RULES_MAX];
    char *huge = malloc(1 << 20), *text;
    size_t n;

    memset(huge, '9', 1 << 20);
    for (size_t i = 0; i < WARNING_RULES_MAX; i++)
        many[i] = two_rules[0];
    w.rules = many;
    w.nrules = WARNING_RULES_MAX;
    w.caller.raw = w.suspect = w.record_id = w.excerpt = (struct str){huge, 1 << 20};
    text = encode_short(&w, &n);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_lt(n, 8192);
    ck_assert_ptr_nonnull(strstr(text, "\"shortened\":true"));
    free(text);
    memset(huge, '\xFF', 1 << 20);
    text = encode_short(&w, &n);
    ck_assert_uint_lt(n, 8192);
    free(text);
    free(huge);
}
END_TEST

START_TEST(ill_formed_numbers_become_valid_utf8)
{
    struct warning w = full_warning();
    json_t *root;

    w.caller.raw = STR_LIT("138\xFF\x00\xE4\xB8" "0013");
    w.suspect = STR_LIT("\xED\xA0\x80");
    w.excerpt = STR_LIT("快\xF0\x9F");
    root = encode(&w, false);
    ck_assert_uint_eq(json_string_length(json_object_get(json_object_get(root, "caller"), "raw")), 3 + 3 + 3 + 3 + 4);
    expect(json_object_get(root, "suspect"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
    expect(json_object_get(root, "excerpt"), "\"快\xEF\xBF\xBD\"");
    json_decref(root);
}
END_TEST

START_TEST(cutting_keeps_characters_whole)
{
    struct warning w = full_warning();
    char text[600];
    json_t *root;

    for (size_t i = 0; i < sizeof(text); i += 3)
        memcpy(text + i, "骗", 3);
    w.excerpt = (struct str){text, sizeof(text)};
    root = encode(&w, true);
    ck_assert_uint_eq(json_string_length(json_object_get(root, "excerpt")), 128 * 3);
    json_decref(root);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("warning");

    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, full_and_minimal_warnings_meet_the_schema_whole_and_shortened);
    tcase_add_test(tc, the_schema_refuses_what_is_wrong);
    tcase_add_test(tc, a_full_warning_is_written_as_the_design_shows_it);
    tcase_add_test(tc, absent_things_are_left_out);
    tcase_add_test(tc, the_learned_score_is_told_with_what_it_moved_or_on_trial_would_have);
    tcase_add_test(tc, what_was_left_out_is_counted);
    tcase_add_test(tc, a_call_tells_duration_answer_and_redirection);
    tcase_add_test(tc, a_shortened_warning_of_a_huge_record_is_small);
    tcase_add_test(tc, ill_formed_numbers_become_valid_utf8);
    tcase_add_test(tc, cutting_keeps_characters_whole);
    return setup_run("warning", tc);
}
