/* polarity.c - the words of polarity.json are found by a small database of their own, only in records that have hits;
 * what each word does is decided by its kind and where it stands in the clause or sentence of the hit. */
#include "match/polarity.h"

#include "core/utf8.h"
#include "match/polarity_quote.h"
#include "match/polarity_words.h"

#include <stdlib.h>

struct polarity_mark {
    uint32_t start, end;
    uint8_t kind, pair;
    bool void_;       /* within a longer word that means nothing of the kind */
    uint32_t summing; /* index of the first mark from here on that sums up; nmarks: none */
    struct str word;
};

/* ---- marks ------------------------------------------------------------------------------------------------- */

void polarity_work_init(struct polarity_work *work)
{
    *work = (struct polarity_work){0};
}

void polarity_work_fini(struct polarity_work *work)
{
    free(work->marks);
    free(work->quotations);
    *work = (struct polarity_work){0};
}

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

/* The first mark that ends behind `at`: a hit looks at the marks of its own clause or sentence only. */
static size_t first_behind(const struct polarity_work *work, uint32_t at)
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

static bool is_negator(const struct polarity_mark *mark)
{
    return mark->kind == WORD_NEGATOR || mark->kind == WORD_WEAK_NEGATOR;
}

/* What stands within a plain word, or is it, means nothing. */
static void void_plain(struct polarity_work *work)
{
    for (size_t i = 0; i < work->nmarks; i++) {
        const struct polarity_mark *plain = &work->marks[i];
        if (plain->kind != WORD_PLAIN)
            continue;
        for (size_t k = first_behind(work, plain->start); k < work->nmarks && work->marks[k].end <= plain->end; k++)
            if (work->marks[k].kind != WORD_PLAIN && work->marks[k].start >= plain->start)
                work->marks[k].void_ = true;
    }
}

/* Each mark learns which one behind it sums up, so that no hit has to look for it; and do any tell of a scam? */
static void link_marks(struct polarity_work *work)
{
    uint32_t summing = (uint32_t)work->nmarks;

    work->tells = false;
    for (size_t i = work->nmarks; i-- > 0;) {
        struct polarity_mark *mark = &work->marks[i];
        if (mark->kind == WORD_SUMMING && !mark->void_)
            summing = (uint32_t)i;
        mark->summing = summing;
        work->tells |= !mark->void_ && (mark->kind == WORD_SUMMING || mark->kind == WORD_VERDICT ||
                                        mark->kind == WORD_REPORTER);
    }
}

