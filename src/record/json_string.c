/* json_string.c - copies the stretch up to the next backslash, then one escape, and again. */
#include "record/json_string.h"

#include "core/utf8.h"

/* The four hex digits at p, or -1. */
static int32_t hex4(const char *p, const char *end)
{
    int32_t value = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* \uXXXX at p (behind the u). Returns the end of the escape, or NULL. */
static const char *unicode_escape(const char *p, const char *end, char **out)
{
    int32_t unit = hex4(p, end);

    if (unit < 0 || (unit >= 0xDC00 && unit <= 0xDFFF))
        return NULL;
    p += 4;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        int32_t low = end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2, end) : -1;
        if (low < 0xDC00 || low > 0xDFFF)
            return NULL;
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        p += 6;
    }
    *out += utf8_encode((uint32_t)unit, *out);
    return p;
}

/* The character of a two-character escape, or 0. */
static char short_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

bool json_unescape(struct str in, char *out, size_t *n)
{
    const char *p = in.p, *end = in.p + in.n;
    char *const start = out;

    while (p < end) {
        if (*p != '\\') {
            const char *backslash = memchr(p, '\\', (size_t)(end - p));
            size_t plain = (size_t)((backslash ? backslash : end) - p);
            memcpy(out, p, plain);
            out += plain;
            p += plain;
            continue;
        }
        if (end - p < 2)
            return false;
        if (p[1] == 'u') {
            p = unicode_escape(p + 2, end, &out);
            if (p == NULL)
                return false;
            continue;
        }
        if ((*out++ = short_escape(p[1])) == 0)
            return false;
        p += 2;
    }
    *n = (size_t)(out - start);
    return true;
}
