/* folding.h - the tables behind canonical text, private to canon and folding.
 *
 * One table says for every code point what it becomes and what kind of character that is. It is the generated one
 * (tools/gen_unicode.py) with patterns/folding.json laid over it, and closed: folding a character of its output
 * changes nothing. Immutable once loaded, shared by all threads. */
#ifndef TELSIEVE_RECORD_FOLDING_H
#define TELSIEVE_RECORD_FOLDING_H

#include "core/arena.h"
#include "core/str.h"

#include <stdint.h>

/* What a canonical character is. From FOLD_SPACE on it may vanish between two Han characters. */
enum fold_class {
    FOLD_WORD,     /* letters and digits other than Han */
    FOLD_HAN,
    FOLD_SENTENCE, /* 。 ! ? ; */
    FOLD_SPACE,
    FOLD_CLAUSE,   /* , 、 : */
    FOLD_QUOTE,    /* quotation marks and brackets */
    FOLD_SYMBOL,
    FOLD_DECOR,    /* ★, emoji, unassigned: vanishes beside a Han character too */
    FOLD_IGNORED,  /* nobody sees it: vanishes everywhere */
    FOLD_MIXED,    /* several characters of different kinds: look each up */
};

enum {
    FOLD_COPY = 1,        /* stays as it is */
    FOLD_ONE = 2,         /* becomes one character */
    FOLD_HIDES = 4,       /* was written so as to hide */
    FOLD_TRADITIONAL = 8, /* was only traditional */
};

#define FOLD_MAX_OUT 12 /* bytes of a replacement; at most four times the bytes replaced */
#define FOLD_MAX_GROWTH 4

struct fold_entry {
    uint8_t cls;   /* enum fold_class */
    uint8_t flags;
    uint8_t len;   /* bytes in out; 0 with FOLD_COPY */
    uint16_t tail; /* 1 + index of the words that end in this character; 0 = none */
    char out[FOLD_MAX_OUT];
};

/* A word and what it stands for; both Han only and canonical. */
struct fold_word {
    struct str from, to;   /* to.n <= from.n */
    struct str not_after;  /* Han characters: directly behind one of them the word stays */
    bool same_shape;       /* both have the same number of characters, each as long as its counterpart */
    uint32_t hidden;       /* characters that count as hidden: those that differ, 0 for mere wording */
};

/* The words with the same last character, longest first. `before` has bit (b & 63) set for every last byte b of a
 * word's last but one character: most occurrences of a common character are dismissed by it. */
struct fold_tail {
    uint64_t before;
    const struct fold_word *words;
    size_t nwords;
};

/* When a run of ASCII letters and digits is meant as a number (see canon_digits.c). */
struct fold_digits {
    unsigned min_chars;
    unsigned min_percent;
    char value[128]; /* the digit a look-alike stands for; 0 = none */
};

enum { FOLD_ASCII_DIGIT = 1, FOLD_ASCII_LOOKALIKE = 2, FOLD_ASCII_WORD = 4, FOLD_ASCII_DROPPABLE = 8 };

#define FOLD_PLANES_OF_256 0x1100
#define FOLD_HAN_WORDS (16 * 64) /* lead bytes E0 to EF, 64 second bytes each */

struct folding {
    /* Bit b of han[(lead & 15) * 64 + (second & 63)]: the Han character with third byte 0x80 + b is copied as it is and
     * ends no word. */
    uint64_t han[FOLD_HAN_WORDS];
    char ascii[128];            /* what an ASCII byte becomes */
    uint8_t ascii_kind[256];    /* FOLD_ASCII_…, of the byte it becomes; 0 above 127 */
    uint16_t stage1[FOLD_PLANES_OF_256];
    uint16_t (*stage2)[256];
    struct fold_entry *entries;
    size_t nblocks, nentries;
    struct fold_word *words;
    struct fold_tail *tails;
    size_t nwords, ntails;
    struct fold_digits digits;
    unsigned char digest[32];
    struct arena arena;         /* holds the bytes of the words */
};

static inline const struct fold_entry *folding_entry(const struct folding *folding, uint32_t cp)
{
    return &folding->entries[folding->stage2[folding->stage1[cp >> 8]][cp & 255]];
}

/* ---- making one (folding_file.c uses these, in this order) ------------------------------------------------------ */

/* The generated table without words and digit rule; NULL when out of memory. */
struct folding *folding_new(void);

/* Let `cp` become `out` (canonical characters, at most as many bytes as cp has). Returns 0 or -TS_ENOMEM. */
int folding_set_char(struct folding *folding, uint32_t cp, struct str out, bool hides);

/* Let every character that becomes a changed one follow it. Call once after the last folding_set_char. */
void folding_close_chars(struct folding *folding);

/* Index folding->words and make the quick tables. Call last. Returns 0 or -TS_ENOMEM. */
int folding_finish(struct folding *folding);

/* Fold `s` character by character into out (room for FOLD_MAX_GROWTH * s.n bytes); returns the bytes written. */
size_t folding_chars(const struct folding *folding, struct str s, char *out);

/* Does every character of `s` (well-formed) have class `cls` and stay as it is? */
bool folding_all(const struct folding *folding, struct str s, enum fold_class cls);

#endif
