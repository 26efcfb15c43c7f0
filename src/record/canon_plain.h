/* canon_plain.h - skips what of a text needs nothing done, and makes ASCII lower case; private to canon.
 *
 * Han is skipped one by one: the branches are foreseen, so that the next characters are looked up meanwhile. Eight at a
 * time by AVX2 take as many instructions and half as much time again, as where to go on is only known behind them. */
#ifndef TELSIEVE_RECORD_CANON_PLAIN_H
#define TELSIEVE_RECORD_CANON_PLAIN_H

#include "record/canon_copy.h"
#include "record/folding.h"

/* Is it one of them? p is well-formed text. */
static inline bool is_plain_han(const struct folding *folding, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    return p[0] >= 0xE4 && p[0] <= 0xE9 && (folding->han[(p[0] & 15) * 64u + (p[1] & 63)] >> (p[2] & 63) & 1) != 0;
}

/* The end of those that [p, end) begins with. */
static inline const char *skip_han(const struct folding *folding, const char *p, const char *end)
{
    const uint64_t *plain = folding->han + 4 * 64 - 0x80; /* of lead byte E4 and second byte 0 */
    const unsigned char *c = (const unsigned char *)p;

    while ((const char *)c < end) {
        unsigned lead = c[0] - 0xE4u;

        if (lead > 5 || (plain[lead * 64 + c[1]] >> (c[2] & 63) & 1) == 0)
            break;
        c += 3;
    }
    return (const char *)c;
}

/* A stretch of the text that stays as it is and is not yet written; and what was in all of them. */
struct stretch {
    const char *from, *to;
    size_t copied, inner; /* bytes, and those of them that do not begin a character */
    uint32_t han;  /* Han characters */
    bool letters;  /* there was ASCII from 0x40 on */
    bool left_han; /* the last character of this one that cannot vanish is Han */
};

/* Skip ASCII but control bytes, eight at a time. */
static inline void skip_ascii(struct stretch *s, const char *end)
{
    const char *p = s->to;
    uint64_t x = 0, stop = 0;

    for (; end - p >= 8 && stop == 0; p += 8) {
        memcpy(&x, p, 8);
        stop = (x | ~at_least(x & EACH(0x7F), 0x20) | at_least(x & EACH(0x7F), 0x7F)) & EACH(0x80);
        if (stop != 0) {
            p += __builtin_ctzll(stop) / 8 - 8;
            x &= ((stop & -stop) >> 7) - 1;
        }
        s->letters |= (x & EACH(0x40)) != 0;
    }
    for (; stop == 0 && p < end && (unsigned char)*p < 0x7F && (unsigned char)*p >= 0x20; p++)
        s->letters |= (*p & 0x40) != 0;
    s->to = p;
}

/* Skip all that is plain: Han, and ASCII that does not vanish. */
static inline void skip_plain(const struct folding *folding, struct stretch *s, const char *end)
{
    const char *before;

    do {
        size_t n;

        before = s->to;
        s->to = skip_han(folding, before, end);
        n = (size_t)(s->to - before) / 3;
        s->han += (uint32_t)n;
        s->inner += 2 * n;
        s->left_han = n > 0 || s->left_han;
        if (s->to == end || (unsigned char)*s->to >= 0x80 ||
            (s->left_han && (folding->ascii_kind[(unsigned char)*s->to] & FOLD_ASCII_DROPPABLE)))
            return;
        before = s->to;
        skip_ascii(s, end);
        s->left_han = s->left_han && s->to == before;
    } while (s->to > before && s->to < end);
}

/* Make the ASCII of [p, end) lower case. Does a digit stand beside a letter or |? 15 bytes behind
 * are readable and may change likewise. */
static inline bool lower_plain(char *p, char *end)
{
    bool beside = false, was_digit = false, was_letter = false;

    for (; p < end; p++) {
        bool digit = *p >= '0' && *p <= '9', letter;

        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
        letter = *p >= 'a' && *p <= '|';
        beside = beside || (digit && was_letter) || (letter && was_digit);
        was_digit = digit;
        was_letter = letter;
    }
    return beside;
}

#if defined(__SSE2__)

#include <emmintrin.h>

static inline unsigned bytes_between(__m128i bytes, char low, char high, __m128i *which)
{
    *which = _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8(low)), _mm_cmpgt_epi8(_mm_set1_epi8(high), bytes));
    return (unsigned)_mm_movemask_epi8(*which);
}

/* As lower_plain, sixteen at a time. */
static inline bool lower_fast(char *p, char *end)
{
    unsigned beside = 0, was_digit = 0, was_letter = 0;

    for (; p < end; p += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)p), which;
        unsigned valid = end - p < 16 ? (1u << (end - p)) - 1 : 0xFFFF, digit, letter;

        bytes_between(bytes, 'A' - 1, 'Z' + 1, &which);
        bytes = _mm_or_si128(bytes, _mm_and_si128(which, _mm_set1_epi8(0x20)));
        _mm_storeu_si128((__m128i *)p, bytes);
        digit = bytes_between(bytes, '0' - 1, '9' + 1, &which) & valid;
        letter = bytes_between(bytes, 'a' - 1, '|' + 1, &which) & valid;
        beside |= ((digit << 1 | was_digit) & letter) | ((letter << 1 | was_letter) & digit);
        was_digit = digit >> 15;
        was_letter = letter >> 15;
    }
    return beside != 0;
}

#else

static inline bool lower_fast(char *p, char *end)
{
    return lower_plain(p, end);
}

#endif

#endif
