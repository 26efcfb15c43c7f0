/* Payloads in, records and dead letters out. Every case is told as one line: what the decoder makes of a payload.
 *
 *   sms a 8613912345678>8613812345678 "text" +repaired @1732230000123   a record: kind, id, numbers, text, flags, time
 *   missing_field(ts)                                                   a dead letter: reason and field            */
#include "record/decoder.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD                                                                                                  \
    "\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":1732230000123,\"calling\":\"8613912345678\","                    \
    "\"called\":\"8613812345678\""
#define SMS(text) "{" HEAD ",\"text\":\"" text "\"}"
#define SMS_WITH(members) "{" HEAD "," members "}"
#define TOLD "8613912345678>8613812345678"
#define AT " @1732230000123"

struct told {
    char text[8192];
    size_t n;
};

static void tell(struct told *told, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void tell(struct told *told, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    told->n += (size_t)vsnprintf(told->text + told->n, sizeof(told->text) - told->n, fmt, args);
    va_end(args);
    ck_assert_uint_lt(told->n, sizeof(told->text));
}

static void tell_record(struct told *told, const struct record *record)
{
    static const char *const flags[] = {"repaired", "truncated", "incomplete", "mistyped", "undecodable"};
    struct str calling = record_str(record, FIELD_CALLING), called = record_str(record, FIELD_CALLED);
    struct str id = record_str(record, FIELD_ID);

    tell(told, "%s %.*s ", record->kind == RECORD_SMS ? "sms" : "call", STR_FMT(id));
    if (record->nulls & FIELD_BIT(FIELD_CALLING))
        tell(told, "null");
    tell(told, "%.*s>%.*s", STR_FMT(calling), STR_FMT(called));
    if (record->has_text)
        tell(told, " \"%.*s\"", STR_FMT(record->text));
    for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (record->flags & (1u << i))
            tell(told, " +%s", flags[i]);
    tell(told, " @%lld", (long long)record->field[FIELD_TS].i);
}

static struct feed *feed_of(const char *spec)
{
    struct err err;
    json_t *json = spec ? json_loads(spec, 0, NULL) : NULL;
    struct feed *feed;

    ck_assert(spec == NULL || json != NULL);
    err_init(&err);
    feed = feed_new(json, "feed", &err);
    ck_assert_msg(feed != NULL, "%s", err.text);
    err_fini(&err);
    json_decref(json);
    return feed;
}

/* What a decoder makes of a payload. */
static const char *story(struct decoder *decoder, const char *spec, struct str payload, struct told *told)
{
    struct feed *feed = feed_of(spec);
    char *copy = malloc(payload.n + 1);
    struct record record;
    struct decode_fault fault;
    enum decode_result result;
    uint32_t sub = 0;

    told->n = 0;
    told->text[0] = '\0';
    memcpy(copy, payload.p, payload.n);
    decoder_begin(decoder, feed, (struct str){copy, payload.n});
    memset(copy, '#', payload.n); /* the payload need not outlive decoder_begin */
    free(copy);
    while ((result = decoder_next(decoder, &record, &fault)) != DECODE_END) {
        if (told->n > 0)
            tell(told, " | ");
        if (result == DECODE_RECORD)
            tell_record(told, &record);
        else
            tell(told, "%s%s%s%s", reason_name(fault.reason), fault.field ? "(" : "", fault.field ? fault.field : "",
                 fault.field ? ")" : "");
        ck_assert_uint_eq(result == DECODE_RECORD ? record.sub : fault.sub, sub);
        sub++;
    }
    ck_assert_int_eq(decoder_next(decoder, &record, &fault), DECODE_END);
    feed_free(&feed);
    return told->text;
}

static struct decoder *decoder_with(size_t max_payload, size_t max_chars, size_t max_records)
{
    struct decode_limits limits = {max_payload, max_chars, max_records};
    struct decoder *decoder = decoder_new(&limits);

    ck_assert_ptr_nonnull(decoder);
    return decoder;
}

struct payload_case {
    const char *payload, *expected;
};

static void check_cases(const char *spec, const struct payload_case *cases, size_t n)
{
    struct decoder *decoder = decoder_with(1u << 20, 4096, 100);
    struct told told;

    for (size_t i = 0; i < n; i++)
        ck_assert_str_eq(story(decoder, spec, str_of(cases[i].payload), &told), cases[i].expected);
    decoder_free(&decoder);
}

#define CHECK_CASES(spec, cases) check_cases(spec, cases, sizeof(cases) / sizeof((cases)[0]))

static const struct payload_case one_object[] = {
    {SMS("您好"), "sms a " TOLD " \"您好\"" AT},
    {" \n\t" SMS("x") " \r\n\n", "sms a " TOLD " \"x\"" AT},
    {"{\n \"v\": 1,\n \"kind\" : \"call\" ,\n \"id\":\"c\", \"ts\":0, \"calling\":null,\n \"called\":\"110\"\n}\n",
     "call c null>110 @0"},
    {SMS_WITH("\"ud_b64\":null"), "sms a " TOLD AT},
    {SMS(""), "sms a " TOLD " \"\"" AT},
    {SMS("a\\n\\\"\\\\\\/\\u4f60\\ud83d\\ude00"), "sms a " TOLD " \"a\n\"\\/你😀\"" AT},
    {"{\"\\u0076\":1,\"k\\u0069nd\":\"sms\",\"id\":\"a\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\"}", "sms a 1>2 @5"},
    {"{\"v\":\"1\",\"kind\":\"sms\",\"id\":7,\"ts\":\"1732230000123\",\"calling\":8613912345678,\"called\":110}",
     "sms 7 8613912345678>110" AT},
    /* a call has its transcript for a text, and nothing else */
    {"{\"v\":1,\"kind\":\"call\",\"id\":\"c\",\"ts\":1,\"calling\":\"1\",\"called\":\"2\",\"text\":\"no\","
     "\"asr_text\":\"喂\"}",
     "call c 1>2 \"喂\" @1"},
    {SMS_WITH("\"asr_text\":\"no\""), "sms a " TOLD AT},
    /* what is not known is skipped, however odd */
    {SMS_WITH("\"x\":[[[{\"v\":2}]]],\"y\":1e999,\"z\":\"\\ud800\",\"text\":\"t\""), "sms a " TOLD " \"t\"" AT},
    {SMS_WITH("\"x\":{},\"x\":[]"), "sms a " TOLD AT},
};

START_TEST(one_object_is_one_record)
{
    CHECK_CASES(NULL, one_object);
}
END_TEST

static const struct payload_case dead[] = {
    {"", "not_json"},
    {"   \n", "not_json"},
    {"garbage", "not_json"},
    {"[" SMS("x") "]", "not_json"},
    {"\"" "x" "\"", "not_json"},
    {SMS("x") SMS("y"), "not_json"},
    {SMS("x") "]", "not_json"},
    {"{" HEAD, "not_json"},
    {"{" HEAD ",}", "not_json"},
    {"{" HEAD " \"text\":\"x\"}", "not_json"},
    {"{" HEAD ",\"text\":\"x}", "not_json"},
    {SMS("\\x"), "not_json"},
    {SMS("\\u12"), "not_json"},
    {SMS_WITH("\"dcs\":01"), "not_json"},
    {SMS_WITH("\"dcs\":tru"), "not_json"},
    {SMS_WITH("\"x\":},\"dcs\":1"), "not_json"},
    {SMS_WITH("\"x\":,\"dcs\":1"), "not_json"},
    {"{\"v\":1,\"id\":\"a\",\"ts\":1,\"calling\":\"1\",\"called\":\"2\"}", "missing_field(kind)"},
    {"{\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":1,\"called\":\"2\"}", "missing_field(calling)"},
    {"{\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":1,\"calling\":[],\"called\":\"2\"}", "bad_type(calling)"},
    {"{\"v\":1,\"kind\":\"sms\",\"id\":null,\"ts\":1,\"calling\":\"1\",\"called\":\"2\"}", "bad_type(id)"},
    {"{\"v\":true,\"kind\":\"sms\",\"id\":\"a\",\"ts\":1,\"calling\":\"1\",\"called\":\"2\"}", "bad_type(v)"},
    {"{\"v\":1.0,\"kind\":\"sms\",\"id\":\"a\",\"ts\":1,\"calling\":\"1\",\"called\":\"2\"}", "bad_type(v)"},
    {"{\"v\":2,\"kind\":\"sms\",\"id\":\"a\",\"ts\":1,\"calling\":\"1\",\"called\":\"2\"}", "bad_version(v)"},
    {"{\"v\":1,\"kind\":\"SMS\",\"id\":\"a\",\"ts\":1,\"calling\":\"1\",\"called\":\"2\"}", "unknown_kind(kind)"},
    {"{\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":\"soon\",\"calling\":\"1\",\"called\":\"2\"}", "bad_time(ts)"},
    {"{\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":-1,\"calling\":\"1\",\"called\":\"2\"}", "bad_time(ts)"},
    {"{\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":{},\"calling\":\"1\",\"called\":\"2\"}", "bad_type(ts)"},
    {SMS_WITH("\"calling\":\"2\""), "duplicate_key(calling)"},
    {SMS_WITH("\"c\\u0061lling\":\"2\""), "duplicate_key(calling)"},
    {SMS_WITH("\"concat\":{\"seq\":1,\"seq\":2}"), "duplicate_key(concat.seq)"},
    {SMS_WITH("\"concat\":{},\"concat\":{}"), "duplicate_key(concat.ref)"},
};

START_TEST(what_cannot_be_understood_is_a_dead_letter)
{
    CHECK_CASES(NULL, dead);
}
END_TEST

static const struct payload_case doubtful[] = {
    {SMS_WITH("\"dcs\":\"x\",\"lac\":[1],\"t_alert\":\"noon\""), "sms a " TOLD " +mistyped" AT},
    {SMS_WITH("\"text\":5.5"), "sms a " TOLD " +mistyped" AT},
    {SMS_WITH("\"text\":12345678901234567890123"), "sms a " TOLD " \"12345678901234567890123\"" AT},
    {SMS_WITH("\"dcs\":12345678901234567890123"), "sms a " TOLD " +mistyped" AT},
    {SMS_WITH("\"concat\":[1]"), "sms a " TOLD " +mistyped" AT},
    {SMS_WITH("\"concat\":null"), "sms a " TOLD AT},
    {SMS_WITH("\"concat\":{\"ref\":1,\"total\":2,\"seq\":1},\"text\":\"x\""), "sms a " TOLD " \"x\" +incomplete" AT},
    {SMS_WITH("\"concat\":{\"total\":1}"), "sms a " TOLD AT},
};

START_TEST(optional_fields_of_a_wrong_type_are_absent_and_flagged)
{
    CHECK_CASES(NULL, doubtful);
}
END_TEST

static const struct payload_case repaired[] = {
    {SMS("a\xFF" "b"), "sms a " TOLD " \"a�b\" +repaired" AT},
    {SMS("\xE4\xBD"), "sms a " TOLD " \"�\" +repaired" AT},
    {SMS("\xED\xA0\x80"), "sms a " TOLD " \"���\" +repaired" AT},
    {SMS("\\ud800x"), "sms a " TOLD " \"�x\" +repaired" AT},
    {SMS("\\udc00\\ud83d"), "sms a " TOLD " \"��\" +repaired" AT},
    {SMS("\\ud83d\\ud83d\\ude00"), "sms a " TOLD " \"�😀\" +repaired" AT},
    {SMS("a\tb\x01" "c"), "sms a " TOLD " \"a b�c\" +repaired" AT},
    {SMS("two\nlines"), "sms a " TOLD " \"two lines\" +repaired" AT},
    {"\xEF\xBB\xBF" SMS("x"), "sms a " TOLD " \"x\" +repaired" AT},
    {"\xEF\xBB\xBF{", "not_json"},
    {SMS("\xFF") "}", "not_json"},
    {SMS_WITH("\"x\":\"\xFF\",\"text\":\"t\""), "sms a " TOLD " \"t\" +repaired" AT},
    {"{\"\\ud800\":1," HEAD "}", "sms a " TOLD " +repaired" AT},
};

START_TEST(ill_formed_bytes_get_a_second_reading)
{
    struct decoder *decoder = decoder_with(1u << 20, 4096, 100);
    struct told told;

    CHECK_CASES(NULL, repaired);
    ck_assert_str_eq(story(decoder, NULL, STR_LIT(SMS("a\0b")), &told), "sms a " TOLD " \"a�b\" +repaired" AT);
    ck_assert_str_eq(story(decoder, NULL, STR_LIT(SMS("x") "\0"), &told), "sms a " TOLD " \"x\" +repaired" AT);
    decoder_free(&decoder);
}
END_TEST

static const struct payload_case lines[] = {
    {SMS("1") "\n" SMS("2"), "sms a " TOLD " \"1\"" AT " | sms a " TOLD " \"2\"" AT},
    {"\n\r\n" SMS("1") "\r\n\n" SMS("2") "\n\n", "sms a " TOLD " \"1\"" AT " | sms a " TOLD " \"2\"" AT},
    {SMS("1") "\n{\"v\":1}\n" SMS("3"), "sms a " TOLD " \"1\"" AT " | missing_field(kind) | sms a " TOLD " \"3\"" AT},
    {"{\"v\":1}\n" SMS("2"), "missing_field(kind) | sms a " TOLD " \"2\"" AT},
    {"garbage\n" SMS("2"), "not_json | sms a " TOLD " \"2\"" AT},
    {"{\"v\":1,\"kind\":\"sm\n" SMS("2"), "not_json | sms a " TOLD " \"2\"" AT},
    {SMS("1") "\n{\"v\":1,\"kind\":\"sm", "sms a " TOLD " \"1\"" AT " | not_json"},
    {SMS("1") "\n" SMS_WITH("\"id\":\"b\"") "\n" SMS("3"),
     "sms a " TOLD " \"1\"" AT " | duplicate_key(id) | sms a " TOLD " \"3\"" AT},
    /* repair stays with the line that needs it */
    {SMS("1") "\n" SMS("\xFF") "\n" SMS("3"),
     "sms a " TOLD " \"1\"" AT " | sms a " TOLD " \"�\" +repaired" AT " | sms a " TOLD " \"3\"" AT},
    {SMS("\\ud800") "\n" SMS("2"), "sms a " TOLD " \"�\" +repaired" AT " | sms a " TOLD " \"2\"" AT},
    {"\xEF\xBB\xBF" SMS("1") "\n" SMS("2"), "sms a " TOLD " \"1\" +repaired" AT " | sms a " TOLD " \"2\"" AT},
    /* many lines and still one object */
    {"{" HEAD ",\n\"x\":[\n{\"a\":1}\n],\n\"text\":\"t\"}\n", "sms a " TOLD " \"t\"" AT},
    {"{\n\"v\":1,\n\"kind\":\"sms\"\n\"id\":\"a\"}\n", "not_json"},
};

START_TEST(lines_are_records_each_by_itself)
{
    CHECK_CASES(NULL, lines);
}
END_TEST

START_TEST(limits_are_dead_letters_or_cuts)
{
    struct decoder *decoder = decoder_with(260, 4, 2);
    struct told told;
    char large[300];

    ck_assert_str_eq(story(decoder, NULL, STR_LIT(SMS("一二三四")), &told), "sms a " TOLD " \"一二三四\"" AT);
    ck_assert_str_eq(story(decoder, NULL, STR_LIT(SMS("一二三四五")), &told),
                     "sms a " TOLD " \"一二三四\" +truncated" AT);
    ck_assert_str_eq(story(decoder, NULL, STR_LIT("{}\n{}\n{}\n{}"), &told),
                     "missing_field(v) | missing_field(v) | too_many");
    ck_assert_str_eq(story(decoder, NULL, STR_LIT("{}\n{}\n\n"), &told), "missing_field(v) | missing_field(v)");
    memset(large, ' ', sizeof(large));
    memcpy(large, "{}", 2);
    ck_assert_str_eq(story(decoder, NULL, (struct str){large, 260}, &told), "missing_field(v)");
    ck_assert_str_eq(story(decoder, NULL, (struct str){large, 261}, &told), "too_large");
    decoder_free(&decoder);
}
END_TEST

/* The next payload is fetched ahead of its time, though there may be none: behind this one no byte may be touched. */
START_TEST(nothing_is_read_behind_a_payload)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct decoder *decoder = decoder_with(1000, 100, 10);
    struct feed *feed = feed_of(NULL);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct str payload = STR_LIT(SMS("您好"));
    struct record record;
    struct decode_fault fault;

    ck_assert(pages != MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
    payload.p = memcpy(pages + page - payload.n, payload.p, payload.n);
    decoder_begin(decoder, feed, payload);
    ck_assert_int_eq(decoder_next(decoder, &record, &fault), DECODE_RECORD);
    ck_assert(str_eqz(record.text, "您好"));
    munmap(pages, 2 * page);
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

START_TEST(a_null_payload_is_a_dead_letter)
{
    struct decoder *decoder = decoder_with(260, 4, 2);
    struct feed *feed = feed_of(NULL);
    struct record record;
    struct decode_fault fault;

    decoder_begin(decoder, feed, (struct str){0});
    ck_assert_int_eq(decoder_next(decoder, &record, &fault), DECODE_BAD);
    ck_assert_int_eq(fault.reason, REASON_NULL_PAYLOAD);
    ck_assert_ptr_null(decoder_raw(decoder).p);
    ck_assert_int_eq(decoder_next(decoder, &record, &fault), DECODE_END);
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

START_TEST(the_raw_bytes_are_those_received_also_of_a_repaired_record)
{
    static const char first[] = SMS("\\ud800\xFF"), second[] = "{broken";
    struct decoder *decoder = decoder_with(1000, 100, 100);
    struct feed *feed = feed_of(NULL);
    struct record record;
    struct decode_fault fault;
    char payload[600];

    snprintf(payload, sizeof(payload), "%s\n%s\n{}", first, second);
    decoder_begin(decoder, feed, str_of(payload));
    ck_assert_int_eq(decoder_next(decoder, &record, &fault), DECODE_RECORD);
    ck_assert(str_eqz(decoder_raw(decoder), first));
    ck_assert_int_eq(decoder_next(decoder, &record, &fault), DECODE_BAD);
    ck_assert(str_eqz(decoder_raw(decoder), second));
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

/* Records of one payload stay readable together: none is overwritten by a later one. */
START_TEST(records_live_until_the_next_payload)
{
    struct decoder *decoder = decoder_with(100000, 100, 1000);
    struct feed *feed = feed_of(NULL);
    struct record record[50];
    struct decode_fault fault;
    char payload[20000], text[64];
    size_t n = 0;

    for (int i = 0; i < 50; i++) /* as it is, with escapes, repaired */
        n += (size_t)sprintf(payload + n, SMS("no. %d%s") "\n", i, i % 3 == 0 ? "" : i % 3 == 1 ? "\\n" : "\xFF");
    decoder_begin(decoder, feed, (struct str){payload, n});
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(decoder_next(decoder, &record[i], &fault), DECODE_RECORD);
    for (int i = 0; i < 50; i++) {
        sprintf(text, "no. %d%s", i, i % 3 == 0 ? "" : i % 3 == 1 ? "\n" : "�");
        ck_assert(str_eqz(record[i].text, text));
    }
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

#define USER_DATA(dcs, b64) SMS_WITH("\"dcs\":" dcs ",\"ud_b64\":\"" b64 "\"")

static const struct payload_case user_data[] = {
    {USER_DATA("8", "T2BZfQ=="), "sms a " TOLD " \"你好\"" AT},
    {USER_DATA("8", "T2BZfQA="), "sms a " TOLD " \"你好�\" +repaired" AT},
    {USER_DATA("15", "xOO6ww=="), "sms a " TOLD " \"你好\"" AT},
    {USER_DATA("0", "6DKb/UaX2ew3"), "sms a " TOLD " \"hellohello\"" AT},
    {USER_DATA("0", "aGVsbG8="), "sms a " TOLD " \"hello\"" AT},
    {USER_DATA("4", "T2BZfQ=="), "sms a " TOLD " +undecodable" AT},
    {USER_DATA("8", "T2BZ*Q=="), "sms a " TOLD " +undecodable" AT},
    {SMS_WITH("\"ud_b64\":\"T2BZfQ==\""), "sms a " TOLD " +undecodable" AT},
    {SMS_WITH("\"ud_b64\":\"T2BZfQ==\",\"dcs\":8,\"text\":\"x\""), "sms a " TOLD " \"x\"" AT},
    /* 05 00 03 2A 02 01: part 1 of 2; the septets begin behind one fill bit */
    {SMS_WITH("\"ud_b64\":\"0GU2+w0=\",\"dcs\":0,\"udh_b64\":\"BQADKgIB\""),
     "sms a " TOLD " \"hello\" +incomplete" AT},
};

START_TEST(user_data_becomes_text)
{
    CHECK_CASES(NULL, user_data);
}
END_TEST

START_TEST(the_user_data_header_fills_the_concat_fields)
{
    /* 06 08 04 01 2C 03 02 */
    static const char payload[] = SMS_WITH("\"udh_b64\":\"BggEASwDAg==\",\"concat\":{\"seq\":7}");
    struct decoder *decoder = decoder_with(1000, 100, 10);
    struct feed *feed = feed_of(NULL);
    struct record record;
    struct decode_fault fault;

    decoder_begin(decoder, feed, STR_LIT(payload));
    ck_assert_int_eq(decoder_next(decoder, &record, &fault), DECODE_RECORD);
    ck_assert_int_eq(record.field[FIELD_CONCAT_REF].i, 300);
    ck_assert_int_eq(record.field[FIELD_CONCAT_REF_BITS].i, 16);
    ck_assert_int_eq(record.field[FIELD_CONCAT_TOTAL].i, 3);
    ck_assert_int_eq(record.field[FIELD_CONCAT_SEQ].i, 7); /* what the record says wins */
    ck_assert_uint_eq(record.flags, RECORD_INCOMPLETE);
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

START_TEST(every_field_of_the_table_is_read_by_its_own_name)
{
    struct decoder *decoder = decoder_with(10000, 100, 10);
    struct feed *feed = feed_of(NULL);
    json_t *root = json_object(), *concat = json_object();
    struct record record;
    struct decode_fault fault;
    char *payload;

    for (int f = 0; f < RECORD_NFIELDS; f++) {
        const char *dot = strchr(record_fields[f].name, '.');
        json_t *value = record_fields[f].type == FIELD_TYPE_STR ? json_sprintf("s%d", f) : json_integer(1000 + f);
        json_object_set_new(dot ? concat : root, dot ? dot + 1 : record_fields[f].name, value);
    }
    json_object_set_new(root, "concat", concat);
    json_object_set_new(root, "v", json_integer(1));
    json_object_set_new(root, "kind", json_string("sms"));
    payload = json_dumps(root, 0);
    decoder_begin(decoder, feed, str_of(payload));
    ck_assert_int_eq(decoder_next(decoder, &record, &fault), DECODE_RECORD);
    for (int f = FIELD_ID; f < RECORD_NFIELDS; f++) {
        char expected[8];
        sprintf(expected, "s%d", f);
        ck_assert(record_has(&record, (enum record_field)f));
        if (record_fields[f].type == FIELD_TYPE_STR)
            ck_assert(str_eqz(record.field[f].s, expected));
        else
            ck_assert_int_eq(record.field[f].i, 1000 + f);
    }
    free(payload);
    json_decref(root);
    feed_free(&feed);
    decoder_free(&decoder);
}
END_TEST

static const struct payload_case renamed[] = {
    {"{\"v\":1,\"kind\":\"x\",\"TYPE\":\"sms\",\"id\":\"a\",\"ts\":5,\"MSISDN_A_OF_THE_ORIGINATING_PARTY\":\"1\","
     "\"to\":{\"n\":\"2\"},\"SEQ\":2}",
     "sms a 1>2 @5"},
    {"{\"v\":1,\"kind\":\"sms\",\"id\":\"a\",\"ts\":5,\"calling\":\"1\",\"called\":\"2\"}", "missing_field(kind)"},
    {"{\"v\":1,\"TYPE\":\"sms\",\"id\":\"a\",\"ts\":5,\"MSISDN_A_OF_THE_ORIGINATING_PARTY\":\"1\","
     "\"to\":[]}", "bad_type(called)"},
    {"{\"v\":1,\"TYPE\":\"sms\",\"id\":\"a\",\"ts\":5,\"MSISDN_A_OF_THE_OTHER_____TING_PARTY\":\"1\","
     "\"to\":{\"n\":\"2\"}}",
     "missing_field(calling)"},
};

START_TEST(a_carriers_own_names_replace_ours)
{
    CHECK_CASES("{\"fields\":{\"kind\":\"TYPE\",\"calling\":\"MSISDN_A_OF_THE_ORIGINATING_PARTY\",\"called\":\"to.n\","
                "\"concat.seq\":\"SEQ\"}}",
                renamed);
}
END_TEST

static const struct payload_case csv_by_name[] = {
    {"B,when,A,num,remark\r\n1,20261122153000,\"86139\",c1,x\r\n", "call c1 86139>1 @1795332600000"},
    {"B,when,A,num\n1,5,,c1\n\n2,6,9,c2", "call c1 null>1 @5 | call c2 9>2 @6"},
    {"B,when,A,num\n1,5\n2,6,9,c2\n", "bad_row | call c2 9>2 @6"},
    {"B,when,A,num\n1,5,\"x,c1\n2,6,9,c2\n", "bad_row | call c2 9>2 @6"},
    {"B,when,A,num\n1,5,\"x\"y,c1\n2,6,9,c2\n", "bad_row | call c2 9>2 @6"},
    {"B,when,A,num\n,5,7,c1\n", "missing_field(called)"},
    {"B,when,A,num\n1,20260229000000,7,c1\n", "bad_time(ts)"},
    {"B,when,num\n1,5,c1\n", "missing_field(calling)"},
    {"B,when,A,num,A\n1,5,7,c1,8\n", "duplicate_key(calling)"},
    {"\xEF\xBB\xBF" "B,when,A,num\n1,5,7,c1\n2,5,7,c2\n", "call c1 7>1 +repaired @5 | call c2 7>2 @5"},
    {"B,when,A,num\n1,5,7,c\xFF\n2,5,7,c2\n", "call c� 7>1 +repaired @5 | call c2 7>2 @5"},
    {"B,when,A,num\n1,5,7,c\x01\n", "call c� 7>1 +repaired @5"},
    {"", "bad_row"},
    {"B,when,A,num\n", "bad_row"},
};

START_TEST(csv_with_a_header)
{
    CHECK_CASES("{\"format\":\"csv\",\"header\":true,\"const\":{\"v\":1,\"kind\":\"call\"},"
                "\"fields\":{\"id\":\"num\",\"ts\":\"when\",\"calling\":\"A\",\"called\":\"B\"}}",
                csv_by_name);
}
END_TEST

static const struct payload_case csv_by_columns[] = {
    {"1,sms,a,skipped,5,86139,86138,\"he said \"\"hi, you\"\"\nand left\",\n1,sms,b,,6,1,2,x,\n",
     "sms a 86139>86138 \"he said \"hi, you\"\nand left\" @5 | sms b 1>2 \"x\" @6"},
    {"1,sms,a,,5,1,2,say \"x\",\n", "sms a 1>2 \"say \"x\"\" @5"},
    {"1,sms,a,,5,1,2,\"\",\n", "sms a 1>2 @5"},
    {"1,fax,a,,5,1,2,x,\n", "unknown_kind(kind)"},
    {"x,sms,a,,5,1,2,x,\n", "bad_type(v)"},
    {"1,sms,a,,5,1,2,x,y\n", "sms a 1>2 \"x\" +mistyped @5"},
};

START_TEST(csv_by_the_order_of_columns)
{
    CHECK_CASES("{\"format\":\"csv\",\"columns\":[\"v\",\"kind\",\"id\",null,\"ts\",\"calling\",\"called\",\"text\","
                "\"dcs\"]}",
                csv_by_columns);
}
END_TEST

static const struct payload_case psv_by_number[] = {
    {"86138|\"86139|5|c1|more\n|2|6|c2\r\n", "call c1 \"86139>86138 @5 | missing_field(called)"},
    {"1|2|5\n", "bad_row"},
};

START_TEST(psv_columns_by_number)
{
    CHECK_CASES("{\"format\":\"psv\",\"const\":{\"v\":\"1\",\"kind\":\"call\"},"
                "\"fields\":{\"called\":1,\"calling\":2,\"ts\":3,\"id\":4}}",
                psv_by_number);
}
END_TEST

static const struct {
    const char *spec, *problems;
} bad_feeds[] = {
    {"[]", "t: must be an object with format, fields …\n"},
    {"{\"format\":\"xml\"}", "t.format: must be \"json\", \"csv\" or \"psv\"\n"},
    {"{\"formt\":\"csv\"}", "t.formt: unknown key (did you mean \"format\"?)\n"},
    {"{\"header\":true}", "t.header: only csv and psv have a header line\n"},
    {"{\"format\":\"csv\"}",
     "t.columns: needed: the names of the columns in order, or header, or numbers in fields\n"},
    {"{\"format\":\"csv\",\"header\":1,\"columns\":[]}", "t.header: must be true or false\n"},
    {"{\"fields\":{\"caling\":\"A\"}}", "t.fields.caling: no field of this name (did you mean \"calling\"?)\n"},
    {"{\"fields\":{\"calling\":1,\"called\":\"\"}}",
     "t.fields.calling: must be the carrier's name\nt.fields.called: must be the carrier's name\n"},
    {"{\"format\":\"csv\",\"fields\":{\"calling\":0,\"called\":257}}",
     "t.fields.calling: a column number is 1 to 256\nt.fields.called: a column number is 1 to 256\n"
     "t.columns: needed: the names of the columns in order, or header, or numbers in fields\n"},
    {"{\"format\":\"psv\",\"fields\":{\"calling\":1,\"called\":1}}", "t.fields.called: column 1 already is calling\n"},
    {"{\"fields\":{\"calling\":\"called\"}}", "t.fields.called: \"called\" is already read for another field\n"},
    {"{\"fields\":{\"calling\":\"text.x\"}}", "t.fields.text: \"text\" is already read for another field\n"},
    {"{\"fields\":{\"calling\":\"A\"},\"const\":{\"calling\":\"1\"}}",
     "t.const.calling: also in fields: a field is either read or constant\n"},
    {"{\"const\":{\"v\":\"one\",\"ts\":true,\"id\":[]}}",
     "t.const.v: must be an integer\nt.const.ts: must be a time\nt.const.id: must be a string\n"},
    {"{\"format\":\"csv\",\"columns\":[\"calling\",\"calling\"]}", "t.columns: calling is claimed twice\n"},
    {"{\"columns\":[\"calling\"]}", "t.columns: must be an array of names, for csv and psv without header\n"},
};

START_TEST(problems_of_a_feed_name_their_path)
{
    for (size_t i = 0; i < sizeof(bad_feeds) / sizeof(bad_feeds[0]); i++) {
        json_t *spec = json_loads(bad_feeds[i].spec, 0, NULL);
        struct err err;
        err_init(&err);
        ck_assert_ptr_null(feed_new(spec, "t", &err));
        ck_assert_str_eq(err.text, bad_feeds[i].problems);
        err_fini(&err);
        json_decref(spec);
    }
}
END_TEST

START_TEST(names_of_reasons_and_ingress_are_the_contract)
{
    ck_assert_str_eq(reason_name(REASON_NULL_PAYLOAD), "null_payload");
    ck_assert_str_eq(reason_name(REASON_WARNING_TOO_LARGE), "warning_too_large");
    ck_assert_str_eq(reason_help(REASON_DUPLICATE_KEY), "a known key occurs twice");
    ck_assert_int_eq(ingress_parse(STR_LIT("intl")), INGRESS_INTL);
    ck_assert_int_eq(ingress_parse(STR_LIT("unknown")), INGRESS_UNKNOWN);
    ck_assert_int_eq(ingress_parse(STR_LIT("moon")), INGRESS_UNKNOWN);
    ck_assert_str_eq(ingress_name(INGRESS_ONNET), "onnet");
    ck_assert_int_eq(record_field_find(STR_LIT("concat.total")), FIELD_CONCAT_TOTAL);
    ck_assert_int_eq(record_field_find(STR_LIT("total")), -1);
}
END_TEST

int main(void)
{
    TCase *json = tcase_create("json"), *rows = tcase_create("rows");

    tcase_add_test(json, one_object_is_one_record);
    tcase_add_test(json, what_cannot_be_understood_is_a_dead_letter);
    tcase_add_test(json, optional_fields_of_a_wrong_type_are_absent_and_flagged);
    tcase_add_test(json, ill_formed_bytes_get_a_second_reading);
    tcase_add_test(json, lines_are_records_each_by_itself);
    tcase_add_test(json, limits_are_dead_letters_or_cuts);
    tcase_add_test(json, nothing_is_read_behind_a_payload);
    tcase_add_test(json, a_null_payload_is_a_dead_letter);
    tcase_add_test(json, the_raw_bytes_are_those_received_also_of_a_repaired_record);
    tcase_add_test(json, records_live_until_the_next_payload);
    tcase_add_test(json, user_data_becomes_text);
    tcase_add_test(json, the_user_data_header_fills_the_concat_fields);
    tcase_add_test(json, every_field_of_the_table_is_read_by_its_own_name);
    tcase_add_test(json, a_carriers_own_names_replace_ours);
    tcase_add_test(rows, csv_with_a_header);
    tcase_add_test(rows, csv_by_the_order_of_columns);
    tcase_add_test(rows, psv_columns_by_number);
    tcase_add_test(rows, problems_of_a_feed_name_their_path);
    tcase_add_test(rows, names_of_reasons_and_ingress_are_the_contract);
    return setup_run("decoder", json, rows);
}
