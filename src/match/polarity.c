/* polarity.c - the words of polarity.json are found by a small database of their own, only in records that have hits;
 * what each word does is decided by its kind and where it stands in the clause or sentence of the hit. */
#include "match/polarity.h"

#include "core/utf8.h"
#include "match/polarity_mark.h"
#include "match/polarity_quote.h"
#include "match/selftest_words.h"

#include <stdlib.h>

#define LIST_ITEMS 20 /* no longer list is followed back to what introduces it */

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

/* ---- negated ----------------------------------------------------------------------------------------------- */

static bool is_negator(const struct polarity_mark *mark)
{
    return mark->kind == WORD_NEGATOR || mark->kind == WORD_WEAK_NEGATOR;
}

static struct polarity_cause cause_of(const struct polarity_mark *mark)
{
    return (struct polarity_cause){.word = mark->word};
}

/* Where the speaker last turned to something else (立即, 现在) before the hit or with its first character: in speech that
 * is written without punctuation 不要犹豫立即转账 are two clauses. 0: nowhere. */
static uint32_t last_turn(const struct polarity_work *work, uint32_t from, const struct match *match)
{
    uint32_t turn = 0;

    for (size_t i = polarity_mark_behind(work, from); i < work->nmarks && work->marks[i].end <= match->end; i++) {
        const struct polarity_mark *mark = &work->marks[i];
        if (mark->kind == WORD_TURN && !mark->void_ && mark->start <= match->start && mark->start > turn)
            turn = mark->start;
    }
    return turn;
}

/* Are the characters from `from` to the one at `last` items of one list: 、 or 或 between them, nothing that ends a
 * clause? */
static bool is_list(const struct canon *canon, uint32_t from, uint32_t last)
{
    static const char *const joints[] = {"、", "或"};
    static const char *const ends[] = {",", ":", "!", "?", "\n", " ", "\uFF0C", "\uFF1A", "\uFF01", "\uFF1F", "。"};
    uint32_t start, end;
    struct str text;
    bool joined = false;

    canon_to_original_bytes(canon, from, last + segment_char_bytes(canon->buf + last), &start, &end);
    text = (struct str){canon->text.p + start, end - start};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (memmem(text.p, text.n, ends[i], strlen(ends[i])) != NULL)
            return false;
    for (size_t i = 0; i < sizeof(joints) / sizeof(joints[0]); i++)
        joined |= memmem(text.p, text.n, joints[i], strlen(joints[i])) != NULL;
    return joined;
}

/* Does it reach the hit: near enough in its clause, or from item to item of a list? */
static bool is_in_reach(const struct polarity_mark *mark, const struct canon *canon, uint32_t clause,
                        const struct match *match)
{
    size_t chars = utf8_count((struct str){canon->buf + mark->start, match->start - mark->start});
    size_t reach = mark->kind == WORD_NEGATOR ? POLARITY_REACH_CHARS : POLARITY_WEAK_REACH_CHARS;

    if (mark->start >= clause && chars <= reach)
        return true;
    return mark->kind == WORD_NEGATOR && chars <= POLARITY_LIST_CHARS && is_list(canon, mark->end, match->start);
}

/* The longest negator that reaches the hit: 不要 rather than the 不 within. */
static const struct polarity_mark *negator_of(const struct polarity_work *work, const struct canon *canon,
                                              const struct segments *segments, const struct match *match)
{
    uint32_t clause = segments->clauses[segments_clause(segments, match->start)];
    uint32_t sentence = segments->sentences[segments_sentence(segments, match->start)];
    uint32_t reach = 4 * POLARITY_LIST_CHARS, from = match->start > reach ? match->start - reach : 0;
    uint32_t turn = segments->run_on ? last_turn(work, clause, match) : 0;
    const struct polarity_mark *longest = NULL;

    for (size_t i = polarity_mark_behind(work, from); i < work->nmarks && work->marks[i].end <= match->start; i++) {
        const struct polarity_mark *mark = &work->marks[i];

        if (!is_negator(mark) || mark->void_ || mark->start < sentence || mark->end < turn)
            continue; /* 不要立即 turns nothing */
        if ((longest == NULL || mark->word.n > longest->word.n) && is_in_reach(mark, canon, clause, match))
            longest = mark;
    }
    return longest;
}

