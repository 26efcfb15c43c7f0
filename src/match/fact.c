/* fact.c - the table, then one function per room of facts: record, parties, call, text, contacts, claim. Each
 * answers false when the field it rests on is absent; a JSON null is an answer (nothing there), not an
 * absence. */
#include "match/fact.h"

#include "match/optout.h"
#include "record/han.h"

#include <stdio.h>

const struct fact_def fact_defs[FACT_COUNT] = {
#define X(id, name, type, help) [FACT_##id] = {name, FACT_TYPE_##type, help},
    FACTS(X)
#undef X
};

_Static_assert(FACT_COUNT <= 64, "facts are bits of a mask");

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define SHANGHAI_MS (INT64_C(8) * 3600 * 1000)

static bool is_given(const struct record *record, enum record_field field)
{
    return ((record->present | record->nulls) & FIELD_BIT(field)) != 0;
}

static bool give_bool(struct fact_value *out, bool value)
{
    out->b = value;
    return true;
}

static bool give_num(struct fact_value *out, double value)
{
    out->num = value;
    return true;
}

static bool give_word(struct fact_value *out, const char *word)
{
    out->word = str_of(word);
    return true;
}

static bool give_field_word(struct fact_value *out, const struct record *record, enum record_field field)
{
    out->word = record_str(record, field);
    return out->word.n > 0;
}

static bool give_field_num(struct fact_value *out, const struct record *record, enum record_field field)
{
    return record_has(record, field) && give_num(out, (double)record->field[field].i);
}

/* ---- record ---- */

