/* variants.c - a walk over the text with the sounds of two characters at a time; where a variant can begin, those that
 * begin with these sounds are compared, and the longest that may be taken is. Letters are looked at run by run. */
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

/* The entries of a pair that is there, or only those of two characters: *end is behind the last. */
static const struct variant *entries_of(const struct variants *variants, uint32_t pair, bool is_short,
                                        const struct variant **end)
{
    const struct variant *entries = variants->entries.items;
    uint64_t below = variants->has_pair[pair / 64] & ((UINT64_C(1) << pair % 64) - 1);
    const uint32_t *from = variants->pairs + variants->rank[pair / 64] + (uint32_t)__builtin_popcountll(below);

    const struct variant *first = entries + from[0];

    *end = entries + from[1];
    while (is_short && first < *end && first->n > 2)
        first++;
    return first;
}

/* Where two characters stand whose sounds are those of variants: they, the one behind them, and how it sounds. */
struct place {
    const char *p;
    uint32_t pair;
    uint16_t first, second, third, third_sound;
    bool is_short; /* no variant of more than these two can be there */
};

/* The first variant from `variant` on that can stand there; `end` when there is none. That one can is not certain. The
 * first or second character is the word's own, or the third when the text is suspicious (哮猿贷). */
static inline const struct variant *find_next(const struct variant *variant, const struct variant *end,
                                              struct place place, bool suspicious, bool has_else)
{
    for (; variant < end; variant++) {
        if (variant->first == place.first || variant->second == place.second) {
            if (variant->third == 0 || variant->third == place.third || variant->third_sound == place.third_sound ||
                has_else)
                break;
        } else if (suspicious && variant->third == place.third && place.third != 0) {
            break;
        }
    }
    return variant;
}

/* The one of the variants of a pair of sounds to take there: the longest, of those the most alike, and of those the
 * one made first. NULL when there is none, or when a word that is written as it is goes as far. *kept: how many of its
 * characters are the word's. */
static const struct variant *choose(const struct variant_walk *walk, struct place place, unsigned *kept)
{
    const struct variant_unit *units = walk->variants->units.items;
    const struct variant *end, *variant = entries_of(walk->variants, place.pair, place.is_short, &end), *best = NULL;
    bool has_else = han_has_else(place.third);
    struct window window;
    unsigned own = 0;

    window.p = place.p;
    window.t[0] = place.first;
    window.t[1] = place.second;
    window.t[2] = place.third;
    window.n = 3;
    for (; (variant = find_next(variant, end, place, walk->suspicious, has_else)) < end; variant++) {
        if (best != NULL && variant->n < best->n)
            break;
        if (!stands(units + variant->units, variant->n, &window, &own))
            continue;
        if (variant->kind == REWRITE_SOUND && own == variant->n)
            return best != NULL && best->n > variant->n ? best : NULL;
        own -= own < variant->strange ? own : variant->strange;
        if (best != NULL && (own < *kept || (own == *kept && variant->units > best->units)))
            continue;
        char_at(&window, variant->n);
        if (!variant_is_meant(walk, variant, window.t, own, (uint32_t)(place.p - walk->canon->buf)))
            continue;
        best = variant;
        *kept = own;
    }
    return best;
}

/* Take the variant that begins with these two characters and return its end; 0 when there is none. p is behind them. */
static __attribute__((noinline)) uint32_t take_best(struct variant_walk *walk, uint32_t first, uint32_t second,
                                                    uint32_t pair, const char *p, bool is_short)
{
    uint32_t third = variant_char(p), at = (uint32_t)(p - walk->canon->buf) - 6;
    struct place place = {.p = p - 6, .pair = pair, .first = (uint16_t)(HAN_FIRST + first),
                          .second = (uint16_t)(HAN_FIRST + second), .third = (uint16_t)third,
                          .third_sound = (uint16_t)han_sound(third), .is_short = is_short};
    unsigned kept = 0;
    const struct variant *best = walk->n < walk->room ? choose(walk, place, &kept) : NULL;

    if (best == NULL)
        return 0;
    variant_take(walk, at, at + 3u * best->n, ((const struct str *)walk->variants->words.items)[best->word], best->kind,
                 best->n - kept);
    return at + 3u * best->n;
}

