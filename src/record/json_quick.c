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
#define RARELY(condition) __builtin_expect(condition, 0) /* a jump: what follows need not wait for it */

#include "record/json_avx2.h"

struct quick {
    struct json_target target;
    const struct feed *feed;
    struct json_habits *habits;
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
    struct nested_avx2 nested = {.errors = _mm256_setzero_si256()};
    uint32_t ends;

    for (; nested_block_avx2(&nested, p, &ends); p += 32)
        if (ends != 0)
            return p + _tzcnt_u32(ends) + 1;
    return NULL;
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
    int64_t value;

    p = past_blanks_avx2(p);
    if (*p == '"') {
        size_t n = digits_avx2(p + 1, &value);
        if (n - 1 >= VALUE_EPOCH_MAX || p[n + 1] != '"' || (json_any_string & FIELD_BIT(f)) != 0)
            return odd_string_avx2(target, f, p + 1);
        target->record->field[f].i = value;
        return p + n + 2;
    }
    token = scalar_avx2(p);
    if (*p == '{' || *p == '[' || !json_take_scalar(target, f, token))
        return NULL;
    return str_end(token);
}

/* `end`, where the string at p ends. When it is as long as the last one, the CPU has foreseen that and reads on before
 * the search for the end is done: one string does not wait for the other. */
AVX2 static inline const char *as_before_avx2(struct json_habit *habit, const char *p, const char *end)
{
    const char *foreseen = p + habit->length;

    if (foreseen != end) {
        habit->length = (uint8_t)(end - p);
        return end;
    }
    __asm__("" : "+r"(foreseen)); /* gcc shall not know that they are the same */
    return foreseen;
}

/* The value of a field: into it, or into nulls or misfits. */
AVX2 static inline const char *value_avx2(const struct json_target *target, const struct stops_avx2 *stops,
                                          const struct json_name *name, struct json_habit *habit,
                                          const char *p)
{
    union field_value *field = &target->record->field[name->target];

    if (RARELY(*p == ' '))
        p++;
    if (*p == '"' && name->kind == JSON_NAME_STRING) {
        const char *end = stop_avx2(stops, p + 1);
        if (*end != '"')
            return odd_string_avx2(target, name->target, p + 1);
        field->s = str_range(p + 1, end);
        return as_before_avx2(habit, p + 1, end) + 1;
    }
    if (name->kind == JSON_NAME_NUMBER) {
        size_t n = digits_avx2(p, &field->i);
        if (n - 1 < VALUE_EPOCH_MAX && (*p != '0' || n == 1) && (p[n] == ',' || p[n] == '}'))
            return p + n;
    }
    return odd_value_avx2(target, name->target, p);
}

/* One object on the way: the names that are known in it and what is guessed of their order. */
struct level {
    const struct keys *keys;
    const struct json_names *names;
    struct json_name *learned;
    struct json_habit *next;
};

AVX2 static inline const struct json_name *name_of_avx2(const struct level *level, size_t index)
{
    return index <= KEYS_MAX ? &level->names->name[index] : &level->learned[index - KEYS_MAX - 1];
}

/* Whether this name stands at p; a learned one must be unknown here too. */
AVX2 static inline bool stands_avx2(const struct level *level, const struct json_name *name, const char *p)
{
    uint32_t same = mask_avx2(_mm256_cmpeq_epi8(load_avx2(p), load_avx2(name->bytes)));

    return (name->count & ~same) == 0 && (name->bit != 0 || name->stamp == level->names->stamp);
}

struct found_name {
    const char *p; /* behind its colon; NULL when there is no name, or one with escapes */
    size_t index;
};

/* Where this unknown name is remembered: where it is, where there is room, or in place of another. */
AVX2 static inline size_t learned_place_avx2(const struct level *level, const struct key_name *key)
{
    size_t first = key_slot(level->keys, key) % JSON_LEARNED;

    for (size_t i = 0; i < 8; i++) {
        size_t place = (first + i) % JSON_LEARNED;
        if (stands_avx2(level, &level->learned[place], key->p - 1))
            return place;
        if (level->learned[place].stamp != level->names->stamp) {
            first = place;
            break;
        }
    }
    json_name_learn(&level->learned[first], level->names, (struct str){key->p, key->n});
    return first;
}

