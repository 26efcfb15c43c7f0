/* contact.c - walks through the canonical text from token to token and asks the scanners in turn. What is found is
 * mapped back to the original text. */
#include "record/contact.h"
#include "record/contact_scan.h"

#include <stdlib.h>

#define VALUE_MAX 255
#define POOL_SIZE (CONTACTS_MAX * 2 * VALUE_MAX)

const char *contact_kind_name(enum contact_kind kind)
{
    static const char *const names[] = {
#define X(name, word) word,
        CONTACT_KINDS(X)
#undef X
    };

    return names[kind];
}

void contact_list_init(struct contact_list *list)
{
    *list = (struct contact_list){0};
}

void contact_list_fini(struct contact_list *list)
{
    free(list->pool);
    *list = (struct contact_list){0};
}

/* ---- what the scanners share ------------------------------------------------------------------------------------- */

static struct str pool_copy(struct contact_list *list, struct str s)
{
    char *at = list->pool + list->pool_len;

    if (s.n == 0)
        return (struct str){0};
    memcpy(at, s.p, s.n); /* VALUE_MAX bounds it: the pool has room for all */
    list->pool_len += s.n;
    return (struct str){at, s.n};
}

static uint32_t canon_offset(const struct contact_scan *scan, const char *p)
{
    return (uint32_t)(p - scan->canon->buf);
}

void scan_keep(struct contact_scan *scan, enum contact_kind kind, uint32_t traits, const char *from, const char *to,
               struct str value, struct str domain)
{
    struct contact_list *list = scan->out;
    struct contact *contact = &list->items[list->n];

    if (list->n == CONTACTS_MAX || value.n == 0 || value.n > VALUE_MAX || domain.n > VALUE_MAX)
        return;
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].kind == kind && str_eq(list->items[i].value, value))
            return;
    *contact = (struct contact){.kind = kind,
                                .traits = traits,
                                .value = pool_copy(list, value),
                                .domain = pool_copy(list, domain),
                                .canon_start = canon_offset(scan, from),
                                .canon_end = canon_offset(scan, to)};
    canon_to_original(scan->canon, contact->canon_start, contact->canon_end, &contact->start, &contact->end);
    list->n++;
}

struct str scan_original(const struct contact_scan *scan, const char *from, const char *to)
{
    uint32_t start, end;

    canon_to_original_bytes(scan->canon, canon_offset(scan, from), canon_offset(scan, to), &start, &end);
    return (struct str){scan->canon->text.p + start, end - start};
}

bool scan_disguised(const struct contact_scan *scan, const char *from, const char *to)
{
    struct str original = scan_original(scan, from, to);
    const char *o = original.p, *end = original.p + original.n;

    for (const char *c = from; c < to; c++) {
        unsigned char seen;
        if (o == end)
            return true;
        if (end - o >= 3 && o[0] == '\xEF' && (o[1] == '\xBC' || o[1] == '\xBD')) {
            seen = (unsigned char)((unsigned char)o[2] - (o[1] == '\xBC' ? 0x60 : 0x20)); /* U+FF00.. to ASCII */
            o += 3;
        } else {
            seen = (unsigned char)*o++;
        }
        if (seen >= 'A' && seen <= 'Z')
            seen |= 0x20;
        if (seen != (unsigned char)*c)
            return true;
    }
    return o != end;
}

#define ROLES_OF_CONTACTS (ROLE(QQ) | ROLE(WECHAT) | ROLE(CARD) | ROLE(ACCOUNT) | ROLE(MEETING) | ROLE(PHONE))
#define MAX_STEPS 5

static const char *skip_back(const struct contact_scan *scan, const char *at)
{
    while (at > scan->start && strchr(" :=-_()[]\"'.,/|>~+*#", at[-1]) != NULL)
        at--;
    return at;
}

uint32_t scan_roles(const struct contact_scan *scan, const char *at)
{
    uint32_t roles = 0;

    for (int step = 0; step < MAX_STEPS; step++) {
        const struct contact_word *word;
        at = skip_back(scan, at);
        word = contact_word_before(scan->tables, scan->start, at, ROLES_OF_CONTACTS | ROLE(REFERENCE) | ROLE(FILLER));
        if (word == NULL)
            break;
        roles |= word->roles;
        if ((word->roles & ROLE(FILLER)) == 0)
            break;
        at -= word->text.n;
    }
    /* the nearer word decides between a contact and a reference; both were seen only across fillers */
    if (roles & ROLES_OF_CONTACTS)
        roles &= ~ROLE(REFERENCE);
    return roles;
}

