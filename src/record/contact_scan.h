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

#define ROLES_OF_CONTACTS                                                                                    \
    (ROLE(QQ) | ROLE(WECHAT) | ROLE(CARD) | ROLE(ACCOUNT) | ROLE(MEETING) | ROLE(PHONE) | ROLE(TELEGRAM) |     \
     ROLE(GROUP) | ROLE(TOKEN) | ROLE(PAY))

/* Bytes of the character at p. */
static inline size_t scan_char_len(const char *p)
{
    unsigned char lead = (unsigned char)*p;

    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* The character of three bytes at p, which Han characters are; 0 for any other. Canonical text is readable behind its
 * end (canon.h). */
static inline unsigned scan_wide(const char *p)
{
    const unsigned char *c = (const unsigned char *)p;

    return c[0] >> 4 == 0xE ? (c[0] & 0xFu) << 12 | (c[1] & 0x3Fu) << 6 | (c[2] & 0x3Fu) : 0;
}

/* Chinese numerals with their values; also as on the telephone: 幺 (么 once folded) 两 洞 拐 勾. */
#define SCAN_NUMERALS(X)                                                                                      \
    X(0x96F6, 0) /* 零 */ X(0x3007, 0) /* 〇 */ X(0x6D1E, 0) /* 洞 */ X(0x4E00, 1) /* 一 */ X(0x58F9, 1) /* 壹 */ \
    X(0x5E7A, 1) /* 幺 */ X(0x4E48, 1) /* 么 */ X(0x4E8C, 2) /* 二 */ X(0x8D30, 2) /* 贰 */ X(0x4E24, 2) /* 两 */ \
    X(0x4E09, 3) /* 三 */ X(0x53C1, 3) /* 叁 */ X(0x56DB, 4) /* 四 */ X(0x8086, 4) /* 肆 */ X(0x4E94, 5) /* 五 */ \
    X(0x4F0D, 5) /* 伍 */ X(0x516D, 6) /* 六 */ X(0x9646, 6) /* 陆 */ X(0x4E03, 7) /* 七 */ X(0x67D2, 7) /* 柒 */ \
    X(0x62D0, 7) /* 拐 */ X(0x516B, 8) /* 八 */ X(0x634C, 8) /* 捌 */ X(0x4E5D, 9) /* 九 */ X(0x7396, 9) /* 玖 */ \
    X(0x52FE, 9) /* 勾 */
#define SCAN_TEN 0x5341 /* 十 */

/* Can the Han character at p be a numeral or 十, by its second and third byte? One in ten can. */
static inline bool scan_may_be_numeral(const char *p)
{
#define X(cp, value) | UINT64_C(1) << ((cp) >> 6 & 63)
    const uint64_t second = 0 SCAN_NUMERALS(X) X(SCAN_TEN, 10);
#undef X
#define X(cp, value) | UINT64_C(1) << ((cp) & 63)
    const uint64_t third = 0 SCAN_NUMERALS(X) X(SCAN_TEN, 10);
#undef X

    return (second >> (p[1] & 63) & third >> (p[2] & 63) & 1) != 0;
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

/* Would scan_keep keep this one: is there room, and is it not kept already? Only then is more worth finding out. */
bool scan_is_new(const struct contact_scan *scan, enum contact_kind kind, struct str value);

/* Does the last contact reach behind p? */
static inline bool scan_overlaps(const struct contact_scan *scan, const char *p)
{
    const struct contact_list *list = scan->out;

    return list->n > 0 && list->items[list->n - 1].canon_end > (uint32_t)(p - scan->canon->buf);
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

int scan_numeral_value(unsigned wide);

/* The value 0–9 of the Chinese numeral at p (3 bytes); -1 for anything else. */
static inline int scan_numeral(const char *p, const char *end)
{
    return end - p >= 3 && scan_may_be_numeral(p) ? scan_numeral_value(scan_wide(p)) : -1;
}

/* Keep a coin address that is the whole of [p, token_end): TRON and Bitcoin by their checksum, Ethereum by shape. */
bool scan_wallet(struct contact_scan *scan, const char *p, const char *token_end);

/* Keep a mobile number that is the whole of [p, token_end), some digits drawn as o, l or i. */
bool scan_drawn_phone(struct contact_scan *scan, const char *p, const char *token_end);

/* Keep the host whose ending in Han begins at p, behind break `k` of the text. */
const char *scan_idn(struct contact_scan *scan, const char *p, size_t k);

/* Keep the term that begins at p, behind break `k` of the text or a quotation mark: 下载“…”, 公众号:… */
const char *scan_term(struct contact_scan *scan, const char *p, size_t k);

const char *scan_word(struct contact_scan *scan, const char *p);   /* id, wallet, app at a letter */
const char *scan_code(struct contact_scan *scan, const char *p);   /* a shop's password ¥…¥ at ¥ */
const char *scan_host(struct contact_scan *scan, const char *p);   /* URL or e-mail */
const char *scan_number(struct contact_scan *scan, const char *p); /* phone, QQ, card … at a digit, numeral or + */
const char *scan_amount(struct contact_scan *scan, const char *p); /* at a digit, numeral or ¥ */

#endif