/* The name that stands at p by itself, not by a guess. */
AVX2 static inline struct found_name read_name_avx2(const struct level *level, const char *p)
{
    const struct key_name *known;
    struct key_name key;
    struct str text;
    bool escapes;

    if (*p != '"' || (p = string_avx2(p + 1, &text, &escapes)) == NULL || escapes)
        return (struct found_name){NULL, KEYS_MAX};
    p = past_blanks_avx2(p);
    if (*p != ':')
        return (struct found_name){NULL, KEYS_MAX};
    key = key_of_padded(text.p, text.n);
    known = keys_find(level->keys, &key);
    if (known != NULL)
        return (struct found_name){p + 1, (size_t)(known - level->keys->name)};
    return (struct found_name){p + 1, KEYS_MAX + 1 + learned_place_avx2(level, &key)};
}

/* The name at p, when it is not the first that was guessed; it is the first from now on. */
AVX2 SELDOM static struct found_name look_up_avx2(const struct level *level, struct json_habit *habit, const char *p)
{
    struct found_name found;
    uint8_t *guess = habit->name, first = guess[0];

    p = past_blanks_avx2(p);
    for (int i = 0; i < 2; i++) {
        const struct json_name *name = name_of_avx2(level, guess[i]);
        if (stands_avx2(level, name, p)) {
            found = (struct found_name){p + name->n, guess[i]};
            guess[1] = i == 1 ? first : guess[1];
            guess[0] = (uint8_t)found.index;
            return found;
        }
    }
    found = read_name_avx2(level, p);
    guess[0] = (uint8_t)found.index;
    guess[1] = first;
    return found;
}

AVX2 SELDOM static const char *nested_avx2(struct quick *quick, unsigned parent, const char *p);

/* The members of the object whose brace is before p, up to and with its closing brace. */
AVX2 static const char *members_avx2(struct quick *quick, const struct level *level, const char *p)
{
    struct stops_avx2 stops = stops_avx2();
    uint64_t seen = quick->seen;
    size_t last = KEYS_MAX;

    for (;; p++) {
        struct json_habit *habit = &level->next[last];
        struct found_name found = {p, habit->name[0]};
        const struct json_name *name = name_of_avx2(level, found.index);
        if (stands_avx2(level, name, p)) {
            found.p += name->n;
        } else {
            found = look_up_avx2(level, habit, p);
            if (found.p == NULL)
                return NULL;
            name = name_of_avx2(level, found.index);
        }
        last = found.index;
        if ((seen & name->bit) != 0)
            return NULL;
        if (name->bit != 0) {
            seen |= name->bit;
            p = value_avx2(&quick->target, &stops, name, habit, found.p);
        } else if (name->kind == JSON_NAME_UNKNOWN) {
            p = skip_avx2(found.p);
        } else {
            quick->seen = seen;
            p = nested_avx2(quick, name->target, found.p);
            seen = quick->seen;
        }
        if (p == NULL)
            return NULL;
        if (*p != ',')
            p = past_blanks_avx2(p);
        if (*p != ',')
            break;
        if (RARELY(p[1] == ' '))
            p++;
    }
    quick->seen = seen;
    return *p == '}' ? p + 1 : NULL;
}

/* A nested object that holds fields. */
AVX2 SELDOM static const char *nested_avx2(struct quick *quick, unsigned parent, const char *p)
{
    const struct feed *feed = quick->feed;
    struct json_habits *habits = quick->habits;
    struct level level = {&feed->parents[parent], &feed->json_names[1 + parent], habits->learned,
                          habits->next[1 + parent]};

    p = past_blanks_avx2(p);
    if (*p != '{' || (quick->entered & 1u << parent) != 0)
        return NULL;
    quick->entered |= 1u << parent;
    return members_avx2(quick, &level, p + 1);
}

const char *json_quick(struct intake *intake, const struct feed *feed, struct json_habits *habits, const char *p,
                       struct record *record, struct misfits *misfits)
{
    struct quick quick = {{intake, record, misfits}, feed, habits, 0, 0};
    struct level level = {&feed->keys, &feed->json_names[0], habits->learned, habits->next[0]};
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

const char *json_quick(struct intake *intake, const struct feed *feed, struct json_habits *habits, const char *p,
                       struct record *record, struct misfits *misfits)
{
    (void)intake, (void)feed, (void)habits, (void)p, (void)record, (void)misfits;
    return NULL;
}

#endif
