/* sequence.c - a walk over sets of states, once to the right of the anchor and once to its left.
 *
 * Steps joined without a gap make a *run*: it is compared as one literal, so a break inside it may disguise it or take
 * it apart (canon_broken). A state is: how far from the anchor, what breaks the anchor's own run has seen on this side,
 * what breaks the run being read has seen, and whether an earlier run was disguised. The breaks seen are one of seven
 * kinds, so the states of one distance are bits of two words and the number of states is bounded. Left and right meet
 * only in the anchor's run: its breaks are added up at the end.
 */
#include "match/sequence.h"

#include "match/sequence_neighbour.h"
#include "match/sequence_piece.h"
#include "match/sequence_plain.h"

#include <stdlib.h>

#define STATE(anchor, run) (UINT64_C(1) << ((anchor) * 8 + (run)))

void sequence_init(struct sequence *work)
{
    *work = (struct sequence){0};
}

void sequence_fini(struct sequence *work)
{
    free(work->now);
    free(work->next);
    *work = (struct sequence){0};
}

static size_t longest_piece(const struct step *step)
{
    size_t longest = step->kind == STEP_NUMBER ? 4 * SEQUENCE_NUMBER_CHARS : 0;

    for (size_t k = 0; k < step->nalt; k++)
        longest = step->alt[k].n > longest ? step->alt[k].n : longest;
    return longest;
}

size_t sequence_reach(const struct fragment *fragment)
{
    size_t reach = 1;

    for (size_t i = 0; i < fragment->nsteps; i++) {
        const struct step *step = &fragment->steps[i];

        reach += longest_piece(step) + (step->gap > 0 ? 4 * (size_t)step->gap : 0);
    }
    return reach;
}

uint32_t sequence_longest_run(const struct fragment *fragment)
{
    size_t longest = 0, run = 0;

    for (size_t i = 0; i < fragment->nsteps; i++) {
        run = (fragment->steps[i].gap < 0 ? run : 0) + longest_piece(&fragment->steps[i]);
        longest = run > longest ? run : longest;
    }
    return (uint32_t)longest;
}

int sequence_reserve(struct sequence *work, size_t reach)
{
    struct sequence_states *now, *next;

    if (reach <= work->reach)
        return 0;
    now = calloc(reach, sizeof(*now));
    next = calloc(reach, sizeof(*next));
    if (now == NULL || next == NULL) {
        free(now);
        free(next);
        return -TS_ENOMEM;
    }
    sequence_fini(work);
    *work = (struct sequence){now, next, reach};
    return 0;
}

/* ---- one side ---------------------------------------------------------------------------------------------- */

static uint64_t read_states(uint64_t states, unsigned inside, unsigned joined)
{
    uint64_t out = 0;

    for (; states != 0; states &= states - 1) {
        unsigned state = (unsigned)__builtin_ctzll(states), run = state % 8;
        out |= STATE(state / 8, run == SEEN_NOTHING_YET ? inside : breaks_both(run, joined));
    }
    return out;
}

static void reach_states(struct side *side, uint32_t distance, struct sequence_states states)
{
    side->work->next[distance].plain |= states.plain;
    side->work->next[distance].disguised |= states.disguised;
    if (side->used < distance + 1)
        side->used = distance + 1;
}

/* The states at `distance`, after reading a piece of `bytes`. */
static void read_piece(struct side *side, struct sequence_states states, uint32_t distance, uint32_t bytes)
{
    uint32_t near_end = side_at(side, distance), far_end = side_at(side, distance + bytes);
    uint32_t from = side->left ? far_end : near_end, to = side->left ? near_end : far_end;
    unsigned inside = breaks_in(side->canon, side->field, from, to);
    /* a run goes on across the border on the near side, so a break exactly there counts too */
    unsigned joined = breaks_in(side->canon, side->field, side->left ? from : from - 1, side->left ? to + 1 : to);

    reach_states(side, distance + bytes,
                 (struct sequence_states){read_states(states.plain, inside, joined),
                                          read_states(states.disguised, inside, joined)});
}

static bool no_states(struct sequence_states states)
{
    return (states.plain | states.disguised) == 0;
}

/* The run ends: taken apart it is no match, else it is remembered. `first`: it was the anchor's. */
static struct sequence_states close_run(struct sequence_states states, bool first)
{
    struct sequence_states out = {0};

