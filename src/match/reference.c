/* reference.c - forward only: place the first step at every character of the field, then try all ways for the next
 * step, and so on. A run of steps without a gap must not be taken apart by a lone clause separator (canon.h). */
#include "match/reference.h"

#include <stdlib.h>

/* Ways tried from one place before the text counts as undecidable; real texts need a few dozen. */
#define WORK_LIMIT 200000

#define REGEX_MATCH_LIMIT 1000000

struct attempt {
    const struct fragment *fragment;
    const struct first_bytes *first_bytes; /* of its steps */
    const struct canon *canon;
    bool in_text;        /* only the text has breaks */
    const char *end;     /* of the field */
    unsigned work;
};

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

static const char *after_char(const char *p, const char *end)
{
    for (p++; p < end && continues(*p); p++)
        ;
    return p;
}

static bool is_one_of(const char *p, const char *end, struct str chars)
{
    const char *last = chars.p + chars.n;
    size_t n = 0;

    for (const char *c = chars.p; c < last; c = after_char(c, last)) {
        if (*c != *p)
            continue;
        n = n > 0 ? n : (size_t)(after_char(p, end) - p);
        if ((size_t)(after_char(c, last) - c) == n && memcmp(c, p, n) == 0)
            return true;
    }
    return false;
}

static bool is_digit(const char *p, const char *end)
{
    return is_one_of(p, end, STR_LIT("0123456789零〇一二两三四五六七八九十"));
}

/* Ends of the numbers that begin at p, nearest first; returns how many. */
static size_t number_ends(const char *p, const char *end, const char *ends[24])
{
    bool after_digit = false, after_unit = false, after_point = false;
    size_t n = 0;

    for (unsigned chars = 0; p < end && chars < 24; chars++) {
        bool digit = is_digit(p, end), unit = is_one_of(p, end, STR_LIT("%百千万亿元块")),
             point = is_one_of(p, end, STR_LIT(".,"));

        if (!digit && !(unit && (after_digit || after_unit)) && !(point && after_digit))
            break;
        p = after_char(p, end);
        after_digit = digit;
        after_unit = unit;
        after_point = point;
        if (!after_point)
            ends[n++] = p;
    }
    return n;
}

/* Han characters share their first byte, so the last one is asked before the rest. */
static bool begins_with(const char *p, const char *end, struct str word)
{
    return word.n > 0 && word.n <= (size_t)(end - p) && p[word.n - 1] == word.p[word.n - 1] && *p == *word.p &&
           memcmp(p, word.p, word.n) == 0;
}

/* The bits of the character at p: what first_bytes is made of. Its bytes may be read whatever they are. */
static struct first_bytes bits_of(const char *p)
{
    unsigned char lead = (unsigned char)p[0], second = lead < 0x80 ? lead : (unsigned char)p[1],
                  third = lead < 0xE0 ? second : (unsigned char)p[2];

    return (struct first_bytes){UINT64_C(1) << (second & 63), UINT64_C(1) << (third & 63)};
}

/* False is certain: no word of the step stands at p. */
static bool may_begin(const struct first_bytes *words, const char *p)
{
    struct first_bytes bits = bits_of(p);

    return (words->second & bits.second) != 0 && (words->third & bits.third) != 0;
}

/* Is the run [from, to) one piece? An empty one is. */
static bool is_whole(const struct attempt *attempt, const char *from, const char *to)
{
    const char *buf = attempt->canon->buf;

    return !attempt->in_text || from == to ||
           canon_broken(attempt->canon, (uint32_t)(from - buf), (uint32_t)(to - buf)) != BROKEN_APART;
}

/* Place step `i` and all behind it; the run began at `run` (where it has nothing yet, run == p). 1, 0 or -TS_ELIMIT. */
static int place(struct attempt *attempt, size_t i, const char *run, const char *p);

static int place_number(struct attempt *attempt, size_t i, const char *run, const char *p)
{
    const char *ends[24];
    int rc = 0;

    for (size_t k = 0, n = number_ends(p, attempt->end, ends); k < n && rc == 0; k++)
        rc = place(attempt, i + 1, run, ends[k]);
    return rc;
}

static int place_here(struct attempt *attempt, size_t i, const char *run, const char *p)
{
    const struct step *step = &attempt->fragment->steps[i];
    bool may = may_begin(&attempt->first_bytes[i], p);
    int rc = 0;

    if (step->optional)
        rc = place(attempt, i + 1, run, p);
    for (size_t k = 0; may && k < step->nalt && rc == 0; k++)
        if (begins_with(p, attempt->end, step->alt[k]))
            rc = place(attempt, i + 1, run, p + step->alt[k].n);
    if (rc == 0 && step->kind == STEP_NUMBER && p < attempt->end)
        rc = place_number(attempt, i, run, p);
    return rc;
}

