/* variants_filter.h - can a variant be at a place of a text? Hashed bitmaps answer for nearly all places, before any
 * variant is looked at; private to variants*.c.
 *
 * One of the first two characters is the word's own (in a suspicious text it may be the third). So what can begin is
 * known by head (the first character, and how the second sounds) and by tail (how the first sounds, and the second
 * character); and where it is longer, by how the third and the fourth sound. No is certain, yes is not. Characters are
 * counted from HAN_FIRST, sounds are the usual ones, a pair is that of the first two. */
#ifndef TELSIEVE_MATCH_VARIANTS_FILTER_H
#define TELSIEVE_MATCH_VARIANTS_FILTER_H

#include <stdbool.h>
#include <stdint.h>

struct variant_filter {
    uint64_t *sounds; /* longer ones: three sounds */
    uint64_t *thirds; /* the same: head or tail, and the sound behind it */
    uint64_t *fourths; /* and the sound behind that, or that it ends there */
    uint64_t *shorts; /* two characters that sound like a word: head or tail */
    uint64_t *exact;  /* two that have to be these */
    unsigned long_shift, short_shift; /* of a hash to a bit of the first two, of the others: they grow with the words */
};

static inline bool variant_has_bit(const uint64_t *bits, uint32_t bit)
{
    return (bits[bit / 64] >> bit % 64 & 1) != 0;
}

static inline uint32_t variant_head(uint32_t first, uint32_t second_sound)
{
    return (first << 9 | second_sound) * 0x9E3779B1u;
}

static inline uint32_t variant_tail(uint32_t first_sound, uint32_t second)
{
    return (second << 9 | first_sound) * 0x85EBCA77u;
}

static inline uint32_t variant_two(uint32_t first, uint32_t second)
{
    return (first << 15 | second) * 0x9E3779B1u;
}

/* Places in the bitmaps. */
static inline uint32_t variant_sounds_bit(const struct variant_filter *filter, uint32_t pair, uint32_t sound)
{
    return (pair << 9 | sound) * 0x9E3779B1u >> filter->long_shift;
}

static inline uint32_t variant_thirds_bit(const struct variant_filter *filter, uint32_t head_or_tail, uint32_t sound)
{
    return (head_or_tail + sound * 0xC2B2AE3Du) >> filter->long_shift;
}

#define VARIANT_ENDS 511u /* in the place of the fourth sound: there are three */

static inline uint32_t variant_fourths_bit(const struct variant_filter *filter, uint32_t head_or_tail, uint32_t third,
                                           uint32_t fourth)
{
    return ((head_or_tail + third * 0xC2B2AE3Du) * 0x9E3779B1u + fourth * 0x85EBCA77u) >> filter->long_shift;
}

/* Can one of more than two characters begin so? */
static inline bool variant_goes_on(const struct variant_filter *filter, uint32_t head_or_tail, uint32_t third,
                                   uint32_t fourth)
{
    return variant_has_bit(filter->thirds, variant_thirds_bit(filter, head_or_tail, third)) &&
           (variant_has_bit(filter->fourths, variant_fourths_bit(filter, head_or_tail, third, fourth)) ||
            variant_has_bit(filter->fourths, variant_fourths_bit(filter, head_or_tail, third, VARIANT_ENDS)));
}

static inline uint32_t variant_short_bit(const struct variant_filter *filter, uint32_t head_or_tail)
{
    return head_or_tail >> filter->short_shift;
}

static inline uint32_t variant_exact_bit(const struct variant_filter *filter, uint32_t two)
{
    return two >> filter->short_shift;
}

#endif