    for (uint64_t all = states.plain | states.disguised; all != 0; all &= all - 1) {
        uint64_t bit = all & -all;
        unsigned state = (unsigned)__builtin_ctzll(all), anchor = state / 8, run = state % 8;

        if (!first && run != SEEN_NOTHING_YET && breaks_apart(run))
            continue;
        if (first)
            anchor = run;
        if ((states.plain & bit) != 0 && (first || run != SEEN_DISGUISE))
            out.plain |= STATE(anchor, SEEN_NOTHING_YET);
        else
            out.disguised |= STATE(anchor, SEEN_NOTHING_YET);
    }
    return out;
}

/* Up to `gap` characters may stand between: every state spreads over them, from now into next. */
static void spread(struct side *side, unsigned gap, bool first_run)
{
    uint32_t used = side->used;

    for (uint32_t d = 0; d < used; d++) {
        struct sequence_states states = side->work->now[d];
        uint32_t to = d;

        if (no_states(states))
            continue;
        states = close_run(states, first_run);
        side->work->now[d] = (struct sequence_states){0};
        for (unsigned chars = 0; !no_states(states); chars++) {
            bool sentence_end = false;
            uint32_t bytes = side_next_char(side, to, &sentence_end);

            reach_states(side, to, states);
            if (chars == gap || bytes == 0 || sentence_end)
                break;
            to += bytes;
        }
    }
}

static void swap_states(struct sequence *work)
{
    struct sequence_states *now = work->now;

    work->now = work->next;
    work->next = now;
}

static void read_step(struct side *side, const struct step *step, const struct sequence_filter *filter,
                      uint32_t distance, struct sequence_states states)
{
    struct side_number number = {0};

    if (step->optional)
        reach_states(side, distance, states);
    if (side_may_have_word(side, filter, distance))
        for (size_t i = 0; i < step->nalt; i++)
            if (side_has_word(side, step->alt[i], distance))
                read_piece(side, states, distance, (uint32_t)step->alt[i].n);
    if (step->kind != STEP_NUMBER)
        return;
    for (uint32_t bytes; (bytes = side_next_number(side, distance, &number)) > 0;)
        read_piece(side, states, distance, bytes);
}

/* The nearest end of this side for each kind of breaks seen in the anchor's run; UINT32_MAX where there is none. */
struct reached {
    uint32_t distance[SEEN_KINDS];
    bool disguised[SEEN_KINDS];
};

static void collect(const struct side *side, bool first_run, struct reached *out)
{
    for (unsigned i = 0; i < SEEN_KINDS; i++)
        out->distance[i] = UINT32_MAX;
    for (uint32_t d = 0; d < side->used; d++) {
        struct sequence_states states = side->work->now[d];

        if (!no_states(states))
            states = close_run(states, first_run);
        for (unsigned anchor = 0; !no_states(states) && anchor < SEEN_KINDS; anchor++) {
            uint64_t bit = STATE(anchor, SEEN_NOTHING_YET);
            if (((states.plain | states.disguised) & bit) == 0 || out->distance[anchor] != UINT32_MAX)
                continue;
            out->distance[anchor] = d;
            out->disguised[anchor] = (states.plain & bit) == 0;
        }
    }
}

static void walk(struct side *side, const struct fragment *fragment, const struct sequence_filter *filters,
                 struct reached *out)
{
    struct sequence *work = side->work;
    bool first_run = true;
    size_t i = fragment->anchor, n = side->left ? fragment->anchor : fragment->nsteps - 1 - fragment->anchor;

    side->used = 1;
    work->now[0].plain = STATE(SEEN_NONE, SEEN_NONE);
    while (n-- > 0) {
        /* a gap belongs to the step behind it, which walking left is the one just read */
        int gap = fragment->steps[side->left ? i : i + 1].gap;
        uint32_t used;

        i = side->left ? i - 1 : i + 1;
        if (gap >= 0) {
            spread(side, (unsigned)gap, first_run);
            swap_states(work);
            first_run = false;
        }
        used = side->used;
        for (uint32_t d = 0; d < used; d++) {
            if (!no_states(work->now[d]))
                read_step(side, &fragment->steps[i], &filters[i], d, work->now[d]);
            work->now[d] = (struct sequence_states){0};
        }
        swap_states(work);
    }
    collect(side, first_run, out);
    memset(work->now, 0, side->used * sizeof(*work->now));
}

static bool is_reached(const struct reached *reached)
{
    for (unsigned i = 0; i < SEEN_KINDS; i++)
        if (reached->distance[i] != UINT32_MAX)
            return true;
    return false;
}

/* ---- both sides -------------------------------------------------------------------------------------------- */

