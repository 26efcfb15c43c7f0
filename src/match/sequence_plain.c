/* sequence_plain.c - the distances that a step ends at are a bit each. Where the windows of a gap overlap, each place
 * is looked at once. */
#include "match/sequence_plain.h"
#include "match/sequence_piece.h"

#define WORDS 8
#define FARTHEST (64 * WORDS - 1)

struct distances {
    uint64_t bits[WORDS];
};

static bool has_distance(const struct distances *distances, uint32_t distance)
{
    return (distances->bits[distance / 64] >> distance % 64 & 1) != 0;
}

/* The first from `from` on; UINT32_MAX: none. */
static uint32_t first_distance(const struct distances *distances, uint32_t from)
{
    uint64_t bits;

    if (from > FARTHEST)
        return UINT32_MAX;
    bits = distances->bits[from / 64] & UINT64_MAX << from % 64;
    for (uint32_t word = from / 64;; bits = distances->bits[word]) {
        if (bits != 0)
            return 64 * word + (uint32_t)__builtin_ctzll(bits);
        if (++word == WORDS)
            return UINT32_MAX;
    }
}

/* One step, read from the places that the steps before it end at. */
struct reading {
    const struct side *side;
    const struct step *step;
    const struct sequence_filter *filter;
    int gap; /* between them and the step */
    struct distances ends;
    uint32_t nearest; /* of them */
};

static void add_end(struct reading *reading, uint32_t distance)
{
    reading->ends.bits[distance / 64] |= UINT64_C(1) << distance % 64;
    reading->nearest = distance < reading->nearest ? distance : reading->nearest;
}

/* A piece of `bytes` stands there. False: a break does too, or it is too far. */
static bool add_piece(struct reading *reading, uint32_t distance, uint32_t bytes)
{
    const struct side *side = reading->side;
    uint32_t near_end = side_at(side, distance), far_end = side_at(side, distance + bytes);
    uint32_t from = side->left ? far_end : near_end, to = side->left ? near_end : far_end;

    if (reading->gap < 0) { /* one run with the piece before: a break exactly there counts too */
        from -= !side->left;
        to += side->left;
    }
    if (distance + bytes > FARTHEST || breaks_in(side->canon, side->field, from, to) != SEEN_NONE)
        return false;
    add_end(reading, distance + bytes);
    return true;
}

static bool read_here(struct reading *reading, uint32_t distance)
{
    const struct step *step = reading->step;
    struct side_number number = {0};
    bool plain = true;

    if (step->optional)
        add_end(reading, distance);
    if (side_may_have_word(reading->side, reading->filter, distance))
        for (size_t i = 0; i < step->nalt && plain; i++)
            if (side_has_word(reading->side, step->alt[i], distance))
                plain = add_piece(reading, distance, (uint32_t)step->alt[i].n);
    if (step->kind != STEP_NUMBER)
        return plain;
    for (uint32_t bytes; plain && (bytes = side_next_number(reading->side, distance, &number)) > 0;)
        plain = add_piece(reading, distance, bytes);
    return plain;
}

/* At each of the places `from` and up to `gap` characters behind them, within the sentence. Of the last step only the
 * nearest end matters, which is behind the place it is read from. */
static bool read_all(struct reading *reading, const struct distances *from, bool last)
{
    int left = reading->gap;

    for (uint32_t at = first_distance(from, 0); at != UINT32_MAX && !(last && at >= reading->nearest);) {
        bool sentence_end = false;
        uint32_t bytes = 0;

        if (!read_here(reading, at))
            return false;
        if (left > 0)
            bytes = side_next_char(reading->side, at, &sentence_end);
        if (bytes == 0 || sentence_end) {
            at = first_distance(from, at + 1);
            left = reading->gap;
            continue;
        }
        at += bytes;
        if (at > FARTHEST)
            return false;
        left = has_distance(from, at) ? reading->gap : left - 1;
    }
    return true;
}

static enum plain read_side(const struct side *side, const struct fragment *fragment,
                            const struct sequence_filter *filters, uint32_t *distance)
{
    size_t i = fragment->anchor, n = side->left ? fragment->anchor : fragment->nsteps - 1 - fragment->anchor;
    struct distances ends = {{1}};

    for (; n > 0; n--) {
        /* a gap belongs to the step behind it, which walking left is the one just read */
        int gap = fragment->steps[side->left ? i : i + 1].gap;
        struct reading reading;

        i = side->left ? i - 1 : i + 1;
        reading = (struct reading){.side = side, .step = &fragment->steps[i], .filter = &filters[i], .gap = gap,
                                   .nearest = UINT32_MAX};
        if (!read_all(&reading, &ends, n == 1))
            return PLAIN_UNSURE;
        ends = reading.ends;
    }
    *distance = first_distance(&ends, 0);
    return *distance != UINT32_MAX ? PLAIN_THERE : PLAIN_NONE;
}

enum plain sequence_plain(const struct side *before, const struct side *behind, const struct fragment *fragment,
                          const struct sequence_filter *filters, struct sequence_span *out)
{
    uint32_t left, right;
    enum plain plain = read_side(before, fragment, filters, &left);

    if (plain == PLAIN_THERE)
        plain = read_side(behind, fragment, filters, &right);
    if (plain == PLAIN_THERE)
        *out = (struct sequence_span){before->origin - left, behind->origin + right, false};
    return plain;
}
