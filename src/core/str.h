/* str.h - bytes with a length, passed by value. No NUL is assumed at the end. */
#ifndef TELSIEVE_CORE_STR_H
#define TELSIEVE_CORE_STR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR_LIT(s) ((struct str){(s), sizeof(s) - 1}) /* of a string literal */
#define STR_FMT(s) (int)(s).n, (s).p                  /* for "%.*s"; n must fit an int */

static inline struct str str_of(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}

/* One past the last byte; also of {NULL, 0}, to which C forbids even the addition of 0. */
static inline const char *str_end(struct str s)
{
    return s.n > 0 ? s.p + s.n : s.p;
}

static inline struct str str_range(const char *p, const char *end)
{
    return (struct str){p, (size_t)(end - p)};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_eqz(struct str a, const char *z)
{
    return str_eq(a, str_of(z));
}

/* White space of JSON, and of what is written in a library. */
static inline bool str_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The first 8 bytes as a number, with zeros behind the end: where the numbers of two strings differ they are in the
 * order of the strings, byte by byte. To sort many without a look at each. */
static inline uint64_t str_head(struct str s)
{
    uint64_t head = 0;

    if (s.n >= sizeof(head))
        memcpy(&head, s.p, sizeof(head));
    else if (s.n > 0)
        memcpy(&head, s.p, s.n);
    return be64toh(head);
}

/* Is it one of `names`, the last of which is NULL? */
static inline bool str_is_among(struct str s, const char *const *names)
{
    while (*names != NULL && !str_eqz(s, *names))
        names++;
    return *names != NULL;
}

static inline bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

static inline bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0;
}

/* Without the blanks and controls of ASCII at its ends. */
static inline struct str str_trim(struct str s)
{
    while (s.n > 0 && (unsigned char)s.p[0] <= ' ')
        s = (struct str){s.p + 1, s.n - 1};
    while (s.n > 0 && (unsigned char)s.p[s.n - 1] <= ' ')
        s.n--;
    return s;
}

/* What a hex digit is worth, in either case; -1: it is none. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The first `digits` hex digits of the bytes, in lower case, and a NUL. */
static inline void hex_write(const unsigned char *bytes, size_t digits, char *out)
{
    for (size_t i = 0; i < digits; i++)
        out[i] = "0123456789abcdef"[i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15];
    out[digits] = '\0';
}

/* Of ASCII; letters are lower case, as canonical text has them. */
static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool str_has_digit(struct str s)
{
    size_t i = 0;

    while (i < s.n && !ascii_is_digit(s.p[i]))
        i++;
    return i < s.n;
}

static inline bool ascii_is_alpha(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_alnum(char c)
{
    return ascii_is_digit(c) || ascii_is_alpha(c);
}

#endif