static bool get_record(const struct record *record, enum fact fact, struct fact_value *out)
{
    switch (fact) {
    case FACT_RECORD_KIND: return give_word(out, record->kind == RECORD_CALL ? "call" : "sms");
    case FACT_RECORD_LEG: return give_field_word(out, record, FIELD_LEG);
    case FACT_RECORD_INGRESS:
        return record->ingress != INGRESS_UNKNOWN && give_word(out, ingress_name(record->ingress));
    case FACT_RECORD_HOUR: {
        if (!record_has(record, FIELD_TS))
            return false;
        int64_t in_day = (record->field[FIELD_TS].i % DAY_MS + SHANGHAI_MS + DAY_MS) % DAY_MS;
        return give_num(out, (double)(in_day / (3600 * 1000)));
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
    return give_word(out, out->buf);
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
    return age >= 0 && give_num(out, (double)age);
}

static bool give_roaming(struct fact_value *out, const struct record *record)
{
    if (!record_has(record, FIELD_ROAM))
        return false;
    int64_t roam = record->field[FIELD_ROAM].i;
    return give_bool(out, roam == 5 || roam == 6 || roam == 8);
}

static bool give_same_prefix(struct fact_value *out, const struct subject *subject)
{
    const struct number *a = &subject->caller, *b = &subject->callee;

    if (!is_given(subject->record, FIELD_CALLED))
        return false;
    return give_bool(out, a->ndigits > 7 && b->ndigits > 7 && memcmp(a->digits, b->digits, 7) == 0);
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
    if (!is_given(record, FIELD_CALLING))
        return false;
    switch (fact) {
    case FACT_CALLER_KIND: return give_word(out, number_kind_name(caller->kind));
    case FACT_CALLER_COUNTRY: return give_country(out, caller);
    case FACT_CALLER_FLAGS: out->flags = caller->flags; return true;
    case FACT_CALLER_TRUST: return give_word(out, number_trust_name(caller->trust));
    case FACT_CALLER_INTERNATIONAL: return give_bool(out, caller->international);
    case FACT_CALLER_PERSONAL: return give_bool(out, is_personal(caller->kind));
    case FACT_CALLER_SAME_PREFIX: return give_same_prefix(out, subject);
    default: return false;
    }
}

static bool get_callee(const struct subject *subject, enum fact fact, struct fact_value *out)
{
    const struct number *callee = &subject->callee;

    if (!is_given(subject->record, FIELD_CALLED))
        return false;
    switch (fact) {
    case FACT_CALLEE_KIND: return give_word(out, number_kind_name(callee->kind));
    case FACT_CALLEE_COUNTRY: return give_country(out, callee);
    case FACT_CALLEE_FLAGS: out->flags = callee->flags; return true;
    case FACT_CALLEE_INTERNATIONAL: return give_bool(out, callee->international);
    default: return false;
    }
}

/* ---- call ---- */

static bool give_answered(struct fact_value *out, const struct record *record)
{
    bool has_dur = record_has(record, FIELD_DUR);

    if (record_has(record, FIELD_T_ANSWER) || (has_dur && record->field[FIELD_DUR].i > 0))
        return give_bool(out, true);
    return (has_dur || is_given(record, FIELD_T_ANSWER)) && give_bool(out, false);
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
    return give_num(out, (double)record->field[end].i - (double)record->field[FIELD_T_ALERT].i);
}

static bool give_redirected(struct fact_value *out, const struct record *record)
{
    if (record_str(record, FIELD_ORIG_CALLED).n > 0 || record_str(record, FIELD_REDIRECTING).n > 0)
        return give_bool(out, true);
    return (is_given(record, FIELD_ORIG_CALLED) || is_given(record, FIELD_REDIRECTING)) &&
           give_bool(out, false);
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

/* ---- text ---- */

static double rare_share(struct str text)
{
    size_t han, rare;

    han_count(text, &han, &rare);
    return han > 0 ? (double)rare / (double)han : 0;
}

static bool get_text(const struct subject *subject, enum fact fact, struct fact_value *out)
{
    const struct record *record = subject->record;
    const struct canon *canon = subject->canon;

    switch (fact) {
    case FACT_TEXT_LENGTH: return give_num(out, canon->chars);
    case FACT_TEXT_ASR: return give_bool(out, record->kind == RECORD_CALL);
    case FACT_TEXT_TRUNCATED: return give_bool(out, (record->flags & RECORD_TRUNCATED) != 0);
    case FACT_TEXT_INCOMPLETE: return give_bool(out, (record->flags & RECORD_INCOMPLETE) != 0);
    case FACT_TEXT_SIGNATURE:
        return give_bool(out, canon->end[CANON_SIGNATURE] > canon->start[CANON_SIGNATURE]);
    case FACT_TEXT_DISGUISE: return give_num(out, canon->changed);
    case FACT_TEXT_RARE:
        return give_num(out, rare_share(str_range(canon->buf + canon->start[CANON_TEXT],
                                                  canon->buf + canon->end[CANON_TEXT])));
    case FACT_TEXT_RARE_RAW: return give_num(out, rare_share(canon->text));
    case FACT_TEXT_OPTOUT:
        return give_bool(out, optout_ends(str_range(canon->buf + canon->body, canon->buf + canon->body_end)));
    default: return false;
    }
}

/* ---- contacts ---- */

#define REACH                                                                                                \
    (1u << CONTACT_URL | 1u << CONTACT_QQ | 1u << CONTACT_WECHAT | 1u << CONTACT_PHONE |                     \
     1u << CONTACT_CARD | 1u << CONTACT_ACCOUNT | 1u << CONTACT_WALLET | 1u << CONTACT_TELEGRAM |           \
     1u << CONTACT_GROUP)

#define HINTS (1u << CONTACT_MEETING | 1u << CONTACT_APP | 1u << CONTACT_SEARCH | 1u << CONTACT_TOKEN)

/* Contacts whose kind is in `kinds` and that have one of `with` (0: any) and none of `without`. */
static size_t count_contacts(const struct contact_list *list, unsigned kinds, uint32_t with, uint32_t without)
{
    size_t n = 0;

    for (size_t i = 0; i < list->n; i++) {
        const struct contact *contact = &list->items[i];
        n += (kinds & 1u << contact->kind) != 0 && (with == 0 || (contact->traits & with) != 0) &&
             (contact->traits & without) == 0;
    }
    return n;
}

static double largest_amount(const struct contact_list *list)
{
    int64_t largest = 0;

    for (size_t i = 0; i < list->namounts; i++)
        largest = list->amounts[i] > largest ? list->amounts[i] : largest;
    return (double)largest;
}

static bool get_contacts(struct subject *subject, enum fact fact, struct fact_value *out)
{
    const struct contact_list *list = subject_contacts(subject);
    const unsigned url = 1u << CONTACT_URL;
    size_t urls = count_contacts(list, url, 0, 0), all = count_contacts(list, REACH, 0, 0);

    switch (fact) {
    case FACT_TEXT_URL: return give_bool(out, urls > 0);
    case FACT_TEXT_URLS: return give_num(out, (double)urls);
    case FACT_TEXT_PHONES: return give_num(out, (double)count_contacts(list, 1u << CONTACT_PHONE, 0, 0));
    case FACT_TEXT_CONTACT: return give_bool(out, all > 0);
    case FACT_TEXT_AMOUNT_MAX: return give_num(out, largest_amount(list));
    case FACT_URL_OFFICIAL:
        return give_bool(out, urls > 0 && count_contacts(list, url, CONTACT_OFFICIAL, 0) == urls);
    case FACT_URL_SHORTENER: return give_bool(out, count_contacts(list, url, CONTACT_SHORTENER, 0) > 0);
    case FACT_URL_IPHOST: return give_bool(out, count_contacts(list, url, CONTACT_IP_HOST, 0) > 0);
    case FACT_URL_LOOKALIKE: return give_bool(out, count_contacts(list, url, CONTACT_LOOKALIKE, 0) > 0);
    case FACT_CONTACT_OFFICIAL:
        return give_bool(out, all > 0 && count_contacts(list, REACH, CONTACT_OFFICIAL, 0) == all);
    case FACT_CONTACT_UNOFFICIAL:
        return give_bool(out, count_contacts(list, REACH, 0, CONTACT_OFFICIAL | CONTACT_IS_SENDER) > 0);
    case FACT_CONTACT_IS_SENDER: return give_bool(out, count_contacts(list, ~0u, CONTACT_IS_SENDER, 0) > 0);
    case FACT_CONTACT_OTHER_PHONE:
        return is_given(subject->record, FIELD_CALLING) &&
               give_bool(out, count_contacts(list, 1u << CONTACT_PHONE, 0, CONTACT_OFFICIAL | CONTACT_IS_SENDER) > 0);
    case FACT_CONTACT_SOFT:
        return give_bool(out, count_contacts(list, HINTS, 0, 0) > 0 ||
                                  contact_is_hinted(subject->contact_tables, subject->canon));
    default: return false;
    }
}

const struct contact_list *subject_contacts(struct subject *subject)
{
    static const struct contact_list none;

    if (!subject->contacts_done) {
        const struct number *caller = is_given(subject->record, FIELD_CALLING) ? &subject->caller : NULL;
        if (contact_extract(subject->contact_tables, subject->plan, subject->canon, caller,
                            subject->contacts) != 0)
            return &none; /* out of memory: tried again at the next question */
        subject->contacts_done = true;
    }
    return subject->contacts;
}

/* ---- the institution claimed ---- */

static const struct claim *subject_claim(struct subject *subject)
{
    if (!subject->claim_done) {
        subject->claim = claim_find(subject->contact_tables, subject->canon, subject->record->kind == RECORD_CALL);
        subject->claim_done = true;
    }
    return &subject->claim;
}

static bool get_claim(struct subject *subject, enum fact fact, struct fact_value *out)
{
    const struct claim *claim = subject_claim(subject);
    bool calling = is_given(subject->record, FIELD_CALLING);

    switch (fact) {
    case FACT_CLAIM_ORG: return give_word(out, claim->institution != NULL ? claim->institution->id : "none");
    case FACT_CLAIM_KIND:
        return give_word(out, claim->institution != NULL ? institution_kind_name(claim->institution->kind) : "none");
    case FACT_CLAIM_MISMATCH:
        return calling && give_bool(out, claim_sender_differs(subject->contact_tables, claim, &subject->caller));
    case FACT_CLAIM_URL_MISMATCH:
        return give_bool(out, claim->institution != NULL &&
                                  claim_link_differs(subject->contact_tables, claim, subject_contacts(subject),
                                                     calling ? &subject->caller : NULL));
    default: return false;
    }
}

bool fact_needs_contacts(enum fact fact)
{
    switch (fact) {
    case FACT_TEXT_URL:
    case FACT_TEXT_URLS:
    case FACT_TEXT_PHONES:
    case FACT_TEXT_CONTACT:
    case FACT_TEXT_AMOUNT_MAX:
    case FACT_URL_OFFICIAL:
    case FACT_URL_SHORTENER:
    case FACT_URL_IPHOST:
    case FACT_URL_LOOKALIKE:
    case FACT_CONTACT_OFFICIAL:
    case FACT_CONTACT_UNOFFICIAL:
    case FACT_CONTACT_IS_SENDER:
    case FACT_CONTACT_OTHER_PHONE:
    case FACT_CONTACT_SOFT:
    case FACT_CLAIM_ORG:
    case FACT_CLAIM_KIND:
    case FACT_CLAIM_MISMATCH:
    case FACT_CLAIM_URL_MISMATCH: return true;
    default: return false;
    }
}

/* ---- all of them ---- */

bool fact_get(struct subject *subject, enum fact fact, struct fact_value *out)
{
    out->b = false;
    out->num = 0;
    out->flags = 0;
    out->word = (struct str){0};
    if (fact < FACT_CALLER_KIND)
        return get_record(subject->record, fact, out);
    if (fact < FACT_CALLEE_KIND)
        return get_caller(subject, fact, out);
    if (fact < FACT_CALL_DUR)
        return get_callee(subject, fact, out);
    if (fact < FACT_TEXT_LENGTH)
        return get_call(subject->record, fact, out);
    if (!subject->record->has_text)
        return false;
    if (fact >= FACT_CLAIM_ORG)
        return get_claim(subject, fact, out);
    return fact_needs_contacts(fact) ? get_contacts(subject, fact, out) : get_text(subject, fact, out);
}

uint64_t fact_known_mask(const struct subject *subject)
{
    struct subject copy = *subject; /* facts that need no contacts change nothing in it */
    struct fact_value value;
    uint64_t mask = 0;

    for (int fact = 0; fact < FACT_COUNT; fact++) {
        bool known = fact_needs_contacts((enum fact)fact) ? subject->record->has_text
                                                          : fact_get(&copy, (enum fact)fact, &value);
        mask |= (uint64_t)known << fact;
    }
    return mask;
}

const char *const *fact_words(enum fact fact)
{
    static const char *const kinds[] = {"sms", "call", NULL};
    static const char *const legs[] = {"mo", "mt", "ao", "at", "gw_in", "gw_out", "fwd", NULL};
    static const char *const ingresses[] = {"onnet", "interconnect", "intl", "voip", NULL};
    static const char *const trusts[] = {"trusted", "port", "personal", "international", "invalid", "other", NULL};
    static const char *const classes[] = {"personal", "enterprise", "iot", "mvno", "test", NULL};
    static const char *const parties[] = {"calling", "called", "network", NULL};
#define X(name, code, word) word,
    static const char *const number_kinds[] = {NUMBER_KINDS(X) NULL};
#undef X
#define X(name) #name,
    static const char *const number_flags[] = {NUMBER_FLAGS(X) NULL};
#undef X
#define X(name, word) word,
    static const char *const claims[] = {INSTITUTION_KINDS(X) "none", NULL};
#undef X

    switch (fact) {
    case FACT_CLAIM_KIND: return claims;
    case FACT_RECORD_KIND: return kinds;
    case FACT_RECORD_LEG: return legs;
    case FACT_RECORD_INGRESS: return ingresses;
    case FACT_CALLER_KIND:
    case FACT_CALLEE_KIND: return number_kinds;
    case FACT_CALLER_FLAGS:
    case FACT_CALLEE_FLAGS: return number_flags;
    case FACT_CALLER_TRUST: return trusts;
    case FACT_CALLER_USER_CLASS: return classes;
    case FACT_CALL_RELEASED_BY: return parties;
    default: return NULL;
    }
}

int fact_find(struct str name)
{
    for (int fact = 0; fact < FACT_COUNT; fact++) {
        if (str_eqz(name, fact_defs[fact].name))
            return fact;
    }
    return -1;
}

const char *const *fact_names(void)
{
#define X(id, name, type, help) name,
    static const char *const names[] = {FACTS(X) NULL};
#undef X

    return names;
}
