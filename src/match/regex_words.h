/* regex_words.h - lists of strings that a part of a regular expression stands for, and how often texts have them.
 * Private to regex_anchor.c.
 *
 * A list of none means: not known, or more than REGEX_ANCHOR_MAX. Ownership: all live in the arena. */
#ifndef TELSIEVE_MATCH_REGEX_WORDS_H
#define TELSIEVE_MATCH_REGEX_WORDS_H

#include "match/regex_anchor.h"

struct word_maker {
    struct arena *arena;
    bool out_of_memory; /* sticky: lists are not known from then on */
};

struct regex_anchors regex_words_one(struct word_maker *maker, const char *p, size_t n);

/* Every character from one code point to another. */
struct regex_anchors regex_words_range(struct word_maker *maker, uint32_t from, uint32_t to);

/* Every string of a with every one of b behind it. */
struct regex_anchors regex_words_product(struct word_maker *maker, struct regex_anchors a, struct regex_anchors b);

/* The strings of both. */
struct regex_anchors regex_words_sum(struct word_maker *maker, struct regex_anchors a, struct regex_anchors b);

/* How many places of a text are to be expected to have one of them; far above 1 for words that Hyperscan should not
 * look for, and for none. */
double regex_words_places(struct regex_anchors list);
struct regex_anchors regex_words_rarer(struct regex_anchors a, struct regex_anchors b);

#endif
