/* json_avx2.h - what json_quick.c asks of 16 or 32 bytes at a time: where a string or a nested value ends, whether it
 * is UTF-8, what a number is.
 *
 * Up to 32 bytes are read behind the place that ends a search; a zero byte ends every one. */
#ifndef TELSIEVE_RECORD_JSON_AVX2_H
#define TELSIEVE_RECORD_JSON_AVX2_H

#include "core/str.h"

#include <immintrin.h>
#include <stdint.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))

AVX2 static inline __m256i load_avx2(const char *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

AVX2 static inline __m256i is_avx2(__m256i v, char c)
{
    return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
}

AVX2 static inline uint32_t mask_avx2(__m256i v)
{
    return (uint32_t)_mm256_movemask_epi8(v);
}

/* What ends a plain string. Kept by the caller: gcc makes such constants anew at each place otherwise. */
struct stops_avx2 {
    __m256i special; /* by lower half of a byte: the quote or the backslash, when it is theirs */
    __m256i plain;   /* the last control character: bytes of strings are more, those beyond ASCII are less than zero */
};

AVX2 static inline struct stops_avx2 stops_avx2(void)
{
    const __m256i special = _mm256_setr_epi8(-1, 0, '"', 0, 0, 0, 0, 0, 0, 0, 0, 0, '\\', 0, 0, 0,
                                             -1, 0, '"', 0, 0, 0, 0, 0, 0, 0, 0, 0, '\\', 0, 0, 0);
    struct stops_avx2 stops = {special, _mm256_set1_epi8(0x1F)};

    __asm__("" : "+x"(stops.special), "+x"(stops.plain));
    return stops;
}

/* The first quote, backslash, control character or byte beyond ASCII from p on. */
AVX2 static inline const char *stop_avx2(const struct stops_avx2 *stops, const char *p)
{
    for (;; p += 32) {
        __m256i v = load_avx2(p);
        __m256i special = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(stops->special, v), v);
        uint32_t plain = mask_avx2(_mm256_andnot_si256(special, _mm256_cmpgt_epi8(v, stops->plain)));
        if (plain != UINT32_MAX)
            return p + _tzcnt_u32(~plain);
    }
}

/* Brackets of either kind, and what stands between them: the bar and the backslash. */
AVX2 static inline __m256i is_bracket_avx2(__m256i v)
{
    __m256i from_brace = _mm256_sub_epi8(_mm256_or_si256(v, _mm256_set1_epi8(' ')), _mm256_set1_epi8('{'));

    return _mm256_cmpeq_epi8(_mm256_min_epu8(from_brace, _mm256_set1_epi8(2)), from_brace);
}

/* Why two bytes cannot follow each other in UTF-8. A reason holds when the first byte's upper half, its lower half and
 * the second byte's upper half all have it (Keiser and Lemire, Validating UTF-8 in less than one instruction per byte,
 * 2021). */
enum utf8_pair {
    PAIR_SHORT = 1 << 0,      /* a lead, then no continuation */
    PAIR_LONG = 1 << 1,       /* ASCII, then a continuation */
    PAIR_OVERLONG_3 = 1 << 2, /* E0, then less than A0 */
    PAIR_LARGE = 1 << 3,      /* F4 or more, then 90 or more */
    PAIR_SURROGATE = 1 << 4,  /* ED, then A0 or more */
    PAIR_OVERLONG_2 = 1 << 5, /* C0, C1 */
    PAIR_FOUR = 1 << 6,       /* F0, or F5 or more, then less than 90 */
    PAIR_TWO = 1 << 7,        /* two continuations: right only in a character of three or four bytes */
};

AVX2 static inline __m256i look_up_half_avx2(const uint8_t *table, __m256i halves)
{
    __m256i twice = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));

    return _mm256_shuffle_epi8(twice, _mm256_and_si256(halves, _mm256_set1_epi8(0x0F)));
}