static int place(struct attempt *attempt, size_t i, const char *run, const char *p)
{
    int gap, rc = 0;

    if (++attempt->work > WORK_LIMIT)
        return -TS_ELIMIT;
    if (i == attempt->fragment->nsteps)
        return is_whole(attempt, run, p);
    gap = attempt->fragment->steps[i].gap;
    if (i == 0 || gap < 0)
        return place_here(attempt, i, run, p);
    if (!is_whole(attempt, run, p))
        return 0;
    for (; rc == 0 && gap >= 0; gap--) {
        rc = place_here(attempt, i, p, p);
        if (p == attempt->end || is_one_of(p, attempt->end, STR_LIT("。!?;")))
            break;
        p = after_char(p, attempt->end);
    }
    return rc;
}

static struct attempt attempt_at(const struct ruleset *ruleset, uint32_t i, const struct canon *canon)
{
    const struct phrase *phrase = &ruleset->phrases[i];

    return (struct attempt){.fragment = phrase->fragment, .first_bytes = ruleset->first_bytes[i], .canon = canon,
                            .in_text = phrase->field == CANON_TEXT, .end = canon->buf + canon->end[phrase->field]};
}

/* Is the phrase in its field? 1, 0 or -TS_ELIMIT. */
static int find_sequence(const struct ruleset *ruleset, uint32_t i, const struct canon *canon)
{
    struct attempt attempt = attempt_at(ruleset, i, canon);
    int rc = 0;

    for (const char *p = canon->buf + canon->start[ruleset->phrases[i].field]; p < attempt.end && rc == 0;
         p = after_char(p, attempt.end)) {
        attempt.work = 0;
        rc = place(&attempt, 0, p, p);
    }
    return rc;
}

