/* variants_filter.h - can a variant be at a place of a text? Hashed bitmaps answer for nearly all places, before any
 * variant is looked at; private to variants*.c.
 *
 * A longer one is known by how its first three characters sound. One of two is known by the two common characters that
 * are read as it, so those that are an ordinary word are left out at once; in a suspicious text those that are no
 * frequent one come in again. Which two can be one when a character is not common is not told. No is certain, yes is
 * not. Characters are counted from HAN_FIRST,
 * sounds are the usual ones. */
#ifndef TELSIEVE_MATCH_VARIANTS_FILTER_H
#define TELSIEVE_MATCH_VARIANTS_FILTER_H

#include <stdbool.h>
#include <stdint.h>

/* A bitmap of keys of at most 30 bits: each is three bits of one word. */
struct variant_bits {
    uint32_t *words;
    unsigned shift; /* of a hash to a word */
};

struct variant_filter {
    struct variant_bits sounds; /* three of nine bits */
    struct variant_bits twos, ordinary; /* two characters of fifteen */
};

static inline bool variant_has_bit(const uint64_t *bits, uint32_t bit)
{
    return (bits[bit / 64] >> bit % 64 & 1) != 0;
}

#define VARIANT_WORD_HASH 0x9E3779B1u
#define VARIANT_BITS_HASH 0x85EBCA77u

static inline uint32_t *variant_word(const struct variant_bits *bits, uint32_t key)
{
    return &bits->words[key * VARIANT_WORD_HASH >> bits->shift];
}

static inline uint32_t variant_word_bits(uint32_t key)
{
    uint32_t hash = key * VARIANT_BITS_HASH;

    return 1u << (hash >> 27) | 1u << (hash >> 22 & 31) | 1u << (hash >> 17 & 31);
}

static inline bool variant_may_be(const struct variant_bits *bits, uint32_t key)
{
    uint32_t wanted = variant_word_bits(key);

    return (*variant_word(bits, key) & wanted) == wanted;
}

#endif
