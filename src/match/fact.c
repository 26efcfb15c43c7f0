/* fact.c - the table, then one function per group of facts that read the text: text, contacts, claim; the others are in
 * fact_fields.c. Each answers false when the field it rests on is absent; a JSON null is an answer (nothing there), not
 * an absence. */
#include "match/fact.h"

#include "match/fact_give.h"
#include "match/model_view.h"
#include "match/optout.h"
#include "record/han.h"

const struct fact_def fact_defs[FACT_COUNT] = {
#define X(id, name, type, help) [FACT_##id] = {name, FACT_TYPE_##type, help},
    FACTS(X)
#undef X
};

_Static_assert(FACT_COUNT <= 64, "facts are bits of a mask");

/* ---- text ---- */

static double rare_share(struct str text)
{
    size_t han, rare;

    han_count(text, &han, &rare);
    return han > 0 ? (double)rare / (double)han : 0;
}

/* Asked by many rules. */
static bool subject_optout(struct subject *subject)
{
    const struct canon *canon = subject->canon;

    if (!subject->optout_asked)
        subject->optout = optout_ends(str_range(canon->buf + canon->body, canon->buf + canon->body_end));
    subject->optout_asked = true;
    return subject->optout;
}

static bool get_text(struct subject *subject, enum fact fact, struct fact_value *out)
{
    const struct record *record = subject->record;
    const struct canon *canon = subject->canon;

    switch (fact) {
    case FACT_TEXT_LENGTH: return fact_give_num(out, canon->chars);
    case FACT_TEXT_ASR: return fact_give_bool(out, record->kind == RECORD_CALL);
    case FACT_TEXT_TRUNCATED: return fact_give_bool(out, (record->flags & RECORD_TRUNCATED) != 0);
    case FACT_TEXT_INCOMPLETE: return fact_give_bool(out, (record->flags & RECORD_INCOMPLETE) != 0);
    case FACT_TEXT_SIGNATURE:
        return fact_give_bool(out, canon->end[CANON_SIGNATURE] > canon->start[CANON_SIGNATURE]);
    case FACT_TEXT_DISGUISE: return fact_give_num(out, canon->changed + subject->rewritten);
    case FACT_TEXT_RARE:
        return fact_give_num(out, rare_share(str_range(canon->buf + canon->start[CANON_TEXT],
                                                  canon->buf + canon->end[CANON_TEXT])));
    case FACT_TEXT_RARE_RAW: return fact_give_num(out, rare_share(canon->text));
    case FACT_TEXT_OPTOUT: return fact_give_bool(out, subject_optout(subject));
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

const struct contact_list *subject_contacts(struct subject *subject)
{
    static const struct contact_list none;

    if (!subject->contacts_done) {
        const struct number *caller = fact_is_given(subject->record, FIELD_CALLING) ? &subject->caller : NULL;
        if (contact_extract(subject->contact_tables, subject->plan, subject->canon, caller,
                            subject->contacts) != 0)
            return &none; /* out of memory: tried again at the next question */
        subject->contacts_done = true;
    }
    return subject->contacts;
}

bool subject_may_have_url(struct subject *subject)
{
    if (!subject->urls_asked)
        subject->may_have_url = contact_may_have_url(subject->canon);
    subject->urls_asked = true;
    return subject->may_have_url;
}

const struct contact_list *subject_urls(struct subject *subject)
{
    static const struct contact_list none;

    return subject_may_have_url(subject) ? subject_contacts(subject) : &none;
}

static bool get_contacts(struct subject *subject, enum fact fact, struct fact_value *out)
{
    const struct contact_list *list =
        (FACTS_OF_URLS & FACT_BIT(fact)) != 0 ? subject_urls(subject) : subject_contacts(subject);
    const unsigned url = 1u << CONTACT_URL;
    size_t urls = count_contacts(list, url, 0, 0), all = count_contacts(list, REACH, 0, 0);

    switch (fact) {
    case FACT_TEXT_URL: return fact_give_bool(out, urls > 0);
    case FACT_TEXT_URLS: return fact_give_num(out, (double)urls);
    case FACT_TEXT_PHONES: return fact_give_num(out, (double)count_contacts(list, 1u << CONTACT_PHONE, 0, 0));
    case FACT_TEXT_CONTACT: return fact_give_bool(out, all > 0);
    case FACT_TEXT_AMOUNT_MAX: return fact_give_num(out, largest_amount(list));
    case FACT_URL_OFFICIAL:
        return fact_give_bool(out, urls > 0 && count_contacts(list, url, CONTACT_OFFICIAL, 0) == urls);
    case FACT_URL_SHORTENER: return fact_give_bool(out, count_contacts(list, url, CONTACT_SHORTENER, 0) > 0);
    case FACT_URL_IPHOST: return fact_give_bool(out, count_contacts(list, url, CONTACT_IP_HOST, 0) > 0);
    case FACT_URL_LOOKALIKE: return fact_give_bool(out, count_contacts(list, url, CONTACT_LOOKALIKE, 0) > 0);
    case FACT_CONTACT_OFFICIAL:
        return fact_give_bool(out, all > 0 && count_contacts(list, REACH, CONTACT_OFFICIAL, 0) == all);
    case FACT_CONTACT_UNOFFICIAL:
        return fact_give_bool(out, count_contacts(list, REACH, 0, CONTACT_OFFICIAL | CONTACT_IS_SENDER) > 0);
    case FACT_CONTACT_IS_SENDER: return fact_give_bool(out, count_contacts(list, ~0u, CONTACT_IS_SENDER, 0) > 0);
    case FACT_CONTACT_OTHER_PHONE:
        return fact_is_given(subject->record, FIELD_CALLING) &&
               fact_give_bool(out,
                              count_contacts(list, 1u << CONTACT_PHONE, 0, CONTACT_OFFICIAL | CONTACT_IS_SENDER) > 0);
    case FACT_CONTACT_SOFT:
        return fact_give_bool(out, count_contacts(list, HINTS, 0, 0) > 0 ||
                                  contact_is_hinted(subject->contact_tables, subject->canon));
    default: return false;
    }
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
    bool calling = fact_is_given(subject->record, FIELD_CALLING);

    switch (fact) {
    case FACT_CLAIM_ORG: return fact_give_word(out, claim->institution != NULL ? claim->institution->id : "none");
    case FACT_CLAIM_KIND:
        return fact_give_word(out,
                              claim->institution != NULL ? institution_kind_name(claim->institution->kind) : "none");
    case FACT_CLAIM_MISMATCH:
        return calling && fact_give_bool(out, claim_sender_differs(subject->contact_tables, claim, &subject->caller));
    case FACT_CLAIM_URL_MISMATCH:
        return fact_give_bool(out, claim->institution != NULL &&
                                  claim_link_differs(subject->contact_tables, claim, subject_urls(subject),
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
    if (fact == FACT_MODEL_SCORE)
        return model_view_answer(subject, &out->num);
    if (fact < FACT_TEXT_LENGTH)
        return fact_of_fields(subject, fact, out);
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
        bool known = fact == FACT_MODEL_SCORE               ? model_view_can_answer(subject)
                     : fact_needs_contacts((enum fact)fact) ? subject->record->has_text
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