/* Non-zero where v, which follows the 32 bytes `before`, is no UTF-8. What its end lacks is told by the next. */
AVX2 static inline __m256i utf8_errors_avx2(__m256i before, __m256i v)
{
    enum {
        ANY = PAIR_SHORT | PAIR_LONG | PAIR_TWO,
        BIG = ANY | PAIR_LARGE | PAIR_FOUR,
        NEXT = PAIR_LONG | PAIR_TWO | PAIR_OVERLONG_2
    };
    static const uint8_t upper[16] = {
        PAIR_LONG, PAIR_LONG, PAIR_LONG, PAIR_LONG, PAIR_LONG, PAIR_LONG, PAIR_LONG, PAIR_LONG,
        PAIR_TWO, PAIR_TWO, PAIR_TWO, PAIR_TWO, PAIR_SHORT | PAIR_OVERLONG_2, PAIR_SHORT,
        PAIR_SHORT | PAIR_OVERLONG_3 | PAIR_SURROGATE, PAIR_SHORT | PAIR_LARGE | PAIR_FOUR};
    static const uint8_t lower[16] = {
        ANY | PAIR_OVERLONG_2 | PAIR_OVERLONG_3 | PAIR_FOUR, ANY | PAIR_OVERLONG_2, ANY, ANY,
        ANY | PAIR_LARGE, BIG, BIG, BIG, BIG, BIG, BIG, BIG, BIG, BIG | PAIR_SURROGATE, BIG, BIG};
    static const uint8_t second[16] = {
        PAIR_SHORT, PAIR_SHORT, PAIR_SHORT, PAIR_SHORT, PAIR_SHORT, PAIR_SHORT, PAIR_SHORT, PAIR_SHORT,
        NEXT | PAIR_OVERLONG_3 | PAIR_FOUR, NEXT | PAIR_OVERLONG_3 | PAIR_LARGE, NEXT | PAIR_SURROGATE | PAIR_LARGE,
        NEXT | PAIR_SURROGATE | PAIR_LARGE, PAIR_SHORT, PAIR_SHORT, PAIR_SHORT, PAIR_SHORT};
    __m256i joint = _mm256_permute2x128_si256(before, v, 0x21);
    __m256i back1 = _mm256_alignr_epi8(v, joint, 15), back2 = _mm256_alignr_epi8(v, joint, 14);
    __m256i back3 = _mm256_alignr_epi8(v, joint, 13);
    __m256i pair = _mm256_and_si256(look_up_half_avx2(upper, _mm256_srli_epi16(back1, 4)),
                                    look_up_half_avx2(lower, back1));
    __m256i third = _mm256_subs_epu8(back2, _mm256_set1_epi8(0xE0 - 0x80)); /* 80 or more behind a lead of three */
    __m256i fourth = _mm256_subs_epu8(back3, _mm256_set1_epi8(0xF0 - 0x80));
    __m256i two = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)PAIR_TWO));

    pair = _mm256_and_si256(pair, look_up_half_avx2(second, _mm256_srli_epi16(v, 4)));
    return _mm256_xor_si256(two, pair);
}

/* The closing quote of a string that begins at p, any string; *escapes: it has some. NULL when it has none, or control
 * characters, bytes that are no UTF-8, or an escape of something else than a character of ASCII. */
AVX2 static inline const char *string_end_avx2(const char *p, bool *escapes)
{
    __m256i before = _mm256_setzero_si256(), errors = before;
    uint32_t inside = 0; /* bytes of this block that an escape before it takes */

    *escapes = false;
    for (;; p += 32) {
        __m256i v = load_avx2(p), control = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1F)), v);
        uint32_t stops = mask_avx2(_mm256_or_si256(_mm256_or_si256(is_avx2(v, '"'), is_avx2(v, '\\')), control));
        errors = _mm256_or_si256(errors, utf8_errors_avx2(before, v));
        before = v;
        for (stops &= UINT32_MAX << inside, inside = 0; stops != 0; stops &= UINT32_MAX << inside) {
            const char *stop = p + _tzcnt_u32(stops);
            if (*stop != '\\')
                return *stop == '"' && _mm256_testz_si256(errors, errors) ? stop : NULL;
            *escapes = true;
            if (stop[1] <= ' ' || stop[1] == 0x7F)
                return NULL;
            inside = (uint32_t)(stop - p) + 2;
            if (inside >= 32)
                break;
        }
        inside = inside >= 32 ? inside - 32 : 0;
    }
}

/* What is carried from block to block of a nested value. */
struct nested_avx2 {
    __m256i before, errors; /* as of utf8_errors_avx2 */
    uint32_t in_string;     /* all bits or none */
    uint32_t escaped;       /* 1: the first byte of the next block is behind a backslash */
    size_t depth;
};

/* The bits behind those of backslashes that are not escaped themselves; *carry as above. */
AVX2 static inline uint32_t escaped_avx2(uint32_t backslashes, uint32_t *carry)
{
    uint32_t escaped = *carry, left = backslashes & ~escaped;

    *carry = 0;
    for (; left != 0; left = _blsr_u32(left) & ~escaped) {
        uint32_t backslash = _blsi_u32(left);
        *carry = backslash >> 31;
        escaped |= backslash << 1;
    }
    return escaped;
}

