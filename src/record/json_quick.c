/* json_quick.c - member by member. A name is first compared, with its quotes and colon, with the one that came next the
 * last time. The end of a string is looked for 32 bytes at a time, together with what may not be in it; bytes beyond
 * ASCII are then checked to be UTF-8. Whatever is odd ends in NULL. Zeros behind the payload end every search. */
#include "record/json_quick.h"

#include "record/decode_simdjson.h"
#include "record/json_value.h"

bool json_quick_runs(void)
{
    const char *kernel = json_walker_implementation();

    return strcmp(kernel, "haswell") == 0 || strcmp(kernel, "icelake") == 0;
}

#ifdef __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,bmi,bmi2")))

struct quick {
    struct json_target target;
    const struct feed *feed;
    struct json_guess *guess;
    uint64_t seen;     /* fields */
    unsigned entered;  /* nested objects */
};

AVX2 static inline const char *past_blanks_avx2(const char *p)
{
    while (*p == ' ')
        p++;
    return p;
}

/* The first quote, backslash or control character from p on; *high becomes non-zero when a byte beyond ASCII stands
 * before it. */
AVX2 static inline const char *string_stop_avx2(const char *p, uint32_t *high)
{
    const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\'), control = _mm256_set1_epi8(0x1F);

    for (;; p += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)p);
        __m256i stop = _mm256_or_si256(_mm256_cmpeq_epi8(v, quote), _mm256_cmpeq_epi8(v, backslash));
        uint32_t stops, beyond = (uint32_t)_mm256_movemask_epi8(v);
        stop = _mm256_or_si256(stop, _mm256_cmpeq_epi8(_mm256_min_epu8(v, control), v));
        stops = (uint32_t)_mm256_movemask_epi8(stop);
        if (stops != 0) {
            *high |= beyond & _blsmsk_u32(stops);
            return p + _tzcnt_u32(stops);
        }
        *high |= beyond;
    }
}

/* The string that begins behind the quote before p: what stands between its quotes. Returns the byte behind it. */
AVX2 static inline const char *string_avx2(const char *p, struct str *text, bool *escapes)
{
    uint32_t high = 0;
    const char *end = string_stop_avx2(p, &high);

    *escapes = *end == '\\';
    while (*end == '\\') {
        if (end[1] <= ' ' || end[1] == 0x7F)
            return NULL;
        end = string_stop_avx2(end + 2, &high);
    }
    *text = str_range(p, end);
    if (*end != '"' || (high != 0 && !json_utf8_valid(*text)))
        return NULL;
    return end + 1;
}

/* A value that is neither string nor nested: up to the comma, brace or blank behind it, which is returned. */
AVX2 static inline const char *scalar_avx2(const char *p, struct str *token)
{
    __m256i v = _mm256_loadu_si256((const __m256i *)p);
    __m256i ends = _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8(',')),
                                   _mm256_or_si256(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('}')),
                                                   _mm256_cmpeq_epi8(v, _mm256_set1_epi8(' '))));
    uint32_t mask = (uint32_t)_mm256_movemask_epi8(ends);

    if (mask == 0 || (mask & 1) != 0 || *p == '{' || *p == '[')
        return NULL;
    *token = (struct str){p, _tzcnt_u32(mask)};
    return p + token->n;
}

/* The first quote, bracket, backslash, control character or byte beyond ASCII from p on. */
AVX2 static inline const char *nested_stop_avx2(const char *p)
{
    for (;; p += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)p);
        __m256i folded = _mm256_sub_epi8(_mm256_or_si256(v, _mm256_set1_epi8(' ')), _mm256_set1_epi8('{'));
        __m256i stop = _mm256_cmpeq_epi8(_mm256_min_epu8(folded, _mm256_set1_epi8(2)), folded); /* { | } [ \ ] */
        uint32_t stops;
        stop = _mm256_or_si256(stop, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('"')));
        stop = _mm256_or_si256(stop, _mm256_cmpgt_epi8(_mm256_set1_epi8(' '), v));
        stops = (uint32_t)_mm256_movemask_epi8(stop);
        if (stops != 0)
            return p + _tzcnt_u32(stops);
    }
}

/* An object or array that nobody wants, counting brackets of either kind as json_walk does; returns the byte behind. */
AVX2 static const char *skip_nested_avx2(const char *p)
{
    size_t depth = 0;
    struct str text;
    bool escapes;

    do {
        p = nested_stop_avx2(p);
        switch (*p++) {
        case '{':
        case '[': depth++; break;
        case '}':
        case ']': depth--; break;
        case '"':
            p = string_avx2(p, &text, &escapes);
            if (p == NULL)
                return NULL;
            break;
        default: return NULL;
        }
    } while (depth > 0);
    return p;
}

