/* sequence.h - from the anchor that Hyperscan found to the whole fragment: steps to its left and right, gaps, numbers.
 *
 * The search is complete: when any way of placing the steps around this anchor exists, one is found. The cost is
 * bounded by steps × reachable bytes × alternatives, whatever the text.
 * Threads: a struct sequence is working memory of one worker. */
#ifndef TELSIEVE_MATCH_SEQUENCE_H
#define TELSIEVE_MATCH_SEQUENCE_H

#include "match/sequence_filter.h"

/* A number (#) is at most this many characters. */
#define SEQUENCE_NUMBER_CHARS 24

struct sequence_states {
    uint64_t plain, disguised;
};

struct sequence {
    struct sequence_states *now, *next; /* per byte of distance from the anchor: states reached (sequence.c) */
    size_t reach;         /* their length */
};

void sequence_init(struct sequence *work);
void sequence_fini(struct sequence *work);

/* Bytes that `fragment` can reach to one side of its anchor, at most; and room for that much. */
size_t sequence_reach(const struct fragment *fragment);
int sequence_reserve(struct sequence *work, size_t reach); /* 0 or -TS_ENOMEM */

/* Bytes of its longest run of steps without a gap between, at most. */
uint32_t sequence_longest_run(const struct fragment *fragment);

struct sequence_span {
    uint32_t start, end; /* bytes of canon.buf */
    bool disguised;      /* symbols stand inside one of its pieces */
};

/* The tightest placement of the fragment's steps around its anchor at [start, end) of `field`; optional words and
 * digits that adjoin it are taken in. False when there is none. sequence_reach(fragment) bytes must be reserved. */
bool sequence_extend(struct sequence *work, const struct fragment *fragment, const struct sequence_filter *filters,
                     const struct canon *canon, enum canon_field field, uint32_t start, uint32_t end,
                     struct sequence_span *out);

/* Is there any? The same answer for less: mostly the nearest word on each side tells. */
bool sequence_holds(struct sequence *work, const struct fragment *fragment, const struct sequence_filter *filters,
                    const struct canon *canon, enum canon_field field, uint32_t start, uint32_t end);

#endif