/* As take_best, for one of two characters. Most that sound so are ordinary words. */
static __attribute__((noinline)) uint32_t try_short(struct variant_walk *walk, uint32_t first, uint32_t second,
                                                    uint32_t pair, const char *p)
{
    const struct variants *variants = walk->variants;
    const struct variant_filter *filter = &variants->filter;
    unsigned grade = *variant_settled(variants, first, second) & 3;

    if (grade == VARIANT_OWN || (grade != 0 && !walk->suspicious))
        return 0;
    if (!variant_has_bit(filter->exact, variant_exact_bit(filter, variant_two(first, second))) &&
        ((!variant_has_bit(filter->shorts, variant_short_bit(filter, variant_head(first, pair % HAN_MAX_SOUNDS))) &&
          !variant_has_bit(filter->shorts, variant_short_bit(filter, variant_tail(pair / HAN_MAX_SOUNDS, second)))) ||
         (!walk->suspicious && variant_is_crossed(walk, HAN_FIRST + first, HAN_FIRST + second,
                                                  (uint32_t)(p - walk->canon->buf) - 6))))
        return 0;
    return take_best(walk, first, second, pair, p, true);
}

/* As take_best, for one of more. Most are words as they are, and nothing longer is there. */
static __attribute__((noinline)) uint32_t try_long(struct variant_walk *walk, uint32_t first, uint32_t second,
                                                   uint32_t pair, const char *p)
{
    uint32_t third = variant_offset(p), fourth = third < VARIANT_CHARS ? variant_char(p + 3) : 0;
    uint64_t word = third < VARIANT_CHARS ? *variant_triple(walk->variants, first, second, third) : 0;

    if (word != 0 && (fourth == 0 || (word >> (han_sound(fourth) & 15) & 1) == 0))
        return 0;
    return take_best(walk, first, second, pair, p, false);
}

/* As take_best; most places are left here. */
static __attribute__((noinline)) uint32_t try_place(struct variant_walk *walk, uint32_t first, uint32_t second,
                                                    uint32_t pair, const char *p)
{
    const struct variant_filter *filter = &walk->variants->filter;
    uint32_t third = variant_offset(p), sound = third < VARIANT_CHARS ? han_sound_table[third] : 0;

    if (variant_has_bit(filter->sounds, variant_sounds_bit(filter, pair, sound))) {
        uint32_t fourth = third < VARIANT_CHARS ? variant_offset(p + 3) : VARIANT_CHARS;
        uint32_t behind = fourth < VARIANT_CHARS ? han_sound_table[fourth] : 0;

        if (walk->suspicious ||
            variant_goes_on(filter, variant_head(first, pair % HAN_MAX_SOUNDS), sound, behind) ||
            variant_goes_on(filter, variant_tail(pair / HAN_MAX_SOUNDS, second), sound, behind))
            return try_long(walk, first, second, pair, p);
    }
    return variant_has_bit(walk->variants->has_short, pair) ? try_short(walk, first, second, pair, p) : 0;
}

/* ---- the walk ---------------------------------------------------------------------------------------------- */

/* Han from `at` on; returns where it ends. The mark behind the text ends it at the latest. */
static uint32_t walk_han(struct variant_walk *walk, uint32_t at)
{
    const struct variants *variants = walk->variants;
    const char *buf = walk->canon->buf, *p = buf + at;
    uint32_t first = 0, first_sound = 0, second; /* the character before p, and the one at p */

    while ((second = variant_offset(p)) < VARIANT_CHARS) {
        uint32_t sound = han_sound_table[second], pair = first_sound * HAN_MAX_SOUNDS + sound, taken = 0;

        p += 3;
        if (variant_has_bit(variants->has_pair, pair))
            taken = try_place(walk, first, second, pair, p);
        first = second;
        first_sound = sound;
        if (taken > 0) {
            p = buf + taken;
            first_sound = 0; /* behind a variant all begins anew */
        }
    }
    return (uint32_t)(p - buf);
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
        const struct variant *end, *found = entries_of(variants, entries[i].pair, false, &end);
        struct window window = {.n = entries[i].n};
        unsigned kept;

        for (unsigned c = 0; c < entries[i].n; c++)
            window.t[c] = units[c].cp;
        if (found <= &entries[i] && &entries[i] < end && stands(units, entries[i].n, &window, &kept) &&
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
