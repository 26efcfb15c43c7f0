/* lists_key.c - a number's key is its digits behind a 1 (so that zeros in front count) as one number, and above it the
 * class; positions are the digits filled up with zeros to 18. */
#include "match/lists_key.h"

#include "core/err.h"
#include "core/str.h"
#include "record/value.h"

#include <stdio.h>

#define DIGITS 18 /* of a key */
#define CLASS_SHIFT 61
#define DIGITS_MASK ((UINT64_C(1) << CLASS_SHIFT) - 1)

enum { CLASS_OTHER, CLASS_FIXED, CLASS_FOREIGN };
#define BIT(class) (1u << (class))

static const struct number_context plain = {.ingress = INGRESS_UNKNOWN, .ton = -1};

/* ---- numbers ----------------------------------------------------------------------------------------------- */

unsigned list_class(const struct number *number)
{
    if (number->kind == NUMBER_INTERNATIONAL)
        return CLASS_FOREIGN;
    return number->kind == NUMBER_FIXED ? CLASS_FIXED : CLASS_OTHER;
}

/* 10^0 to 10^DIGITS */
#define E(n) UINT64_C(1##n)
static const uint64_t tens[] = {
    E(), E(0), E(00), E(000), E(0000), E(00000), E(000000), E(0000000), E(00000000), E(000000000), E(0000000000),
    E(00000000000), E(000000000000), E(0000000000000), E(00000000000000), E(000000000000000), E(0000000000000000),
    E(00000000000000000), E(000000000000000000)};
#undef E

/* Eight digits at a time, of which each costs the same; numbers have 31 bytes, so eight are there behind each. */
uint64_t list_number_key(const struct number *number)
{
    size_t n = number->ndigits;
    const char *digits = number->digits;
    uint64_t key;

    if (n == 0 || n > DIGITS)
        return 0;
    key = tens[n] + (uint64_t)list_class(number) * (UINT64_C(1) << CLASS_SHIFT);
    if (n > 16) {
        key += value_of_digits(digits, n - 16) * tens[16];
        digits += n - 16;
        n = 16;
    }
    if (n > 8) {
        key += value_of_digits(digits, n - 8) * tens[8];
        digits += n - 8;
        n = 8;
    }
    return key + value_of_digits(digits, n);
}

uint64_t list_position(const struct number *number)
{
    uint64_t position = 0;

    for (unsigned i = 0; i < DIGITS; i++)
        position = position * 10 + (i < number->ndigits ? (uint64_t)(number->digits[i] - '0') : 0);
    return position;
}

struct str list_number_text(uint64_t key, char out[LIST_NUMBER_TEXT])
{
    char digits[DIGITS + 2], *end = digits + sizeof(digits), *p = end;
    unsigned class = (unsigned)(key >> CLASS_SHIFT);
    uint64_t rest = key & DIGITS_MASK;
    struct str sign;
    bool mobile;

    for (; rest > 1; rest /= 10) /* the 1 in front is left */
        *--p = (char)('0' + rest % 10);
    mobile = end - p == 11 && p[0] == '1' && p[1] >= '3';
    sign = class == CLASS_FOREIGN ? STR_LIT("+") : class == CLASS_FIXED || mobile ? STR_LIT("+86") : STR_LIT("");
    memcpy(out, sign.p, sign.n);
    memcpy(out + sign.n, p, (size_t)(end - p));
    out[sign.n + (size_t)(end - p)] = '\0';
    return (struct str){out, sign.n + (size_t)(end - p)};
}

static uint64_t read_number(const struct number_plan *plan, struct str raw, struct number *number)
{
    number_classify(plan, raw, &plain, number);
    return number->kind == NUMBER_ALPHA || number->kind == NUMBER_WITHHELD ? 0 : list_number_key(number);
}

static void keep_text(struct list_key *out, struct str text)
{
    memcpy(out->text, text.p, text.n);
    out->n = text.n;
    out->text[text.n] = '\0';
}

static int number_read(const struct number_plan *plan, struct str raw, struct list_key *out, struct number *number,
                       const char **why)
{
    *why = "a number of 1 to 30 digits expected, such as +85251234567";
    out->number = read_number(plan, raw, number);
    if (out->number != 0) {
        out->kind = LIST_NUMBER;
        return 0;
    }
    if (number->ndigits == 0 || number->ndigits >= sizeof(number->digits) - 1)
        return -TS_EINVAL;
    out->kind = LIST_WORD;
    keep_text(out, (struct str){number->digits, number->ndigits});
    return 0;
}

/* ---- spans ------------------------------------------------------------------------------------------------- */

/* The digits of a prefix; false when something else stands there. */
static bool prefix_digits(struct str raw, char *digits, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        if (ascii_is_digit(raw.p[i]) && *n < DIGITS)
            digits[(*n)++] = raw.p[i];
        else if (strchr(" -().", raw.p[i]) == NULL)
            return false;
    }
    return true;
}

