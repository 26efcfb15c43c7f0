/* sequence_filter.h - can the step next to an anchor stand there at all? Most anchors stand alone in a text (退款 in a
 * lawful notice), and this tells so by the hash of a few bytes, before anything is walked.
 *
 * Threads: immutable once made. */
#ifndef TELSIEVE_MATCH_SEQUENCE_FILTER_H
#define TELSIEVE_MATCH_SEQUENCE_FILTER_H

#include "match/fragment.h"

/* How the words of a step begin (or end): hashes of 6 bytes, which are two Han characters, or of 3 or 1 when the word
 * is shorter; two bits each. */
struct sequence_edges {
    uint64_t bits[4];
    bool six, three, one; /* is there a word of that kind? */
};

struct sequence_filter {
    struct sequence_edges first, last;
    bool any; /* anything may stand there: an optional step, a number */
};

/* A filter per step of `fragment`, in the arena; NULL when memory is exhausted. */
struct sequence_filter *sequence_filters(struct arena *arena, const struct fragment *fragment);

/* Does `word` end (left) or begin (right) at p? `room` is what the field has on that side. Most places differ within
 * four bytes, and a call of memcmp costs more than looking at them. */
static inline bool word_stands_left(struct str word, const char *p, size_t room)
{
    uint32_t here, there;

    if (word.n == 0 || word.n > room)
        return false;
    if (word.n < sizeof(here))
        return memcmp(p - word.n, word.p, word.n) == 0;
    memcpy(&here, p - sizeof(here), sizeof(here));
    memcpy(&there, word.p + word.n - sizeof(there), sizeof(there));
    return here == there && memcmp(p - word.n, word.p, word.n) == 0;
}

static inline bool word_stands_right(struct str word, const char *p, size_t room)
{
    uint32_t here, there;

    if (word.n == 0 || word.n > room)
        return false;
    if (word.n < sizeof(here))
        return memcmp(p, word.p, word.n) == 0;
    memcpy(&here, p, sizeof(here));
    memcpy(&there, word.p, sizeof(there));
    return here == there && memcmp(p, word.p, word.n) == 0;
}

/* May a word of the filtered step end (left) or begin (right) at p? False is certain. At p - room begins, and at
 * p + room ends, the field; eight bytes from p on are readable (canon.buf). */
bool filter_may_stand_left(const struct sequence_filter *filter, const char *p, size_t room);
bool filter_may_stand_right(const struct sequence_filter *filter, const char *p);

/* The nearest word of `step` within `gap` characters (below 1: right there) of p, in its sentence, as it stands in the
 * text; p NULL: none. Breaks are not looked at, so a word that is there is only "perhaps". */
struct str filter_neighbour_left(const struct sequence_filter *filter, const struct step *step, const char *p,
                                 size_t room, int gap);
struct str filter_neighbour_right(const struct sequence_filter *filter, const struct step *step, const char *p,
                                  size_t room, int gap);

#endif
