/* variants.c - a walk over the text; where the filter says that a variant can begin, and no word stands as it is, those
 * that begin with the sounds of these two characters are compared, and the longest that may be taken is. Letters are
 * looked at run by run. */
#include "match/variants_places.h"
#include "match/variants_walk.h"

#include <stdlib.h>

/* The characters at a place: up to the longest writing, and the one behind it. */
#define WINDOW (2 * VARIANT_MAX_CHARS + 1)

size_t variants_count(const struct variants *variants)
{
    return variants->entries.n + variants->letters.n;
}

/* ---- Han --------------------------------------------------------------------------------------------------- */

/* The characters from p on, decoded as they are asked for, none behind one that is no Han (0). */
struct window {
    const char *p;
    uint16_t t[WINDOW + 1];
    unsigned n;
};

static inline uint16_t char_at(struct window *window, unsigned i)
{
    for (; window->n <= i; window->n++)
        window->t[window->n] = (uint16_t)variant_char(window->p + (size_t)3 * window->n);
    return window->t[i];
}

static inline bool fits(struct variant_unit unit, uint16_t cp)
{
    return cp == unit.cp || (unit.sound != 0 && han_sounds_so(cp, unit.sound));
}

/* Does a variant of n characters stand there? *kept: how many of them are written as in it. The first two nearly always
 * fit. */
static inline bool stands(const struct variant_unit *units, unsigned n, struct window *window, unsigned *kept)
{
    unsigned same = 0;

    for (unsigned i = 2; i < n; i++) {
        if (!fits(units[i], char_at(window, i)))
            return false;
        same += units[i].cp == window->t[i];
    }
    if (!fits(units[0], window->t[0]) || !fits(units[1], window->t[1]))
        return false;
    *kept = same + (units[0].cp == window->t[0]) + (units[1].cp == window->t[1]);
    return true;
}

/* What stands at a place. */
struct place {
    const char *p;
    uint32_t pair;
    uint64_t key;
    uint64_t strange; /* bits of the key that are set where a variant does not fit */
    uint64_t fourth;  /* the bits of the key that have to be those of a variant with a fourth */
};

static struct place place_at(const char *p)
{
    uint32_t first = variant_offset(p), second = variant_offset(p + 3), third = variant_offset(p + 6);
    uint32_t fourth = third < VARIANT_CHARS ? variant_offset(p + 9) : VARIANT_CHARS;
    uint32_t known[2];

    third = third < VARIANT_CHARS ? third : VARIANT_CHARS;
    known[0] = han_table[third];
    known[1] = han_table[fourth < VARIANT_CHARS ? fourth : VARIANT_CHARS];
    return (struct place){
        .p = p, .pair = (han_table[first] & HAN_SOUND) * HAN_MAX_SOUNDS + (han_table[second] & HAN_SOUND),
        .key = variant_key(first, second, third, known[0] & HAN_SOUND) | variant_fourth(known[1] & HAN_SOUND),
        .strange = UINT64_C(1) << VARIANT_FIRST_BIT | (uint64_t)((known[0] & HAN_ELSE) == 0) << VARIANT_THIRD_BIT,
        .fourth = (known[1] & HAN_ELSE) == 0 ? VARIANT_FOURTH : 0};
}

/* The first variant from i on that can stand there; `end` when there is none. That one can is not certain. The first or
 * second character is the word's own, or the third when the text is suspicious (哮猿贷). */
static uint32_t find_next(const uint64_t *keys, uint32_t i, uint32_t end, const struct place *place, bool suspicious)
{
    const uint64_t here = place->key, strange = place->strange, fourth = place->fourth;
    const uint64_t third = (uint64_t)!suspicious << VARIANT_THIRD_BIT;

    for (; i < end; i++) {
        uint64_t other = keys[i] ^ here, differ = other + VARIANT_CARRY;

        if ((differ & differ << 16 & strange) != 0 && ((differ | third) >> VARIANT_THIRD_BIT & 1) != 0)
            continue;
        if ((keys[i] & VARIANT_FOURTH) == 0 || (other & fourth) == 0)
            break;
    }
    return i;
}

/* What to take at a place. */
struct choice {
    const struct variant *best; /* NULL: nothing yet */
    unsigned kept; /* characters of it that are the word's */
    bool is_word;  /* a word that is written as it is goes as far */
};

/* Of the variants [i, end) of a pair of sounds choose the longest, of those the most alike, and of those the one made
 * first. */
static void choose(const struct variant_walk *walk, const struct place *place, uint32_t i, uint32_t end,
                   struct choice *choice)
{
    const struct variant_unit *units = walk->variants->units.items;
    const struct variant *entries = walk->variants->entries.items;
    const uint64_t *keys = walk->variants->keys;
    struct window window = {.p = place->p, .n = 0};
    unsigned own = 0;