static bool begins_chinese(struct str digits)
{
    return str_starts(digits, STR_LIT("1")) || str_starts(digits, STR_LIT("95")) || str_starts(digits, STR_LIT("96")) ||
           str_starts(digits, STR_LIT("400")) || str_starts(digits, STR_LIT("800"));
}

/* Which numbers a prefix is of, and what of it stands before theirs. */
static unsigned prefix_classes(struct str *digits, bool plus)
{
    bool idd = str_starts(*digits, STR_LIT("00"));

    while ((idd || plus) && str_starts(*digits, STR_LIT("0")))
        *digits = (struct str){digits->p + 1, digits->n - 1};
    if (str_starts(*digits, STR_LIT("86")) && (plus || idd || digits->n > 3)) {
        *digits = (struct str){digits->p + 2, digits->n - 2};
        return BIT(CLASS_OTHER) | (begins_chinese(*digits) && digits->p[0] != '1' ? 0 : BIT(CLASS_FIXED));
    }
    if (plus || idd)
        return BIT(CLASS_FOREIGN);
    if (str_starts(*digits, STR_LIT("0"))) {
        *digits = (struct str){digits->p + 1, digits->n - 1};
        return BIT(CLASS_FIXED);
    }
    return begins_chinese(*digits) ? BIT(CLASS_OTHER) : BIT(CLASS_OTHER) | BIT(CLASS_FIXED) | BIT(CLASS_FOREIGN);
}

static const char *prefix_sign(unsigned classes)
{
    switch (classes) {
    case BIT(CLASS_FOREIGN): return "+";
    case BIT(CLASS_FIXED): return "0";
    case BIT(CLASS_OTHER) | BIT(CLASS_FIXED): return "+86";
    default: return "";
    }
}

static int prefix_read(struct str raw, struct list_key *out, const char **why)
{
    bool plus = raw.n > 0 && raw.p[0] == '+';
    char buf[DIGITS];
    struct str digits = {buf, 0};
    uint64_t lo = 0, size = 1;

    *why = "a prefix of 2 to 18 digits and a * expected, such as +8525* or 1705*";
    if (!prefix_digits((struct str){raw.p + plus, raw.n - plus}, buf, &digits.n))
        return -TS_EINVAL;
    out->span.classes = (uint8_t)prefix_classes(&digits, plus);
    if (digits.n < 2)
        return -TS_EINVAL;
    for (size_t i = 0; i < DIGITS; i++) {
        lo = lo * 10 + (i < digits.n ? (uint64_t)(digits.p[i] - '0') : 0);
        size *= i < digits.n ? 1 : 10;
    }
    out->kind = LIST_SPAN;
    out->span.lo = lo;
    out->span.hi = lo + size - 1;
    out->span.length = 0;
    out->n = (size_t)snprintf(out->text, sizeof(out->text), "%s%.*s*", prefix_sign(out->span.classes), STR_FMT(digits));
    return 0;
}

static size_t count_digits(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += ascii_is_digit(s.p[i]);
    return n;
}

/* The dash between two numbers of as many digits, five or more; a number may have others. NULL: it is no range. */
static const char *range_dash(struct str raw)
{
    for (const char *p = raw.p; p < raw.p + raw.n; p++) {
        size_t before = count_digits(str_range(raw.p, p));
        if (*p == '-' && before >= 5 && before == count_digits(str_range(p + 1, raw.p + raw.n)))
            return p;
    }
    return NULL;
}

static int range_read(const struct number_plan *plan, struct str from, struct str to, struct list_key *out,
                      const char **why)
{
    struct number lo, hi;
    char a[LIST_NUMBER_TEXT], b[LIST_NUMBER_TEXT];

    *why = "a range of numbers of one kind and length, the lower first, expected, such as +85251000000-+85251009999";
    if (read_number(plan, from, &lo) == 0 || read_number(plan, to, &hi) == 0 || list_class(&lo) != list_class(&hi) ||
        lo.ndigits != hi.ndigits || list_position(&lo) > list_position(&hi))
        return -TS_EINVAL;
    out->kind = LIST_SPAN;
    out->span = (struct list_span){.lo = list_position(&lo), .hi = list_position(&hi), .length = lo.ndigits,
                                   .classes = (uint8_t)BIT(list_class(&lo))};
    out->n = (size_t)snprintf(out->text, sizeof(out->text), "%s-%s", list_number_text(list_number_key(&lo), a).p,
                              list_number_text(list_number_key(&hi), b).p);
    return 0;
}

/* ---- names ------------------------------------------------------------------------------------------------- */