/* The brackets of a block of 32 bytes. *end: the bit of the one that closes what the first opened, 0 when none does.
 * False when there are control characters before it, backslashes or bytes beyond ASCII outside strings, or bytes that
 * are no UTF-8. */
AVX2 static inline bool nested_block_avx2(struct nested_avx2 *nested, const char *p, uint32_t *end)
{
    __m256i v = load_avx2(p), folded = _mm256_or_si256(v, _mm256_set1_epi8(' ')); /* brackets become braces */
    __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(0x1F)), v);
    uint32_t string = mask_avx2(is_avx2(v, '"')), opens = mask_avx2(is_avx2(folded, '{'));
    uint32_t closes = mask_avx2(is_avx2(folded, '}')), beyond = mask_avx2(v), before;
    uint32_t backslashes = mask_avx2(is_avx2(v, '\\'));

    if ((backslashes | nested->escaped) != 0)
        string &= ~escaped_avx2(backslashes, &nested->escaped);
    for (unsigned i = 1; i < 32; i *= 2) /* set from an opening quote up to the closing one */
        string ^= string << i;
    string ^= nested->in_string;
    nested->in_string = (uint32_t)-(int32_t)(string >> 31);
    opens &= ~string;
    closes &= ~string;
    *end = 0;
    for (before = 0; closes != 0; closes = _blsr_u32(closes)) {
        uint32_t to = _blsmsk_u32(closes);
        nested->depth += (size_t)__builtin_popcount(opens & to & ~before);
        before = to;
        if (--nested->depth == 0) {
            *end = _blsi_u32(closes);
            break;
        }
    }
    if (*end == 0)
        nested->depth += (size_t)__builtin_popcount(opens & ~before);
    if ((beyond | mask_avx2(nested->before)) != 0)
        nested->errors = _mm256_or_si256(nested->errors, utf8_errors_avx2(nested->before, v));
    nested->before = v;
    before = *end - 1; /* all that counts */
    return ((((beyond | backslashes) & ~string) | mask_avx2(control)) & before) == 0 &&
           (*end == 0 || _mm256_testz_si256(nested->errors, nested->errors));
}

/* The end of a scalar that nobody wants: the comma, brace or blank behind it. NULL when it has more than 31 bytes, or
 * such as make it another token. */
AVX2 static inline const char *skipped_scalar_end_avx2(const char *p)
{
    __m256i v = load_avx2(p), odd = _mm256_cmpgt_epi8(_mm256_set1_epi8('!'), v);
    __m256i ends = _mm256_or_si256(_mm256_or_si256(is_avx2(v, ','), is_avx2(v, ':')), is_avx2(v, '"'));
    uint32_t stops = mask_avx2(_mm256_or_si256(_mm256_or_si256(ends, is_bracket_avx2(v)), odd));
    const char *end = p + _tzcnt_u32(stops);

    return (stops & 1) == 0 && (*end == ',' || *end == '}' || *end == ' ') ? end : NULL;
}

/* The bytes up to a comma, brace or blank; none when they are more than 31. */
AVX2 static inline struct str scalar_avx2(const char *p)
{
    __m256i v = load_avx2(p);
    uint32_t ends = mask_avx2(_mm256_or_si256(_mm256_or_si256(is_avx2(v, ','), is_avx2(v, '}')), is_avx2(v, ' ')));

    return (struct str){p, ends != 0 ? _tzcnt_u32(ends) : 0};
}

/* The digits at p: how many, 0 when they are 16 or more; their value. */
AVX2 static inline size_t digits_avx2(const char *p, int64_t *value)
{
    static const uint8_t to_the_right[32] = {
        0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const __m128i tens = _mm_set1_epi16(10 | 1 << 8), hundreds = _mm_set1_epi32(100 | 1 << 16);
    const __m128i thousands = _mm_set1_epi32(10000 | 1 << 16);
    __m128i digits = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)p), _mm_set1_epi8('0'));
    uint32_t others = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(digits, _mm_set1_epi8(10)), digits));
    size_t n = others != 0 ? _tzcnt_u32(others) : 0;
    uint64_t halves;

    digits = _mm_shuffle_epi8(digits, _mm_loadu_si128((const __m128i *)(to_the_right + n)));
    digits = _mm_madd_epi16(_mm_maddubs_epi16(digits, tens), hundreds);
    digits = _mm_madd_epi16(_mm_packus_epi32(digits, digits), thousands);
    halves = (uint64_t)_mm_cvtsi128_si64(digits);
    *value = (int64_t)((halves & UINT32_MAX) * 100000000 + (halves >> 32));
    return n;
}

#endif
