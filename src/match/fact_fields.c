/* fact_fields.c - one function per group of fields: record, caller, callee, call. */
#include "match/fact_give.h"

#include <stdio.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define SHANGHAI_MS (INT64_C(8) * 3600 * 1000)

static bool give_field_word(struct fact_value *out, const struct record *record, enum record_field field)
{
    out->word = record_str(record, field);
    return out->word.n > 0;
}

static bool give_field_num(struct fact_value *out, const struct record *record, enum record_field field)
{
    return record_has(record, field) && fact_give_num(out, (double)record->field[field].i);
}

/* ---- record ---- */

static bool get_record(const struct record *record, enum fact fact, struct fact_value *out)
{
    switch (fact) {
    case FACT_RECORD_KIND: return fact_give_word(out, record->kind == RECORD_CALL ? "call" : "sms");
    case FACT_RECORD_LEG: return give_field_word(out, record, FIELD_LEG);
    case FACT_RECORD_INGRESS:
        return record->ingress != INGRESS_UNKNOWN && fact_give_word(out, ingress_name(record->ingress));
    case FACT_RECORD_HOUR: {
        if (!record_has(record, FIELD_TS))
            return false;
        int64_t in_day = (record->field[FIELD_TS].i % DAY_MS + SHANGHAI_MS + DAY_MS) % DAY_MS;
        return fact_give_num(out, (double)(in_day / (3600 * 1000)));
    }
    default: return false;
    }
}

/* ---- caller and callee ---- */

static bool give_country(struct fact_value *out, const struct number *number)
{
    if (number->country == 0)
        return false;
    snprintf(out->buf, sizeof(out->buf), "%u", (unsigned)number->country);
    return fact_give_word(out, out->buf);
}

static bool is_personal(enum number_kind kind)
{
    return kind == NUMBER_MOBILE || kind == NUMBER_MVNO || kind == NUMBER_IOT || kind == NUMBER_FIXED ||
           kind == NUMBER_FIXED_LOCAL;
}

/* Days of a civil date since 1970-01-01 (Gregorian; years from March, so that leap days come last). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

static bool give_age(struct fact_value *out, const struct record *record)
{
    struct str date = record_str(record, FIELD_OPEN_DATE);
    int64_t number = 0, age;

    if (date.n != 8 || !record_has(record, FIELD_TS))
        return false;
    for (size_t i = 0; i < date.n; i++) {
        if (date.p[i] < '0' || date.p[i] > '9')
            return false;
        number = number * 10 + (date.p[i] - '0');
    }
    int64_t year = number / 10000, month = number / 100 % 100, day = number % 100;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    age = (record->field[FIELD_TS].i + SHANGHAI_MS) / DAY_MS - days_of(year, month, day);
    return age >= 0 && fact_give_num(out, (double)age);
}

static bool give_roaming(struct fact_value *out, const struct record *record)
{
    if (!record_has(record, FIELD_ROAM))
        return false;
    int64_t roam = record->field[FIELD_ROAM].i;
    return fact_give_bool(out, roam == 5 || roam == 6 || roam == 8);
}

static bool give_same_prefix(struct fact_value *out, const struct subject *subject)
{
    const struct number *a = &subject->caller, *b = &subject->callee;

    if (!fact_is_given(subject->record, FIELD_CALLED))
        return false;
    return fact_give_bool(out, a->ndigits > 7 && b->ndigits > 7 && memcmp(a->digits, b->digits, 7) == 0);
}

static bool get_caller(const struct subject *subject, enum fact fact, struct fact_value *out)
{
    const struct record *record = subject->record;
    const struct number *caller = &subject->caller;

    switch (fact) {
    case FACT_CALLER_AGE_DAYS: return give_age(out, record);
    case FACT_CALLER_ROAMING: return give_roaming(out, record);
    case FACT_CALLER_VPLMN: return give_field_word(out, record, FIELD_VPLMN);
    case FACT_CALLER_USER_CLASS: return give_field_word(out, record, FIELD_USER_CLASS);
    default: break;
    }
    if (!fact_is_given(record, FIELD_CALLING))
        return false;
    switch (fact) {
    case FACT_CALLER_KIND: return fact_give_word(out, number_kind_name(caller->kind));
    case FACT_CALLER_COUNTRY: return give_country(out, caller);
    case FACT_CALLER_FLAGS: out->flags = caller->flags; return true;
    case FACT_CALLER_TRUST: return fact_give_word(out, number_trust_name(caller->trust));
    case FACT_CALLER_INTERNATIONAL: return fact_give_bool(out, caller->international);
    case FACT_CALLER_PERSONAL: return fact_give_bool(out, is_personal(caller->kind));
    case FACT_CALLER_SAME_PREFIX: return give_same_prefix(out, subject);
    default: return false;
    }
}

static bool get_callee(const struct subject *subject, enum fact fact, struct fact_value *out)
{
    const struct number *callee = &subject->callee;

    if (!fact_is_given(subject->record, FIELD_CALLED))
        return false;
    switch (fact) {
    case FACT_CALLEE_KIND: return fact_give_word(out, number_kind_name(callee->kind));
    case FACT_CALLEE_COUNTRY: return give_country(out, callee);
    case FACT_CALLEE_FLAGS: out->flags = callee->flags; return true;
    case FACT_CALLEE_INTERNATIONAL: return fact_give_bool(out, callee->international);
    default: return false;
    }
}

/* ---- call ---- */