/* Of one form, lower case; false when a character is in it that none has. */
static bool lower(struct str raw, struct list_key *out)
{
    if (raw.n == 0 || raw.n > LIST_TEXT_MAX)
        return false;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if ((unsigned char)c <= ' ' || c == 0x7F)
            return false;
        out->text[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    out->n = raw.n;
    out->text[raw.n] = '\0';
    return true;
}

static const char *find(struct str s, const char *what)
{
    return s.n > 0 ? memmem(s.p, s.n, what, strlen(what)) : NULL;
}

/* The host of a URL, or of what is written like *.bad.example:8080/path. */
static struct str host_of(struct str raw)
{
    const char *end = raw.p + raw.n, *p = raw.p, *at, *scheme = find(raw, "://");
    const char *q;

    if (scheme != NULL)
        p = scheme + 3;
    for (q = p; q < end && strchr("/?#", *q) == NULL;)
        q++;
    end = q;
    if ((at = find(str_range(p, end), "@")) != NULL)
        p = at + 1;
    if (p < end && *p != '[' && (at = find(str_range(p, end), ":")) != NULL)
        end = at;
    if (end - p > 2 && p[0] == '*' && p[1] == '.')
        p += 2;
    while (p < end && *p == '.')
        p++;
    while (p < end && end[-1] == '.')
        end--;
    return str_range(p, end);
}

/* Digits and what is written between them, behind a + or none. */
static bool is_number(struct str raw)
{
    bool digit = false;

    for (size_t i = raw.n > 0 && raw.p[0] == '+'; i < raw.n; i++) {
        if (ascii_is_digit(raw.p[i]))
            digit = true;
        else if (raw.p[i] == '\0' || strchr(" -().", raw.p[i]) == NULL)
            return false;
    }
    return digit;
}

static bool is_ipv4(struct str raw)
{
    char z[16], behind;
    unsigned a, b, c, d;

    if (raw.n >= sizeof(z) || find(raw, ".") == NULL)
        return false;
    memcpy(z, raw.p, raw.n);
    z[raw.n] = '\0';
    return sscanf(z, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &behind) == 4 && a < 256 && b < 256 && c < 256 && d < 256;
}

/* [2001:db8::1] as it stands; else labels of letters, digits, _ and -, or of another script, but no number. */
static bool is_host(struct str host)
{
    if (host.p[0] == '[')
        return host.p[host.n - 1] == ']' && find(host, ":") != NULL;
    for (size_t i = 0; i < host.n; i++)
        if (!ascii_is_alnum(host.p[i]) && (unsigned char)host.p[i] < 0x80 && strchr(".-_", host.p[i]) == NULL)
            return false;
    return find(host, ".") != NULL && find(host, "..") == NULL && (!is_number(host) || is_ipv4(host));
}

int list_host_read(struct str raw, struct list_key *out, const char **why)
{
    *why = "a host of two labels or more, or an IP address, expected, such as bad.example";
    if (!lower(host_of(raw), out) || !is_host((struct str){out->text, out->n}))
        return -TS_EINVAL;
    out->kind = LIST_HOST;
    return 0;
}

/* ---- shape ------------------------------------------------------------------------------------------------- */

int list_word_read(const struct number_plan *plan, struct str value, struct list_key *out, struct number *number,
                   const char **why)
{
    value = str_trim(value);
    if (is_number(value))
        return number_read(plan, value, out, number, why);
    *why = "a number, a host or a word without blanks of up to 253 bytes expected";
    out->kind = LIST_WORD;
    return lower(value, out) ? 0 : -TS_EINVAL;
}

/* Digits alone, behind a + or none: what nearly all entries of long lists are. */
static bool is_plain(struct str entry)
{
    size_t i = entry.n > 0 && entry.p[0] == '+';

    while (i < entry.n && ascii_is_digit(entry.p[i]))
        i++;
    return i == entry.n && i > 1;
}

/* A mobile number is the same without, and quicker classified. */
static struct str without_86(struct str entry)
{
    return entry.n == 14 && str_starts(entry, STR_LIT("+861")) ? (struct str){entry.p + 3, 11} : entry;
}

int list_key_read(const struct number_plan *plan, struct str entry, struct list_key *out, const char **why)
{
    struct number number;
    const char *dash;

    entry = str_trim(entry);
    if (is_plain(entry))
        return number_read(plan, without_86(entry), out, &number, why);
    if (is_ipv4(entry) || find(entry, "://") != NULL || (entry.n > 0 && entry.p[0] == '['))
        return list_host_read(entry, out, why);
    if (entry.n > 0 && entry.p[entry.n - 1] == '*')
        return prefix_read((struct str){entry.p, entry.n - 1}, out, why);
    dash = range_dash(entry);
    if (dash != NULL) {
        struct str from = str_trim(str_range(entry.p, dash)), to = str_trim(str_range(dash + 1, str_end(entry)));
        if (is_number(from) && is_number(to))
            return range_read(plan, from, to, out, why);
    }
    if (!is_number(entry) && find(entry, ".") != NULL && find(entry, "@") == NULL)
        return list_host_read(entry, out, why);
    return list_word_read(plan, entry, out, &number, why);
}
