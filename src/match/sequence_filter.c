/* sequence_filter.c - a Bloom filter of four words per step and direction: a hash chooses the word and two bits of it.
 * The six bytes at a place are one number, of which three and one bytes are parts. */
#include "match/sequence_filter.h"

#include "match/segment.h"
#include "match/word_bytes.h"

static inline uint64_t hash_of(uint64_t bytes)
{
    return bytes_hash(bytes, 14);
}

static inline bool has_hash(const struct sequence_edges *edges, uint64_t hash)
{
    uint64_t word = edges->bits[hash >> 12];

    return (word >> (hash & 63) & word >> (hash >> 6 & 63) & 1) != 0;
}

static void add_hash(struct sequence_edges *edges, uint64_t hash)
{
    edges->bits[hash >> 12] |= UINT64_C(1) << (hash & 63) | UINT64_C(1) << (hash >> 6 & 63);
}

/* ---- making ------------------------------------------------------------------------------------------------ */

static void add_word(struct sequence_filter *filter, struct str word)
{
    size_t n = word_bytes(word.n);

    if (word.n == 0)
        return;
    add_hash(&filter->first, hash_of(bytes_number(word.p, n)));
    add_hash(&filter->last, hash_of(bytes_number(word.p + word.n - n, n)));
    filter->first.six |= n == 6;
    filter->first.three |= n == 3;
    filter->first.one |= n == 1;
}

struct sequence_filter *sequence_filters(struct arena *arena, const struct fragment *fragment)
{
    struct sequence_filter *filters = arena_calloc(arena, fragment->nsteps + 1, sizeof(*filters));

    for (size_t i = 0; filters != NULL && i < fragment->nsteps; i++) {
        const struct step *step = &fragment->steps[i];

        filters[i].any = step->optional || step->kind == STEP_NUMBER;
        for (size_t k = 0; k < step->nalt; k++)
            add_word(&filters[i], step->alt[k]);
        filters[i].last.six = filters[i].first.six;
        filters[i].last.three = filters[i].first.three;
        filters[i].last.one = filters[i].first.one;
    }
    return filters;
}

/* ---- asking ------------------------------------------------------------------------------------------------ */

static inline bool may_end(const struct sequence_edges *edges, const char *p, size_t room)
{
    uint64_t six = 0;

    if (room >= 6) {
        uint32_t low;
        uint16_t high;

        memcpy(&low, p - 6, sizeof(low));
        memcpy(&high, p - 2, sizeof(high));
        six = (uint64_t)high << 32 | low;
    } else {
        six = bytes_number(p - room, room) << 8 * (6 - room);
    }
    return (edges->six && has_hash(edges, hash_of(six))) || (edges->three && has_hash(edges, hash_of(six >> 24))) ||
           (edges->one && has_hash(edges, hash_of(six >> 40)));
}

static inline bool may_begin(const struct sequence_edges *edges, const char *p)
{
    uint64_t bytes;

    memcpy(&bytes, p, sizeof(bytes));
    return (edges->six && has_hash(edges, hash_of(bytes & SIX_BYTES))) ||
           (edges->three && has_hash(edges, hash_of(bytes & THREE_BYTES))) ||
           (edges->one && has_hash(edges, hash_of(bytes & ONE_BYTE)));
}

bool filter_may_stand_left(const struct sequence_filter *filter, const char *p, size_t room)
{
    return may_end(&filter->last, p, room);
}

bool filter_may_stand_right(const struct sequence_filter *filter, const char *p)
{
    return may_begin(&filter->first, p);
}

static struct str word_left(const struct step *step, const char *p, size_t room)
{
    for (size_t i = 0; i < step->nalt; i++)
        if (word_stands_left(step->alt[i], p, room))
            return (struct str){p - step->alt[i].n, step->alt[i].n};
    return (struct str){0};
}

static struct str word_right(const struct step *step, const char *p, size_t room)
{
    for (size_t i = 0; i < step->nalt; i++)
        if (word_stands_right(step->alt[i], p, room))
            return (struct str){p, step->alt[i].n};
    return (struct str){0};
}

struct str filter_neighbour_left(const struct sequence_filter *filter, const struct step *step, const char *p,
                                 size_t room, int gap)
{
    const char *first = p - room;
    struct str word;

    for (;; gap--) {
        if (may_end(&filter->last, p, (size_t)(p - first)) && (word = word_left(step, p, (size_t)(p - first))).n > 0)
            return word;
        if (gap <= 0 || p == first)
            return (struct str){0};
        p -= segment_char_bytes_before(p);
        if (canon_is_sentence_end(p))
            return (struct str){0};
    }
}

struct str filter_neighbour_right(const struct sequence_filter *filter, const struct step *step, const char *p,
                                  size_t room, int gap)
{
    const char *end = p + room;
    struct str word;

    for (;; gap--) {
        if (may_begin(&filter->first, p) && (word = word_right(step, p, (size_t)(end - p))).n > 0)
            return word;
        if (gap <= 0 || p == end || canon_is_sentence_end(p))
            return (struct str){0};
        p += segment_char_bytes(p);
    }
}
