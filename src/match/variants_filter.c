/* variants_filter.c - what the filter knows of each variant. */
#include "match/variants_parts.h"

#include <stdlib.h>

size_t variant_usual_sounds(struct variant_unit unit, unsigned sounds[HAN_USUAL_SOUNDS])
{
    if (unit.sound != 0)
        return han_usual_sounds(unit.sound, sounds);
    sounds[0] = han_sound(unit.cp);
    return 1;
}

static void add(struct variant_bits *bits, uint32_t key)
{
    *variant_word(bits, key) |= variant_word_bits(key);
}

static void add_long(struct variants *variants, const struct variant *variant)
{
    const struct variant_unit *units = (const struct variant_unit *)variants->units.items + variant->units;
    unsigned sounds[HAN_USUAL_SOUNDS];

    for (size_t n = variant_usual_sounds(units[2], sounds); n > 0; n--)
        add(&variants->filter.sounds, variant->pair * HAN_MAX_SOUNDS + sounds[n - 1]);
}

/* ---- of two characters ------------------------------------------------------------------------------------- */

/* The common characters by their usual sound. */
struct sounding {
    uint16_t from[HAN_MAX_SOUNDS + 1];
    uint16_t chars[VARIANT_CHARS];
};

static struct sounding *new_sounding(void)
{
    struct sounding *sounding = calloc(1, sizeof(*sounding));
    uint16_t at[HAN_MAX_SOUNDS];

    if (sounding == NULL)
        return NULL;
    for (uint32_t c = 0; c < VARIANT_CHARS; c++)
        if ((han_table[c] & HAN_RARE) == 0)
            sounding->from[(han_table[c] & HAN_SOUND) + 1]++;
    for (size_t i = 0; i < HAN_MAX_SOUNDS; i++)
        sounding->from[i + 1] = (uint16_t)(sounding->from[i + 1] + sounding->from[i]);
    memcpy(at, sounding->from, sizeof(at));
    for (uint32_t c = 0; c < VARIANT_CHARS; c++)
        if ((han_table[c] & HAN_RARE) == 0)
            sounding->chars[at[han_table[c] & HAN_SOUND]++] = (uint16_t)(HAN_FIRST + c);
    return sounding;
}

/* As two that are a word of this grade. */
static void add_two(struct variant_filter *filter, uint32_t first, uint32_t second, unsigned grade)
{
    uint32_t two = (first - HAN_FIRST) << 15 | (second - HAN_FIRST);

    if (grade == 0)
        add(&filter->twos, two);
    else if (grade == VARIANT_ORDINARY)
        add(&filter->ordinary, two);
}

/* One of the two has to tell. */
static void add_short(struct variants *variants, const struct variant *variant, const struct sounding *sounding)
{
    const struct variant_unit *units = (const struct variant_unit *)variants->units.items + variant->units;
    unsigned first = variant->pair / HAN_MAX_SOUNDS, second = variant->pair % HAN_MAX_SOUNDS;

    if (variant->kind != REWRITE_SOUND) {
        add_two(&variants->filter, units[0].cp, units[1].cp, 0);
        return;
    }
    /* where it stands for itself a character sounds as usual */
    if (han_sound(units[0].cp) == first && !variant_is_fixed(variants, units[0].cp))
        for (size_t k = sounding->from[second]; k < sounding->from[second + 1]; k++)
            add_two(&variants->filter, units[0].cp, sounding->chars[k],
                    variant_grade(variants, units[0].cp, sounding->chars[k]));
    if (han_sound(units[1].cp) == second && !variant_is_fixed(variants, units[1].cp))
        for (size_t k = sounding->from[first]; k < sounding->from[first + 1]; k++)
            add_two(&variants->filter, sounding->chars[k], units[1].cp,
                    variant_grade(variants, sounding->chars[k], units[1].cp));
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

/* Eight bits for each of n keys, and at least 1 << `least`. With 100,000 phrases those of a fixed number said yes to
 * nearly all. */
static int make_bits(struct arena *arena, size_t n, unsigned least, struct variant_bits *bits)
{
    while (least < 30 && (size_t)1 << least < 8 * n)
        least++;
    bits->shift = 32 - (least - 5);
    bits->words = arena_calloc(arena, (size_t)1 << (least - 5), sizeof(uint32_t));
    return bits->words != NULL ? 0 : -TS_ENOMEM;
}

#define LONG_BITS 19
#define SHORT_BITS 20
#define ORDINARY_BITS 17
#define TWOS_EACH 12 /* of a variant: a sound is that of eight common characters, and there are two */

static int make_room(struct variants *variants)
{
    const struct variant *entries = variants->entries.items;
    struct variant_filter *filter = &variants->filter;
    size_t nshort = 0;

    for (size_t i = 0; i < variants->entries.n; i++)
        nshort += entries[i].n == 2;
    if (make_bits(&variants->arena, variants->entries.n - nshort, LONG_BITS, &filter->sounds) != 0 ||
        make_bits(&variants->arena, TWOS_EACH * nshort, SHORT_BITS, &filter->twos) != 0)
        return -TS_ENOMEM;
    return make_bits(&variants->arena, nshort, ORDINARY_BITS, &filter->ordinary);
}

int variants_filter(struct variants *variants)
{
    const struct variant *entries = variants->entries.items;
    struct sounding *sounding;

    if (make_room(variants) != 0 || (sounding = new_sounding()) == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < variants->entries.n; i++)
        if (entries[i].n == 2)
            add_short(variants, &entries[i], sounding);
        else
            add_long(variants, &entries[i]);
    free(sounding);
    return 0;
}
