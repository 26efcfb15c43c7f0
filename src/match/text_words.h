/* text_words.h - which words may a text have? A Bloom filter of how words could begin at each of its characters, made
 * once for a record that asks. Most phrases of several words are refused by it before anything is compared: their
 * anchor stands there (退款 in a lawful notice), and no other word of theirs does anywhere.
 *
 * Threads: a struct text_words belongs to one worker; needs are immutable. */
#ifndef TELSIEVE_MATCH_TEXT_WORDS_H
#define TELSIEVE_MATCH_TEXT_WORDS_H

#include "match/fragment.h"

#define TEXT_WORDS_CELLS 4096
#define TEXT_WORDS_ALWAYS TEXT_WORDS_CELLS /* a cell more, marked in every text */

struct text_words {
    uint8_t cells[TEXT_WORDS_CELLS + 1]; /* `now` where a word of the text may begin so */
    uint8_t now;                         /* of the text read last; so cells need no clearing for the next */
};

/* What a sequence needs besides its anchor: for each step that must be there the number of its words (below 65) and
 * their cells, of which one must be marked, and TEXT_WORDS_ALWAYS; steps with few words first, a 0 behind the last. */
typedef uint16_t text_need;

/* Those of `fragment`, in the arena. Sets *out to NULL when it needs nothing that can be told this way (a word alone,
 * numbers, optional steps). Returns 0 or -TS_ENOMEM. */
int text_needs_make(struct arena *arena, const struct fragment *fragment, const text_need **out);

/* Take in the text field of `canon`, and forget what was read before. All zero is a struct text_words. */
void text_words_read(struct text_words *words, const struct canon *canon);

/* Cells, a bit each. Add that of `word`; mark them all in what was read last. */
struct text_word_set {
    uint64_t cell[TEXT_WORDS_CELLS / 64];
};
void text_words_with(struct text_word_set *set, struct str word);
void text_words_mark(struct text_words *words, const struct text_word_set *set);

/* May a text with these words have what is needed? False is certain. */
static inline bool text_words_meet(const struct text_words *words, const text_need *needs)
{
    const uint8_t *cells = words->cells, now = words->now;

    for (size_t n; (n = *needs++) != 0; ) {
        const text_need *none = needs + n;

        while (cells[*needs] != now)
            needs++;
        if (needs == none)
            return false;
        needs = none + 1;
    }
    return true;
}

#endif
