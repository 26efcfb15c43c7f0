/* fact.h - what is true of a record before any phrase is looked at; one table of names, types and meaning.
 *
 * Three-valued: a fact whose field is absent is unknown. A fact of a JSON null `calling` is known (kind missing).
 * Text facts that need contacts are computed on first use (struct subject caches them). */
#ifndef TELSIEVE_MATCH_FACT_H
#define TELSIEVE_MATCH_FACT_H

#include "record/canon.h"
#include "record/claim.h"
#include "record/contact.h"
#include "record/number.h"
#include "record/record.h"

/* BOOL a truth; NUM a number; WORD a word compared with == and in; FLAGS a set of words: `"CN_INTL" in caller.flags`.
 * Columns: id, name, type, help. At most 64. */
#define FACTS(X)                                                                                              \
    X(RECORD_KIND, "record.kind", WORD, "sms or call")                                                        \
    X(RECORD_LEG, "record.leg", WORD, "mo, mt, ao, at, gw_in, gw_out, fwd")                                   \
    X(RECORD_INGRESS, "record.ingress", WORD, "onnet, interconnect, intl, voip; unknown when not given")      \
    X(RECORD_HOUR, "record.hour", NUM, "hour of ts in Asia/Shanghai, 0-23")                                   \
    X(CALLER_KIND, "caller.kind", WORD, "class of the calling number (number.h)")                             \
    X(CALLER_COUNTRY, "caller.country", WORD, "country calling code, \"86\" for China")                       \
    X(CALLER_FLAGS, "caller.flags", FLAGS, "irregularities of the calling number (number.h)")                 \
    X(CALLER_TRUST, "caller.trust", WORD, "trusted, port, personal, international, invalid, other")           \
    X(CALLER_INTERNATIONAL, "caller.international", BOOL, "calling number is of another numbering plan than +86") \
    X(CALLER_PERSONAL, "caller.personal", BOOL, "mobile, virtual operator, IoT, fixed line")                  \
    X(CALLER_AGE_DAYS, "caller.age_days", NUM, "days since open_date at ts")                                  \
    X(CALLER_ROAMING, "caller.roaming", BOOL, "subscriber is abroad (roam 5, 6 or 8)")                        \
    X(CALLER_VPLMN, "caller.vplmn", WORD, "visited network")                                                  \
    X(CALLER_SAME_PREFIX, "caller.same_prefix", BOOL, "caller and callee share their first 7 digits")         \
    X(CALLER_USER_CLASS, "caller.user_class", WORD, "personal, enterprise, iot, mvno, test")                  \
    X(CALLEE_KIND, "callee.kind", WORD, "class of the called number")                                         \
    X(CALLEE_COUNTRY, "callee.country", WORD, "country calling code of the called number")                    \
    X(CALLEE_FLAGS, "callee.flags", FLAGS, "irregularities of the called number")                             \
    X(CALLEE_INTERNATIONAL, "callee.international", BOOL, "called number is of another numbering plan than +86") \
    X(CALL_DUR, "call.dur", NUM, "talk time in seconds")                                                      \
    X(CALL_ANSWERED, "call.answered", BOOL, "dur above 0, or an answer time")                                 \
    X(CALL_RING_MS, "call.ring_ms", NUM, "ringing in milliseconds")                                           \
    X(CALL_RELEASED_BY, "call.released_by", WORD, "calling, called, network")                                 \
    X(CALL_REDIRECTED, "call.redirected", BOOL, "an original called or redirecting number is given")          \
    X(TEXT_LENGTH, "text.length", NUM, "canonical characters")                                                \
    X(TEXT_ASR, "text.asr", BOOL, "the text is the transcript of a call")                                     \
    X(TEXT_TRUNCATED, "text.truncated", BOOL, "cut at input.max_text_chars")                                  \
    X(TEXT_INCOMPLETE, "text.incomplete", BOOL, "one part of a longer SMS")                                   \
    X(TEXT_URL, "text.url", BOOL, "a URL or host name is in the text")                                        \
    X(TEXT_URLS, "text.urls", NUM, "number of URLs")                                                          \
    X(TEXT_PHONES, "text.phones", NUM, "number of telephone numbers in the text")                             \
    X(TEXT_CONTACT, "text.contact", BOOL, "a URL, QQ, WeChat, phone, card, account or wallet is in the text") \
    X(TEXT_AMOUNT_MAX, "text.amount_max", NUM, "largest sum of money in yuan")                                \
    X(TEXT_SIGNATURE, "text.signature", BOOL, "the text carries a 【signature】")                             \
    X(TEXT_DISGUISE, "text.disguise", NUM, "characters written so as to hide; from 3 on no accident (DOMAIN 3.3)")     \
    X(TEXT_RARE, "text.rare", NUM, "share (0 to 1) of Han characters outside the 3,500 common ones, as folded")  \
    X(TEXT_RARE_RAW, "text.rare_raw", NUM, "the same of the text as it was written")                            \
    X(TEXT_OPTOUT, "text.optout", BOOL, "an opt-out such as 拒收请回复R or 退订回T ends the text")            \
    X(URL_OFFICIAL, "url.official", BOOL, "every URL belongs to a known institution")                         \
    X(URL_SHORTENER, "url.shortener", BOOL, "a link shortener is among the URLs")                             \
    X(URL_IPHOST, "url.iphost", BOOL, "a URL has an IP address as host")                                      \
    X(URL_LOOKALIKE, "url.lookalike", BOOL, "a URL's host imitates an institution's (10o86, icbc-vip, gov-cn)") \
    X(CONTACT_OFFICIAL, "contact.official", BOOL, "every contact in the text is a known institution's")       \
    X(CONTACT_UNOFFICIAL, "contact.unofficial", BOOL,                                                         \
      "a contact is in the text that is no known institution's and not the sender")                           \
    X(CONTACT_IS_SENDER, "contact.is_sender", BOOL, "a number in the text is the sender's own")               \
    X(CONTACT_OTHER_PHONE, "contact.other_phone", BOOL,                                                       \
      "a phone number in the text is neither the sender's nor an institution's")                              \
    X(CONTACT_SOFT, "contact.soft", BOOL,                                                                     \
      "a contact is hinted at only: masked, elided (click the link, add our service), an app, search term, "  \
      "meeting or password")                                                                                  \
    X(CLAIM_ORG, "claim.org", WORD, "institution the text says it comes from, an id of institutions.json; none")  \
    X(CLAIM_KIND, "claim.kind", WORD, "kind of that institution: bank, carrier, police … (institution.h); none") \
    X(CLAIM_MISMATCH, "claim.mismatch", BOOL, "it cannot be the sender: foreign, irregular or personal number") \
    X(CLAIM_URL_MISMATCH, "claim.url_mismatch", BOOL,                                                         \
      "a link is neither its own nor of another known institution, and the sender's number not its own")     \
    X(MODEL_SCORE, "model.score", NUM,                                                                        \
      "what the learned model (`rules.model`) gives the text, 0 to 100; to rules that warn it is unknown while the " \
      "model is on trial")

