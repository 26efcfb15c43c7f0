/* span.c - binary searches in the matches of one set. */
#include "match/span.h"

const struct match *span_from_sentence(struct span span, uint32_t sentence)
{
    while (span.p < span.end) {
        const struct match *mid = span.p + (span.end - span.p) / 2;
        if (mid->field < CANON_TEXT || (mid->field == CANON_TEXT && mid->sentence < sentence))
            span.p = mid + 1;
        else
            span.end = mid;
    }
    return span.p;
}

const struct match *span_from_char(struct span text, uint32_t chars)
{
    while (text.p < text.end) {
        const struct match *mid = text.p + (text.end - text.p) / 2;
        if (mid->char_start < chars)
            text.p = mid + 1;
        else
            text.end = mid;
    }
    return text.p;
}

struct span span_text(const struct eval *eval, uint32_t set)
{
    struct span all = span_of_set(&eval->view, set);
    struct span text = {span_from_sentence(all, 0), span_from_sentence(all, UINT32_MAX)};

    if (!eval_is_narrow(eval))
        return text;
    return (struct span){span_from_char(text, eval->from), span_from_char(text, eval->to)};
}

static bool has(struct span span, uint8_t polarity)
{
    for (; span.p < span.end; span.p++) {
        if ((span.p->polarity & polarity) != 0)
            return true;
    }
    return false;
}

bool span_has(const struct eval *eval, uint32_t set, uint8_t polarity)
{
    struct span all = span_of_set(&eval->view, set);

    if (!eval_is_narrow(eval))
        return has(all, polarity);
    return has((struct span){all.p, span_from_sentence(all, 0)}, polarity) || has(span_text(eval, set), polarity);
}
