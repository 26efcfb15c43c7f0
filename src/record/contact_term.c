/* contact_term.c - what is to be typed elsewhere: an app or search term in quotation marks, a public account behind its
 * word, a shop's password; and contacts that are only hinted at. */
#include "record/contact_scan.h"

#define TERM_MAX 60 /* bytes: twenty Han characters */
#define TERM_MIN 4

/* Where the term at p ends: at the next quotation mark, clause or sentence; NULL when it is too long. `bare` terms, not
 * in quotation marks, also end at the first space. */
static const char *term_end(const struct contact_scan *scan, const char *p, size_t k, bool bare)
{
    const struct canon *canon = scan->canon;
    const char *q = p;

    while (k < canon->nbreaks && canon->breaks[k].at <= (uint32_t)(p - canon->buf))
        k++;
    while (q < scan->end && q - p <= TERM_MAX) {
        if (k < canon->nbreaks && canon->breaks[k].at == (uint32_t)(q - canon->buf))
            return q;
        if (scan_quote(q, scan->end) > 0 || canon_is_sentence_end(q) || (bare && strchr(" ,:()", *q) != NULL))
            return q;
        q += scan_char_len(q);
    }
    return bare && q == scan->end && q - p <= TERM_MAX ? q : NULL;
}

/* A term of Chinese words; hosts, ids and numbers in quotation marks are what they are. */
static bool is_term(struct str s)
{
    bool han = false;
    size_t digits = 0;

    for (size_t i = 0; i < s.n; i++) {
        han = han || (unsigned char)s.p[i] >= 0xE3;
        digits = ascii_is_digit(s.p[i]) ? digits + 1 : 0;
        if (s.p[i] == '.' || digits >= 5)
            return false;
    }
    return han && s.n >= TERM_MIN;
}

const char *scan_term(struct contact_scan *scan, const char *p, size_t k)
{
    const struct canon *canon = scan->canon;
    const char *at = p, *to;
    const struct lexicon_word *word;
    bool quoted = scan_quote(p, scan->end) > 0;

    if (quoted)
        at += scan_quote(p, scan->end);
    else
        quoted = canon->breaks[k].kind == BREAK_QUOTE;
    while (p > scan->start && (p[-1] == ':' || p[-1] == ' '))
        p--;
    word = lexicon_before(&scan->tables->lexicon, scan->start, p, ROLE(INSTALL) | ROLE(SEARCH));
    if (word == NULL || (!quoted && (word->roles & ROLE(SEARCH)) == 0))
        return NULL;
    to = term_end(scan, at, k, !quoted);
    if (to == NULL || !is_term(str_range(at, to)))
        return NULL;
    scan_keep(scan, word->roles & ROLE(SEARCH) ? CONTACT_SEARCH : CONTACT_APP, 0, at, to, str_range(at, to),
              (struct str){0});
    return to;
}

#define YEN "\xC2\xA5"
#define CODE_MIN 8
#define CODE_MAX 14

const char *scan_code(struct contact_scan *scan, const char *p)
{
    const char *from = p, *to;
    bool letter = false;

    if (!scan_eat(&from, scan->end, STR_LIT(YEN)))
        return NULL;
    for (to = from; to < scan->end && ascii_is_alnum(*to); to++)
        letter = letter || ascii_is_alpha(*to);
    if (!letter || to - from < CODE_MIN || to - from > CODE_MAX || !str_starts(str_range(to, scan->end), STR_LIT(YEN)))
        return NULL;
    scan_keep(scan, CONTACT_TOKEN, 0, from, to, scan_original(scan, from, to), (struct str){0});
    return to + strlen(YEN);
}

/* ---- hints ------------------------------------------------------------------------------------------------------- */

/* Three or more of * × x behind at most four digits. */
static bool mask_at(const char *p, const char *end)
{
    unsigned masks = 0, digits = 0;

    while (p < end && strchr(" :=-", *p) != NULL)
        p++;
    for (; p < end && digits < 4 && ascii_is_digit(*p); digits++)
        p++;
    while (masks < 3 && p < end)
        if (*p == '*' || *p == 'x') {
            p++;
            masks++;
        } else if (scan_eat(&p, end, STR_LIT("\xC3\x97"))) {
            masks++;
        } else {
            break;
        }
    return masks == 3;
}

/* 您的手机号138****8000: the reader's own. */
static bool is_readers(const char *start, const char *word)
{
    struct str before = str_range(start, word);

    return str_ends(before, STR_LIT("您的")) || str_ends(before, STR_LIT("你的")) || str_ends(before, STR_LIT("您"));
}

bool contact_is_hinted(const struct contact_tables *tables, const struct canon *canon)
{
    const char *start = canon->buf + canon->start[CANON_TEXT], *end = canon->buf + canon->end[CANON_TEXT];
    const uint32_t masked = ROLE(QQ) | ROLE(WECHAT) | ROLE(PHONE) | ROLE(TELEGRAM) | ROLE(GROUP) | ROLE(CARD);

    for (const char *p = start, *next; p < end; p = next) {
        const struct lexicon_word *word;
        next = p + scan_char_len(p);
        word = lexicon_before(&tables->lexicon, start, next, ROLE(SOFT) | masked);
        if (word == NULL)
            continue;
        if ((word->roles & ROLE(SOFT)) || (mask_at(next, end) && !is_readers(start, next - word->text.n)))
            return true;
    }
    return false;
}
