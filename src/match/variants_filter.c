/* variants_filter.c - what the filter knows of each variant. */
#include "match/variants_parts.h"

static void set_bit(uint64_t *bits, uint32_t bit)
{
    bits[bit / 64] |= UINT64_C(1) << bit % 64;
}

/* The usual sounds that a unit can be met with; returns how many. */
static size_t usual_sounds(struct variant_unit unit, unsigned sounds[HAN_USUAL_SOUNDS])
{
    if (unit.sound != 0)
        return han_usual_sounds(unit.sound, sounds);
    sounds[0] = han_sound(unit.cp);
    return 1;
}

/* A variant, and by what it is known. */
struct key {
    const struct variant *variant;
    uint32_t head, tail;
    bool own_first, own_second; /* by head, by tail */
};

/* Two characters, of which one has to tell. That they are the word itself needs no look: then they are an ordinary
 * word. */
static void add_short(struct variants *variants, const struct key *key)
{
    const struct variant *variant = key->variant;
    struct variant_filter *filter = &variants->filter;

    set_bit(variants->has_short, variant->pair);
    if (variant->kind != REWRITE_SOUND) {
        uint32_t two = variant_two(variant->first - HAN_FIRST, variant->second - HAN_FIRST);

        set_bit(filter->exact, variant_exact_bit(filter, two));
        return;
    }
    if (key->own_first && !variant_is_fixed(variants, variant->first))
        set_bit(filter->shorts, variant_short_bit(filter, key->head));
    if (key->own_second && !variant_is_fixed(variants, variant->second))
        set_bit(filter->shorts, variant_short_bit(filter, key->tail));
}

/* By head or by tail, with a sound of the third. */
static void add_behind(struct variants *variants, const struct key *key, uint32_t head_or_tail, unsigned third)
{
    const struct variant_unit *units = (const struct variant_unit *)variants->units.items + key->variant->units;
    struct variant_filter *filter = &variants->filter;
    unsigned sounds[HAN_USUAL_SOUNDS] = {VARIANT_ENDS};
    size_t n = key->variant->n > 3 ? usual_sounds(units[3], sounds) : 1;

    set_bit(filter->thirds, variant_thirds_bit(filter, head_or_tail, third));
    for (size_t i = 0; i < n; i++)
        set_bit(filter->fourths, variant_fourths_bit(filter, head_or_tail, third, sounds[i]));
}

/* Where the first or second has to be the one of the variant, that is enough to know. */
static void add_long(struct variants *variants, const struct key *key)
{
    const struct variant *variant = key->variant;
    struct variant_filter *filter = &variants->filter;
    const struct variant_unit *units = (const struct variant_unit *)variants->units.items + variant->units;
    bool first = units[0].sound == 0, second = !first && units[1].sound == 0;
    unsigned sounds[HAN_USUAL_SOUNDS];
    size_t n = usual_sounds(units[2], sounds);

    for (size_t i = 0; i < n; i++) {
        set_bit(filter->sounds, variant_sounds_bit(filter, variant->pair, sounds[i]));
        if (key->own_first && !second)
            add_behind(variants, key, key->head, sounds[i]);
        if (key->own_second && !first)
            add_behind(variants, key, key->tail, sounds[i]);
    }
}

static void add_entries(struct variants *variants)
{
    const struct variant *entries = variants->entries.items;

    for (size_t i = 0; i < variants->entries.n; i++) {
        const struct variant *variant = &entries[i];
        unsigned first = variant->pair / HAN_MAX_SOUNDS, second = variant->pair % HAN_MAX_SOUNDS;
        struct key key = {.variant = variant,
                          .head = variant_head(variant->first - HAN_FIRST, second),
                          .tail = variant_tail(first, variant->second - HAN_FIRST),
                          /* where it stands for itself a character sounds as usual */
                          .own_first = han_sound(variant->first) == first,
                          .own_second = han_sound(variant->second) == second};

        if (variant->n == 2)
            add_short(variants, &key);
        else
            add_long(variants, &key);
    }
}

/* Can an ordinary word be all that keeps two characters from being a variant? */
static bool is_needed(const struct variant_filter *filter, uint32_t word)
{
    uint32_t first = word >> 17, second = word >> 2 & 0x7FFF;
    uint32_t head = variant_head(first, han_sound(HAN_FIRST + second));
    uint32_t tail = variant_tail(han_sound(HAN_FIRST + first), second);

    return (variant_has_bit(filter->shorts, variant_short_bit(filter, head)) ||
            variant_has_bit(filter->shorts, variant_short_bit(filter, tail))) &&
           !variant_has_bit(filter->exact, variant_exact_bit(filter, variant_two(first, second)));
}

/* Bitmaps of at least 1 << so many bits, of 4 for each variant: with 100,000 phrases those of a fixed size said yes to
 * nearly all. */
