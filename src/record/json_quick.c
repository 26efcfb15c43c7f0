/* json_quick.c - member by member. A name is first compared, with its quotes and colon, with those that came next the
 * last times. The end of a string is looked for 32 bytes at a time, together with what may not be in it; one with bytes
 * beyond ASCII is gone over once more, checking its UTF-8. Whatever is odd ends in NULL. The zero behind the payload
 * ends every search. */
#include "record/json_quick.h"

#include "record/decode_simdjson.h"
#include "record/json_value.h"

bool json_quick_runs(void)
{
    const char *kernel = json_walker_implementation();

    return strcmp(kernel, "haswell") == 0 || strcmp(kernel, "icelake") == 0;
}

#ifdef __x86_64__

#include "record/json_avx2.h"

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

/* The string that begins behind the quote before p: what stands between its quotes. Returns the byte behind it. */
AVX2 static inline const char *string_avx2(const char *p, struct str *text, bool *escapes)
{
    struct stops_avx2 stops = stops_avx2();
    const char *end = stop_avx2(&stops, p);

    *escapes = false;
    if (*end != '"' && (end = string_end_avx2(p, escapes)) == NULL)
        return NULL;
    *text = str_range(p, end);
    return end + 1;
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

/* The value of an unknown name. */
AVX2 __attribute__((noinline)) static const char *skip_avx2(const char *p)
{
    struct str token;
    bool escapes;

    p = past_blanks_avx2(p);
    if (*p == '"')
        return string_avx2(p + 1, &token, &escapes);
    if (*p == '{' || *p == '[')
        return skip_nested_avx2(p);
    token = scalar_avx2(p);
    return token_kind(token) != TOKEN_BROKEN ? str_end(token) : NULL;
}

/* The value of a field when it is no plain string and no usual number. */
AVX2 __attribute__((noinline)) static const char *odd_value_avx2(const struct json_target *target, int f, const char *p)
{
    struct str token;
    bool escapes;

    p = past_blanks_avx2(p);
    if (*p == '"') {
        p = string_avx2(p + 1, &token, &escapes);
        return p != NULL && json_take_string(target, f, token, escapes) ? p : NULL;
    }
    token = scalar_avx2(p);
    if (*p == '{' || *p == '[' || !json_take_scalar(target, f, token))
        return NULL;
    return str_end(token);
}

/* The value of a field: into it, or into nulls or misfits. */
AVX2 static inline const char *value_avx2(const struct json_target *target, const struct stops_avx2 *stops, int f,
                                          const char *p)
{
    union field_value *field = &target->record->field[f];

    if (*p == '"') {
        const char *end = stop_avx2(stops, p + 1);
        if (*end != '"' || (json_any_string & FIELD_BIT(f)) == 0)
            return odd_value_avx2(target, f, p);
        field->s = str_range(p + 1, end);
        return end + 1;
    }
    if (*p > '0' && *p <= '9' && (json_any_string & FIELD_BIT(f)) == 0) {
        size_t n = digits_avx2(p, &field->i);
        if (n - 1 < VALUE_EPOCH_MAX && (p[n] == ',' || p[n] == '}'))
            return p + n;
    }
    return odd_value_avx2(target, f, p);
}

AVX2 static inline bool stands_avx2(const struct key_lead *lead, const char *p)
{
    return (lead->count & ~mask_avx2(_mm256_cmpeq_epi8(load_avx2(p), load_avx2(lead->bytes)))) == 0;
}

struct found_name {
    const char *p; /* behind its colon; NULL when there is no name, or one with escapes */
    size_t name;   /* KEYS_MAX: unknown */
};

/* The name at p, when it is not the first that was guessed. */
AVX2 __attribute__((noinline)) static struct found_name look_up_avx2(const struct keys *keys, uint8_t *guess,
                                                                     const char *p)
{
    uint8_t guessed[2] = {guess[0], guess[1]};
    const struct key_name *known;
    struct key_name key;
    struct str text;
    bool escapes;

    p = past_blanks_avx2(p);
    for (int i = 0; i < 2; i++) {
        const struct key_lead *lead = &keys->lead[guessed[i]];
        if (stands_avx2(lead, p)) {
            guess[0] = guessed[i];
            guess[1] = guessed[1 - i];
            return (struct found_name){p + lead->n, guessed[i]};
        }
    }
    if (*p != '"' || (p = string_avx2(p + 1, &text, &escapes)) == NULL || escapes)
        return (struct found_name){NULL, KEYS_MAX};
    p = past_blanks_avx2(p);
    if (*p != ':')
        return (struct found_name){NULL, KEYS_MAX};
    key = key_of_padded(text.p, text.n);
    known = keys_find(keys, &key);
    if (known == NULL)
        return (struct found_name){p + 1, KEYS_MAX};
    guess[0] = (uint8_t)(known - keys->name);
    guess[1] = guessed[0];
    return (struct found_name){p + 1, guess[0]};
}

AVX2 static const char *nested_avx2(struct quick *quick, unsigned parent, const char *p);

/* The members of the object whose brace is before p, up to and with its closing brace. */
AVX2 static inline const char *members_avx2(struct quick *quick, const struct keys *keys, uint8_t (*guess)[2],
                                            const char *p)
{
    struct stops_avx2 stops = stops_avx2();
    uint64_t seen = quick->seen;
    size_t last = KEYS_MAX;

    for (;; p++) {
        struct found_name found = {p, guess[last][0]};
        const struct key_lead *lead = &keys->lead[found.name];
        if (stands_avx2(lead, p)) {
            found.p += lead->n;
        } else {
            found = look_up_avx2(keys, guess[last], p);
            if (found.p == NULL)
                return NULL;
            lead = &keys->lead[found.name];
        }
        if (lead->target < KEYS_PARENT) {
            if ((seen >> lead->target & 1) != 0)
                return NULL;
            seen |= FIELD_BIT(lead->target);
            last = found.name;
            p = value_avx2(&quick->target, &stops, lead->target, found.p);
        } else if (lead->target == KEYS_NO_TARGET) {
            p = skip_avx2(found.p);
        } else {
            quick->seen = seen;
            last = found.name;
            p = nested_avx2(quick, lead->target - KEYS_PARENT, found.p);
            seen = quick->seen;
        }
        if (p == NULL)
            return NULL;
        if (*p == ',')
            continue;
        p = past_blanks_avx2(p);
        if (*p == ',')
            continue;
        quick->seen = seen;
        return *p == '}' ? p + 1 : NULL;
    }
}

/* A nested object that holds fields. */
AVX2 static const char *nested_avx2(struct quick *quick, unsigned parent, const char *p)
{
    p = past_blanks_avx2(p);
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
    record->present = quick.seen & ~(record->nulls | misfits->mistyped | misfits->bad_times);
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