enum fact {
#define X(id, name, type, help) FACT_##id,
    FACTS(X)
#undef X
    FACT_COUNT
};

_Static_assert(FACT_COUNT <= 64, "facts are bits of a word");

/* A bit each: all; those that a text's digits have no part in; those that are known of a text without a URL, and of one
 * without a contact, whatever its digits. */
#define FACT_BIT(fact) (UINT64_C(1) << (fact))
#define FACTS_ALL UINT64_MAX
#define FACTS_OF_WORDS                                                                                               \
    (FACT_BIT(FACT_TEXT_LENGTH) | FACT_BIT(FACT_TEXT_SIGNATURE) | FACT_BIT(FACT_TEXT_RARE) |                         \
     FACT_BIT(FACT_TEXT_RARE_RAW) | FACT_BIT(FACT_TEXT_OPTOUT))
#define FACTS_OF_URLS                                                                                                \
    (FACT_BIT(FACT_TEXT_URL) | FACT_BIT(FACT_TEXT_URLS) | FACT_BIT(FACT_URL_OFFICIAL) |                               \
     FACT_BIT(FACT_URL_SHORTENER) | FACT_BIT(FACT_URL_IPHOST) | FACT_BIT(FACT_URL_LOOKALIKE))
#define FACTS_OF_CONTACTS                                                                                            \
    (FACTS_OF_URLS | FACT_BIT(FACT_TEXT_PHONES) | FACT_BIT(FACT_TEXT_CONTACT) | FACT_BIT(FACT_CONTACT_OFFICIAL) |     \
     FACT_BIT(FACT_CONTACT_UNOFFICIAL) | FACT_BIT(FACT_CONTACT_IS_SENDER) | FACT_BIT(FACT_CONTACT_OTHER_PHONE) |      \
     FACT_BIT(FACT_CONTACT_SOFT))