/* What PCRE2 works in; made once for all expressions of a text. */
struct regex_work {
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static int regex_work_init(struct regex_work *work)
{
    *work = (struct regex_work){pcre2_match_data_create(1, NULL), pcre2_match_context_create(NULL)};
    if (work->data == NULL || work->context == NULL)
        return -TS_ENOMEM;
    pcre2_set_match_limit(work->context, REGEX_MATCH_LIMIT);
    return 0;
}

static void regex_work_fini(struct regex_work *work)
{
    pcre2_match_data_free(work->data);
    pcre2_match_context_free(work->context);
}

static int find_regex(const struct regex_work *work, const struct phrase *phrase, const struct canon *canon,
                      bool interpreted)
{
    int rc = pcre2_match(phrase->regex, (PCRE2_SPTR)(canon->buf + canon->start[phrase->field]),
                         canon->end[phrase->field] - canon->start[phrase->field], 0,
                         PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY | (interpreted ? PCRE2_NO_JIT : 0), work->data,
                         work->context);

    if (rc == PCRE2_ERROR_NOMATCH)
        return 0;
    return rc >= 0 ? 1 : rc == PCRE2_ERROR_NOMEMORY ? -TS_ENOMEM : -TS_EENGINE;
}

static int find_regexes(const struct ruleset *ruleset, const struct canon *canon, unsigned turn, bool *found)
{
    struct regex_work work;
    int rc = regex_work_init(&work);
    unsigned number = 0;

    for (uint32_t i = 0; i < ruleset->nphrases && rc >= 0; i++) {
        const struct phrase *phrase = &ruleset->phrases[i];
        found[i] = phrase->fragment->kind == FRAGMENT_REGEX &&
                   (rc = find_regex(&work, phrase, canon, number++ % REFERENCE_TURNS == turn)) == 1;
    }
    regex_work_fini(&work);
    return rc;
}

int reference_find_one(const struct ruleset *ruleset, uint32_t phrase, const struct canon *canon)
{
    const struct phrase *wanted = &ruleset->phrases[phrase];
    struct regex_work work;
    int rc;

    if (wanted->fragment->kind == FRAGMENT_SEQUENCE)
        return find_sequence(ruleset, phrase, canon);
    if ((rc = regex_work_init(&work)) == 0)
        rc = find_regex(&work, wanted, canon, true);
    regex_work_fini(&work);
    return rc;
}

/* ---- all phrases ------------------------------------------------------------------------------------------- */

static uint64_t char_number(const char *p, const char *end)
{
    uint64_t number = 0;

    for (const char *next = p < end ? after_char(p, end) : p; p < next; p++)
        number = number << 8 | (unsigned char)*p;
    return number;
}

/* As struct beginning has it; `two` with the second character. */
static uint64_t first_chars(const char *p, const char *end, bool two)
{
    return char_number(p, end) << 32 | (two ? char_number(after_char(p, end), end) : 0);
}

static int compare_beginnings(const void *a, const void *b)
{
    const struct beginning *x = a, *y = b;

    return x->first != y->first ? (x->first > y->first) - (x->first < y->first)
                                : (x->phrase > y->phrase) - (x->phrase < y->phrase);
}

static uint64_t first_of(struct str word)
{
    return first_chars(word.p, word.p + word.n, true);
}

static void add_beginning(struct beginning *out, size_t *n, struct beginning beginning)
{
    if (out != NULL)
        out[*n] = beginning;
    ++*n;
}

/* A step that may be missing leaves the beginning to the one behind it. `out` NULL: only count. */
static size_t list_beginnings(const struct ruleset *ruleset, struct beginning *out)
{
    size_t n = 0;

    for (uint32_t i = 0; i < ruleset->nphrases; i++) {
        const struct fragment *fragment = ruleset->phrases[i].fragment;
        bool more = fragment->kind == FRAGMENT_SEQUENCE;

        for (size_t s = 0; more && s < fragment->nsteps; s++) {
            const struct step *step = &fragment->steps[s];

            if (step->kind == STEP_NUMBER)
                add_beginning(out, &n, (struct beginning){0, i, (uint32_t)s, {0}});
            for (size_t k = 0; k < step->nalt; k++)
                if (step->alt[k].n > 0)
                    add_beginning(out, &n, (struct beginning){first_of(step->alt[k]), i, (uint32_t)s, step->alt[k]});
            more = step->optional;
        }
    }
    return n;
}

/* Per step of the phrase; NULL when memory is exhausted. */
static const struct first_bytes *note_first_bytes(struct arena *arena, const struct fragment *fragment)
{
    struct first_bytes *noted = arena_calloc(arena, fragment->nsteps + 1, sizeof(*noted));

    for (size_t i = 0; noted != NULL && i < fragment->nsteps; i++)
        for (size_t k = 0; k < fragment->steps[i].nalt; k++) {
            struct str word = fragment->steps[i].alt[k];
            struct first_bytes bits = word.n > 0 ? bits_of(word.p) : (struct first_bytes){0};
            noted[i].second |= bits.second;
            noted[i].third |= bits.third;
        }
    return noted;
}

/* By their numbers. */
static int list_regexes(struct ruleset *ruleset)
{
    ruleset->regex_phrases = arena_calloc(&ruleset->arena, ruleset->nregexes + 1, sizeof(*ruleset->regex_phrases));
    for (uint32_t i = 0; ruleset->regex_phrases != NULL && i < ruleset->nphrases; i++)
        if (ruleset->phrases[i].fragment->kind == FRAGMENT_REGEX)
            ruleset->regex_phrases[ruleset->phrases[i].regex_number] = i;
    return ruleset->regex_phrases != NULL ? 0 : -TS_ENOMEM;
}

int reference_prepare(struct ruleset *ruleset)
{
    ruleset->first_bytes = arena_calloc(&ruleset->arena, ruleset->nphrases + 1, sizeof(*ruleset->first_bytes));
    for (uint32_t i = 0; ruleset->first_bytes != NULL && i < ruleset->nphrases; i++)
        if ((ruleset->first_bytes[i] = note_first_bytes(&ruleset->arena, ruleset->phrases[i].fragment)) == NULL)
            return -TS_ENOMEM;
    ruleset->nbeginnings = list_beginnings(ruleset, NULL);
    ruleset->beginnings = arena_calloc(&ruleset->arena, ruleset->nbeginnings + 1, sizeof(*ruleset->beginnings));
    if (ruleset->beginnings == NULL || ruleset->first_bytes == NULL || list_regexes(ruleset) != 0)
        return -TS_ENOMEM;
    (void)list_beginnings(ruleset, ruleset->beginnings);
    qsort(ruleset->beginnings, ruleset->nbeginnings, sizeof(*ruleset->beginnings), compare_beginnings);
    return 0;
}

static int try_beginnings(const struct ruleset *ruleset, const struct canon *canon, enum canon_field field,
                          const char *p, uint64_t first, bool *found)
{
    size_t low = 0, high = ruleset->nbeginnings;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (ruleset->beginnings[middle].first < first)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < ruleset->nbeginnings && ruleset->beginnings[low].first == first; low++) {
        const struct beginning *beginning = &ruleset->beginnings[low];
        struct attempt attempt;
        int rc;

        if (found[beginning->phrase] || ruleset->phrases[beginning->phrase].field != field ||
            (first != 0 && !begins_with(p, canon->buf + canon->end[field], beginning->word)))
            continue;
        attempt = attempt_at(ruleset, beginning->phrase, canon);
        rc = first != 0 ? place(&attempt, beginning->step + 1, p, p + beginning->word.n)
                        : place_number(&attempt, beginning->step, p, p);
        if (rc < 0)
            return rc;
        found[beginning->phrase] = rc == 1;
    }
    return 0;
}

int reference_find(const struct ruleset *ruleset, const struct canon *canon, unsigned turn, bool *found)
{
    int rc = find_regexes(ruleset, canon, turn, found);

    for (int field = 0; field < CANON_NFIELDS; field++) {
        const char *end = canon->buf + canon->end[field];

        for (const char *p = canon->buf + canon->start[field]; p < end && rc >= 0; p = after_char(p, end)) {
            uint64_t one = first_chars(p, end, false), two = first_chars(p, end, true);

            rc = try_beginnings(ruleset, canon, (enum canon_field)field, p, one, found);
            if (rc >= 0 && two != one)
                rc = try_beginnings(ruleset, canon, (enum canon_field)field, p, two, found);
            if (rc >= 0 && is_digit(p, end))
                rc = try_beginnings(ruleset, canon, (enum canon_field)field, p, 0, found);
        }
    }
    return rc < 0 ? rc : 0;
}