static bool give_answered(struct fact_value *out, const struct record *record)
{
    bool has_dur = record_has(record, FIELD_DUR);

    if (record_has(record, FIELD_T_ANSWER) || (has_dur && record->field[FIELD_DUR].i > 0))
        return fact_give_bool(out, true);
    return (has_dur || fact_is_given(record, FIELD_T_ANSWER)) && fact_give_bool(out, false);
}

/* ring_ms, or the time from alerting to answer or release. */
static bool give_ring(struct fact_value *out, const struct record *record)
{
    enum record_field end = record_has(record, FIELD_T_ANSWER) ? FIELD_T_ANSWER : FIELD_T_RELEASE;

    if (record_has(record, FIELD_RING_MS))
        return give_field_num(out, record, FIELD_RING_MS);
    if (!record_has(record, FIELD_T_ALERT) || !record_has(record, end) ||
        record->field[end].i < record->field[FIELD_T_ALERT].i)
        return false;
    return fact_give_num(out, (double)record->field[end].i - (double)record->field[FIELD_T_ALERT].i);
}

static bool give_redirected(struct fact_value *out, const struct record *record)
{
    if (record_str(record, FIELD_ORIG_CALLED).n > 0 || record_str(record, FIELD_REDIRECTING).n > 0)
        return fact_give_bool(out, true);
    return (fact_is_given(record, FIELD_ORIG_CALLED) || fact_is_given(record, FIELD_REDIRECTING)) &&
           fact_give_bool(out, false);
}

static bool get_call(const struct record *record, enum fact fact, struct fact_value *out)
{
    if (record->kind != RECORD_CALL)
        return false;
    switch (fact) {
    case FACT_CALL_DUR: return give_field_num(out, record, FIELD_DUR);
    case FACT_CALL_ANSWERED: return give_answered(out, record);
    case FACT_CALL_RING_MS: return give_ring(out, record);
    case FACT_CALL_RELEASED_BY: return give_field_word(out, record, FIELD_RELEASE_PARTY);
    case FACT_CALL_REDIRECTED: return give_redirected(out, record);
    default: return false;
    }
}

bool fact_of_fields(const struct subject *subject, enum fact fact, struct fact_value *out)
{
    if (fact < FACT_CALLER_KIND)
        return get_record(subject->record, fact, out);
    if (fact < FACT_CALLEE_KIND)
        return get_caller(subject, fact, out);
    if (fact < FACT_CALL_DUR)
        return get_callee(subject, fact, out);
    return get_call(subject->record, fact, out);
}
