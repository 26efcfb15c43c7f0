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

bool scan_is_new(const struct contact_scan *scan, enum contact_kind kind, struct str value)
{
    const struct contact_list *list = scan->out;

    if (list->n == CONTACTS_MAX || value.n == 0 || value.n > VALUE_MAX)
        return false;
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].kind == kind && str_eq(list->items[i].value, value))
            return false;
    return true;
}

void scan_keep(struct contact_scan *scan, enum contact_kind kind, uint32_t traits, const char *from, const char *to,
               struct str value, struct str domain)
{
    struct contact_list *list = scan->out;
    struct contact *contact = &list->items[list->n];

    if (domain.n > VALUE_MAX || !scan_is_new(scan, kind, value))
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

/* What may stand between a word and what it announces. */
static bool is_between(char c)
{
    switch (c) {
    case ' ': case ':': case '=': case '-': case '_': case '(': case ')': case '[': case ']': case '"': case '\'':
    case '.': case ',': case '/': case '|': case '>': case '~': case '+': case '*': case '#': case '@': return true;
    default: return false;
    }
}

static const char *skip_back(const struct contact_scan *scan, const char *at)
{
    for (;;) {
        if (at > scan->start && is_between(at[-1]))
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
            const char *back = skip_back(scan, at);
            if (back < at)
                word = lexicon_before(&scan->tables->lexicon, scan->start, at = back, wanted);
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

int scan_numeral_value(unsigned wide)
{
    switch (wide) {
#define X(cp, value) case cp: return value;
        SCAN_NUMERALS(X)
#undef X
    default: return -1;
    }
}

/* ---- the pass ---------------------------------------------------------------------------------------------------- */

#define SERIAL_MAX 62 /* the longest wallet address */

/* A token that mixes digits first, letters later: 0x… or a serial number; skipped as a whole. */
static const char *skip_serial(struct contact_scan *scan, const char *p)
{
    const char *token_end = p;
    bool letters = false;

    while (token_end < scan->end && ascii_is_alnum(*token_end) && token_end - p <= SERIAL_MAX)
        letters |= ascii_is_alpha(*token_end++);
    return letters && (scan_wallet(scan, p, token_end) || scan_drawn_phone(scan, p, token_end)) ? token_end : NULL;
}

/* 200元: digits, then a Han character that joins nothing to them. */
static bool is_plain(const char *p, const char *end)
{
    const char *q = p;

    while (q < end && ascii_is_digit(*q) && q - p <= SERIAL_MAX)
        q++;
    return q < end && (unsigned char)*q >= 0xE4 && !str_starts(str_range(q, end), STR_LIT("点"));
}

static const char *scan_token(struct contact_scan *scan, const char *p)
{
    const char *next = NULL;

    if (ascii_is_alnum(*p) && !is_plain(p, scan->end)) {
        next = ascii_is_digit(*p) ? skip_serial(scan, p) : NULL;
        if (next == NULL)
            next = scan_host(scan, p);
    }
    if (next != NULL)
        return next;
    if (ascii_is_alpha(*p))
        return scan_word(scan, p);
    if (*p == '\xC2')
        next = scan_code(scan, p);
    if (next == NULL)
        next = scan_amount(scan, p);
    return next != NULL ? next : scan_number(scan, p);
}

static bool begins_token(const char *p, const char *end)
{
    unsigned char lead = (unsigned char)*p;

    if (lead < 0x80)
        return ascii_is_alnum(*p) || *p == '+';
    if (lead >= 0xE0)
        return scan_may_be_numeral(p) && (scan_numeral(p, end) >= 0 || scan_wide(p) == SCAN_TEN);
    return str_starts(str_range(p, end), STR_LIT("\xC2\xA5"));
}

/* The next place from p on, before `stop`, where a quotation mark or a token may begin; most characters are Han that
 * begin neither. */
static const char *skip_plain(const char *p, const char *stop)
{
    while (p < stop) {
        unsigned char lead = (unsigned char)*p;
        if (lead >= 0xE4 && lead <= 0xE9) {
            if (scan_may_be_numeral(p))
                break;
            p += 3;
        } else if (ascii_is_alnum(*p) || lead == '+' || lead == '"' || lead == 0xC2 || lead == 0xE2 || lead == 0xE3) {
            break;
        } else {
            p += scan_char_len(p);
        }
    }
    return p;
}

/* Behind what begins at p, where break `k` of the text may be; NULL: nothing does. */
static const char *scan_place(struct contact_scan *scan, const char *p, size_t k, bool at_break)
{
    const char *next = NULL;

    if (at_break && scan->canon->breaks[k].kind == BREAK_SYMBOL)
        next = scan_idn(scan, p, k);
    if (next == NULL && (at_break || scan_quote(p, scan->end) > 0))
        next = scan_term(scan, p, k);
    if (next == NULL && begins_token(p, scan->end))
        next = scan_token(scan, p);
    return next;
}

static void scan_text(struct contact_scan *scan)
{
    const struct canon *canon = scan->canon;
    const char *p = scan->start, *next_break = scan->start;
    size_t k = 0;

    while (p < scan->end) {
        const char *next = NULL;
        if (p >= next_break) {
            while (k < canon->nbreaks && canon->breaks[k].at < canon_offset(scan, p))
                k++;
            next_break = k < canon->nbreaks ? canon->buf + canon->breaks[k].at : scan->end;
        }
        if (p < next_break)
            p = skip_plain(p, next_break);
        if (p == scan->end)
            break;
        next = scan_place(scan, p, k, p == next_break);
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
