/* variants_own.c - words as they are: what is one, and does not go on as another, is no variant. Of more than four
 * characters there are few. */
#include "match/variants_parts.h"

#define BEHIND 4      /* classes of sounds behind a word: a bit each, below its characters */
#define NONE 0x7FFFu  /* in place of a fourth character */

static uint64_t *place_of(const struct variants *variants, uint64_t three)
{
    return variants->own + ((uint32_t)(three * UINT64_C(0x9E3779B97F4A7C15) >> 32) >> variants->own_shift);
}

static bool fits(struct variant_unit unit, uint16_t cp)
{
    return unit.cp == cp || (unit.sound != 0 && han_sounds_so(cp, unit.sound));
}

/* The classes of the sounds behind a word with which a longer variant of its pair goes on. Of each pair the longer
 * variants are before the words. */
static uint64_t sounds_behind(const struct variants *variants, size_t word)
{
    const struct variant *all = variants->entries.items;
    const struct variant_unit *own = (const struct variant_unit *)variants->units.items + all[word].units;
    uint64_t behind = 0;

    for (size_t i = word; i > 0 && all[i - 1].pair == all[word].pair; i--) {
        const struct variant_unit *units = (const struct variant_unit *)variants->units.items + all[i - 1].units;
        unsigned sounds[HAN_USUAL_SOUNDS], n = all[word].n, k = 2;

        while (k < n && fits(units[k], own[k].cp))
            k++;
        if (all[i - 1].n == n || k < n)
            continue;
        for (size_t s = variant_usual_sounds(units[n], sounds); s > 0; s--)
            behind |= UINT64_C(1) << sounds[s - 1] % BEHIND;
    }
    return behind;
}

static bool is_word(const struct variants *variants, const struct variant *variant)
{
    const struct variant_unit *units = (const struct variant_unit *)variants->units.items + variant->units;

    return (variant->n == 3 || variant->n == 4) && variant->kind == REWRITE_SOUND &&
           variant->pair == han_sound(units[0].cp) * HAN_MAX_SOUNDS + han_sound(units[1].cp);
}

static void note(struct variants *variants, size_t i)
{
    const struct variant *variant = (const struct variant *)variants->entries.items + i;
    const struct variant_unit *units = (const struct variant_unit *)variants->units.items + variant->units;
    uint64_t three = 0, word, *at;

    for (unsigned k = 0; k < 3; k++)
        three = three << 15 | (units[k].cp - HAN_FIRST);
    word = three << 15 | (variant->n == 4 ? units[3].cp - HAN_FIRST : NONE);
    for (at = place_of(variants, three); *at != 0 && *at >> BEHIND != word;)
        at++;
    *at = word << BEHIND | sounds_behind(variants, i);
}

int variants_note_own(struct variants *variants)
{
    const struct variant *entries = variants->entries.items;
    size_t n = 0;

    for (size_t i = 0; i < variants->entries.n; i++)
        n += is_word(variants, &entries[i]);
    variants->own_shift = variant_hash_shift(n);
    variants->own = arena_calloc(&variants->arena, variant_hash_room(n), sizeof(*variants->own));
    if (variants->own == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < variants->entries.n; i++)
        if (is_word(variants, &entries[i]))
            note(variants, i);
    return 0;
}

/* Does what is written end with the word, when this character is behind it? */
static bool ends(uint64_t word, uint32_t behind)
{
    return behind >= VARIANT_CHARS || (word >> (han_table[behind] & HAN_SOUND) % BEHIND & 1) == 0;
}

bool variant_is_own(const struct variants *variants, const char *p)
{
    uint32_t third = variant_offset(p + 6), fourth;
    uint64_t three, found = 0;

    if (third >= VARIANT_CHARS)
        return false;
    fourth = variant_offset(p + 9);
    fourth = fourth < VARIANT_CHARS ? fourth : VARIANT_CHARS;
    three = ((uint64_t)variant_offset(p) << 15 | variant_offset(p + 3)) << 15 | third;
    for (const uint64_t *at = place_of(variants, three); *at != 0; at++) {
        if (*at >> BEHIND == (three << 15 | fourth))
            return ends(*at, variant_offset(p + 12));
        if (*at >> BEHIND == (three << 15 | NONE))
            found = *at;
    }
    return found != 0 && ends(found, fourth);
}
