/* regex_digits.c - the expression is read item by item; what is not known for certain to take all digits alike tells
 * them apart. Syntax: pcre2pattern(3). */
#include "match/regex_digits.h"

#define ALIKE "dDsSwWbBhHvVR.*+?()[]{}|^$/-" /* behind a backslash: classes, places, signs */

static const char *skip_number(const char *p, const char *end)
{
    while (p < end && ascii_is_digit(*p))
        p++;
    return p;
}

/* Behind the brace at p, and behind the quantifier that it begins: {2}, {2,}, {2,8}. */
static const char *skip_brace(const char *p, const char *end)
{
    const char *q = skip_number(++p, end);

    if (q == p || q == end)
        return p;
    if (*q == ',')
        q = skip_number(q + 1, end);
    return q < end && *q == '}' ? q + 1 : p;
}

/* Behind the escape at p; NULL: not alike, or not known. */
static const char *skip_escape(const char *p, const char *end)
{
    return end - p >= 2 && p[1] != '\0' && strchr(ALIKE, p[1]) != NULL ? p + 2 : NULL;
}

/* Behind the class at p; NULL as above. A range that neither begins nor ends with a digit has all or none; in [+-0-9]
 * there is none of all digits. */
static const char *skip_class(const char *p, const char *end)
{
    p += end - p > 1 && p[1] == '^' ? 2 : 1;
    for (const char *first = p; p < end && (*p != ']' || p == first);) {
        if (*p == '\\') {
            if ((p = skip_escape(p, end)) == NULL)
                return NULL;
        } else if (end - p >= 3 && memcmp(p, "0-9", 3) == 0) {
            p += 3;
        } else if (ascii_is_digit(*p) || *p == '[' || (*p == '-' && end - p >= 2 && ascii_is_digit(p[1]))) {
            return NULL; /* [: a class with a name */
        } else {
            p++;
        }
    }
    return p < end ? p + 1 : NULL;
}

/* Behind what opens a group at p: (, (?:, (?i), (?=, (?!, (?<=, (?<!, (?>; NULL as above. */
static const char *skip_opening(const char *p, const char *end)
{
    if (end - p >= 2 && p[1] == '*')
        return NULL;
    if (end - p < 3 || p[1] != '?')
        return p + 1;
    p += p[2] == '<' ? 3 : 2;
    while (p < end && (*p == 'i' || *p == 's' || *p == 'm'))
        p++;
    return p < end && *p != '\0' && strchr(":=!>)", *p) != NULL ? p + 1 : NULL;
}

bool regex_tells_digits(struct str regex)
{
    const char *p = regex.p, *end = str_end(regex);

    while (p != NULL && p < end) {
        switch (*p) {
        case '\\': p = skip_escape(p, end); break;
        case '[': p = skip_class(p, end); break;
        case '(': p = skip_opening(p, end); break;
        case '{': p = skip_brace(p, end); break;
        default: p = ascii_is_digit(*p) ? NULL : p + 1;
        }
    }
    return p == NULL;
}