int scan_numeral(const char *p, const char *end)
{
    if (end - p < 3 || (unsigned char)p[0] < 0xE3 || (unsigned char)p[0] > 0xE9)
        return -1;
    /* also as on the telephone: 幺 (么 once folded) 两 洞 拐 勾 */
    switch ((p[0] & 0xF) << 12 | (p[1] & 0x3F) << 6 | (p[2] & 0x3F)) {
    case 0x96F6: case 0x3007: case 0x6D1E: return 0; /* 零 〇 洞 */
    case 0x4E00: case 0x58F9: case 0x5E7A: case 0x4E48: return 1; /* 一 壹 幺 么 */
    case 0x4E8C: case 0x8D30: case 0x4E24: return 2; /* 二 贰 两 */
    case 0x4E09: case 0x53C1: return 3; /* 三 叁 */
    case 0x56DB: case 0x8086: return 4; /* 四 肆 */
    case 0x4E94: case 0x4F0D: return 5; /* 五 伍 */
    case 0x516D: case 0x9646: return 6; /* 六 陆 */
    case 0x4E03: case 0x67D2: case 0x62D0: return 7; /* 七 柒 拐 */
    case 0x516B: case 0x634C: return 8; /* 八 捌 */
    case 0x4E5D: case 0x7396: case 0x52FE: return 9; /* 九 玖 勾 */
    default: return -1;
    }
}

/* ---- tokens that begin with a letter ------------------------------------------------------------------------------ */

