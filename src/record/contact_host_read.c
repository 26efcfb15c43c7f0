/* contact_host_read.c - host names as they are written to be read by people: plain, with spaces between the letters,
 * with 。 点 dot (点) [.] for the dots, ○ for o. */
#include "record/contact_host_read.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static bool host_char_at(const char *p, const char *end)
{
    return p < end && (ascii_is_alnum(*p) || *p == '-' || *p == '_' || *p == '*');
}

/* A circle drawn for the letter o, between host characters. */
static bool circle_at(const char *p, const char *end)
{
    return end - p > 3 && (memcmp(p, "○", 3) == 0 || memcmp(p, "〇", 3) == 0) && host_char_at(p + 3, end);
}

/* "w w w": a single letter, a space, a single letter. */
static bool spaced_at(const char *p, const char *end, bool single)
{
    return single && end - p >= 2 && *p == ' ' && ascii_is_alnum(p[1]) && !host_char_at(p + 2, end);
}

/* One label; false when there is none, no room, or it is too long. */
static bool read_label(struct host *host, const char **at, const char *end)
{
    const char *p = *at;
    size_t begin = host->n;
    bool single = true;

    while (host->n < HOST_MAX && host->n - begin <= LABEL_MAX) {
        if (host_char_at(p, end)) {
            single = single && !host_char_at(p + 1, end);
            host->text[host->n++] = *p++;
        } else if (host->n > 0 && circle_at(p, end)) {
            host->text[host->n++] = 'o';
            host->disguised = true;
            p += 3;
        } else if (host->n > begin && spaced_at(p, end, single)) {
            host->disguised = true;
            p++;
        } else {
            break;
        }
    }
    while (host->n > begin && (host->text[host->n - 1] == '-' || host->text[host->n - 1] == '_')) {
        host->n--; /* a dash behind a host belongs to the sentence */
        p--;
    }
    if (host->n == begin || host->n - begin > LABEL_MAX || host->nlabels == LABELS_MAX)
        return false;
    host->label[host->nlabels] = begin;
    host->label_end[host->nlabels++] = p;
    *at = p;
    return true;
}

static bool eat_any(const char **p, const char *end, const struct str *words)
{
    for (; words->n > 0; words++)
        if (scan_eat(p, end, *words))
            return true;
    return false;
}

/* A dot in any disguise before another host character; *hidden when it was no plain dot. NULL when there is none.
 * `www` stands at the beginning: www,abc,com. */
static const char *read_dot(const char *p, const char *end, bool www, bool *hidden)
{
    static const struct str openers[] = {{"(", 1}, {"[", 1}, {"【", 3}, {"{", 1}, {"<", 1}, {NULL, 0}};
    static const struct str closers[] = {{")", 1}, {"]", 1}, {"】", 3}, {"}", 1}, {">", 1}, {NULL, 0}};
    static const struct str signs[] = {{".", 1}, {"。", 3}, {"点", 3}, {"·", 2}, {"•", 3}, {"●", 3}, {NULL, 0}};
    bool before, bracket, plain, word = false, after;

    if (p == end || strchr(" .,([{<\xE3\xE7\xC2\xE2", *p) == NULL) /* the first bytes of all below */
        return NULL;
    before = scan_eat(&p, end, STR_LIT(" "));
    bracket = eat_any(&p, end, openers);
    plain = !bracket && p < end && *p == '.';
    if (!eat_any(&p, end, signs) && !(www && !before && scan_eat(&p, end, STR_LIT(",")))) {
        word = scan_eat(&p, end, STR_LIT("dot"));
        if (!word)
            return NULL;
    }
    if (bracket && !eat_any(&p, end, closers))
        return NULL;
    after = scan_eat(&p, end, STR_LIT(" "));
    *hidden = !plain || before || after;
    if ((word && !bracket && (!before || !after)) || (plain && after && !before))
        return NULL; /* a sentence, not a host */
    return p < end && (ascii_is_alnum(*p) || *p == '*' || circle_at(p, end)) ? p : NULL;
}