#define LONG_BITS 19
#define SHORT_BITS 17

static unsigned bits_for(size_t n, unsigned least)
{
    while (least < 26 && (size_t)1 << least < 4 * n)
        least++;
    return least;
}

static uint64_t *new_bits(struct arena *arena, unsigned shift)
{
    return arena_calloc(arena, ((size_t)1 << (32 - shift)) / 64, sizeof(uint64_t));
}

static int make_room(struct variants *variants)
{
    const struct variant *entries = variants->entries.items;
    struct variant_filter *filter = &variants->filter;
    size_t nshort = 0;

    for (size_t i = 0; i < variants->entries.n; i++)
        nshort += entries[i].n == 2;
    filter->long_shift = 32 - bits_for(variants->entries.n - nshort, LONG_BITS);
    filter->short_shift = 32 - bits_for(nshort, SHORT_BITS);
    filter->sounds = new_bits(&variants->arena, filter->long_shift);
    filter->thirds = new_bits(&variants->arena, filter->long_shift);
    filter->fourths = new_bits(&variants->arena, filter->long_shift);
    filter->shorts = new_bits(&variants->arena, filter->short_shift);
    filter->exact = new_bits(&variants->arena, filter->short_shift);
    return filter->sounds && filter->thirds && filter->fourths && filter->shorts && filter->exact ? 0 : -TS_ENOMEM;
}

/* A hash of n things, at most two thirds full; however they collide, a free place is left behind them. */
static unsigned hash_shift(size_t n)
{
    unsigned shift = 28;

    while ((size_t)1 << (32 - shift) < n + n / 2)
        shift--;
    return shift;
}

static size_t hash_room(size_t n)
{
    return ((size_t)1 << (32 - hash_shift(n))) + n + 1;
}

/* Those that are kept are sorted, the most of a word last. */
static int settle_ordinary(struct variants *variants)
{
    const uint32_t *all = variants->ordinary.items;
    size_t n = 0;

    for (size_t i = 0; i < variants->ordinary.n; i++)
        n += is_needed(&variants->filter, all[i]);
    variants->settled_shift = hash_shift(n);
    variants->settled = arena_calloc(&variants->arena, hash_room(n), sizeof(*variants->settled));
    if (variants->settled == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < variants->ordinary.n; i++)
        if (is_needed(&variants->filter, all[i]))
            *variant_settled(variants, all[i] >> 17, all[i] >> 2 & 0x7FFF) = all[i];
    return 0;
}

/* ---- words as they are ------------------------------------------------------------------------------------- */

/* The sounds behind a word of three characters with which a longer variant of its pair goes on, see variant_triple. */
static unsigned sounds_behind(const struct variants *variants, size_t word)
{
    const struct variant *all = variants->entries.items;
    unsigned behind = 0;

    for (size_t i = word; i > 0 && all[i - 1].pair == all[word].pair; i--) {
        const struct variant_unit *units = (const struct variant_unit *)variants->units.items + all[i - 1].units;
        unsigned sounds[HAN_USUAL_SOUNDS];
        size_t n;

        if (all[i - 1].n == 3 || (units[2].cp != all[word].third && !han_sounds_so(all[word].third, units[2].sound)))
            continue;
        n = usual_sounds(units[3], sounds);
        for (size_t k = 0; k < n; k++)
            behind |= 1u << (sounds[k] & 15);
    }
    return behind;
}

static bool is_plain(const struct variant *variant)
{
    return variant->n == 3 && variant->kind == REWRITE_SOUND &&
           variant->pair == han_sound(variant->first) * HAN_MAX_SOUNDS + han_sound(variant->second);
}

/* Of each pair the longer variants are before the words. */
static int add_plain(struct variants *variants)
{
    const struct variant *entries = variants->entries.items;
    size_t n = 0;

    for (size_t i = 0; i < variants->entries.n; i++)
        n += is_plain(&entries[i]);
    variants->triples_shift = hash_shift(n);
    variants->triples = arena_calloc(&variants->arena, hash_room(n), sizeof(*variants->triples));
    if (variants->triples == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < variants->entries.n; i++) {
        uint64_t first = entries[i].first - HAN_FIRST, second = entries[i].second - HAN_FIRST;
        uint64_t third = entries[i].third - HAN_FIRST;

        if (is_plain(&entries[i]))
            *variant_triple(variants, (uint32_t)first, (uint32_t)second, (uint32_t)third) =
                (first << 30 | second << 15 | third) << 16 | sounds_behind(variants, i);
    }
    return 0;
}

int variants_filter(struct variants *variants)
{
    int rc = make_room(variants);

    if (rc != 0)
        return rc;
    add_entries(variants);
    rc = settle_ordinary(variants);
    return rc == 0 ? add_plain(variants) : rc;
}