/* Optional words and digits next to the match belong to what a reader would point at. */
static void take_in(struct sequence_span *span, const struct fragment *fragment, const struct canon *canon,
                    enum canon_field field)
{
    const char *first = canon->buf + canon->start[field], *last = canon->buf + canon->end[field];

    for (size_t i = 0; i + 1 < fragment->nsteps && fragment->steps[i].optional; i++) {
        if (fragment->steps[i + 1].gap >= 0)
            break;
        for (size_t k = 0; k < fragment->steps[i].nalt; k++) {
            struct str alt = fragment->steps[i].alt[k];
            const char *p = canon->buf + span->start;

            if (alt.n == 0 || (size_t)(p - first) < alt.n || memcmp(p - alt.n, alt.p, alt.n) != 0 ||
                breaks_in(canon, field, span->start - (uint32_t)alt.n, span->start + 1) != SEEN_NONE)
                continue;
            span->start -= (uint32_t)alt.n;
            break;
        }
    }
    if (fragment->steps[0].kind == STEP_NUMBER)
        span->start -= piece_digits_before(canon->buf + span->start, first);
    if (fragment->steps[fragment->nsteps - 1].kind == STEP_NUMBER)
        span->end += piece_number_behind(canon->buf + span->end, last);
}

static bool join(const struct reached *left, unsigned anchor, const struct reached *right, uint32_t start, uint32_t end,
                 struct sequence_span *out)
{
    uint64_t best = UINT64_MAX;

    for (unsigned l = 0; l < SEEN_KINDS; l++) {
        for (unsigned r = 0; left->distance[l] != UINT32_MAX && r < SEEN_KINDS; r++) {
            uint64_t length = (uint64_t)left->distance[l] + right->distance[r];
            unsigned run;

            if (right->distance[r] == UINT32_MAX || length >= best)
                continue;
            run = breaks_both(breaks_both(l, anchor), r);
            if (breaks_apart(run))
                continue;
            best = length;
            out->start = start - left->distance[l];
            out->end = end + right->distance[r];
            out->disguised = run == SEEN_DISGUISE || left->disguised[l] || right->disguised[r];
        }
    }
    return best != UINT64_MAX;
}

/* The way from the anchor between the two sides, whose neighbours may be there. */
static bool extend(struct side *before, struct side *behind, const struct fragment *fragment,
                   const struct sequence_filter *filters, struct sequence_span *out)
{
    unsigned anchor = breaks_in(before->canon, before->field, before->origin, behind->origin);
    struct reached left, right;
    enum plain plain;

    if (fragment->nsteps == 1) {
        *out = (struct sequence_span){before->origin, behind->origin, anchor == SEEN_DISGUISE};
        return !breaks_apart(anchor);
    }
    if (anchor == SEEN_NONE && (plain = sequence_plain(before, behind, fragment, filters, out)) != PLAIN_UNSURE) {
        if (plain == PLAIN_THERE)
            take_in(out, fragment, before->canon, before->field);
        return plain == PLAIN_THERE;
    }
    walk(before, fragment, filters, &left);
    if (!is_reached(&left))
        return false;
    walk(behind, fragment, filters, &right);
    if (!join(&left, anchor, &right, before->origin, behind->origin, out))
        return false;
    take_in(out, fragment, before->canon, before->field);
    return true;
}

bool sequence_extend(struct sequence *work, const struct fragment *fragment, const struct sequence_filter *filters,
                     const struct canon *canon, enum canon_field field, uint32_t start, uint32_t end,
                     struct sequence_span *out)
{
    struct side before = {work, canon, field, start, start - canon->start[field], true, 0};
    struct side behind = {work, canon, field, end, canon->end[field] - end, false, 0};

    return sequence_neighbours(&before, &behind, fragment, filters) != NEIGHBOUR_NONE &&
           extend(&before, &behind, fragment, filters, out);
}

bool sequence_holds(struct sequence *work, const struct fragment *fragment, const struct sequence_filter *filters,
                    const struct canon *canon, enum canon_field field, uint32_t start, uint32_t end)
{
    struct side before = {work, canon, field, start, start - canon->start[field], true, 0};
    struct side behind = {work, canon, field, end, canon->end[field] - end, false, 0};
    enum neighbour neighbours = sequence_neighbours(&before, &behind, fragment, filters);
    struct sequence_span span;

    if (neighbours == NEIGHBOUR_THERE && fragment->anchor < 2 && fragment->nsteps - fragment->anchor < 3 &&
        breaks_in(canon, field, start, end) == SEEN_NONE)
        return true;
    return neighbours != NEIGHBOUR_NONE && extend(&before, &behind, fragment, filters, &span);
}