enum fact_type { FACT_TYPE_BOOL, FACT_TYPE_NUM, FACT_TYPE_WORD, FACT_TYPE_FLAGS };

struct fact_def {
    const char *name;
    enum fact_type type;
    const char *help;
};
extern const struct fact_def fact_defs[FACT_COUNT];

#define FACT_DISGUISED_CHARS 3 /* changed characters from which on a text is disguised (DOMAIN 3.3) */

struct list_view;
struct model_view;

enum tri { TRI_FALSE, TRI_TRUE, TRI_UNKNOWN };

/* Everything facts are computed from; filled by judge.c for each record. */
struct subject {
    const struct record *record;
    struct number caller, callee;
    const struct canon *canon;
    const struct contact_tables *contact_tables;
    const struct number_plan *plan;
    struct contact_list *contacts; /* filled on first use */
    bool contacts_done, claim_done;
    bool urls_asked, may_have_url; /* asked before contacts are looked for */
    bool put_right;                /* some words were (undisguise.h): `rewritten` may become more than 0 */
    bool optout_asked, optout;
    uint32_t rewritten;            /* characters of words written otherwise (undisguise.h), beside canon->changed */
    struct claim claim;            /* found on first use */
    struct list_view *lists;       /* what of the record is in which list (fact_list.h); NULL: every list is empty */
    struct model_view *model;      /* the learned score (model_view.h); NULL: there is none */
    bool scored;                   /* it has been asked for */
    bool on_trial;                 /* the rule that asks is in shadow */
};

/* For the next record: what was found of the last one is forgotten. Its numbers are to be classified yet, its text to
 * be folded into `canon`. */
static inline void subject_begin(struct subject *subject, const struct record *record, const struct number_plan *plan,
                                 const struct contact_tables *tables)
{
    subject->record = record;
    subject->plan = plan;
    subject->contact_tables = tables;
    subject->contacts_done = subject->claim_done = subject->urls_asked = subject->optout_asked = false;
    subject->scored = false;
    subject->rewritten = 0;
}

/* The contacts of the text, extracted once per record. */
const struct contact_list *subject_contacts(struct subject *subject);

/* The same, or perhaps none when no URL is among them: most texts are cheaply found to have none. */
const struct contact_list *subject_urls(struct subject *subject);

/* May a URL be among them? False is certain, and cheap. */
bool subject_may_have_url(struct subject *subject);

/* Value of a fact; the type of the table says which member holds. Returns false when unknown. */
struct fact_value {
    bool b;
    double num;
    struct str word; /* may point into buf: do not copy the struct and keep this */
    uint32_t flags;
    char buf[8];
};
bool fact_get(struct subject *subject, enum fact fact, struct fact_value *out);

/* Bits of the facts that are known for this record without looking for contacts (text facts count as known when the
 * record has a text). For the coverage metric. */
uint64_t fact_known_mask(const struct subject *subject);

/* Does the fact need the contacts of the text or the institution it names (dear: looked for on first use)? */
bool fact_needs_contacts(enum fact fact);

/* The words a WORD or FLAGS fact can have, NULL-terminated; NULL when any word may occur. The words of a FLAGS fact
 * stand in the order of their bits. */
const char *const *fact_words(enum fact fact);

int fact_find(struct str name); /* -1 unknown */
const char *const *fact_names(void); /* NULL-terminated, for err_nearest */

#endif
