/* sequence_neighbour.c - by the filters; a number is looked for digit by digit. */
#include "match/sequence_neighbour.h"

#include "match/sequence_piece.h"

/* A run that a break stands in may be taken apart, and then another place may do. */
static enum neighbour judge_place(const struct side *side, struct str word, int gap)
{
    uint32_t from = (uint32_t)(word.p - side->canon->buf), to = from + (uint32_t)word.n;

    if (gap < 0) { /* one run with the anchor */
        from = from < side->origin ? from : side->origin;
        to = to > side->origin ? to : side->origin;
        from -= !side->left; /* a break exactly there counts too */
        to += side->left;
    }
    return breaks_in(side->canon, side->field, from, to) == SEEN_NONE ? NEIGHBOUR_THERE : NEIGHBOUR_PERHAPS;
}

/* A number begins with a digit, and one digit is one. It ends with a digit or a unit. */
static enum neighbour find_number(const struct side *side, int gap)
{
    enum neighbour found = NEIGHBOUR_NONE;
    uint32_t distance = 0, bytes;
    bool sentence_end = false;

    for (int chars = 0; (bytes = side_next_char(side, distance, &sentence_end)) > 0; chars++) {
        const char *p = side->canon->buf + side_at(side, distance) - (side->left ? bytes : 0);
        enum number_char kind = piece_number_char(p, p + bytes);

        if (kind == NUMBER_CHAR_DIGIT)
            return judge_place(side, (struct str){p, bytes}, gap);
        if (kind == NUMBER_CHAR_UNIT && side->left)
            found = NEIGHBOUR_PERHAPS;
        if (chars >= gap || sentence_end)
            break;
        distance += bytes;
    }
    return found;
}

static enum neighbour find_neighbour(const struct side *side, const struct fragment *fragment,
                                     const struct sequence_filter *filters)
{
    size_t i = side->left ? fragment->anchor - 1 : fragment->anchor + 1;
    int gap = fragment->steps[side->left ? i + 1 : i].gap;
    const char *p = side->canon->buf + side->origin;
    struct str word;

    if (fragment->steps[i].kind == STEP_NUMBER && !fragment->steps[i].optional)
        return find_number(side, gap);
    if (filters[i].any)
        return NEIGHBOUR_PERHAPS;
    word = side->left ? filter_neighbour_left(&filters[i], &fragment->steps[i], p, side->limit, gap)
                      : filter_neighbour_right(&filters[i], &fragment->steps[i], p, side->limit, gap);
    return word.n == 0 ? NEIGHBOUR_NONE : judge_place(side, word, gap);
}

/* The narrower side is asked first. */
enum neighbour sequence_neighbours(const struct side *before, const struct side *behind,
                                   const struct fragment *fragment, const struct sequence_filter *filters)
{
    bool left = fragment->anchor > 0, right = fragment->anchor + 1 < fragment->nsteps;
    const struct step *anchor = &fragment->steps[fragment->anchor];
    bool right_first = left && right && anchor[1].gap < anchor->gap;
    enum neighbour worst = NEIGHBOUR_THERE, one;

    for (int i = 0; i < 2 && worst != NEIGHBOUR_NONE; i++) {
        const struct side *side = (i == 0) == right_first ? behind : before;

        if (!(side->left ? left : right))
            continue;
        one = find_neighbour(side, fragment, filters);
        worst = one < worst ? one : worst;
    }
    return worst;
}
