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

#define SELDOM __attribute__((noinline)) /* keeps registers free on the usual way */

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
AVX2 SELDOM static const char *skip_avx2(const char *p)
{
    struct str text;
    bool escapes;

    p = past_blanks_avx2(p);
    if (*p == '"')
        return string_avx2(p + 1, &text, &escapes);
    if (*p == '{' || *p == '[')
        return skip_nested_avx2(p);
    return skipped_scalar_end_avx2(p);
}

/* A string that is not plain: it has escapes or bytes beyond ASCII, or is wanted as a number. */
AVX2 SELDOM static const char *odd_string_avx2(const struct json_target *target, int f, const char *p)
{
    bool escapes;
    const char *end = string_end_avx2(p, &escapes);

    return end != NULL && json_take_string(target, f, str_range(p, end), escapes) ? end + 1 : NULL;
}

/* Any value of a field. */
AVX2 SELDOM static const char *odd_value_avx2(const struct json_target *target, int f, const char *p)
{
    struct str token;

    p = past_blanks_avx2(p);
    if (*p == '"')
        return odd_string_avx2(target, f, p + 1);
    token = scalar_avx2(p);
    if (*p == '{' || *p == '[' || !json_take_scalar(target, f, token))
        return NULL;
    return str_end(token);
}

/* The value of a field: into it, or into nulls or misfits. */
AVX2 static inline const char *value_avx2(const struct json_target *target, const struct stops_avx2 *stops,
                                          const struct json_name *name, const char *p)
{
    union field_value *field = &target->record->field[name->target];

    if (*p == ' ')
        p++;
    if (*p == '"' && name->kind == JSON_NAME_STRING) {
        const char *end = stop_avx2(stops, p + 1);
        if (*end != '"')
            return odd_string_avx2(target, name->target, p + 1);
        field->s = str_range(p + 1, end);
        return end + 1;
    }
    if (name->kind == JSON_NAME_NUMBER) {
        bool quoted = *p == '"';
        size_t n = digits_avx2(p + quoted, &field->i);
        if (n - 1 >= VALUE_EPOCH_MAX)
            return odd_value_avx2(target, name->target, p);
        if (quoted && p[n + 1] == '"')
            return p + n + 2;
        if ((*p != '0' || n == 1) && (p[n] == ',' || p[n] == '}'))
            return p + n;
    }
    return odd_value_avx2(target, name->target, p);
}

AVX2 static inline bool stands_avx2(const struct json_name *name, const char *p)
{
    return (name->count & ~mask_avx2(_mm256_cmpeq_epi8(load_avx2(p), load_avx2(name->bytes)))) == 0;
}

/* One object on the way: the names that are known in it and what is guessed of their order. */
struct level {
    const struct keys *keys;
    const struct json_names *names;
    uint8_t (*guess)[2];
};

struct found_name {
    const char *p; /* behind its colon; NULL when there is no name, or one with escapes */
    size_t index;  /* KEYS_MAX: unknown */
};

/* The name at p, when it is not the first that was guessed. */
AVX2 SELDOM static struct found_name look_up_avx2(const struct level *level, uint8_t *guess, const char *p)
{
    uint8_t guessed[2] = {guess[0], guess[1]};
    const struct key_name *known;
    struct key_name key;
    struct str text;
    bool escapes;

    p = past_blanks_avx2(p);
    for (int i = 0; i < 2; i++) {
        const struct json_name *name = &level->names->name[guessed[i]];
        if (stands_avx2(name, p)) {
            guess[0] = guessed[i];
            guess[1] = guessed[1 - i];
            return (struct found_name){p + name->n, guessed[i]};
        }
    }
    if (*p != '"' || (p = string_avx2(p + 1, &text, &escapes)) == NULL || escapes)
        return (struct found_name){NULL, KEYS_MAX};
    p = past_blanks_avx2(p);
    if (*p != ':')
        return (struct found_name){NULL, KEYS_MAX};
    key = key_of_padded(text.p, text.n);
    known = keys_find(level->keys, &key);
    if (known == NULL)
        return (struct found_name){p + 1, KEYS_MAX};
    guess[0] = (uint8_t)(known - level->keys->name);
    guess[1] = guessed[0];
    return (struct found_name){p + 1, guess[0]};
}

AVX2 SELDOM static const char *nested_avx2(struct quick *quick, unsigned parent, const char *p);

/* The members of the object whose brace is before p, up to and with its closing brace. */
AVX2 static const char *members_avx2(struct quick *quick, const struct level *level, const char *p)
{
    struct stops_avx2 stops = stops_avx2();
    uint64_t seen = quick->seen;
    size_t last = KEYS_MAX;

    for (;; p++) {
        struct found_name found = {p, level->guess[last][0]};
        const struct json_name *name = &level->names->name[found.index];
        if (stands_avx2(name, p)) {
            found.p += name->n;
        } else {
            found = look_up_avx2(level, level->guess[last], p);
            if (found.p == NULL)
                return NULL;
            name = &level->names->name[found.index];
        }
        if ((seen & name->bit) != 0)
            return NULL;
        if (name->bit != 0) {
            seen |= name->bit;
            last = found.index;
            p = value_avx2(&quick->target, &stops, name, found.p);
        } else if (name->kind == JSON_NAME_UNKNOWN) {
            p = skip_avx2(found.p);
        } else {
            quick->seen = seen;
            last = found.index;
            p = nested_avx2(quick, name->target, found.p);
            seen = quick->seen;
        }
        if (p == NULL)
            return NULL;
        if (*p != ',')
            p = past_blanks_avx2(p);
        if (*p != ',')
            break;
        p += p[1] == ' ';
    }
    quick->seen = seen;
    return *p == '}' ? p + 1 : NULL;
}

/* A nested object that holds fields. */
AVX2 SELDOM static const char *nested_avx2(struct quick *quick, unsigned parent, const char *p)
{
    const struct feed *feed = quick->feed;
    struct level level = {&feed->parents[parent], &feed->json_names[1 + parent], quick->guess->next[1 + parent]};

    p = past_blanks_avx2(p);
    if (*p != '{' || (quick->entered & 1u << parent) != 0)
        return NULL;
    quick->entered |= 1u << parent;
    return members_avx2(quick, &level, p + 1);
}

const char *json_quick(struct intake *intake, const struct feed *feed, struct json_guess *guess, const char *p,
                       struct record *record, struct misfits *misfits)
{
    struct quick quick = {{intake, record, misfits}, feed, guess, 0, 0};
    struct level level = {&feed->keys, &feed->json_names[0], guess->next[0]};
    size_t mark = intake->scratch.used;

    record->present = record->nulls = 0;
    record->flags = 0;
    *misfits = (struct misfits){0};
    p = *p == '{' ? members_avx2(&quick, &level, p + 1) : NULL;
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
