/* variants_parts.h - the body of the tables of variants; private to variants*.c. */
#ifndef TELSIEVE_MATCH_VARIANTS_PARTS_H
#define TELSIEVE_MATCH_VARIANTS_PARTS_H

#include "core/arena.h"
#include "match/variants.h"
#include "match/variants_filter.h"
#include "record/han.h"

#define VARIANT_MIN_CHARS 2
#define VARIANT_MAX_CHARS 8     /* of a word */
#define VARIANTS_PER_WORD 64
#define VARIANT_CHARS (HAN_LAST + 1 - HAN_FIRST)
#define VARIANT_MAX_FIXED 64
#define VARIANT_MAX_PAIRS 128  /* of one part */
#define VARIANT_MIN_LETTERS 4   /* of a word in pinyin */
#define VARIANT_INSIDE_BITS (1u << 17)
#define VARIANT_MAX_LETTERS 48  /* of a run of letters */

/* A character of a word's writing, and how it sounds there; 0: it must be this one. */
struct variant_unit {
    uint16_t cp, sound;
};

/* One way of writing a word in Han characters. */
struct variant {
    uint32_t pair;  /* the usual sounds of its first two characters: first * HAN_MAX_SOUNDS + second */
    uint32_t units; /* into units: n of them */
    uint32_t word;  /* into words */
    uint8_t n;
    uint8_t kind;    /* enum rewrite_kind */
    uint8_t strange; /* units that are not the word's own characters */
};

/* Its first units again, to tell at a glance: three characters from HAN_FIRST on, how the third sounds, and a class of
 * sounds for the fourth (0: it has none). Above each of the four others a bit is free: one addition carries into it
 * when anything of what is below differs. */
#define VARIANT_FIRST_BIT 63
#define VARIANT_THIRD_BIT 31
#define VARIANT_FOURTH UINT64_C(63)
#define VARIANT_CARRY (UINT64_C(0x7FFF) << 48 | UINT64_C(0x7FFF) << 32 | UINT64_C(0x7FFF) << 16 | UINT64_C(0x1FF) << 6)

static inline uint64_t variant_key(uint32_t first, uint32_t second, uint32_t third, unsigned third_sound)
{
    return (uint64_t)first << 48 | (uint64_t)second << 32 | (uint64_t)third << 16 | (uint64_t)third_sound << 6;
}

static inline uint64_t variant_fourth(unsigned sound)
{
    return 1 + sound % 63;
}

/* The variants of a pair of sounds, hashed; pair 0 is free. */
struct variant_range {
    uint32_t pair, from, shorts, end; /* the longer ones, those of two characters, and the end */
};

/* One way of writing it in Latin letters. */
struct variant_letters {
    struct str letters, to;
    uint8_t kind; /* REWRITE_PINYIN, REWRITE_INITIALS */
};

/* From the file: a character that looks like another, the parts of one, a word's other writing. */
struct variant_shape {
    uint16_t cp, like;
};
struct variant_parts {
    uint16_t cp;
    bool alone;       /* anywhere, not only inside words of phrases */
    struct str parts; /* two characters */
};
struct variant_listed {
    struct str from, to;
};

/* A growing array. */
struct variant_list {
    void *items;
    size_t n, cap;
};

/* The lists by a character: of shapes and parts the one that is written otherwise, of words the first. */
enum variant_order { VARIANT_SHAPES, VARIANT_PARTS, VARIANT_LISTED, VARIANT_PLAIN, VARIANT_ORDERS };
#define VARIANT_NO_ITEM SIZE_MAX

struct variants {
    struct arena arena;
    unsigned char digest[2][32];

    struct variant_list shapes;   /* struct variant_shape */
    struct variant_list parts;    /* struct variant_parts */
    struct variant_list listed;   /* struct variant_listed */
    struct variant_list plain;    /* struct str */
    struct variant_list denied;   /* struct str, sorted by variants_index */
    struct variant_list orders[VARIANT_ORDERS]; /* uint64_t, sorted: character << 32 | item */
    struct variant_list ordinary; /* uint32_t, see variant_ordinary; sorted by variants_index */

    uint64_t fixed[VARIANT_CHARS / 64]; /* characters that are always meant as they are */
    uint32_t ordinary_from[VARIANT_CHARS + 1]; /* where the words that begin with a character are in `ordinary` */

