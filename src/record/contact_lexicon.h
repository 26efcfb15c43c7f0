/* contact_lexicon.h - the words around contacts with their roles, found by where they end or begin. Private to the
 * contact files.
 *
 * Threads: immutable once built. */
#ifndef TELSIEVE_RECORD_CONTACT_LEXICON_H
#define TELSIEVE_RECORD_CONTACT_LEXICON_H

#include "core/str.h"

#include <stdint.h>

struct lexicon_word {
    struct str text;
    uint32_t roles;
};

#define LEXICON_PAIRS 4096
#define LEXICON_MAX (UINT16_MAX - 1) /* words */

/* A lexicon of no words is all zero. */
struct lexicon {
    struct lexicon_word *ends;      /* by last byte, longest first; they own the texts */
    struct lexicon_word *begins;    /* the same words by first byte, longest first */
    size_t n;
    bool has_digits;                /* a word has an ASCII digit */
    uint16_t by_last[257];          /* words ending in byte b: ends[by_last[b]] to ends[by_last[b + 1]], exclusive */
    uint16_t by_first[257];
    uint32_t roles[LEXICON_PAIRS];  /* of all words whose last two bytes are this pair: nearly everywhere none */
};

/* Build from `n` words (at most LEXICON_MAX) on the heap, none empty, which it takes over; a word that occurs twice has
 * the roles of both. Returns 0, or -TS_ENOMEM: then lexicon_fini frees what was taken. */
int lexicon_build(struct lexicon *lexicon, struct lexicon_word *words, size_t n);
void lexicon_fini(struct lexicon *lexicon);

/* The place of two bytes in `roles`; no two Han characters of one lead byte share one. */
static inline size_t lexicon_pair(unsigned char first, unsigned char second)
{
    return ((size_t)first << 6 ^ second) % LEXICON_PAIRS;
}

const struct lexicon_word *lexicon_search_before(const struct lexicon *lexicon, const char *start, const char *at,
                                                 uint32_t roles);

/* The longest word that ends at `at` (not before `start`) and has one of `roles`; NULL when there is none. One that
 * begins with a letter or digit stands alone. */
static inline const struct lexicon_word *lexicon_before(const struct lexicon *lexicon, const char *start,
                                                        const char *at, uint32_t roles)
{
    if (at - start >= 2 && (lexicon->roles[lexicon_pair((unsigned char)at[-2], (unsigned char)at[-1])] & roles) == 0)
        return NULL;
    return lexicon_search_before(lexicon, start, at, roles);
}

/* The length of the longest word with one of these roles that stands at `at`; 0 when none does. */
size_t lexicon_at(const struct lexicon *lexicon, const char *at, const char *end, uint32_t roles);

#endif
