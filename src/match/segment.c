/* segment.c - one walk over the text; clause separators that canon dropped are met in its list of breaks. */
#include "match/segment.h"

#include <stdlib.h>

void segments_init(struct segments *segments)
{
    *segments = (struct segments){0};
}

void segments_fini(struct segments *segments)
{
    free(segments->sentences);
    free(segments->clauses);
    *segments = (struct segments){0};
}

static int reserve(struct segments *segments, size_t n)
{
    size_t cap = segments->cap > 0 ? segments->cap : 64;
    uint32_t *sentences, *clauses;

    if (n <= segments->cap)
        return 0;
    while (cap < n)
        cap *= 2;
    sentences = realloc(segments->sentences, cap * sizeof(*sentences));
    if (sentences != NULL)
        segments->sentences = sentences;
    clauses = realloc(segments->clauses, cap * sizeof(*clauses));
    if (clauses != NULL)
        segments->clauses = clauses;
    if (sentences == NULL || clauses == NULL)
        return -TS_ENOMEM;
    segments->cap = cap;
    return 0;
}

static bool is_clause_separator(const char *p, const char *end)
{
    if (*p == ',' || *p == ':' || *p == '\n')
        return true;
    return end - p >= 3 && p[0] == '\xE3' && p[1] == '\x80' && p[2] == '\x81'; /* 、 */
}

int segments_cut(struct segments *segments, const struct canon *canon)
{
    const char *base = canon->buf, *end = base + canon->end[CANON_TEXT];
    uint32_t at = canon->start[CANON_TEXT];
    unsigned sentence_chars = 0, clause_chars = 0, separators = 0;
    size_t b = 0;

    /* every character could end one of each */
    if (reserve(segments, canon->end[CANON_TEXT] - at + 2) != 0)
        return -TS_ENOMEM;
    segments->nsentences = segments->nclauses = 0;
    segments->sentences[segments->nsentences++] = at;
    segments->clauses[segments->nclauses++] = at;
    while (base + at < end) {
        const char *p = base + at;
        uint32_t next = at + segment_char_bytes(p);
        bool separated = canon_is_sentence_end(p) || is_clause_separator(p, end);
        bool sentence = canon_is_sentence_end(p) || ++sentence_chars >= SEGMENT_SENTENCE_CHARS;
        bool clause = sentence || separated || ++clause_chars >= SEGMENT_CLAUSE_CHARS;

        while (b < canon->nbreaks && canon->breaks[b].at < next)
            b++;
        if (b < canon->nbreaks && canon->breaks[b].at == next && canon->breaks[b].clause)
            clause = separated = true;
        separators += separated && base + next < end;
        at = next;
        if (clause && base + at < end) {
            segments->clauses[segments->nclauses++] = at;
            clause_chars = 0;
        }
        if (sentence && base + at < end) {
            segments->sentences[segments->nsentences++] = at;
            sentence_chars = 0;
        }
    }
    segments->run_on = canon->chars > SEGMENT_RUN_ON_CHARS * separators;
    segments->sentences[segments->nsentences] = segments->clauses[segments->nclauses] = canon->end[CANON_TEXT];
    return 0;
}

static uint32_t find(const uint32_t *starts, size_t n, uint32_t at)
{
    size_t lo = 0, hi = n;

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (starts[mid] <= at)
            lo = mid;
        else
            hi = mid;
    }
    return (uint32_t)lo;
}

uint32_t segments_sentence(const struct segments *segments, uint32_t at)
{
    return find(segments->sentences, segments->nsentences, at);
}

uint32_t segments_clause(const struct segments *segments, uint32_t at)
{
    return find(segments->clauses, segments->nclauses, at);
}