static bool is_base58(char c)
{
    return (c >= '1' && c <= '9') || (c >= 'A' && c <= 'Z' && c != 'I' && c != 'O') || (c >= 'a' && c <= 'z' && c != 'l');
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool all(struct str s, bool (*is)(char))
{
    for (size_t i = 0; i < s.n; i++)
        if (!is(s.p[i]))
            return false;
    return true;
}

static bool is_bech32(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* TRON, Ethereum, Bitcoin (bech32); judged on the original, because two of them know upper and lower case. */
static bool is_wallet(struct str s)
{
    if (s.n == 34 && s.p[0] == 'T')
        return all(s, is_base58);
    if (s.n == 42 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x')
        return all((struct str){s.p + 2, 40}, is_hex);
    return (s.n == 42 || s.n == 62) && (str_starts(s, STR_LIT("bc1")) || str_starts(s, STR_LIT("BC1"))) &&
           all(s, is_bech32);
}

#define WALLET_MIN 34

static bool keep_wallet(struct contact_scan *scan, const char *p, const char *token_end)
{
    struct str original;

    if (token_end - p < WALLET_MIN)
        return false;
    original = scan_original(scan, p, token_end);
    if (!is_wallet(original))
        return false;
    scan_keep(scan, CONTACT_WALLET, 0, p, token_end, original, (struct str){0});
    return true;
}

/* WeChat: a letter, then 5 to 19 letters, digits, - or _. */
static bool is_wechat_id(const char *p, const char *token_end)
{
    return token_end - p >= 6 && token_end - p <= 20 && scan_is_alpha(*p);
}

static void keep_wechat_id(struct contact_scan *scan, const char *p, const char *token_end)
{
    struct str original = scan_original(scan, p, token_end);
    bool disguised = scan_disguised(scan, p, token_end);
    char id[20];

    for (size_t i = 0; i < (size_t)(token_end - p); i++) {
        char c = disguised ? p[i] : original.n == (size_t)(token_end - p) ? original.p[i] : p[i];
        id[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    scan_keep(scan, CONTACT_WECHAT, disguised ? CONTACT_DISGUISED : 0, p, token_end,
              (struct str){id, (size_t)(token_end - p)}, (struct str){0});
}

/* Where an id begins that is glued to the word that announces it (vxabc12345, 加vabc12345); NULL when none is. */
static const char *glued_id(const struct contact_scan *scan, const char *p, const char *token_end)
{
    bool digit = false;

    for (const char *c = p; c < token_end; c++)
        digit |= scan_is_digit(*c);
    for (const char *c = p + 1; c <= p + 2 && digit && token_end - c >= 6; c++) {
        const struct contact_word *word = contact_word_before(scan->tables, scan->start, c, ROLE(WECHAT));
        if (word != NULL && c - word->text.n <= p && is_wechat_id(c, token_end) && (c == p + 2 || p[1] != 'x'))
            return c;
    }
    return NULL;
}

static const char *scan_word(struct contact_scan *scan, const char *p)
{
    const char *token_end = p, *letters_end = p, *digits_end, *id;

    while (token_end < scan->end && (scan_is_alnum(*token_end) || *token_end == '_' || *token_end == '-'))
        token_end++;
    while (token_end > p && !scan_is_alnum(token_end[-1]))
        token_end--;
    if (keep_wallet(scan, p, token_end))
        return token_end;
    while (letters_end < token_end && scan_is_alpha(*letters_end))
        letters_end++;
    digits_end = letters_end;
    while (digits_end < token_end && scan_is_digit(*digits_end))
        digits_end++;
    if (digits_end == token_end && digits_end - letters_end >= 5 &&
        contact_word_before(scan->tables, scan->start, letters_end, ROLES_OF_CONTACTS) != NULL)
        return letters_end; /* qq12345678: the digits are looked at next */
    if ((scan_roles(scan, p) & ROLE(WECHAT)) && is_wechat_id(p, token_end)) {
        keep_wechat_id(scan, p, token_end);
    } else if ((id = glued_id(scan, p, token_end)) != NULL) {
        keep_wechat_id(scan, id, token_end);
    }
    return token_end;
}

/* ---- the pass ------------------------------------------------------------------------------------------------------ */

static size_t char_len(const char *p)
{
    unsigned char lead = (unsigned char)*p;

    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

static const char *scan_token(struct contact_scan *scan, const char *p)
{
    const char *next = scan_is_alnum(*p) ? scan_host(scan, p) : NULL;

    if (next != NULL)
        return next;
    if (scan_is_alpha(*p))
        return scan_word(scan, p);
    next = scan_amount(scan, p);
    if (next == NULL)
        next = scan_number(scan, p);
    return next;
}

/* A token that mixes digits first, letters later: 0x… or a serial number; skipped as a whole. */
static const char *skip_serial(struct contact_scan *scan, const char *p)
{
    const char *token_end = p;
    bool letters = false;

    while (token_end < scan->end && scan_is_alnum(*token_end))
        letters |= scan_is_alpha(*token_end++);
    return letters && keep_wallet(scan, p, token_end) ? token_end : NULL;
}

static bool begins_token(const char *p, const char *end)
{
    struct str rest = str_range(p, end);

    if ((unsigned char)*p < 0x80)
        return scan_is_alnum(*p) || *p == '+';
    return scan_numeral(p, end) >= 0 || str_starts(rest, STR_LIT("\xC2\xA5")) || str_starts(rest, STR_LIT("十"));
}

static void scan_text(struct contact_scan *scan)
{
    const char *p = scan->start;

    while (p < scan->end) {
        const char *next = NULL;
        if (scan_is_digit(*p))
            next = skip_serial(scan, p);
        if (next == NULL && begins_token(p, scan->end))
            next = scan_token(scan, p);
        p = next != NULL && next > p ? next : p + char_len(p);
    }
}

bool contact_is_hinted(const struct contact_tables *tables, const struct canon *canon)
{
    const char *start = canon->buf + canon->start[CANON_TEXT], *end = canon->buf + canon->end[CANON_TEXT];

    for (const char *p = start; p < end; p += char_len(p))
        if (contact_word_before(tables, start, p + char_len(p), ROLE(SOFT)) != NULL)
            return true;
    return false;
}

int contact_extract(const struct contact_tables *tables, const struct number_plan *plan, const struct canon *canon,
                    const struct number *caller, struct contact_list *out)
{
    struct contact_scan scan = {.tables = tables,
                                .plan = plan,
                                .canon = canon,
                                .caller = caller,
                                .out = out,
                                .start = canon->buf + canon->start[CANON_TEXT],
                                .end = canon->buf + canon->end[CANON_TEXT]};

    out->n = out->namounts = out->pool_len = 0;
    out->soft = false;
    if (out->pool == NULL) {
        out->pool = malloc(POOL_SIZE);
        if (out->pool == NULL)
            return -TS_ENOMEM;
        out->pool_cap = POOL_SIZE;
    }
    scan_text(&scan);
    return 0;
}