    struct variant_list words;    /* struct str, each once after variants_index */
    struct variant_list known;    /* struct str, sorted and each once after variants_index: all words of phrases */
    uint32_t known_from[VARIANT_CHARS + 1]; /* where those that begin with a character are in `known` */
    uint64_t inside[VARIANT_INSIDE_BITS / 64]; /* a bit for each two neighbours inside one of them */
    struct variant_list units;    /* struct variant_unit */
    struct variant_list entries;  /* struct variant, by pair; of each the longest first, and of these those by sound */
    struct variant_list letters;  /* struct variant_letters, by letters */
    uint64_t *keys;               /* of each entry: variant_key */
    struct variant_range *ranges;
    struct variant_filter filter;
    uint64_t *own;                /* hashed: words of three and four characters as they are; 0 is free */
    bool wide; /* places are listed eight at a time */
    unsigned ranges_shift, own_shift; /* of the hashes */
};

/* Append room for one item of `size` bytes; NULL when memory is exhausted. */
void *variant_list_add(struct variant_list *list, size_t size);

/* Note the order of shapes, parts, listed and plain, which are complete. Returns 0 or -TS_ENOMEM. */
int variants_order(struct variants *variants);

/* The k-th item of a list with this character, in the order of the file; VARIANT_NO_ITEM behind the last. */
size_t variants_of(const struct variants *variants, enum variant_order which, uint32_t cp, size_t k);

/* The character by which words are in order: the first, 0 when it is none of the Han characters. */
uint32_t variant_beginning(struct str text);

/* How much of a word two characters are; the two lowest bits of an ordinary word as it is kept. */
#define VARIANT_ORDINARY 1u
#define VARIANT_FREQUENT 2u
#define VARIANT_OWN 3u /* a word of a phrase */

/* The ordinary word of two characters as it is kept. */
static inline uint32_t variant_ordinary(uint32_t first, uint32_t second, unsigned grade)
{
    return (first - HAN_FIRST) << 17 | (second - HAN_FIRST) << 2 | grade;
}

/* Where the variants of a pair are in variants->ranges, or would be. */
static inline struct variant_range *variant_range(const struct variants *variants, uint32_t pair)
{
    struct variant_range *at = variants->ranges + (pair * 0x9E3779B1u >> variants->ranges_shift);

    while (at->pair != 0 && at->pair != pair)
        at++;
    return at;
}

/* How far the character at p of well-formed text is behind U+4E00; above HAN_LAST - HAN_FIRST when it is none of the
 * Han characters U+4E00 to U+9FFF. Three bytes are readable. */
static inline uint32_t variant_offset(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;

    return ((uint32_t)p[0] << 12) + ((uint32_t)p[1] << 6) + p[2] - ((0xE4u << 12) + (0xB8u << 6) + 0x80u);
}

/* That Han character, or 0. */
static inline uint32_t variant_char(const char *text)
{
    uint32_t offset = variant_offset(text);

    return offset <= HAN_LAST - HAN_FIRST ? HAN_FIRST + offset : 0;
}

/* Their place in variants->inside. */
static inline uint32_t variant_inside_bit(uint32_t first, uint32_t second)
{
    return ((first << 16 | second) * 0x9E3779B1u) >> 15;
}

/* VARIANT_OWN, _FREQUENT, _ORDINARY, or 0: no word. */
unsigned variant_grade(const struct variants *variants, uint32_t first, uint32_t second);

/* Below 0, 0, above: how a sorts to b, byte by byte. */
int variant_compare(const void *a, const void *b); /* struct str */

static inline bool variant_is_fixed(const struct variants *variants, uint16_t cp)
{
    return cp >= HAN_FIRST && variant_has_bit(variants->fixed, cp - HAN_FIRST);
}

/* Make the ways of writing a word; of the parts that are put together anywhere, which are words of one character; of
 * all known words in letters, which are no words by chance: what nobody writes in other characters may be written so.
 * Return 0 or -TS_ENOMEM. */
int variants_make(struct variants *variants, uint32_t word);
int variants_make_alone(struct variants *variants);
int variants_make_pinyin(struct variants *variants);

/* Let the filter know all entries. Returns 0 or -TS_ENOMEM. */
int variants_filter(struct variants *variants);

/* Note the words of three and four characters as they are. Returns 0 or -TS_ENOMEM. */
int variants_note_own(struct variants *variants);

/* Is what stands at p, three Han characters at least, such a word, and nothing longer? */
bool variant_is_own(const struct variants *variants, const char *p);

/* The usual sounds that a unit can be met with; returns how many. */
size_t variant_usual_sounds(struct variant_unit unit, unsigned sounds[HAN_USUAL_SOUNDS]);

/* A hash of n things, at most two thirds full: the shift of 32 bits to a place, and how many places there are; however
 * things collide, a free one is left behind them. */
unsigned variant_hash_shift(size_t n);
size_t variant_hash_room(size_t n);

/* The longest writing in letters that begins p; NULL when there is none. */
const struct variant_letters *variant_longest(const struct variants *variants, const char *p, size_t n);

/* The characters of `text` when they are all such ones and at most `room`; else 0. */
size_t variant_chars(struct str text, uint16_t *out, size_t room);

#endif
