/* variants_places.c - the characters of a piece of the run and what is known of each, then what the filter tells of
 * each three. Without branches, as nobody can foresee which places are words; eight at a time with AVX2. */
#include "match/variants_places.h"

#define SOUND_BITS 9
#define CHAR_BITS 15
#define PIECE 64 /* characters */

/* Done with n characters. The last two have none behind them: what goes on begins anew with these. */
static void finish(struct variant_places *places, unsigned n)
{
    places->goes_on = n == PIECE;
    places->n = places->goes_on ? n - 2 : n > 0 ? n - 1 : 0;
    places->longs &= (UINT64_C(1) << places->n) - 1;
    places->shorts &= (UINT64_C(1) << places->n) - 1;
}

void variant_list_plain(const struct variant_filter *filter, const char *p, bool suspicious,
                        struct variant_places *places)
{
    uint32_t chars[PIECE], known[PIECE + 1] = {0};
    unsigned n = 0;

    *places = (struct variant_places){0};
    for (; n < PIECE && (chars[n] = variant_offset(p + (size_t)3 * n)) < VARIANT_CHARS; n++)
        known[n] = han_table[chars[n]];
    for (unsigned i = 0; i + 1 < n; i++) {
        uint32_t sounds = (known[i] & HAN_SOUND) << 2 * SOUND_BITS | (known[i + 1] & HAN_SOUND) << SOUND_BITS |
                          (known[i + 2] & HAN_SOUND);
        uint32_t two = chars[i] << CHAR_BITS | chars[i + 1];
        bool is_short = variant_may_be(&filter->twos, two) || (suspicious && variant_may_be(&filter->ordinary, two)) ||
                        ((known[i] | known[i + 1]) & HAN_RARE) != 0;

        places->longs |= (uint64_t)variant_may_be(&filter->sounds, sounds) << i;
        places->shorts |= (uint64_t)is_short << i;
    }
    finish(places, n);
}

#ifdef __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define WIDE 8

/* Eight characters of three bytes, as variant_offset. */
AVX2 static inline __m256i offsets_avx2(const char *p)
{
    const __m256i order = _mm256_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1,
                                           2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1);
    __m256i bytes = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)p)),
                                            _mm_loadu_si128((const __m128i *)(p + 12)), 1);
    __m256i pairs = _mm256_maddubs_epi16(_mm256_shuffle_epi8(bytes, order), _mm256_set1_epi32(16 << 16 | 64 << 8 | 1));

    return _mm256_sub_epi32(_mm256_madd_epi16(pairs, _mm256_set1_epi32(256 << 16 | 1)),
                            _mm256_set1_epi32((0xE4 << 12) + (0xB8 << 6) + 0x80));
}

/* Bit a of each. */
AVX2 static inline __m256i bit_avx2(__m256i a)
{
    return _mm256_sllv_epi32(_mm256_set1_epi32(1), a);
}

AVX2 static inline __m256i may_be_avx2(const struct variant_bits *bits, __m256i keys, __m256i which)
{
    const __m256i each = _mm256_set1_epi32(31);
    __m256i place = _mm256_mullo_epi32(keys, _mm256_set1_epi32((int)VARIANT_WORD_HASH));
    __m256i hash = _mm256_mullo_epi32(keys, _mm256_set1_epi32((int)VARIANT_BITS_HASH));
    __m256i wanted = _mm256_or_si256(_mm256_or_si256(bit_avx2(_mm256_srli_epi32(hash, 27)),
                                                     bit_avx2(_mm256_and_si256(_mm256_srli_epi32(hash, 22), each))),
                                     bit_avx2(_mm256_and_si256(_mm256_srli_epi32(hash, 17), each)));
    __m256i words = _mm256_mask_i32gather_epi32(_mm256_setzero_si256(), (const int *)bits->words,
                                                _mm256_srl_epi32(place, _mm_cvtsi32_si128((int)bits->shift)), which, 4);

    return _mm256_cmpeq_epi32(_mm256_and_si256(words, wanted), wanted);
}

