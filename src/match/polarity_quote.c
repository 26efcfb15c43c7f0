/* polarity_quote.c - the marks of each pair are walked once, from an opening one to the next closing one; a hit finds
 * its quotation by bisection. */
#include "match/polarity_quote.h"

#include "core/utf8.h"

#include <stdlib.h>

static int add_quotation(struct polarity_work *work, struct polarity_quotation quotation)
{
    if (work->nquotations == work->quotations_cap) {
        size_t cap = work->quotations_cap > 0 ? 2 * work->quotations_cap : 64;
        struct polarity_quotation *quotations = realloc(work->quotations, cap * sizeof(*quotations));
        if (quotations == NULL)
            return -TS_ENOMEM;
        work->quotations = quotations;
        work->quotations_cap = cap;
    }
    work->quotations[work->nquotations++] = quotation;
    return 0;
}

/* The next `mark` in [p, end), or NULL. By its first byte, which few characters of a Chinese text have: memmem takes
 * several instructions a byte. */
static const char *find_mark(const char *p, const char *end, struct str mark)
{
    while ((p = memchr(p, mark.p[0], (size_t)(end - p))) != NULL && !str_starts(str_range(p, end), mark))
        p++;
    return p;
}

/* The innermost opening mark in [p, close), or `p` when there is no second one. */
static const char *last_opening(const char *p, const char *close, struct str open)
{
    for (const char *next; (next = find_mark(p, close, open)) != NULL;)
        p = next + open.n;
    return p;
}

/* Once per record, one walk per pair: looking around every hit anew would cost the square of a text full of hits. The
 * marks are sought in the original text, because folding drops them. */
static int find_quotations_of(struct polarity_work *work, const struct polarity_words *polarity, uint32_t pair,
                              const struct canon *canon)
{
    const struct quote *quote = &polarity->quotes[pair];
    const char *p = canon->text.p, *end = p + canon->text.n, *close;
    int rc = 0;

    while (rc == 0 && (p = find_mark(p, end, quote->open)) != NULL) {
        size_t chars;

        p += quote->open.n;
        if ((close = find_mark(p, end, quote->close)) == NULL)
            break;
        if (!str_eq(quote->open, quote->close))
            p = last_opening(p, close, quote->open);
        chars = utf8_count(str_range(p, close));
        if (chars <= polarity->speech_chars)
            rc = add_quotation(work, (struct polarity_quotation){
                                         pair, canon_from_original(canon, (uint32_t)(p - canon->text.p)),
                                         canon_from_original(canon, (uint32_t)(close - canon->text.p)),
                                         chars <= polarity->quote_chars});
        p = close + quote->close.n;
    }
    return rc;
}

int polarity_quotations_find(struct polarity_work *work, const struct polarity_words *polarity,
                             const struct canon *canon)
{
    int rc = 0;

    work->nquotations = 0;
    for (uint32_t pair = 0; pair < polarity->nquotes && rc == 0; pair++)
        rc = find_quotations_of(work, polarity, pair, canon);
    return rc;
}

/* Quotations of pairs before this one, and of this one that begin at or before `at`. */
static size_t quotations_until(const struct polarity_work *work, uint32_t pair, uint32_t at)
{
    size_t lo = 0, hi = work->nquotations;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct polarity_quotation *quotation = &work->quotations[mid];
        if (quotation->pair < pair || (quotation->pair == pair && quotation->start <= at))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The last quotation of this pair that begins at or before `at`. */
static const struct polarity_quotation *last_of(const struct polarity_work *work, uint32_t pair, uint32_t at)
{
    size_t i = quotations_until(work, pair, at);

    return i > 0 && work->quotations[i - 1].pair == pair ? &work->quotations[i - 1] : NULL;
}

static uint32_t pairs_used(const struct polarity_work *work)
{
    return work->nquotations > 0 ? work->quotations[work->nquotations - 1].pair + 1 : 0;
}

const struct polarity_quotation *polarity_quotation_around(const struct polarity_work *work,
                                                           const struct match *match)
{
    for (uint32_t pair = 0; pair < pairs_used(work); pair++) {
        const struct polarity_quotation *quotation = last_of(work, pair, match->start);
        if (quotation != NULL && quotation->end >= match->end)
            return quotation;
    }
    return NULL;
}

const struct polarity_quotation *polarity_quotation_within(const struct polarity_work *work,
                                                           const struct match *match)
{
    for (uint32_t pair = 0; pair < pairs_used(work); pair++) {
        const struct polarity_quotation *quotation = last_of(work, pair, match->end - 1);
        if (quotation != NULL && quotation->start > match->start && quotation->end >= match->end)
            return quotation;
    }
    return NULL;
}
