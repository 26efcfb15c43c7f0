/* variants_filter.c - what the filter knows of each variant. */
#include "match/variants_parts.h"

static void set_bit(uint64_t *bits, uint32_t bit)
{
    bits[bit / 64] |= UINT64_C(1) << bit % 64;
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

        set_bit(filter->exact, variant_exact_bit(two));
        return;
    }
    if (key->own_first && !variant_is_fixed(variants, variant->first))
        set_bit(filter->shorts, variant_short_bit(key->head));
    if (key->own_second && !variant_is_fixed(variants, variant->second))
        set_bit(filter->shorts, variant_short_bit(key->tail));
}

/* Where the first or second has to be the one of the variant, that is enough to know. */
static void add_long(struct variants *variants, const struct key *key)
{
    const struct variant *variant = key->variant;
    struct variant_filter *filter = &variants->filter;
    const struct variant_unit *units = (const struct variant_unit *)variants->units.items + variant->units;
    bool first = units[0].sound == 0, second = !first && units[1].sound == 0;
    unsigned sounds[HAN_USUAL_SOUNDS] = {han_sound(variant->third)};
    size_t n = variant->third_sound != 0 ? han_usual_sounds(variant->third_sound, sounds) : 1;

    for (size_t i = 0; i < n; i++) {
        set_bit(filter->sounds, variant_sounds_bit(variant->pair, sounds[i]));
        if (key->own_first && !second)
            set_bit(filter->thirds, variant_thirds_bit(key->head, sounds[i]));
        if (key->own_second && !first)
            set_bit(filter->thirds, variant_thirds_bit(key->tail, sounds[i]));
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

    return (variant_has_bit(filter->shorts, variant_short_bit(head)) ||
            variant_has_bit(filter->shorts, variant_short_bit(tail))) &&
           !variant_has_bit(filter->exact, variant_exact_bit(variant_two(first, second)));
}

/* Those that are kept are sorted, the most of a word last. However they collide, a free place is left behind them. */
static int settle_ordinary(struct variants *variants)
{
    const uint32_t *all = variants->ordinary.items;
    size_t n = 0;

    for (size_t i = 0; i < variants->ordinary.n; i++)
        n += is_needed(&variants->filter, all[i]);
    variants->settled_shift = 28;
    while ((size_t)1 << (32 - variants->settled_shift) < n + n / 2)
        variants->settled_shift--;
    variants->settled =
        arena_calloc(&variants->arena, ((size_t)1 << (32 - variants->settled_shift)) + n + 1, sizeof(uint32_t));
    if (variants->settled == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < variants->ordinary.n; i++)
        if (is_needed(&variants->filter, all[i]))
            *variant_settled(variants, all[i] >> 17, all[i] >> 2 & 0x7FFF) = all[i];
    return 0;
}

int variants_filter(struct variants *variants)
{
    add_entries(variants);
    return settle_ordinary(variants);
}
