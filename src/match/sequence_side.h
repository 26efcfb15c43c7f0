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
    uint32_t bytes = 1;

    if (distance >= side->limit)
        return 0;
    if (side->left)
        while (((unsigned char)*--p & 0xC0) == 0x80)
            bytes++;
    else
        bytes = segment_char_bytes(p);
    *sentence_end = canon_is_sentence_end(p);
    return bytes;
}

#endif