static int find_marks(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
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

/* ---- negated ----------------------------------------------------------------------------------------------- */

static struct polarity_cause cause_of(const struct polarity_mark *mark)
{
    return (struct polarity_cause){.word = mark->word};
}

/* The longest negator that reaches the hit: 不要 rather than the 不 within. */
static const struct polarity_mark *negator_of(const struct polarity_work *work, const struct canon *canon,
                                              const struct segments *segments, const struct match *match)
{
    uint32_t clause = segments->clauses[segments_clause(segments, match->start)];
    const struct polarity_mark *longest = NULL;

    for (size_t i = first_behind(work, clause); i < work->nmarks && work->marks[i].end <= match->start; i++) {
        const struct polarity_mark *mark = &work->marks[i];
        size_t chars;

        if (!is_negator(mark) || mark->void_ || mark->start < clause)
            continue;
        chars = utf8_count((struct str){canon->buf + mark->start, match->start - mark->start});
        if (chars <= (mark->kind == WORD_NEGATOR ? POLARITY_REACH_CHARS : POLARITY_WEAK_REACH_CHARS) &&
            (longest == NULL || mark->word.n > longest->word.n))
            longest = mark;
    }
    return longest;
}

/* ---- reported ---------------------------------------------------------------------------------------------- */

/* What tells of a hit stands here: its sentence, or all sentences that its quotation touches. */
struct context {
    uint32_t start, end;
};

static struct context context_of(const struct segments *segments, const struct match *match,
                                 const struct polarity_quotation *quotation)
{
    uint32_t from = quotation != NULL ? quotation->start : match->start;
    uint32_t to = quotation != NULL ? quotation->end : match->end - 1;

    return (struct context){segments->sentences[segments_sentence(segments, from)],
                            segments->sentences[segments_sentence(segments, to) + 1]};
}

static const struct polarity_mark *closing_of(const struct polarity_work *work, const struct polarity_mark *opening,
                                              uint32_t end)
{
    const struct polarity_mark *last = work->marks + work->nmarks;

    for (const struct polarity_mark *mark = opening + 1; mark < last && mark->end <= end; mark++)
        if (mark->kind == WORD_CLOSING && !mark->void_ && mark->pair == opening->pair && mark->start >= opening->end)
            return mark;
    return NULL;
}

/* An opening before the hit whose closing word is in the context too. Of a pair only its first opening can be: what that
 * one does not close, a later one does not either. */
static bool is_between(const struct polarity_work *work, struct context context, const struct match *match,
                       struct polarity_cause *cause)
{
    uint64_t opened[4] = {0};

    for (size_t i = first_behind(work, context.start); i < work->nmarks && work->marks[i].end <= match->start; i++) {
        const struct polarity_mark *mark = &work->marks[i], *closing;
        uint64_t bit = UINT64_C(1) << mark->pair % 64;

        if (mark->kind != WORD_OPENING || mark->void_ || mark->start < context.start ||
            (opened[mark->pair / 64] & bit) != 0)
            continue;
        opened[mark->pair / 64] |= bit;
        if ((closing = closing_of(work, mark, context.end)) != NULL) {
            *cause = (struct polarity_cause){mark->word, closing->word};
            return true;
        }
    }
    return false;
}

static bool is_judging(const struct polarity_mark *mark)
{
    return (mark->kind == WORD_VERDICT || mark->kind == WORD_SUMMING) && !mark->void_;
}

/* A reporter before the hit with no verdict between (都是骗子 holds 骗子), or a verdict behind it. */
static bool is_told_of(const struct polarity_work *work, struct context context, const struct match *match,
                       struct polarity_cause *cause)
{
    const struct polarity_mark *reporter = NULL;
    uint32_t judged = context.start;

    for (size_t i = first_behind(work, context.start); i < work->nmarks && work->marks[i].end <= context.end; i++) {
        const struct polarity_mark *mark = &work->marks[i];

        if (mark->start < context.start || mark->void_)
            continue;
        if (mark->end <= match->start && mark->kind == WORD_REPORTER && mark->start >= judged)
            reporter = mark;
        else if (mark->end <= match->start && is_judging(mark)) {
            reporter = NULL;
            judged = mark->end;
        }
        else if (mark->start >= match->end && is_judging(mark)) {
            *cause = cause_of(mark);
            return true;
        }
    }
    if (reporter != NULL)
        *cause = cause_of(reporter);
    return reporter != NULL;
}

/* "These are all lies": of what went before, sentences back. */
static bool is_summed_up(const struct polarity_work *work, const struct canon *canon, const struct match *match,
                         struct polarity_cause *cause)
{
    size_t i = first_behind(work, match->end);
    const struct polarity_mark *summing;

    if (i == work->nmarks || (i = work->marks[i].summing) == work->nmarks)
        return false;
    summing = &work->marks[i];
    if (summing->start < match->end || summing->start - match->end > 4 * POLARITY_SUMMING_CHARS ||
        utf8_count((struct str){canon->buf + match->end, summing->start - match->end}) > POLARITY_SUMMING_CHARS)
        return false;
    *cause = cause_of(summing);
    return true;
}

/* Someone is named right before the quotation: 对方称:"…". */
static bool is_spoken(const struct polarity_work *work, const struct polarity_quotation *quotation,
                      struct polarity_cause *cause)
{
    uint32_t reach = 3 * POLARITY_SPEAKER_CHARS, from = quotation->start > reach ? quotation->start - reach : 0;

    for (size_t i = first_behind(work, from); i < work->nmarks && work->marks[i].end <= quotation->start; i++)
        if (work->marks[i].kind == WORD_SPEAKER && !work->marks[i].void_ && work->marks[i].start >= from) {
            *cause = cause_of(&work->marks[i]);
            return true;
        }
    return false;
}

/* A term in quotation marks is mentioned, when anything in the text tells of scams; else they are an emphasis. */
static bool is_quoted(const struct polarity_work *work, const struct polarity_words *polarity,
                      const struct polarity_quotation *quotation, struct polarity_cause *cause)
{
    const struct quote *quote = &polarity->quotes[quotation->pair];

    if (is_spoken(work, quotation, cause))
        return true;
    *cause = (struct polarity_cause){quote->open, quote->close};
    return quotation->short_ && work->tells;
}

static enum polarity judge_match(const struct polarity_work *work, const struct polarity_words *polarity,
                                 const struct canon *canon, const struct segments *segments, const struct match *match,
                                 struct polarity_cause *cause)
{
    const struct polarity_quotation *quotation;
    const struct polarity_mark *negator;
    struct context context;

    if (match->field != CANON_TEXT)
        return POLARITY_LIVE;
    if ((negator = negator_of(work, canon, segments, match)) != NULL) {
        *cause = cause_of(negator);
        return POLARITY_NEGATED;
    }
    quotation = polarity_quotation_around(work, match);
    context = context_of(segments, match, quotation);
    if (is_told_of(work, context, match, cause) || is_between(work, context, match, cause) ||
        is_summed_up(work, canon, match, cause) ||
        (quotation != NULL && is_quoted(work, polarity, quotation, cause)))
        return POLARITY_REPORTED;
    return POLARITY_LIVE;
}

int polarity_judge(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
                   const struct canon *canon, const struct segments *segments, struct match *matches, size_t n)
{
    struct polarity_cause cause;
    int rc = find_marks(work, polarity, scratch, canon);

    if (rc == 0)
        rc = polarity_quotations_find(work, polarity, canon);
    for (size_t i = 0; i < n && rc == 0; i++)
        matches[i].polarity = (uint8_t)judge_match(work, polarity, canon, segments, &matches[i], &cause);
    return rc;
}

struct polarity_cause polarity_because(const struct polarity_work *work, const struct polarity_words *polarity,
                                       const struct canon *canon, const struct segments *segments,
                                       const struct match *match)
{
    struct polarity_cause cause;

    if (judge_match(work, polarity, canon, segments, match, &cause) == POLARITY_LIVE)
        return (struct polarity_cause){{NULL, 0}, {NULL, 0}};
    return cause;
}

/* ---- greeting ---------------------------------------------------------------------------------------------- */

static const char *skip_greeting(const struct polarity_words *polarity, const char *p, const char *end)
{
    for (size_t i = 0; i < polarity->ngreetings; i++)
        if (str_starts(str_range(p, end), polarity->greetings[i]))
            return p + polarity->greetings[i].n;
    if (p < end && (*p == ',' || *p == ':' || *p == ' ' || canon_is_sentence_end(p)))
        return p + segment_char_bytes(p);
    return p;
}

uint32_t polarity_greeting(const struct polarity_words *polarity, const struct canon *canon)
{
    const char *start = canon->buf + canon->start[CANON_TEXT], *end = canon->buf + canon->end[CANON_TEXT];
    const char *p = canon->buf + canon->body, *next;

    while ((next = skip_greeting(polarity, p, end)) != p)
        p = next;
    return (uint32_t)utf8_count(str_range(start, p));
}

/* ---- self-test --------------------------------------------------------------------------------------------- */

#define SELF_TEST_OFFSETS 64
#define WORD_BYTES_MAX 256

int polarity_self_test(const struct polarity_words *polarity, hs_scratch_t *scratch, struct str *word)
{
    struct polarity_work work;
    int rc = 0;

    polarity_work_init(&work);
    for (size_t i = 0; i < polarity->nwords && rc == 0; i++) {
        char text[SELF_TEST_OFFSETS + WORD_BYTES_MAX];
        struct canon canon = {.buf = text};

        *word = polarity->words[i];
        if (word->n > WORD_BYTES_MAX)
            continue;
        for (size_t offset = 0; offset < SELF_TEST_OFFSETS && rc == 0; offset++) {
            bool seen = false;

            memset(text, 'x', offset);
            memcpy(text + offset, word->p, word->n);
            canon.end[CANON_TEXT] = (uint32_t)(offset + word->n);
            rc = find_marks(&work, polarity, scratch, &canon);
            for (size_t k = 0; k < work.nmarks; k++)
                seen |= work.marks[k].start == offset && work.marks[k].end == offset + word->n &&
                        work.marks[k].kind == polarity->uses[i].kind;
            if (rc == 0 && !seen)
                rc = -TS_EMISMATCH;
        }
    }
    polarity_work_fini(&work);
    return rc;
}
