/* utf8.c - plain scalar code; the record path validates by simdjson and needs these only where something is odd. */
#include "core/utf8.h"

static bool is_continuation(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Length promised by a lead byte, with the range allowed for the second byte (RFC 3629 section 4). */
static size_t lead(unsigned char c, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xBF;
    if (c < 0x80)
        return 1;
    if (c >= 0xC2 && c <= 0xDF)
        return 2;
    if (c >= 0xE0 && c <= 0xEF) {
        *low = c == 0xE0 ? 0xA0 : 0x80;
        *high = c == 0xED ? 0x9F : 0xBF;
        return 3;
    }
    if (c >= 0xF0 && c <= 0xF4) {
        *low = c == 0xF0 ? 0x90 : 0x80;
        *high = c == 0xF4 ? 0x8F : 0xBF;
        return 4;
    }
    return 0;
}

size_t utf8_decode(const char *p, const char *end, uint32_t *cp)
{
    const unsigned char *s = (const unsigned char *)p;
    size_t left = (size_t)(end - p);
    unsigned char low, high;
    size_t n = lead(s[0], &low, &high);
    uint32_t value;

    *cp = UINT32_MAX;
    if (n == 0)
        return 1;
    if (n == 1) {
        *cp = s[0];
        return 1;
    }
    if (left < 2 || s[1] < low || s[1] > high)
        return 1;
    value = (uint32_t)(s[0] & (0x7F >> n)) << 6 | (s[1] & 0x3F);
    for (size_t i = 2; i < n; i++) {
        if (i >= left || !is_continuation(s[i]))
            return i;
        value = value << 6 | (s[i] & 0x3F);
    }
    *cp = value;
    return n;
}

size_t utf8_encode(uint32_t cp, char *out)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

/* A character of three bytes that is not near those which are none: most of Han. */
static bool is_plain_three(const char *p)
{
    return (unsigned char)(*p - 0xE1) < 0xED - 0xE1 && is_continuation((unsigned char)p[1]) &&
           is_continuation((unsigned char)p[2]);
}

bool utf8_valid(struct str s)
{
    const char *p = s.p, *end = str_end(s);
    uint32_t cp;

    while (p < end) {
        if ((unsigned char)*p < 0x80) {
            p++;
            continue;
        }
        if (end - p >= 3 && is_plain_three(p)) {
            p += 3;
            continue;
        }
        p += utf8_decode(p, end, &cp);
        if (cp == UINT32_MAX)
            return false;
    }
    return true;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* How many of the eight bytes are continuations: 10 in their highest bits. */
static size_t continuations(uint64_t x)
{
    return (size_t)(((x & ~(x << 1) & EACH(0x80)) >> 7) * EACH(1) >> 56);
}

typedef int8_t utf8_lanes __attribute__((vector_size(16)));

#define PAIRS UINT64_C(0x00FF00FF00FF00FF) /* every other byte */
#define BLOCKS_MAX 127 /* until a lane of signed bytes may be full */

/* Lead bytes of `n` blocks of 16 bytes, n at most BLOCKS_MAX. */
static size_t leads_of_blocks(const char *p, size_t n)
{
    utf8_lanes leads = {0};
    uint64_t halves[2];

    for (const char *end = p + n * sizeof(leads); p < end; p += sizeof(leads)) {
        utf8_lanes bytes;
        memcpy(&bytes, p, sizeof(bytes));
        leads -= bytes > -65; /* a comparison is -1 where it is true; continuations are -128 to -65 */
    }
    memcpy(halves, &leads, sizeof(halves));
    for (unsigned i = 0; i < 2; i++)
        halves[i] = (halves[i] & PAIRS) + (halves[i] >> 8 & PAIRS);
    return (size_t)((halves[0] + halves[1]) * UINT64_C(0x0001000100010001) >> 48);
}

size_t utf8_count(struct str s)
{
    const char *p = s.p, *end = str_end(s);
    size_t count = 0;
    uint64_t x;

    while (end - p >= 32) {
        size_t blocks = (size_t)(end - p) / 16 < BLOCKS_MAX ? (size_t)(end - p) / 16 : BLOCKS_MAX;
        count += leads_of_blocks(p, blocks);
        p += blocks * 16;
    }
    for (; end - p >= 8; p += 8) {
        memcpy(&x, p, 8);
        count += 8 - continuations(x);
    }
    for (; p < end; p++)
        count += ((unsigned char)*p & 0xC0) != 0x80;
    return count;
}

size_t utf8_prefix(struct str s, size_t chars)
{
    size_t i = 0;

    while (i < s.n && chars > 0) {
        i++;
        while (i < s.n && is_continuation((unsigned char)s.p[i]))
            i++;
        chars--;
    }
    return i;
}
