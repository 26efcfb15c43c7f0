/* contact_host.c - is what was read (contact_host_read.h) a host, and whose? A disguised joint that led astray is given
 * up; plain joints never are, or 10086.cn.bad.example would be an institution's. */
#include "record/contact_host_read.h"

#include <stdio.h>

/* ---- judging ----------------------------------------------------------------------------------------------------- */

static struct str from_label(const struct host *host, unsigned i)
{
    return (struct str){host->text + host->label[i], host->n - host->label[i]};
}

static struct str label(const struct host *host, unsigned i)
{
    size_t end = i + 1 < host->nlabels ? host->label[i + 1] - 1 : host->n;

    return (struct str){host->text + host->label[i], end - host->label[i]};
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_digit(s.p[i]))
            return false;
    return true;
}

static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_alpha(s.p[i]))
            return false;
    return s.n >= 2;
}

static bool is_ending(const struct contact_scan *scan, struct str name)
{
    const struct contact_tables *t = scan->tables;
    size_t bit;

    if (name.n < 2)
        return false;
    bit = contact_ending_bit(name);
    return (t->ending_bits[bit / 64] >> (bit % 64) & 1) != 0 && name_set_has(&t->endings, name);
}

/* c0m, c0.m: digits drawn for letters in the last label. */
static void mend_ending(const struct contact_scan *scan, struct host *host)
{
    struct str last = label(host, host->nlabels - 1);
    char mended[16];

    if (last.n >= sizeof(mended) || is_word(last))
        return;
    for (size_t i = 0; i < last.n; i++)
        mended[i] = last.p[i] == '0' ? 'o' : last.p[i] == '1' ? 'l' : last.p[i];
    if (is_word((struct str){mended, last.n}) && is_ending(scan, (struct str){mended, last.n})) {
        memcpy(host->text + host->label[host->nlabels - 1], mended, last.n);
        host->disguised = true;
    }
}

static bool is_address(const struct host *host)
{
    bool three = false;

    if (host->nlabels != 4)
        return false;
    for (unsigned i = 0; i < host->nlabels; i++) {
        struct str part = label(host, i);
        int value = 0;
        if (!is_number(part) || part.n > 3)
            return false;
        for (size_t k = 0; k < part.n; k++)
            value = value * 10 + (part.p[k] - '0');
        if (value > 255)
            return false;
        three = three || part.n == 3;
    }
    return three; /* 10.2.3.4 may be a version */
}

static bool any_ending_within(const struct contact_scan *scan, const struct host *host)
{
    for (unsigned i = 1; i + 1 < host->nlabels; i++)
        if (is_ending(scan, label(host, i)))
            return true;
    return false;
}

/* `last`: its last label. */
static bool is_suffix(const struct contact_scan *scan, struct host *host, struct str last)
{
    host->text[host->n] = '\0';
    return host_is_suffix(scan, last.p);
}

/* Endings that words of every day (in, so, is) or files have are no endings by themselves. Behind a name that no word
 * is, ccb-vip, or behind several labels, the Public Suffix List decides. */
static bool is_other_host(const struct contact_scan *scan, struct host *host, struct str ending)
{
    static const char *const files[] = {"md", "mov", "pl", "ps", "py", "rs", "sh", "zip", NULL};
    struct str name = label(host, host->nlabels - 2);

    if (name.n < 3 || is_number(name) || (memchr(name.p, '-', name.n) == NULL && host->nlabels < 3))
        return false;
    return !str_is_among(ending, files) && is_suffix(scan, host, ending);
}

/* Is it one, as it stands? `sure`: http:// or www. stands before, or a path behind. */
static bool is_host(const struct contact_scan *scan, struct host *host, bool sure)
{
    struct str ending, name;

    if (host->nlabels < 2)
        return false;
    mend_ending(scan, host);
    if (is_address(host))
        return true;
    ending = label(host, host->nlabels - 1);
    name = label(host, host->nlabels - 2);
    if ((unsigned char)*ending.p >= 0x80) /* contact_idn.c; a.公司 is an item of a list */
        return sure || (name.n > 1 && !is_number(name));
    if (str_starts(ending, STR_LIT("xn--")))
        return is_suffix(scan, host, ending);
    if (!is_word(ending))
        return false;
    if (!is_ending(scan, ending))
        return sure || str_eqz(label(host, 0), "www") || any_ending_within(scan, host) ||
               is_other_host(scan, host, ending);
    /* 8点work, 1.vip会员: a time or an item of a list */
    return sure || !(is_number(name) && name.n <= 2 && host->nlabels == 2);
}