AVX2 static inline uint64_t mask_avx2(__m256i signs)
{
    return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(signs));
}

AVX2 static inline __m256i load_avx2(const uint32_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

AVX2 static inline __m256i longs_avx2(const struct variant_filter *filter, const uint32_t *known, __m256i which)
{
    const __m256i sound = _mm256_set1_epi32(HAN_SOUND);
    __m256i first = _mm256_slli_epi32(_mm256_and_si256(load_avx2(known), sound), 2 * SOUND_BITS);
    __m256i second = _mm256_slli_epi32(_mm256_and_si256(load_avx2(known + 1), sound), SOUND_BITS);
    __m256i third = _mm256_and_si256(load_avx2(known + 2), sound);

    return may_be_avx2(&filter->sounds, _mm256_or_si256(_mm256_or_si256(first, second), third), which);
}

AVX2 static inline __m256i shorts_avx2(const struct variant_filter *filter, const uint32_t *chars,
                                       const uint32_t *known, __m256i which, bool suspicious)
{
    __m256i two = _mm256_or_si256(_mm256_slli_epi32(load_avx2(chars), CHAR_BITS), load_avx2(chars + 1));
    __m256i rare = _mm256_slli_epi32(_mm256_or_si256(load_avx2(known), load_avx2(known + 1)), 16); /* to the sign */
    __m256i found = _mm256_or_si256(rare, may_be_avx2(&filter->twos, two, which));

    return suspicious ? _mm256_or_si256(found, may_be_avx2(&filter->ordinary, two, which)) : found;
}

/* The characters from p on, at most PIECE, and what is known of them; behind them there is nothing. */
AVX2 static inline unsigned read_avx2(const char *p, uint32_t *chars, uint32_t *known)
{
    const __m256i end = _mm256_set1_epi32(VARIANT_CHARS);
    unsigned n = 0, others = 0; /* of the last eight, a bit for each that is no Han */

    for (; n < PIECE && others == 0; n += WIDE) {
        __m256i offsets = _mm256_min_epu32(offsets_avx2(p + (size_t)3 * n), end);
        __m256i found = _mm256_i32gather_epi32((const int *)han_table, offsets, 2);

        others = (unsigned)mask_avx2(_mm256_cmpeq_epi32(offsets, end));
        _mm256_storeu_si256((__m256i *)(chars + n), offsets);
        _mm256_storeu_si256((__m256i *)(known + n), _mm256_and_si256(found, _mm256_set1_epi32(0xFFFF)));
    }
    _mm256_storeu_si256((__m256i *)(chars + n), end);
    _mm256_storeu_si256((__m256i *)(known + n), _mm256_setzero_si256());
    return others != 0 ? n - WIDE + _tzcnt_u32(others) : n;
}

AVX2 void variant_list_avx2(const struct variant_filter *filter, const char *p, bool suspicious,
                            struct variant_places *places)
{
    const __m256i order = _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 8);
    uint32_t chars[PIECE + WIDE], known[PIECE + WIDE];
    unsigned n = read_avx2(p, chars, known);
    uint64_t longs = 0, shorts = 0;

    for (unsigned i = 0; i + 1 < n; i += WIDE) {
        __m256i which = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n - i)), order);

        longs |= mask_avx2(longs_avx2(filter, known + i, which)) << i;
        shorts |= mask_avx2(shorts_avx2(filter, chars + i, known + i, which, suspicious)) << i;
    }
    *places = (struct variant_places){.longs = longs, .shorts = shorts};
    finish(places, n);
}

bool variant_wide_runs(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
}

#else

void variant_list_avx2(const struct variant_filter *filter, const char *p, bool suspicious,
                       struct variant_places *places)
{
    variant_list_plain(filter, p, suspicious, places);
}

bool variant_wide_runs(void)
{
    return false;
}

#endif

void variant_list_places(const struct variants *variants, const char *p, bool suspicious,
                         struct variant_places *places)
{
    if (variants->wide)
        variant_list_avx2(&variants->filter, p, suspicious, places);
    else
        variant_list_plain(&variants->filter, p, suspicious, places);
}
