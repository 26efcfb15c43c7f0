/* sequence_side.h - one side of an anchor: distances in bytes away from it. Private to sequence*.c. */
#ifndef TELSIEVE_MATCH_SEQUENCE_SIDE_H
#define TELSIEVE_MATCH_SEQUENCE_SIDE_H

#include "match/segment.h"
#include "match/sequence.h"

struct side {
    struct sequence *work;
    const struct canon *canon;
    enum canon_field field;
    uint32_t origin, limit; /* limit: the field's end on this side, as a distance */
    bool left;
    uint32_t used;          /* distances below this may have states */
};

static inline uint32_t side_at(const struct side *side, uint32_t distance)
{
    return side->left ? side->origin - distance : side->origin + distance;
}

/* Bytes of the next character away from the anchor, 0 at the field's end. *sentence_end when it ends a sentence. */
static inline uint32_t side_next_char(const struct side *side, uint32_t distance, bool *sentence_end)
{
    const char *p = side->canon->buf + side_at(side, distance);
    uint32_t bytes;

    if (distance >= side->limit)
        return 0;
    bytes = side->left ? segment_char_bytes_before(p) : segment_char_bytes(p);
    p -= side->left ? bytes : 0;
    *sentence_end = canon_is_sentence_end(p);
    return bytes;
}

static inline bool side_has_word(const struct side *side, struct str word, uint32_t distance)
{
    const char *p = side->canon->buf + side_at(side, distance);

    return side->left ? word_stands_left(word, p, side->limit - distance)
                      : word_stands_right(word, p, side->limit - distance);
}

static inline bool side_may_have_word(const struct side *side, const struct sequence_filter *filter, uint32_t distance)
{
    const char *p = side->canon->buf + side_at(side, distance);

    return side->left ? filter_may_stand_left(filter, p, side->limit - distance) : filter_may_stand_right(filter, p);
}

/* A number grows away from `distance`, a character a call: its next end that is one, 0 when there is none. Begin with
 * all zero. */
struct side_number {
    uint32_t chars, bytes;
};

uint32_t side_next_number(const struct side *side, uint32_t distance, struct side_number *number);

#endif
