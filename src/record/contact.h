/* contact.h - what a text gives to reach somebody by: URLs, QQ, WeChat, phones, accounts; and amounts of money.
 *
 * Threads: the tables are immutable; a contact_list belongs to one worker. Extraction is lazy: called only when a
 * condition or a warning asks. Positions are characters (code points) of the original text, half open. */
#ifndef TELSIEVE_RECORD_CONTACT_H
#define TELSIEVE_RECORD_CONTACT_H

#include "core/err.h"
#include "record/canon.h"
#include "record/number.h"

#define CONTACT_KINDS(X)                                                                                      \
    X(URL, "url") X(QQ, "qq") X(WECHAT, "wechat") X(PHONE, "phone") X(CARD, "card") X(ACCOUNT, "account")     \
    X(WALLET, "wallet") X(EMAIL, "email") X(MEETING, "meeting") X(TELEGRAM, "telegram") X(GROUP, "group")     \
    X(APP, "app") X(SEARCH, "search") X(TOKEN, "token")

enum contact_kind {
#define X(name, word) CONTACT_##name,
    CONTACT_KINDS(X)
#undef X
    CONTACT_KIND_COUNT
};

enum contact_trait {
    CONTACT_OFFICIAL = 1u << 0,  /* registrable domain or number belongs to a known institution or carrier */
    CONTACT_SHORTENER = 1u << 1, /* a link shortener: where it leads is unknown */
    CONTACT_IP_HOST = 1u << 2,   /* the host is an IP address */
    CONTACT_IS_SENDER = 1u << 3, /* the number in the text is the sender itself */
    CONTACT_DISGUISED = 1u << 4, /* written with folded characters, "dot" words, Chinese numerals … */
    CONTACT_LOOKALIKE = 1u << 5, /* a host that imitates an institution's (institution.h) */
};

struct contact {
    enum contact_kind kind;
    uint32_t traits;
    struct str value;            /* host (URL), digits (QQ, card, account, meeting, group), phone as dialled in China or
                                  * with + and country code, id, name of an app or search term, password; lives in
                                  * the list's pool */
    struct str domain;           /* URL, e-mail: registrable domain, else empty */
    uint32_t start, end;         /* characters of the original text */
    uint32_t canon_start, canon_end; /* bytes of canon.buf */
};

#define CONTACTS_MAX 16
#define AMOUNTS_MAX 8

struct contact_list {
    struct contact items[CONTACTS_MAX];
    size_t n;
    int64_t amounts[AMOUNTS_MAX]; /* yuan, rounded down; 万 expanded */
    size_t namounts;
    char *pool;                   /* text of the values; private */
    size_t pool_len, pool_cap;
};

/* Host endings, official domains, shorteners (domains.json), the words around contacts (contact_words.json) and the
 * institutions (institutions.json), all dated, of `dir` (patterns/numbers); and the Public Suffix List of libpsl: the
 * newer of the one built in and the one of the package publicsuffix. */
struct contact_tables;
struct contact_tables *contact_tables_load(const char *dir, struct err *err);
void contact_tables_free(struct contact_tables **tables);
void contact_tables_digest(const struct contact_tables *tables, unsigned char out[32]);

void contact_list_init(struct contact_list *list);
void contact_list_fini(struct contact_list *list);

/* Find the contacts of a folded record. An institution's URL or number is CONTACT_OFFICIAL: a host by the official
 * list (never when it was disguised or anybody can publish there), a number by number_plan_official_service; so are
 * its addresses of e-mail. Codes, order and document numbers, dates and sums are no contacts. `caller` is the
 * classified sender (for CONTACT_IS_SENDER), may be NULL. At most CONTACTS_MAX are kept, in order of position.
 * Returns 0 or -TS_ENOMEM. */
int contact_extract(const struct contact_tables *tables, const struct number_plan *plan, const struct canon *canon,
                    const struct number *caller, struct contact_list *out);

/* Could contact_extract find a URL? Much cheaper; nearly always false when there is none. */
bool contact_may_have_url(const struct canon *canon);

/* Of a text in which contact_extract finds nothing: could it find something but a URL if the ASCII digits were others?
 * False is certain. */
bool contact_may_be_digits(const struct contact_tables *tables, const struct canon *canon);

/* Does the text hint at a contact without giving it: 点击链接, 加客服, 扫码 (contact_words.json, "soft"), or masked: QQ:280***,
 * 电话xxxx? Dear: a look at every character. */
bool contact_is_hinted(const struct contact_tables *tables, const struct canon *canon);

const char *contact_kind_name(enum contact_kind kind);

#endif