/* Cut the host before label i. */
static void cut(struct host *host, unsigned i)
{
    host->nlabels = i;
    host->n = host->label[i] - 1;
}

/* Give up disguised joints, and numbers at the end, until it is a host. */
static bool settle(const struct contact_scan *scan, struct host *host, bool sure)
{
    while (!is_host(scan, host, sure)) {
        unsigned i = host->nlabels;
        while (i > 1 && !host->hidden[i - 1] && !is_number(label(host, i - 1)))
            i--;
        if (i <= 1)
            return false;
        cut(host, i - 1);
    }
    host->to = host->label_end[host->nlabels - 1];
    for (unsigned i = 1; i < host->nlabels; i++)
        host->disguised = host->disguised || host->hidden[i];
    return true;
}

/* By the Public Suffix List; a host that is itself a suffix (gov.cn) stands for itself. */
static struct str registrable(const struct contact_scan *scan, struct host *host)
{
    const char *domain;

    if (is_address(host))
        return (struct str){host->text, host->n};
    host->text[host->n] = '\0';
    domain = psl_registrable_domain(scan->tables->suffixes, host->text);
    return domain != NULL ? str_of(domain) : (struct str){host->text, host->n};
}

static bool below(const struct name_set *set, const struct host *host)
{
    for (unsigned i = 0; i < host->nlabels; i++)
        if (name_set_has(set, from_label(host, i)))
            return true;
    return false;
}

static uint32_t traits_of(const struct contact_scan *scan, const struct host *host, struct str domain)
{
    const struct contact_tables *t = scan->tables;
    uint32_t traits = host->disguised ? CONTACT_DISGUISED : 0;

    if (is_address(host))
        return traits | CONTACT_IP_HOST;
    if (below(&t->shorteners, host))
        traits |= CONTACT_SHORTENER; /* an institution's own one leads to its own pages */
    if (below(&t->official, host))
        return host->disguised || below(&t->open, host) ? traits : traits | CONTACT_OFFICIAL;
    if (traits & CONTACT_SHORTENER)
        return traits;
    if (psl_is_public_suffix(t->suffixes, host->text))
        return traits; /* gov.uk */
    return institution_imitated(t->institutions, (struct str){host->text, host->n}, domain) ? traits | CONTACT_LOOKALIKE
                                                                                           : traits;
}

/* ---- URL and e-mail ---------------------------------------------------------------------------------------------- */

static bool path_char(char c)
{
    return c > ' ' && c < 0x7F && strchr("\"<>\\^`{|}", c) == NULL;
}

/* Port and path behind a host. */
static const char *read_path(const char *p, const char *end)
{
    const char *q = p;

    if (end - q >= 2 && *q == ':' && ascii_is_digit(q[1])) {
        for (q++; q < end && ascii_is_digit(*q) && q - p <= 5;)
            q++;
        p = q;
    }
    if (p == end || strchr("/?#", *p) == NULL)
        return p;
    for (q = p; q < end && path_char(*q);)
        q++;
    while (q > p + 1 && strchr(".,;:!?)'*", q[-1]) != NULL)
        q--;
    return q;
}

static const char *keep_email(struct contact_scan *scan, const char *p, const char *at_sign)
{
    struct host host;
    char address[HOST_MAX];
    struct str domain;
    uint32_t traits;
    int n;

    host_read(&host, at_sign + 1, scan->end);
    if (host.nlabels == 0 || !settle(scan, &host, true))
        return NULL;
    n = snprintf(address, sizeof(address), "%.*s@%.*s", (int)(at_sign - p), p, (int)host.n, host.text);
    if (n < 0 || (size_t)n >= sizeof(address) || !scan_is_new(scan, CONTACT_EMAIL, (struct str){address, (size_t)n}))
        return host.to;
    host.disguised = host.disguised || scan_disguised(scan, p, host.to);
    domain = registrable(scan, &host);
    traits = traits_of(scan, &host, domain) & ~(uint32_t)CONTACT_SHORTENER;
    if (below(&scan->tables->mail, &host))
        traits &= ~(uint32_t)CONTACT_OFFICIAL;
    scan_keep(scan, CONTACT_EMAIL, traits, p, host.to, (struct str){address, (size_t)n}, domain);
    return host.to;
}

