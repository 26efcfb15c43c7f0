/* polarity_mark.c - one scan with a small database, only in records that have hits; the marks are sorted, those within
 * a plain word set aside, and each linked to what sums up behind it and heads before it. */
#include "match/polarity_mark.h"

#include <stdlib.h>

static int collect(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    struct polarity_work *work = ctx;
    struct word_use use = work->polarity->uses[id];
    uint32_t end = work->offset + (uint32_t)to;

    (void)from, (void)flags;
    if (work->nmarks == work->cap) {
        size_t cap = work->cap > 0 ? 2 * work->cap : 64;
        struct polarity_mark *marks = realloc(work->marks, cap * sizeof(*marks));
        if (marks == NULL) {
            work->out_of_memory = true;
            return 1;
        }
        work->marks = marks;
        work->cap = cap;
    }
    work->marks[work->nmarks++] =
        (struct polarity_mark){.start = end - (uint32_t)work->polarity->words[id].n, .end = end, .kind = use.kind,
                               .pair = use.pair, .word = work->polarity->words[id]};
    return 0;
}

/* Marks by their end. The engine reports them nearly so: a few steps back at most. */
static void sort_marks(struct polarity_work *work)
{
    for (size_t i = 1; i < work->nmarks; i++) {
        struct polarity_mark mark = work->marks[i];
        size_t k = i;
        for (; k > 0 && work->marks[k - 1].end > mark.end; k--)
            work->marks[k] = work->marks[k - 1];
        work->marks[k] = mark;
    }
}

size_t polarity_mark_behind(const struct polarity_work *work, uint32_t at)
{
    size_t lo = 0, hi = work->nmarks;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (work->marks[mid].end > at)
            hi = mid;
        else
            lo = mid + 1;
    }
    return lo;
}

/* What stands within a plain word, or is it, means nothing. */
static void void_plain(struct polarity_work *work)
{
    for (size_t i = 0; i < work->nmarks; i++) {
        const struct polarity_mark *plain = &work->marks[i];
        if (plain->kind != WORD_PLAIN)
            continue;
        size_t k = polarity_mark_behind(work, plain->start);
        for (; k < work->nmarks && work->marks[k].end <= plain->end; k++)
            if (work->marks[k].kind != WORD_PLAIN && work->marks[k].start >= plain->start)
                work->marks[k].void_ = true;
    }
}

/* Each mark learns which one behind it sums up and which one before it is a heading, so that no hit has to look for
 * them; and do any tell of a scam? */
static void link_marks(struct polarity_work *work)
{
    uint32_t summing = (uint32_t)work->nmarks, heading = (uint32_t)work->nmarks;

    work->tells = false;
    for (size_t i = work->nmarks; i-- > 0;) {
        struct polarity_mark *mark = &work->marks[i];
        if (mark->kind == WORD_SUMMING && !mark->void_)
            summing = (uint32_t)i;
        mark->summing = summing;
        work->tells |= !mark->void_ && (mark->kind == WORD_SUMMING || mark->kind == WORD_VERDICT ||
                                        mark->kind == WORD_REPORTER || mark->kind == WORD_HEADING);
    }
    for (size_t i = 0; i < work->nmarks; i++) {
        struct polarity_mark *mark = &work->marks[i];
        if (mark->kind == WORD_HEADING && !mark->void_)
            heading = (uint32_t)i;
        mark->heading = heading;
    }
}

int polarity_marks_find(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
                        const struct canon *canon)
{
    hs_error_t rc;

    work->nmarks = 0;
    work->tells = false;
    if (polarity->database == NULL)
        return 0;
    work->polarity = polarity;
    work->offset = canon->start[CANON_TEXT];
    work->out_of_memory = false;
    rc = hs_scan(polarity->database, canon->buf + work->offset, canon->end[CANON_TEXT] - work->offset, 0, scratch,
                 collect, work);
    if (rc != HS_SUCCESS)
        return work->out_of_memory ? -TS_ENOMEM : -TS_EENGINE;
    sort_marks(work);
    void_plain(work);
    link_marks(work);
    return 0;
}