    char_at(&window, 1);
    for (; (i = find_next(keys, i, end, place, walk->suspicious)) < end; i++) {
        const struct variant *variant = &entries[i], *best = choice->best;

        if (best != NULL && variant->n < best->n)
            return;
        if (!stands(units + variant->units, variant->n, &window, &own))
            continue;
        if (variant->kind == REWRITE_SOUND && own == variant->n) {
            *choice = (struct choice){.best = best != NULL && best->n > variant->n ? best : NULL, .kept = choice->kept,
                                      .is_word = true};
            return;
        }
        own -= own < variant->strange ? own : variant->strange;
        if (best != NULL && (own < choice->kept || (own == choice->kept && variant->units > best->units)))
            continue;
        char_at(&window, variant->n);
        if (!variant_is_meant(walk, variant, window.t, own, (uint32_t)(place->p - walk->canon->buf)))
            continue;
        choice->best = variant;
        choice->kept = own;
    }
}

/* Take the variant at p, a longer one or one of two characters, and return its end; 0 when there is none. */
static uint32_t take_best(struct variant_walk *walk, const char *p, bool is_long, bool is_short)
{
    struct place place = place_at(p);
    const struct variant_range *range = variant_range(walk->variants, place.pair);
    uint32_t at = (uint32_t)(p - walk->canon->buf);
    struct choice choice = {.best = NULL};
    const struct variant *best;

    if (is_long)
        choose(walk, &place, range->from, range->shorts, &choice);
    if (is_short && choice.best == NULL && !choice.is_word) {
        place.strange = UINT64_C(1) << VARIANT_FIRST_BIT; /* whatever is behind */
        choose(walk, &place, range->shorts, range->end, &choice);
    }
    if (choice.best == NULL)
        return 0;
    best = choice.best;
    variant_take(walk, at, at + 3u * best->n, ((const struct str *)walk->variants->words.items)[best->word], best->kind,
                 best->n - choice.kept);
    return at + 3u * best->n;
}

/* ---- the walk ---------------------------------------------------------------------------------------------- */

/* Look at the places listed from `from` on; returns where the last variant taken ends, `behind` when none is. */
static const char *try_listed(struct variant_walk *walk, const struct variant_places *places, const char *from,
                              const char *behind)
{
    for (uint64_t left = places->longs | places->shorts; left != 0; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        const char *p = from + (size_t)3 * i;
        bool is_long = (places->longs >> i & 1) != 0;
        uint32_t end;

        if (p < behind || walk->n == walk->room || (is_long && variant_is_own(walk->variants, p)))
            continue;
        end = take_best(walk, p, is_long, (places->shorts >> i & 1) != 0);
        behind = end > 0 ? walk->canon->buf + end : behind;
    }
    return behind;
}

/* Han from `at` on; returns where it ends, or the mark of the text before it. */
static uint32_t walk_han(struct variant_walk *walk, uint32_t at)
{
    const char *p = walk->canon->buf + at, *behind = p;
    struct variant_places places = {.goes_on = variant_char(p) != 0};

    while (places.goes_on) {
        variant_list_places(walk->variants, p, walk->suspicious, &places);
        behind = try_listed(walk, &places, p, behind);
        p += (size_t)3 * (places.n + !places.goes_on);
    }
    return (uint32_t)(p - walk->canon->buf);
}

static size_t walk_text(struct variant_walk *walk)
{
    const struct canon *canon = walk->canon;
    uint32_t at = canon->start[CANON_TEXT], end = canon->end[CANON_TEXT];

    walk->n = 0;
    while (at < end) {
        if ((unsigned char)canon->buf[at] >= 0xE4)
            at = walk_han(walk, at);
        if (ascii_is_alpha(canon->buf[at]))
            at = variant_try_letters(walk, at);
        else
            at++; /* also of a character that walk_han does not know */
    }
    return walk->n;
}

size_t variants_find(const struct variants *variants, const struct canon *canon, struct canon_rewrite *out, size_t room)
{
    struct variant_walk walk = {.variants = variants, .canon = canon, .out = out, .room = room};

    if (walk_text(&walk) == 0 && canon->changed == 0)
        return 0;
    walk.suspicious = true;
    return walk_text(&walk);
}

/* ---- self-test --------------------------------------------------------------------------------------------- */

bool variants_self_test(const struct variants *variants, struct str *which)
{
    const struct variant *entries = variants->entries.items;
    const struct variant_letters *letters = variants->letters.items;

    for (size_t i = 0; i < variants->entries.n; i++) {
        const struct variant_unit *units = (const struct variant_unit *)variants->units.items + entries[i].units;
        const struct variant_range *range = variant_range(variants, entries[i].pair);
        struct window window = {.n = entries[i].n};
        unsigned kept;

        for (unsigned c = 0; c < entries[i].n; c++)
            window.t[c] = units[c].cp;
        if (range->from <= i && i < range->end && stands(units, entries[i].n, &window, &kept) &&
            kept == entries[i].n)
            continue;
        *which = ((const struct str *)variants->words.items)[entries[i].word];
        return false;
    }
    for (size_t i = 0; i < variants->letters.n; i++) {
        const struct variant_letters *found = variant_longest(variants, letters[i].letters.p, letters[i].letters.n);

        if (found == &letters[i])
            continue;
        *which = letters[i].letters;
        return false;
    }
    return true;
}