/* Is there a dot behind a word, or a circle with which it goes on? A plain one may have an ending in Han behind it. */
static bool goes_on_at(const char *p, const char *end)
{
    bool hidden;

    return *p == '.' || circle_at(p, end) || read_dot(p, end, true, &hidden) != NULL;
}

#define WORD_MAX 64 /* before the @ of an address: RFC 5321 4.5.3.1.1; labels are shorter */

/* Behind the word at p; in the midst of one that is too long. */
static const char *word_end(const char *p, const char *end)
{
    const char *q = p;

    while (host_char_at(q, end) && q - p <= WORD_MAX)
        q++;
    return q;
}

/* Can the word that ends at q go on as a URL? */
static bool may_go_on(const char *q, const char *end)
{
    switch (*q) {
    case ':': return q[-1] == 'p' || q[-1] == 's'; /* http, https */
    case ',': return q[-1] == 'w';                 /* www,abc,com */
    case ' ': return spaced_at(q, end, true) || goes_on_at(q, end); /* w w w */
    default: return goes_on_at(q, end);
    }
}

/* The same of an address of e-mail that does not go on with a dot. */
static bool may_be_address(char c)
{
    return c == '@' || c == '+' || c == '%';
}

/* 12.50 and no more: no ending is written in digits, unless 0 and 1 are drawn for letters (lol); there is no oo. */
static bool is_decimal(const char *p, const char *dot, const char *end)
{
    const char *q = word_end(dot + 1, end);
    bool drawn = true;

    for (const char *c = p; c < q; c++) {
        if (c != dot && !ascii_is_digit(*c))
            return false;
        drawn = c <= dot || (drawn && *c <= '1');
    }
    drawn = drawn && !(q - dot == 3 && dot[1] == '0' && dot[2] == '0');
    return !drawn && (q == end || (!may_go_on(q, end) && !may_be_address(*q)));
}

/* Can the word from p to q be the first of a URL? */
static bool may_begin_url(const char *p, const char *q, const char *end)
{
    return q < end && q - p <= WORD_MAX && may_go_on(q, end) && !(*q == '.' && is_decimal(p, q, end));
}

bool host_may_begin(const char *p, const char *end)
{
    const char *q = word_end(p, end);

    return may_begin_url(p, q, end) || (q < end && q - p <= WORD_MAX && may_be_address(*q));
}

/* The first byte of ASCII from p on; at or behind the end when there is none. */
static inline const char *next_ascii(const char *p, const char *end)
{
#ifdef __SSE2__
    for (; p < end; p += 16) {
        int beyond = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)p));

        if (beyond != 0xFFFF)
            return p + __builtin_ctz(~(unsigned)beyond);
    }
#else
    while (p < end && (unsigned char)*p >= 0x80)
        p++;
#endif
    return p;
}

bool host_may_be_within(const char *p, const char *end)
{
    while ((p = next_ascii(p, end)) < end) {
        if (ascii_is_alnum(*p)) {
            const char *q = word_end(p, end);
            if (q - p > WORD_MAX || may_begin_url(p, q, end)) /* one may begin in the midst of a long word */
                return true;
            p = q;
        } else {
            p++;
        }
    }
    return false;
}

void host_read(struct host *host, const char *p, const char *end)
{
    bool hidden = false;

    host->n = 0;
    host->nlabels = 0;
    host->disguised = false;
    host->from = p;
    while (read_label(host, &p, end)) {
        bool www = host->n >= 3 && memcmp(host->text, "www", 3) == 0 && (host->n == 3 || host->text[3] == '.');
        const char *next = read_dot(p, end, www, &hidden);
        if (next == NULL || host->nlabels == LABELS_MAX || host->n >= HOST_MAX)
            return;
        host->hidden[host->nlabels] = hidden;
        host->text[host->n++] = '.';
        p = next;
    }
    host->nlabels = 0; /* with a label that is too long it is no host, nor is what stands before that */
}
