/* canon_copy.h - copiers for the plain stretches of a text, private to canon: they know nothing but bytes, so that a
 * faster one can take their place. Eight bytes at a time in a word, little-endian like everything x86. */
#ifndef TELSIEVE_RECORD_CANON_COPY_H
#define TELSIEVE_RECORD_CANON_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define EACH(byte) (0x0101010101010101ull * (byte)) /* the byte in each of the eight lanes of a word */

/* The high bit of each lane whose 7-bit value is at least `low`. */
static inline uint64_t at_least(uint64_t lanes, unsigned low)
{
    return (lanes + EACH(0x80 - low)) & EACH(0x80);
}

/* The 1 to 8 bytes of [p, end), the first one lowest; what is behind them is 0. `in` <= p begins the string. */
static inline uint64_t load_lanes(const char *in, const char *p, const char *end)
{
    size_t have = (size_t)(end - p);
    uint64_t x = 0;

    if (have >= 8) {
        memcpy(&x, p, 8);
    } else if (end - in >= 8) {
        memcpy(&x, end - 8, 8);
        x >>= 8 * (8 - have);
    } else {
        for (size_t i = 0; i < have; i++)
            x |= (uint64_t)(unsigned char)p[i] << 8 * i;
    }
    return x;
}

/* The first n lanes in lower case; sets *digits when a digit stands beside a letter or |, `before` standing before. */
static inline uint64_t lower_lanes(uint64_t lanes, size_t n, char before, bool *digits)
{
    uint64_t valid = n < 8 ? ~(~0ull << 8 * n) : ~0ull;
    uint64_t upper = at_least(lanes, 'A') & ~at_least(lanes, 'Z' + 1), digit, letter;
    uint64_t digit_before = before >= '0' && before <= '9', letter_before = before >= 'a';

    lanes |= upper >> 2;
    digit = at_least(lanes, '0') & ~at_least(lanes, '9' + 1) & valid;
    letter = at_least(lanes, 'a') & ~at_least(lanes, '|' + 1) & valid;
    if (((digit << 8 | digit_before << 7) & letter) | ((letter << 8 | letter_before << 7) & digit))
        *digits = true;
    return lanes;
}

/* Copy the ASCII that [in, end) begins with, up to the first control byte, in lower case; returns the bytes copied.
 * Reads out[-1] and may write 8 bytes more than it returns. Sets *digits when a digit stands beside a letter or |.
 * Numbers and their punctuation (no byte from 0x40 on) need no second look. */
static inline size_t copy_ascii(const char *in, const char *end, char *out, bool *digits)
{
    const char *p = in;
    size_t n = 8;

    while (p < end && n == 8) {
        uint64_t x = load_lanes(in, p, end), lanes = x & EACH(0x7F), stop;

        stop = (x | ~at_least(lanes, 0x20)) & EACH(0x80);
        if ((lanes & EACH(0x40)) != 0 || out[-1] >= 'a') {
            stop |= at_least(lanes, 0x7F);
            n = stop ? (size_t)__builtin_ctzll(stop) / 8 : 8;
            lanes = lower_lanes(lanes, n, out[-1], digits);
        } else {
            n = stop ? (size_t)__builtin_ctzll(stop) / 8 : 8;
        }
        memcpy(out, &lanes, 8);
        p += n;
        out += n;
    }
    return (size_t)(p - in);
}

#endif
