/* span.h - the matches of one set, and those of them that lie in a stretch of the text.
 *
 * Matches of a set ascend by place: other fields first, then the text, there also by sentence and character. What
 * cannot count is jumped over by binary search, so that a text of one phrase a thousand times costs no square of a
 * thousand. */
#ifndef TELSIEVE_MATCH_SPAN_H
#define TELSIEVE_MATCH_SPAN_H

#include "match/expression.h"

struct span {
    const struct match *p, *end;
};

/* All matches of a set. */
static inline struct span span_of_set(const struct match_view *view, uint32_t set)
{
    const struct match *first = view->matches + view->set_first[set];

    return (struct span){first, first + view->set_count[set]};
}

static inline bool eval_is_narrow(const struct eval *eval)
{
    return eval->from > 0 || eval->to < UINT32_MAX;
}

/* The first match of the text that is in this sentence or behind it; UINT32_MAX: behind the text. */
const struct match *span_from_sentence(struct span span, uint32_t sentence);

/* The first match of a span of the text that begins at this character or behind it. */
const struct match *span_from_char(struct span text, uint32_t chars);

/* The matches in the text that begin within the stretch eval.from … eval.to. */
struct span span_text(const struct eval *eval, uint32_t set);

/* Is there one of these polarities within the stretch, or in another field? */
bool span_has(const struct eval *eval, uint32_t set, uint8_t polarity);

#endif
