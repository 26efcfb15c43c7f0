/* Facts: each from the fields it rests on, unknown without them. */
#include "match/fact.h"

#include "match/fact_signal.h"
#include "match/optout.h"
#include "record/contact_tables.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

/* One record that the tests fill by hand; contacts are as if already extracted. */
struct bench {
    struct record record;
    struct canon canon;
    struct contact_list contacts;
    struct subject subject;
};

static struct bench *bench_init(struct bench *bench)
{
    memset(bench, 0, sizeof(*bench));
    bench->subject = (struct subject){.record = &bench->record,
                                      .canon = &bench->canon,
                                      .contacts = &bench->contacts,
                                      .contacts_done = true,
                                      .urls_asked = true,
                                      .may_have_url = true,
                                      .claim_done = true};
    return bench;
}

static void set_str(struct bench *bench, enum record_field field, const char *value)
{
    bench->record.present |= FIELD_BIT(field);
    bench->record.field[field].s = str_of(value);
}

static void set_int(struct bench *bench, enum record_field field, int64_t value)
{
    bench->record.present |= FIELD_BIT(field);
    bench->record.field[field].i = value;
}

static void set_null(struct bench *bench, enum record_field field)
{
    bench->record.nulls |= FIELD_BIT(field);
}

/* "unknown", "true", "7", "mobile", "flags 3" */
static const char *shown(struct bench *bench, enum fact fact, char out[64])
{
    struct fact_value value;

    if (!fact_get(&bench->subject, fact, &value))
        return "unknown";
    switch (fact_defs[fact].type) {
    case FACT_TYPE_BOOL: return value.b ? "true" : "false";
    case FACT_TYPE_NUM: snprintf(out, 64, "%g", value.num); break;
    case FACT_TYPE_WORD: snprintf(out, 64, "%.*s", STR_FMT(value.word)); break;
    case FACT_TYPE_FLAGS: snprintf(out, 64, "flags %x", value.flags); break;
    }
    return out;
}

