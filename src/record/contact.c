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

#define MAX_STEPS 5

static const char *skip_back(const struct contact_scan *scan, const char *at)
{
    for (;;) {
        if (at > scan->start && strchr(" :=-_()[]\"'.,/|>~+*#@", at[-1]) != NULL)
            at--;
        else if (at - scan->start >= 3 && scan_quote(at - 3, at) == 3)
            at -= 3;
        else
            return at;
    }
}

uint32_t scan_roles(const struct contact_scan *scan, const char *at)
{
    const uint32_t wanted = ROLES_OF_CONTACTS | ROLE(REFERENCE) | ROLE(FILLER);
    uint32_t roles = 0;

    for (int step = 0; step < MAX_STEPS; step++) {
        const struct lexicon_word *word = lexicon_before(&scan->tables->lexicon, scan->start, at, wanted); /* v: */
        if (word == NULL) {
            at = skip_back(scan, at);
            word = lexicon_before(&scan->tables->lexicon, scan->start, at, wanted);
        }
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

/* ---- the pass ------------------------------------------------------------------------------------------------------ */

static const char *scan_token(struct contact_scan *scan, const char *p)
{
    const char *next = scan_is_alnum(*p) ? scan_host(scan, p) : NULL;

    if (next != NULL)
        return next;
    if (scan_is_alpha(*p))
        return scan_word(scan, p);
    next = scan_code(scan, p);
    if (next == NULL)
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
    return letters && (scan_wallet(scan, p, token_end) || scan_drawn_phone(scan, p, token_end)) ? token_end : NULL;
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
    const struct canon *canon = scan->canon;
    const char *p = scan->start;
    size_t k = 0;

    while (p < scan->end) {
        const char *next = NULL;
        while (k < canon->nbreaks && canon->breaks[k].at < canon_offset(scan, p))
            k++;
        if (scan_quote(p, scan->end) > 0 || (k < canon->nbreaks && canon->breaks[k].at == canon_offset(scan, p)))
            next = scan_term(scan, p, k);
        if (next == NULL && scan_is_digit(*p))
            next = skip_serial(scan, p);
        if (next == NULL && begins_token(p, scan->end))
            next = scan_token(scan, p);
        p = next != NULL && next > p ? next : p + scan_char_len(p);
    }
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
    if (out->pool == NULL) {
        out->pool = malloc(POOL_SIZE);
        if (out->pool == NULL)
            return -TS_ENOMEM;
        out->pool_cap = POOL_SIZE;
    }
    scan_text(&scan);
    return 0;
}