/* http://10086.cn:80@bad.example/ leads to bad.example: where its host begins. */
static const char *skip_user(const char *p, const char *end)
{
    for (const char *q = p; q < end && *q > ' ' && *q < 0x7F && strchr("/?#", *q) == NULL; q++)
        if (*q == '@')
            p = q + 1;
    return p;
}

/* The @ that makes [p, …) the local part of an address; NULL when there is none. */
static const char *at_sign_behind(const struct contact_scan *scan, const char *p)
{
    const char *q = p;

    while (q < scan->end && (ascii_is_alnum(*q) || strchr("-_*.+%", *q) != NULL) && q - p <= 64)
        q++;
    return q > p && q + 1 < scan->end && *q == '@' && ascii_is_alnum(q[1]) ? q : NULL;
}

static bool is_hex(char c)
{
    return ascii_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* Behind an address as only browsers read it: [2001:db8::1], 0x7f000001, 2130706433; NULL for anything else. */
static const char *address_end(const char *p, const char *end)
{
    bool bracket = scan_eat(&p, end, STR_LIT("[")), hex = !bracket && scan_eat(&p, end, STR_LIT("0x"));
    const char *from = p;
    unsigned colons = 0;

    while (p < end && (ascii_is_digit(*p) || ((bracket || hex) && is_hex(*p)) || (bracket && *p == ':')))
        colons += *p++ == ':';
    if (bracket)
        return colons >= 2 && p < end && *p == ']' ? p + 1 : NULL;
    if (p < end && (ascii_is_alnum(*p) || *p == '.'))
        return NULL;
    return p - from >= (hex ? 1 : 8) && p - from <= 10 ? p : NULL;
}

static const char *keep_url(struct contact_scan *scan, struct host *host, const char *begin)
{
    const char *to = read_path(host->to, scan->end);
    struct str domain;

    if (!scan_is_new(scan, CONTACT_URL, (struct str){host->text, host->n}))
        return to;
    domain = registrable(scan, host);
    scan_keep(scan, CONTACT_URL, traits_of(scan, host, domain), begin, to, (struct str){host->text, host->n}, domain);
    return to;
}

const char *scan_host(struct contact_scan *scan, const char *p)
{
    const char *begin = p, *end = scan->end, *at_sign, *to;
    struct host host;
    struct str domain;
    bool scheme;

    if (!host_may_begin(p, end))
        return NULL;
    scheme = scan_eat(&p, end, STR_LIT("http://")) || scan_eat(&p, end, STR_LIT("https://"));
    if (scheme)
        p = skip_user(p, end);
    else if ((at_sign = at_sign_behind(scan, p)) != NULL)
        return keep_email(scan, p, at_sign);
    if (scheme && (to = address_end(p, end)) != NULL) {
        domain = str_range(p, to);
        to = read_path(to, end);
        scan_keep(scan, CONTACT_URL, CONTACT_IP_HOST, begin, to, domain, domain);
        return to;
    }
    host_read(&host, p, end);
    idn_append(scan, &host);
    if (host.nlabels < 2)
        return NULL;
    to = host.label_end[host.nlabels - 1];
    if (!settle(scan, &host, scheme || (to < end && *to == '/')))
        return NULL;
    host.disguised = host.disguised || scan_disguised(scan, host.from, host.to);
    return keep_url(scan, &host, begin);
}

const char *scan_idn(struct contact_scan *scan, const char *p, size_t k)
{
    struct host host;
    struct str before;
    const char *begin;

    if (!idn_read(scan, &host, p, k))
        return NULL;
    before = str_range(scan->start, host.from);
    begin = host.from - (str_ends(before, STR_LIT("http://")) ? 7 : str_ends(before, STR_LIT("https://")) ? 8 : 0);
    return scan_overlaps(scan, begin) ? NULL : keep_url(scan, &host, begin);
}

bool contact_may_have_url(const struct canon *canon)
{
    if (host_may_be_within(canon->buf + canon->start[CANON_TEXT], canon->buf + canon->end[CANON_TEXT]))
        return true;
    for (size_t k = 0; k < canon->nbreaks; k++)
        if (idn_dot_at(canon, k))
            return true;
    return false;
}
