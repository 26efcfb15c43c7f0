/* contact_scan.h - one pass over the canonical text of a record. Private to the contact files.
 *
 * Every scan_* function gets a position in the text and returns the position behind what it found; NULL: it is
 * nothing of its kind. */
#ifndef TELSIEVE_RECORD_CONTACT_SCAN_H
#define TELSIEVE_RECORD_CONTACT_SCAN_H

#include "record/contact_tables.h"

struct contact_scan {
    const struct contact_tables *tables;
    const struct number_plan *plan;
    const struct canon *canon;
    const struct number *caller; /* may be NULL */
    struct contact_list *out;
    const char *start, *end;     /* the canonical text */
};

static inline bool scan_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool scan_is_alpha(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool scan_is_alnum(char c)
{
    return scan_is_digit(c) || scan_is_alpha(c);
}

#define ROLES_OF_CONTACTS                                                                                    \
    (ROLE(QQ) | ROLE(WECHAT) | ROLE(CARD) | ROLE(ACCOUNT) | ROLE(MEETING) | ROLE(PHONE) | ROLE(TELEGRAM) |     \
     ROLE(GROUP) | ROLE(TOKEN) | ROLE(PAY))

/* Bytes of the character at p. */
static inline size_t scan_char_len(const char *p)
{
    unsigned char lead = (unsigned char)*p;

    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Bytes of the quotation mark or bracket at p; 0 for anything else. Between Latin letters canonical text keeps them. */
static inline size_t scan_quote(const char *p, const char *end)
{
    if (p < end && *p == '"')
        return 1;
    if (end - p < 3 || p[1] != '\x80')
        return 0;
    return (p[0] == '\xE2' && p[2] >= '\x98' && p[2] <= '\x9D') ||  /* ‘’“” */
                   (p[0] == '\xE3' && p[2] >= '\x8A' && p[2] <= '\x91') /* 《》「」『』【】 */
               ? 3
               : 0;
}

/* Move *p behind `word` when it stands there. */
static inline bool scan_eat(const char **p, const char *end, struct str word)
{
    if (!str_starts(str_range(*p, end), word))
        return false;
    *p += word.n;
    return true;
}

/* Keep a contact that stands at [from, to); its value and domain are copied. */
void scan_keep(struct contact_scan *scan, enum contact_kind kind, uint32_t traits, const char *from, const char *to,
               struct str value, struct str domain);

/* The original bytes of [from, to). */
struct str scan_original(const struct contact_scan *scan, const char *from, const char *to);

/* Was [from, to) written otherwise than in ASCII or full-width forms of the same characters? */
bool scan_disguised(const struct contact_scan *scan, const char *from, const char *to);

/* Which ROLE()s the words before `at` give to what stands there. */
uint32_t scan_roles(const struct contact_scan *scan, const char *at);

/* The value 0–9 of the Chinese numeral at p (一幺两洞拐勾…, 3 bytes); -1 for anything else. */
int scan_numeral(const char *p, const char *end);

/* Keep a coin address that is the whole of [p, token_end): TRON and Bitcoin by their checksum, Ethereum by its shape. */
bool scan_wallet(struct contact_scan *scan, const char *p, const char *token_end);

/* Keep a mobile number that is the whole of [p, token_end), some digits drawn as o, l or i. */
bool scan_drawn_phone(struct contact_scan *scan, const char *p, const char *token_end);

/* Keep the term that begins at p, behind break `k` of the text or a quotation mark: 下载“…”, 公众号:… */
const char *scan_term(struct contact_scan *scan, const char *p, size_t k);

const char *scan_word(struct contact_scan *scan, const char *p);   /* id, wallet, app at a letter */
const char *scan_code(struct contact_scan *scan, const char *p);   /* a shop's password ¥…¥ at ¥ */
const char *scan_host(struct contact_scan *scan, const char *p);   /* URL or e-mail */
const char *scan_number(struct contact_scan *scan, const char *p); /* phone, QQ, card … at a digit, numeral or + */
const char *scan_amount(struct contact_scan *scan, const char *p); /* at a digit, numeral or ¥ */

#endif