/* ---- reported ---------------------------------------------------------------------------------------------- */

/* What tells of a hit stands here: its sentence, or all sentences that its quotation touches. */
struct context {
    uint32_t start, end;
};

/* Does it begin with a number, as the items of a list do? */
static bool is_item(const char *sentence)
{
    return (*sentence >= '0' && *sentence <= '9') || memcmp(sentence, "第", 3) == 0;
}

/* Where the sentence that introduces the list begins, of which this one is an item; else this one. */
static uint32_t list_start(const struct canon *canon, const struct segments *segments, uint32_t sentence)
{
    for (unsigned items = 0; sentence > 0 && items < LIST_ITEMS; items++, sentence--)
        if (!is_item(canon->buf + segments->sentences[sentence]))
            break;
    return segments->sentences[sentence];
}

static struct context context_of(const struct canon *canon, const struct segments *segments, const struct match *match,
                                 const struct polarity_quotation *quotation)
{
    uint32_t from = quotation != NULL ? quotation->start : match->start;
    uint32_t to = quotation != NULL ? quotation->end : match->end - 1;

    return (struct context){list_start(canon, segments, segments_sentence(segments, from)),
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

/* An opening before the hit whose closing word is in the context too. Of a pair only its first opening can be: what
 * that one does not close, a later one does not either. */
static bool is_between(const struct polarity_work *work, struct context context, const struct match *match,
                       struct polarity_cause *cause)
{
    uint64_t opened[4] = {0};
    size_t i = polarity_mark_behind(work, context.start);

    for (; i < work->nmarks && work->marks[i].end <= match->start; i++) {
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

/* Are there more than `chars` characters in [from, to)? */
static bool is_farther(const struct canon *canon, uint32_t from, uint32_t to, size_t chars)
{
    return to - from > 4 * chars || utf8_count((struct str){canon->buf + from, to - from}) > chars;
}

static bool is_judging(const struct polarity_mark *mark)
{
    return (mark->kind == WORD_VERDICT || mark->kind == WORD_SUMMING) && !mark->void_;
}

/* A reporter before the hit with no verdict (都是骗子 holds 骗子) and no contrast between, or a verdict behind it. */
static bool is_told_of(const struct polarity_work *work, struct context context, const struct match *match,
                       struct polarity_cause *cause)
{
    const struct polarity_mark *reporter = NULL;
    uint32_t judged = context.start;
    size_t i = polarity_mark_behind(work, context.start);

    for (; i < work->nmarks && work->marks[i].end <= context.end; i++) {
        const struct polarity_mark *mark = &work->marks[i];

        if (mark->start < context.start || mark->void_)
            continue;
        if ((mark->end <= match->start && mark->kind == WORD_REPORTER && mark->start >= judged) ||
            (mark->end <= match->end && mark->kind == WORD_DOUBT))
            reporter = mark;
        else if (mark->end <= match->start && (is_judging(mark) || mark->kind == WORD_CONTRAST)) {
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

/* A heading (作案手法) tells of what follows, sentences on. */
static bool is_headed(const struct polarity_work *work, const struct canon *canon, const struct match *match,
                      struct polarity_cause *cause)
{
    size_t i = polarity_mark_behind(work, match->start);
    const struct polarity_mark *heading;

    if (i == 0 || work->marks[i - 1].heading == work->nmarks)
        return false;
    heading = &work->marks[work->marks[i - 1].heading];
    if (is_farther(canon, heading->end, match->start, POLARITY_HEADING_CHARS))
        return false;
    *cause = cause_of(heading);
    return true;
}

/* "These are all lies": of what went before, sentences back. */
static bool is_summed_up(const struct polarity_work *work, const struct canon *canon, const struct match *match,
                         struct polarity_cause *cause)
{
    size_t i = polarity_mark_behind(work, match->end);
    const struct polarity_mark *summing;

    if (i == work->nmarks || (i = work->marks[i].summing) == work->nmarks)
        return false;
    summing = &work->marks[i];
    if (summing->start < match->end || is_farther(canon, match->end, summing->start, POLARITY_SUMMING_CHARS))
        return false;
    *cause = cause_of(summing);
    return true;
}

/* Someone is named right before the quotation: 对方称:"…". */
static bool is_spoken(const struct polarity_work *work, const struct polarity_quotation *quotation,
                      struct polarity_cause *cause)
{
    uint32_t reach = 3 * POLARITY_SPEAKER_CHARS, from = quotation->start > reach ? quotation->start - reach : 0;

    for (size_t i = polarity_mark_behind(work, from); i < work->nmarks && work->marks[i].end <= quotation->start; i++)
        if (work->marks[i].kind == WORD_SPEAKER && !work->marks[i].void_ && work->marks[i].start >= from) {
            *cause = cause_of(&work->marks[i]);
            return true;
        }
    return false;
}

/* A term in quotation marks is mentioned, when anything in the text tells of scams; else they are an emphasis. The hit
 * stands in `quotation`; or a term in quotation marks stands in the hit (转入“安全账户”). */
static bool is_quoted(const struct polarity_work *work, const struct polarity_words *polarity,
                      const struct polarity_quotation *quotation, const struct match *match,
                      struct polarity_cause *cause)
{
    const struct polarity_quotation *term = quotation;

    if (quotation != NULL && is_spoken(work, quotation, cause))
        return true;
    if (!work->tells || (term == NULL && (term = polarity_quotation_within(work, match)) == NULL))
        return false;
    *cause = (struct polarity_cause){polarity->quotes[term->pair].open, polarity->quotes[term->pair].close};
    return term->short_;
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
    context = context_of(canon, segments, match, quotation);
    if (is_told_of(work, context, match, cause) || is_between(work, context, match, cause) ||
        is_summed_up(work, canon, match, cause) || is_headed(work, canon, match, cause) ||
        is_quoted(work, polarity, quotation, match, cause))
        return POLARITY_REPORTED;
    return POLARITY_LIVE;
}

int polarity_judge(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
                   const struct canon *canon, const struct segments *segments, struct match *matches, size_t n)
{
    struct polarity_cause cause;
    int rc = polarity_marks_find(work, polarity, scratch, canon);

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

/* Is the word, alone, a mark of its kind? */
static int prove_mark(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
                      size_t i)
{
    struct str word = polarity->words[i];
    size_t offset = i % SELF_TEST_OFFSETS;
    char text[SELF_TEST_OFFSETS + WORD_BYTES_MAX];
    struct canon canon = {.buf = text};
    int rc;

    memset(text, 'x', offset);
    memcpy(text + offset, word.p, word.n);
    canon.end[CANON_TEXT] = (uint32_t)(offset + word.n);
    rc = polarity_marks_find(work, polarity, scratch, &canon);
    for (size_t k = 0; k < work->nmarks && rc == 0; k++)
        if (work->marks[k].start == offset && work->marks[k].end == offset + word.n &&
            work->marks[k].kind == polarity->uses[i].kind)
            return 0;
    return rc != 0 ? rc : -TS_EMISMATCH;
}

static int prove_words(const struct polarity_words *polarity, hs_scratch_t *scratch, struct str *word)
{
    struct selftest_word *words = calloc(polarity->nwords + 1, sizeof(*words));
    const struct selftest_word *missing;
    int rc;

    if (words == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < polarity->nwords; i++)
        words[i] = (struct selftest_word){polarity->words[i], (uint32_t)i};
    rc = selftest_words(polarity->database, scratch, words, polarity->nwords, &missing);
    if (rc == -TS_EMISMATCH)
        *word = missing->word;
    free(words);
    return rc;
}

int polarity_self_test(const struct polarity_words *polarity, hs_scratch_t *scratch, struct str *word)
{
    struct polarity_work work;
    int rc = prove_words(polarity, scratch, word);

    polarity_work_init(&work);
    for (size_t i = 0; i < polarity->nwords && rc == 0; i++) {
        *word = polarity->words[i];
        rc = word->n <= WORD_BYTES_MAX ? prove_mark(&work, polarity, scratch, i) : 0;
    }
    polarity_work_fini(&work);
    return rc;
}
