/* polarity.c - the words of polarity.json are found by a small database of their own, only in records that have hits;
 * what each word does is decided by its kind and where it stands in the clause or sentence of the hit. */
#include "match/polarity.h"

#include "core/utf8.h"
#include "match/polarity_words.h"

#include <stdlib.h>

struct polarity_mark {
    uint32_t start, end;
    uint8_t kind, pair;
    bool void_; /* a negator inside a longer word that denies nothing */
};

/* A mark that opens and closes alike. */
struct polarity_quote_mark {
    uint32_t quote, end; /* index of the pair; byte of the original text behind the mark */
};

/* ---- marks ------------------------------------------------------------------------------------------------- */

void polarity_work_init(struct polarity_work *work)
{
    *work = (struct polarity_work){0};
}

void polarity_work_fini(struct polarity_work *work)
{
    free(work->marks);
    free(work->quote_marks);
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
        (struct polarity_mark){end - (uint32_t)work->polarity->words[id].n, end, use.kind, use.pair, false};
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

static void void_negators(struct polarity_work *work)
{
    for (size_t i = 0; i < work->nmarks; i++) {
        const struct polarity_mark *longer = &work->marks[i];
        if (longer->kind != WORD_NOT_NEGATOR)
            continue;
        for (size_t k = first_behind(work, longer->start); k < work->nmarks && work->marks[k].end <= longer->end; k++)
            if (is_negator(&work->marks[k]) && work->marks[k].start >= longer->start)
                work->marks[k].void_ = true;
    }
}

static int find_marks(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
                      const struct canon *canon)
{
    hs_error_t rc;

    work->nmarks = 0;
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
    void_negators(work);
    return 0;
}

static int add_quote_mark(struct polarity_work *work, struct polarity_quote_mark mark)
{
    if (work->nquote_marks == work->quote_cap) {
        size_t cap = work->quote_cap > 0 ? 2 * work->quote_cap : 64;
        struct polarity_quote_mark *marks = realloc(work->quote_marks, cap * sizeof(*marks));
        if (marks == NULL)
            return -TS_ENOMEM;
        work->quote_marks = marks;
        work->quote_cap = cap;
    }
    work->quote_marks[work->nquote_marks++] = mark;
    return 0;
}

/* Once per record: counting them anew for every hit would cost the square of a text full of hits. */
static int find_quote_marks(struct polarity_work *work, const struct polarity_words *polarity, struct str text)
{
    const char *end = text.p + text.n;
    int rc = 0;

    work->nquote_marks = 0;
    for (uint32_t i = 0; i < polarity->nquotes; i++) {
        struct str mark = polarity->quotes[i].open;

        if (!str_eq(mark, polarity->quotes[i].close))
            continue;
        for (const char *p = text.p;
             rc == 0 && (p = memmem(p, (size_t)(end - p), mark.p, mark.n)) != NULL;) {
            p += mark.n;
            rc = add_quote_mark(work, (struct polarity_quote_mark){i, (uint32_t)(p - text.p)});
        }
    }
    return rc;
}

/* Marks of pairs before this one, and of this one that end at or before `at`. */
static size_t quote_marks_until(const struct polarity_work *work, uint32_t quote, uint32_t at)
{
    size_t lo = 0, hi = work->nquote_marks;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct polarity_quote_mark *mark = &work->quote_marks[mid];
        if (mark->quote < quote || (mark->quote == quote && mark->end <= at))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* ---- negated ----------------------------------------------------------------------------------------------- */

static bool is_negated(const struct polarity_work *work, const struct canon *canon, const struct segments *segments,
                       const struct match *match)
{
    uint32_t clause = segments->clauses[segments_clause(segments, match->start)];

    for (size_t i = first_behind(work, clause); i < work->nmarks && work->marks[i].end <= match->start; i++) {
        const struct polarity_mark *mark = &work->marks[i];
        size_t chars;

        if (!is_negator(mark) || mark->void_ || mark->start < clause)
            continue;
        chars = utf8_count((struct str){canon->buf + mark->start, match->start - mark->start});
        if (chars <= (mark->kind == WORD_NEGATOR ? POLARITY_REACH_CHARS : POLARITY_WEAK_REACH_CHARS))
            return true;
    }
    return false;
}

/* ---- reported ---------------------------------------------------------------------------------------------- */

static bool is_around(const struct polarity_work *work, const struct polarity_mark *opening, uint32_t sentence_end)
{
    const struct polarity_mark *end = work->marks + work->nmarks;

    for (const struct polarity_mark *mark = opening + 1; mark < end && mark->end <= sentence_end; mark++)
        if (mark->kind == WORD_CLOSING && mark->pair == opening->pair && mark->start >= opening->end)
            return true;
    return false;
}

static bool is_told_of(const struct polarity_work *work, const struct segments *segments, const struct match *match)
{
    uint32_t first = segments_sentence(segments, match->start), last = segments_sentence(segments, match->end - 1);
    uint32_t start = segments->sentences[first], end = segments->sentences[last + 1];
    uint64_t opened[4] = {0}; /* by pair: what the first opening does not close, a later one does not either */

    for (size_t i = first_behind(work, start); i < work->nmarks && work->marks[i].end <= end; i++) {
        const struct polarity_mark *mark = &work->marks[i];
        uint64_t bit = UINT64_C(1) << mark->pair % 64;
        bool before = mark->start >= start && mark->end <= match->start;

        if ((mark->kind == WORD_REPORTER && before) || (mark->kind == WORD_VERDICT && mark->start >= match->end))
            return true;
        if (mark->kind != WORD_OPENING || !before || (opened[mark->pair / 64] & bit) != 0)
            continue;
        opened[mark->pair / 64] |= bit;
        if (is_around(work, mark, end))
            return true;
    }
    return false;
}

/* Is there, within the bound, a closing mark behind `from` and its opening mark before `to`, none closing between? */
static bool is_quoted(const struct polarity_words *polarity, struct str text, const struct quote *quote, uint32_t from,
                      uint32_t to)
{
    size_t room = 4 * polarity->quote_chars, low = from > room ? from - room : 0;
    const char *open = NULL, *close;
    struct str before = {text.p + low, from - low}, behind = {text.p + to, text.n - to < room ? text.n - to : room};

    for (const char *p = before.p, *end = p + before.n;
         (p = memmem(p, (size_t)(end - p), quote->open.p, quote->open.n)) != NULL; p += quote->open.n)
        open = p + quote->open.n;
    if (open == NULL || (close = memmem(behind.p, behind.n, quote->close.p, quote->close.n)) == NULL)
        return false;
    if (memmem(open, (size_t)(before.p + before.n - open), quote->close.p, quote->close.n) != NULL)
        return false;
    return utf8_count(str_range(open, close)) <= polarity->quote_chars;
}

/* With equal marks at both ends only an odd count before the hit means that it stands inside. */
static bool opens_before(const struct polarity_work *work, const struct quote *quote, uint32_t index, uint32_t from)
{
    if (!str_eq(quote->open, quote->close))
        return true;
    return (quote_marks_until(work, index, from) - quote_marks_until(work, index, 0)) % 2 == 1;
}

static bool is_in_quotes(const struct polarity_work *work, const struct polarity_words *polarity,
                         const struct canon *canon, const struct match *match)
{
    uint32_t from, to;

    canon_to_original_bytes(canon, match->start, match->end, &from, &to);
    for (uint32_t i = 0; i < polarity->nquotes; i++)
        if (is_quoted(polarity, canon->text, &polarity->quotes[i], from, to) &&
            opens_before(work, &polarity->quotes[i], i, from))
            return true;
    return false;
}

int polarity_judge(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
                   const struct canon *canon, const struct segments *segments, struct match *matches, size_t n)
{
    int rc = find_marks(work, polarity, scratch, canon);

    if (rc == 0)
        rc = find_quote_marks(work, polarity, canon->text);
    for (size_t i = 0; i < n && rc == 0; i++) {
        struct match *match = &matches[i];

        match->polarity = POLARITY_LIVE;
        if (match->field != CANON_TEXT)
            continue;
        if (is_negated(work, canon, segments, match))
            match->polarity = POLARITY_NEGATED;
        else if (is_told_of(work, segments, match) || is_in_quotes(work, polarity, canon, match))
            match->polarity = POLARITY_REPORTED;
    }
    return rc;
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