#define ck_fact(bench, fact, want)                                                                           \
    do {                                                                                                     \
        char out_[64];                                                                                       \
        ck_assert_str_eq(shown(bench, FACT_##fact, out_), want);                                             \
    } while (0)

START_TEST(an_empty_record_knows_only_its_kind)
{
    struct bench bench;

    bench_init(&bench);
    for (int fact = 0; fact < FACT_COUNT; fact++) {
        char out[64];
        ck_assert_msg(fact == FACT_RECORD_KIND || strcmp(shown(&bench, (enum fact)fact, out), "unknown") == 0,
                      "%s is known", fact_defs[fact].name);
    }
    ck_assert_uint_eq(fact_known_mask(&bench.subject), UINT64_C(1) << FACT_RECORD_KIND);
}
END_TEST

START_TEST(facts_of_the_record)
{
    struct bench bench;

    bench_init(&bench);
    bench.record.ingress = INGRESS_INTL;
    set_str(&bench, FIELD_LEG, "gw_in");
    set_int(&bench, FIELD_TS, INT64_C(1732230000000)); /* 2024-11-21 23:00 UTC */
    ck_fact(&bench, RECORD_KIND, "sms");
    ck_fact(&bench, RECORD_LEG, "gw_in");
    ck_fact(&bench, RECORD_INGRESS, "intl");
    ck_fact(&bench, RECORD_HOUR, "7");
    set_int(&bench, FIELD_TS, INT64_C(1732204799999));
    ck_fact(&bench, RECORD_HOUR, "23");
    bench.record.kind = RECORD_CALL;
    ck_fact(&bench, RECORD_KIND, "call");
}
END_TEST

START_TEST(a_null_caller_is_known_to_be_missing_an_absent_one_is_unknown)
{
    struct bench bench;

    bench_init(&bench)->subject.caller.kind = NUMBER_MISSING;
    bench.subject.caller.trust = TRUST_INVALID;
    ck_fact(&bench, CALLER_KIND, "unknown");
    set_null(&bench, FIELD_CALLING);
    ck_fact(&bench, CALLER_KIND, "missing");
    ck_fact(&bench, CALLER_TRUST, "invalid");
    ck_fact(&bench, CALLER_INTERNATIONAL, "false");
    ck_fact(&bench, CALLER_FLAGS, "flags 0");
    ck_fact(&bench, CALLER_COUNTRY, "unknown");
}
END_TEST

START_TEST(facts_of_the_parties)
{
    struct bench bench;

    bench_init(&bench);
    set_str(&bench, FIELD_CALLING, "13912345678");
    set_str(&bench, FIELD_CALLED, "13912340001");
    bench.subject.caller = (struct number){.kind = NUMBER_MVNO,
                                           .trust = TRUST_PERSONAL,
                                           .country = 86,
                                           .flags = NUMBER_FLAG(ZERO),
                                           .ndigits = 11,
                                           .digits = "13912345678"};
    bench.subject.callee = (struct number){.kind = NUMBER_INTERNATIONAL,
                                           .country = 852,
                                           .international = true,
                                           .flags = NUMBER_FLAG(IDD_00),
                                           .ndigits = 11,
                                           .digits = "13912340001"};
    ck_fact(&bench, CALLER_KIND, "mvno");
    ck_fact(&bench, CALLER_COUNTRY, "86");
    ck_fact(&bench, CALLER_TRUST, "personal");
    ck_fact(&bench, CALLER_PERSONAL, "true");
    ck_fact(&bench, CALLER_FLAGS, "flags 10");
    ck_fact(&bench, CALLER_SAME_PREFIX, "true");
    ck_fact(&bench, CALLEE_KIND, "international");
    ck_fact(&bench, CALLEE_COUNTRY, "852");
    ck_fact(&bench, CALLEE_INTERNATIONAL, "true");
    bench.subject.callee.digits[6] = '9';
    ck_fact(&bench, CALLER_SAME_PREFIX, "false");
    set_int(&bench, FIELD_ROAM, 6);
    ck_fact(&bench, CALLER_ROAMING, "true");
    set_int(&bench, FIELD_ROAM, 2);
    ck_fact(&bench, CALLER_ROAMING, "false");
}
END_TEST

START_TEST(age_is_days_in_shanghai)
{
    static const struct {
        const char *date, *age;
    } cases[] = {
        {"20241122", "0"}, {"20241121", "1"}, {"20240229", "267"}, {"20231122", "366"}, {"19991231", "9093"},
        {"20241123", "unknown"}, {"20241301", "unknown"}, {"2024112", "unknown"}, {"2024-1-1", "unknown"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct bench bench;
        bench_init(&bench);
        set_int(&bench, FIELD_TS,
                INT64_C(1732230000000)); /* 2024-11-22 07:00 in Shanghai, still the 21st in UTC */
        set_str(&bench, FIELD_OPEN_DATE, cases[i].date);
        ck_fact(&bench, CALLER_AGE_DAYS, cases[i].age);
    }
}
END_TEST

START_TEST(facts_of_a_call)
{
    struct bench bench;

    bench_init(&bench)->record.kind = RECORD_CALL;
    set_null(&bench, FIELD_T_ANSWER);
    ck_fact(&bench, CALL_ANSWERED, "false");
    set_int(&bench, FIELD_DUR, 0);
    ck_fact(&bench, CALL_ANSWERED, "false");
    set_int(&bench, FIELD_DUR, 63);
    ck_fact(&bench, CALL_ANSWERED, "true");
    ck_fact(&bench, CALL_DUR, "63");
    set_int(&bench, FIELD_T_ALERT, 1000);
    ck_fact(&bench, CALL_RING_MS, "unknown");
    set_int(&bench, FIELD_T_RELEASE, 4500);
    ck_fact(&bench, CALL_RING_MS, "3500");
    set_int(&bench, FIELD_RING_MS, 3000);
    ck_fact(&bench, CALL_RING_MS, "3000");
    set_str(&bench, FIELD_RELEASE_PARTY, "called");
    ck_fact(&bench, CALL_RELEASED_BY, "called");
    ck_fact(&bench, CALL_REDIRECTED, "unknown");
    set_null(&bench, FIELD_ORIG_CALLED);
    ck_fact(&bench, CALL_REDIRECTED, "false");
    set_str(&bench, FIELD_REDIRECTING, "02087654321");
    ck_fact(&bench, CALL_REDIRECTED, "true");
    bench.record.kind = RECORD_SMS;
    ck_fact(&bench, CALL_DUR, "unknown");
}
END_TEST

START_TEST(facts_of_the_text)
{
    char buf[] = "退订回t";
    struct bench bench;

    bench_init(&bench)->record.has_text = true;
    bench.canon.buf = buf;
    bench.canon.body_end = sizeof(buf) - 1;
    bench.canon.chars = 4;
    bench.canon.changed = 2;
    ck_fact(&bench, TEXT_LENGTH, "4");
    ck_fact(&bench, TEXT_ASR, "false");
    ck_fact(&bench, TEXT_DISGUISE, "2");
    ck_fact(&bench, TEXT_SIGNATURE, "false");
    ck_fact(&bench, TEXT_OPTOUT, "true");
    ck_fact(&bench, TEXT_TRUNCATED, "false");
    bench.canon.changed = 3;
    bench.canon.end[CANON_SIGNATURE] = 6;
    bench.record.flags = RECORD_TRUNCATED | RECORD_INCOMPLETE;
    bench.record.kind = RECORD_CALL;
    ck_fact(&bench, TEXT_ASR, "true");
    ck_fact(&bench, TEXT_DISGUISE, "3");
    ck_fact(&bench, TEXT_SIGNATURE, "true");
    ck_fact(&bench, TEXT_TRUNCATED, "true");
    ck_fact(&bench, TEXT_INCOMPLETE, "true");
}
END_TEST

START_TEST(rare_characters_are_a_share_of_the_han_as_folded_and_as_written)
{
    char folded[32] = "贷款";
    struct bench bench;

    bench_init(&bench)->record.has_text = true;
    bench.canon.buf = folded;
    bench.canon.end[CANON_TEXT] = 6;
    ck_fact(&bench, TEXT_RARE, "0");
    bench.canon.text = STR_LIT("贷歀龘龘");
    ck_fact(&bench, TEXT_RARE_RAW, "0.75");
    bench.canon.text = STR_LIT("ok");
    ck_fact(&bench, TEXT_RARE_RAW, "0");
    bench.canon.buf = memcpy(folded, "贷款资龘", 12);
    bench.canon.end[CANON_TEXT] = 12;
    ck_fact(&bench, TEXT_RARE, "0.25");
}
END_TEST

START_TEST(facts_of_contacts)
{
    struct bench bench;
    struct contact *items = bench_init(&bench)->contacts.items;

    bench.record.has_text = true;
    ck_fact(&bench, TEXT_CONTACT, "false");
    ck_fact(&bench, URL_OFFICIAL, "false");
    ck_fact(&bench, CONTACT_OFFICIAL, "false");
    ck_fact(&bench, TEXT_AMOUNT_MAX, "0");
    items[0] = (struct contact){.kind = CONTACT_URL, .traits = CONTACT_OFFICIAL};
    items[1] = (struct contact){.kind = CONTACT_PHONE, .traits = CONTACT_IS_SENDER};
    items[2] = (struct contact){.kind = CONTACT_URL, .traits = CONTACT_SHORTENER | CONTACT_IP_HOST};
    bench.contacts.n = 1;
    ck_fact(&bench, URL_OFFICIAL, "true");
    ck_fact(&bench, CONTACT_OFFICIAL, "true");
    ck_fact(&bench, CONTACT_UNOFFICIAL, "false");
    bench.contacts.n = 2;
    ck_fact(&bench, CONTACT_OFFICIAL, "false");
    ck_fact(&bench, CONTACT_UNOFFICIAL, "false");
    ck_fact(&bench, CONTACT_IS_SENDER, "true");
    ck_fact(&bench, TEXT_PHONES, "1");
    bench.contacts.n = 3;
    ck_fact(&bench, TEXT_URL, "true");
    ck_fact(&bench, TEXT_URLS, "2");
    ck_fact(&bench, URL_OFFICIAL, "false");
    ck_fact(&bench, URL_SHORTENER, "true");
    ck_fact(&bench, URL_IPHOST, "true");
    ck_fact(&bench, URL_LOOKALIKE, "false");
    items[2].traits |= CONTACT_LOOKALIKE;
    ck_fact(&bench, URL_LOOKALIKE, "true");
    ck_fact(&bench, CONTACT_UNOFFICIAL, "true");
    items[0] = (struct contact){.kind = CONTACT_MEETING}; /* nothing to reach somebody by */
    bench.contacts.n = 1;
    bench.contacts.amounts[0] = 300;
    bench.contacts.amounts[1] = 20000;
    bench.contacts.namounts = 2;
    ck_fact(&bench, TEXT_CONTACT, "false");
    ck_fact(&bench, CONTACT_UNOFFICIAL, "false");
    ck_fact(&bench, CONTACT_SOFT, "true");
    ck_fact(&bench, TEXT_AMOUNT_MAX, "20000");
}
END_TEST

START_TEST(facts_of_another_phone_need_a_sender)
{
    struct bench bench;

    bench_init(&bench)->record.has_text = true;
    bench.contacts.items[0] = (struct contact){.kind = CONTACT_PHONE};
    bench.contacts.n = 1;
    ck_fact(&bench, CONTACT_OTHER_PHONE, "unknown");
    set_str(&bench, FIELD_CALLING, "13912345678");
    ck_fact(&bench, CONTACT_OTHER_PHONE, "true");
    bench.contacts.items[0].traits = CONTACT_IS_SENDER;
    ck_fact(&bench, CONTACT_OTHER_PHONE, "false");
    bench.contacts.items[0].traits = CONTACT_OFFICIAL;
    ck_fact(&bench, CONTACT_OTHER_PHONE, "false");
}
END_TEST

START_TEST(facts_of_the_institution_claimed)
{
    static const struct institution bank = {.id = "icbc", .kind = INSTITUTION_BANK};
    static struct institutions institutions;
    static const struct contact_tables tables = {.institutions = &institutions};
    struct bench bench;

    bench_init(&bench)->record.has_text = true;
    bench.subject.contact_tables = &tables;
    ck_fact(&bench, CLAIM_ORG, "none");
    ck_fact(&bench, CLAIM_KIND, "none");
    ck_fact(&bench, CLAIM_URL_MISMATCH, "false");
    ck_fact(&bench, CLAIM_MISMATCH, "unknown");
    bench.subject.claim = (struct claim){&bank, 0, 12};
    ck_fact(&bench, CLAIM_ORG, "icbc");
    ck_fact(&bench, CLAIM_KIND, "bank");
    ck_fact(&bench, CLAIM_MISMATCH, "unknown");
    set_str(&bench, FIELD_CALLING, "13912345678");
    bench.subject.caller.kind = NUMBER_MOBILE;
    bench.subject.caller.trust = TRUST_PERSONAL;
    ck_fact(&bench, CLAIM_MISMATCH, "true");
    bench.subject.caller.kind = NUMBER_S106;
    bench.subject.caller.trust = TRUST_PORT;
    ck_fact(&bench, CLAIM_MISMATCH, "false");
    bench.subject.caller.trust = TRUST_INTERNATIONAL;
    ck_fact(&bench, CLAIM_MISMATCH, "true");
}
END_TEST

START_TEST(known_facts_are_counted_without_extracting_contacts)
{
    struct bench bench;
    uint64_t mask;

    bench_init(&bench)->record.has_text = true;
    bench.subject.contacts_done = false;
    bench.subject.contacts = NULL; /* a first use would crash */
    set_null(&bench, FIELD_CALLING);
    bench.canon.buf = (char[]){""};
    mask = fact_known_mask(&bench.subject);
    ck_assert(mask & UINT64_C(1) << FACT_TEXT_URL);
    ck_assert(mask & UINT64_C(1) << FACT_CALLER_KIND);
    ck_assert(!(mask & UINT64_C(1) << FACT_CALLER_COUNTRY));
    ck_assert(!(mask & UINT64_C(1) << FACT_CALL_DUR));
}
END_TEST

START_TEST(a_text_that_can_have_no_url_is_not_searched_for_contacts)
{
    struct bench bench;
    char text[128] = "今晚八点老地方见"; /* readable behind its end, as canon.buf is */

    bench_init(&bench)->record.has_text = true;
    bench.subject.contacts_done = bench.subject.urls_asked = false;
    bench.subject.contacts = NULL; /* a search would crash */
    bench.canon.buf = text;
    bench.canon.end[CANON_TEXT] = (uint32_t)strlen(text);
    ck_fact(&bench, TEXT_URL, "false");
    ck_fact(&bench, TEXT_URLS, "0");
    ck_fact(&bench, URL_OFFICIAL, "false");
    ck_fact(&bench, URL_LOOKALIKE, "false");
}
END_TEST

START_TEST(opt_outs_end_the_text)
{
    static const struct {
        const char *text;
        bool want;
    } cases[] = {
        {"满减活动今晚开始,拒收请回复r", true},
        {"新品上架 退订回t", true},
        {"回td退订", true},
        {"拒收回r。", true},
        {"退订请回复:\"td\"", true},
        {"回复00000退订!", true},
        {"退订回复 qx", true},
        {"退订请发送tdhy", true},
        {"退订回t,详情见链接", false},
        {"请回复r", false},
        {"会员退订", false},
        {"退订请致电10010", false},
        {"退订回abcdefgh", false},
        {"拒收", false},
        {"r", false},
        {"", false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(optout_ends(str_of(cases[i].text)) == cases[i].want, "%s", cases[i].text);
}
END_TEST

START_TEST(the_words_of_facts_are_those_the_rooms_below_use)
{
    const char *const *words = fact_words(FACT_CALLER_KIND);

    for (int kind = 0; kind < NUMBER_KIND_COUNT; kind++)
        ck_assert_str_eq(words[kind], number_kind_name((enum number_kind)kind));
    ck_assert_ptr_null(words[NUMBER_KIND_COUNT]);
    words = fact_words(FACT_CALLER_FLAGS);
    for (unsigned flag = 0; flag < NUMBER_FLAG_COUNT; flag++)
        ck_assert_str_eq(words[flag], number_flag_name(flag));
    ck_assert_ptr_null(words[NUMBER_FLAG_COUNT]);
    words = fact_words(FACT_CALLER_TRUST);
    for (int trust = 0; trust <= TRUST_OTHER; trust++)
        ck_assert(str_is_among(str_of(number_trust_name((enum number_trust)trust)), words));
    ck_assert_ptr_null(words[TRUST_OTHER + 1]);
    for (words = fact_words(FACT_RECORD_INGRESS); *words != NULL; words++)
        ck_assert_str_eq(ingress_name(ingress_parse(str_of(*words))), *words);
}
END_TEST

/* A signal speaks against a fact exactly when the fact is not so. */
static unsigned check_signals(struct bench *bench, enum fact fact)
{
    uint64_t signals = fact_signals(&bench->subject) | fact_signals_of_urls(&bench->subject);
    struct fact_value value;
    bool known = fact_get(&bench->subject, fact, &value);
    unsigned checked = 0;

    if (fact_defs[fact].type == FACT_TYPE_BOOL && fact_against_truth(fact, true) != 0) {
        bool of_urls = fact_against_truth(fact, false) == 0; /* these say "perhaps" */
        ck_assert((signals & fact_against_truth(fact, true)) == 0 || !(known && value.b));
        ck_assert(of_urls || (signals & fact_against_truth(fact, true)) != 0 || (known && value.b));
        ck_assert((signals & fact_against_truth(fact, false)) == 0 || (known && value.b));
        checked++;
    }
    if (fact_against_zero(fact) != 0) {
        ck_assert((signals & fact_against_zero(fact)) == 0 || !known || value.num == 0);
        checked++;
    }
    for (const char *const *word = fact_words(fact); word != NULL && *word != NULL; word++) {
        struct str one = str_of(*word);

        if (fact_against_words(fact, &one, 1, true) == 0)
            continue;
        ck_assert_msg(((signals & fact_against_words(fact, &one, 1, true)) == 0) ==
                          (known && str_eq(value.word, one)), "%s == %s", fact_defs[fact].name, *word);
        ck_assert_msg(((signals & fact_against_words(fact, &one, 1, false)) == 0) ==
                          (known && !str_eq(value.word, one)), "%s != %s", fact_defs[fact].name, *word);
        checked++;
    }
    return checked;
}

START_TEST(signals_say_the_same_as_their_facts)
{
    unsigned checked = 0;

    for (unsigned i = 0; i < NUMBER_KIND_COUNT * 16; i++) {
        struct bench bench;

        bench_init(&bench);
        if (i % 4 == 1)
            set_null(&bench, FIELD_CALLING);
        else if (i % 4 != 0)
            set_str(&bench, FIELD_CALLING, "x");
        if (i % 3 != 0)
            set_str(&bench, FIELD_CALLED, "y");
        bench.record.kind = i % 2 != 0 ? RECORD_CALL : RECORD_SMS;
        bench.record.ingress = (enum ingress)(i % 5);
        bench.record.has_text = i % 7 != 0;
        bench.subject.caller.kind = (enum number_kind)(i % NUMBER_KIND_COUNT);
        bench.subject.caller.trust = (enum number_trust)(i / 4 % (TRUST_OTHER + 1));
        bench.subject.caller.international = i / 2 % 2;
        bench.subject.callee.international = i / 4 % 2;
        bench.canon.end[CANON_SIGNATURE] = i / 8 % 2;
        bench.subject.put_right = i % 6 == 0;
        bench.subject.rewritten = bench.subject.put_right && i % 12 == 0;
        bench.canon.changed = i % 6;
        for (int fact = 0; fact < FACT_COUNT; fact++)
            if ((fact_defs[fact].type != FACT_TYPE_NUM || fact == FACT_TEXT_DISGUISE) && fact != FACT_TEXT_OPTOUT)
                checked += check_signals(&bench, (enum fact)fact);
    }
    ck_assert_uint_eq(checked, NUMBER_KIND_COUNT * 16 * (11 + 2 + 4 + NUMBER_KIND_COUNT + TRUST_OTHER + 1));
}
END_TEST

START_TEST(names_find_their_fact)
{
    for (int fact = 0; fact < FACT_COUNT; fact++)
        ck_assert_int_eq(fact_find(str_of(fact_defs[fact].name)), fact);
    ck_assert_int_eq(fact_find(str_of("text.ulr")), -1);
    ck_assert_str_eq(fact_names()[FACT_TEXT_URL], "text.url");
    ck_assert_ptr_null(fact_names()[FACT_COUNT]);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("fact");

    tcase_add_test(tcase, an_empty_record_knows_only_its_kind);
    tcase_add_test(tcase, facts_of_the_record);
    tcase_add_test(tcase, a_null_caller_is_known_to_be_missing_an_absent_one_is_unknown);
    tcase_add_test(tcase, facts_of_the_parties);
    tcase_add_test(tcase, age_is_days_in_shanghai);
    tcase_add_test(tcase, facts_of_a_call);
    tcase_add_test(tcase, facts_of_the_text);
    tcase_add_test(tcase, rare_characters_are_a_share_of_the_han_as_folded_and_as_written);
    tcase_add_test(tcase, facts_of_contacts);
    tcase_add_test(tcase, facts_of_another_phone_need_a_sender);
    tcase_add_test(tcase, facts_of_the_institution_claimed);
    tcase_add_test(tcase, known_facts_are_counted_without_extracting_contacts);
    tcase_add_test(tcase, a_text_that_can_have_no_url_is_not_searched_for_contacts);
    tcase_add_test(tcase, opt_outs_end_the_text);
    tcase_add_test(tcase, the_words_of_facts_are_those_the_rooms_below_use);
    tcase_add_test(tcase, signals_say_the_same_as_their_facts);
    tcase_add_test(tcase, names_find_their_fact);
    return setup_run("fact", tcase);
}
