/* contact_idn.c - hosts with an ending in Han, 中国银行.网址, icbc.公司: by the Public Suffix List, and only where nothing
 * goes on behind the ending, or every full stop before 中国 would make one. Between two Han characters canonical text
 * has no dot, only a break: the original tells what stood there. */
#include "record/contact_host_read.h"

#define ENDING_MAX 18 /* bytes: six Han characters, 嘉里大酒店 and one to spare */
#define NAME_MAX 36   /* before the ending; longer ones are sentences */

static bool is_han(const char *p)
{
    return (unsigned char)*p >= 0xE4 && (unsigned char)*p <= 0xE9;
}

static const char *char_before(const char *p)
{
    do
        p--;
    while (((unsigned char)*p & 0xC0) == 0x80);
    return p;
}

/* Behind the ending that begins at p; NULL when none does. */
static const char *ending_end(const struct contact_scan *scan, const char *p)
{
    const struct canon *canon = scan->canon;
    size_t k = canon_break_behind(canon, (uint32_t)(p - canon->buf));
    const char *stop = k < canon->nbreaks ? canon->buf + canon->breaks[k].at : scan->end, *q = p;
    char ending[ENDING_MAX + 1];

    while (q < stop && is_han(q) && q - p < ENDING_MAX)
        q += 3;
    if (q == p || (q < stop && (is_han(q) || ascii_is_alnum(*q))))
        return NULL;
    memcpy(ending, p, (size_t)(q - p));
    ending[q - p] = '\0';
    return host_is_suffix(scan, ending) ? q : NULL;
}

/* Do `n` more bytes and a dot fit? */
static bool has_room(const struct host *host, size_t n)
{
    return host->nlabels < LABELS_MAX && host->n + 1 + n <= HOST_MAX;
}

static void add_label(struct host *host, const char *from, const char *to)
{
    if (host->nlabels > 0)
        host->text[host->n++] = '.';
    host->label[host->nlabels] = host->n;
    memcpy(host->text + host->n, from, (size_t)(to - from));
    host->n += (size_t)(to - from);
    host->hidden[host->nlabels] = false;
    host->label_end[host->nlabels++] = to;
}

void idn_append(const struct contact_scan *scan, struct host *host)
{
    const char *dot = host->nlabels > 0 ? host->label_end[host->nlabels - 1] : scan->end, *to;

    if (scan->end - dot < 4 || *dot != '.' || !is_han(dot + 1) || !has_room(host, ENDING_MAX))
        return;
    to = ending_end(scan, dot + 1);
    if (to != NULL)
        add_label(host, dot + 1, to);
}

bool idn_dot_at(const struct canon *canon, size_t k)
{
    const char *p = canon->buf + canon->breaks[k].at;
    uint32_t at = canon->breaks[k].at, from, to, ignored;
    struct str gap;

    if (canon->breaks[k].kind != BREAK_SYMBOL || at <= canon->start[CANON_TEXT] || !is_han(p))
        return false;
    canon_to_original_bytes(canon, (uint32_t)(char_before(p) - canon->buf), at, &ignored, &from);
    canon_to_original_bytes(canon, at, at + 3, &to, &ignored);
    gap = (struct str){canon->text.p + from, to > from ? to - from : 0};
    return str_eqz(gap, ".") || str_eqz(gap, "．");
}

/* Where the labels before p begin, behind the break before or a sign; NULL when they are none. */
static const char *names_before(const struct contact_scan *scan, const char *p, size_t k)
{
    const struct canon *canon = scan->canon;
    const char *low = k > 0 ? canon->buf + canon->breaks[k - 1].at : scan->start, *from = p;
    bool name = false; /* 一.公司 is an item of a list */

    while (from > low && p - from <= NAME_MAX) {
        const char *q = char_before(from);
        if (!is_han(q) && !ascii_is_alnum(*q) && *q != '-' && *q != '.')
            break;
        name = name || ascii_is_alpha(*q) || (is_han(q) && scan_numeral(q, from) < 0 && scan_wide(q) != SCAN_TEN);
        from = q;
    }
    while (from < p && (*from == '.' || *from == '-'))
        from++;
    return name && p - from > 3 && p - from <= NAME_MAX ? from : NULL;
}

bool idn_read(const struct contact_scan *scan, struct host *host, const char *p, size_t k)
{
    const char *from, *to;

    if (!idn_dot_at(scan->canon, k) || (from = names_before(scan, p, k)) == NULL || (to = ending_end(scan, p)) == NULL)
        return false;
    *host = (struct host){.from = from, .to = to};
    for (const char *q = from; q <= p; q++)
        if (q == p || *q == '.') {
            if (q == from || !has_room(host, (size_t)(q - from) + ENDING_MAX))
                return false;
            add_label(host, from, q);
            from = q + 1;
        }
    add_label(host, p, to);
    host->disguised = scan_disguised(scan, host->from, p) || scan_disguised(scan, p, to);
    return true;
}