AVX2 static const char *skip_avx2(const char *p)
{
    struct str token;
    bool escapes;
    int64_t value;

    if (*p == '"')
        return string_avx2(p + 1, &token, &escapes);
    if (*p == '{' || *p == '[')
        return skip_nested_avx2(p);
    p = scalar_avx2(p, &token);
    return p != NULL && (value_short(token, &value) || token_kind(token) != TOKEN_BROKEN) ? p : NULL;
}

/* The value of a field. */
AVX2 static inline const char *field_avx2(struct quick *quick, int f, const char *p)
{
    struct str token;
    bool escapes;

    if (quick->seen & FIELD_BIT(f))
        return NULL;
    quick->seen |= FIELD_BIT(f);
    if (*p == '"') {
        p = string_avx2(p + 1, &token, &escapes);
        return p != NULL && json_take_string(&quick->target, f, token, escapes) ? p : NULL;
    }
    p = scalar_avx2(p, &token);
    return p != NULL && json_take_scalar(&quick->target, f, token) ? p : NULL;
}

/* The name at p when it is not the one that was guessed, NULL when unknown. Returns the byte behind its colon. */
AVX2 static const char *look_up_avx2(const struct keys *keys, uint8_t *guess, const char *p,
                                     const struct key_name **known)
{
    struct key_name key;
    struct str name;
    bool escapes;

    if (*p != '"' || (p = string_avx2(p + 1, &name, &escapes)) == NULL || escapes)
        return NULL;
    p = past_blanks_avx2(p);
    if (*p != ':')
        return NULL;
    key = key_of_padded(name.p, name.n);
    *known = keys_find(keys, &key);
    if (*known != NULL)
        *guess = (uint8_t)(*known - keys->name);
    return p + 1;
}

AVX2 static inline const char *name_avx2(const struct keys *keys, uint8_t *guess, const char *p,
                                         const struct key_name **known)
{
    const struct key_lead *lead = &keys->lead[*guess];
    __m256i same = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)p),
                                     _mm256_loadu_si256((const __m256i *)lead->bytes));

    if (((uint32_t)_mm256_movemask_epi8(same) | lead->rest) != UINT32_MAX)
        return look_up_avx2(keys, guess, p, known);
    *known = &keys->name[*guess];
    return p + (*known)->n + 3;
}

AVX2 static const char *parent_avx2(struct quick *quick, unsigned parent, const char *p);

/* The members of the object whose brace is before p, up to and with its closing brace. */
AVX2 static inline const char *members_avx2(struct quick *quick, const struct keys *keys, uint8_t *guess, const char *p)
{
    uint8_t *next = &guess[KEYS_MAX];

    for (;; p++) {
        const struct key_name *known;
        p = name_avx2(keys, next, past_blanks_avx2(p), &known);
        if (p == NULL)
            return NULL;
        p = past_blanks_avx2(p);
        if (known != NULL) {
            next = &guess[known - keys->name];
            p = known->target < KEYS_PARENT ? field_avx2(quick, known->target, p)
                                            : parent_avx2(quick, (unsigned)(known->target - KEYS_PARENT), p);
        } else {
            p = skip_avx2(p);
        }
        if (p == NULL)
            return NULL;
        p = past_blanks_avx2(p);
        if (*p != ',')
            return *p == '}' ? p + 1 : NULL;
    }
}

/* A nested object that holds fields. */
AVX2 static const char *parent_avx2(struct quick *quick, unsigned parent, const char *p)
{
    if (*p != '{' || (quick->entered & 1u << parent) != 0)
        return NULL;
    quick->entered |= 1u << parent;
    return members_avx2(quick, &quick->feed->parents[parent], quick->guess->next[1 + parent], p + 1);
}

AVX2 static const char *object_avx2(struct quick *quick, const char *p)
{
    return members_avx2(quick, &quick->feed->keys, quick->guess->next[0], p);
}

const char *json_quick(struct intake *intake, const struct feed *feed, struct json_guess *guess, const char *p,
                       struct record *record, struct misfits *misfits)
{
    struct quick quick = {{intake, record, misfits}, feed, guess, 0, 0};
    size_t mark = intake->scratch.used;

    record->present = record->nulls = 0;
    record->flags = 0;
    *misfits = (struct misfits){0};
    p = *p == '{' ? object_avx2(&quick, p + 1) : NULL;
    if (p == NULL)
        intake->scratch.used = mark;
    return p;
}

#else

const char *json_quick(struct intake *intake, const struct feed *feed, struct json_guess *guess, const char *p,
                       struct record *record, struct misfits *misfits)
{
    (void)intake, (void)feed, (void)guess, (void)p, (void)record, (void)misfits;
    return NULL;
}

#endif
