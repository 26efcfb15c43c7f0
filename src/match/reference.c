/* reference.c - forward only: place the first step at every character of the field, then try all ways for the next
 * step, and so on. A run of steps without a gap must not be taken apart by a lone clause separator (canon.h). */
#include "match/reference.h"

#include <stdlib.h>

/* Ways tried for one phrase before the text counts as undecidable; real texts need a few hundred. */
#define WORK_LIMIT 2000000

#define REGEX_MATCH_LIMIT 1000000

struct attempt {
    const struct fragment *fragment;
    const struct canon *canon;
    bool in_text;        /* only the text has breaks */
    const char *base, *end; /* of the field */
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

static bool is_one_of(const char *p, const char *end, const char *chars)
{
    size_t n = (size_t)(after_char(p, end) - p);

    for (; *chars != '\0'; chars = after_char(chars, chars + strlen(chars)))
        if (strncmp(chars, p, n) == 0 && !continues(chars[n]))
            return true;
    return false;
}

/* Ends of the numbers that begin at p, nearest first; returns how many. */
static size_t number_ends(const char *p, const char *end, const char *ends[24])
{
    static const char digits[] = "0123456789零〇一二两三四五六七八九十", units[] = "%百千万亿元块";
    bool after_digit = false, after_unit = false, after_point = false;
    size_t n = 0;

    for (unsigned chars = 0; p < end && chars < 24; chars++) {
        bool digit = is_one_of(p, end, digits), unit = is_one_of(p, end, units), point = is_one_of(p, end, ".,");

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

/* Most places differ in the first byte. */
static bool begins_with(const char *p, const char *end, struct str word)
{
    return word.n > 0 && p < end && *p == *word.p && word.n <= (size_t)(end - p) && memcmp(p, word.p, word.n) == 0;
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

static int place_here(struct attempt *attempt, size_t i, const char *run, const char *p)
{
    const struct step *step = &attempt->fragment->steps[i];
    const char *ends[24];
    int rc = 0;

    if (step->optional)
        rc = place(attempt, i + 1, run, p);
    for (size_t k = 0; k < step->nalt && rc == 0; k++)
        if (begins_with(p, attempt->end, step->alt[k]))
            rc = place(attempt, i + 1, run, p + step->alt[k].n);
    if (step->kind == STEP_NUMBER && p < attempt->end)
        for (size_t k = 0, n = number_ends(p, attempt->end, ends); k < n && rc == 0; k++)
            rc = place(attempt, i + 1, run, ends[k]);
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
        if (p == attempt->end || is_one_of(p, attempt->end, "。!?;"))
            break;
        p = after_char(p, attempt->end);
    }
    return rc;
}

static int find_sequence(const struct phrase *phrase, const struct canon *canon)
{
    struct attempt attempt = {phrase->fragment, canon, phrase->field == CANON_TEXT,
                              canon->buf + canon->start[phrase->field], canon->buf + canon->end[phrase->field], 0};
    int rc = 0;

    for (const char *p = attempt.base; p < attempt.end && rc == 0; p = after_char(p, attempt.end))
        rc = place(&attempt, 0, p, p);
    return rc;
}

static int find_regex(const struct phrase *phrase, const struct canon *canon)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    int rc = PCRE2_ERROR_NOMEMORY;

    if (data != NULL && context != NULL) {
        pcre2_set_match_limit(context, REGEX_MATCH_LIMIT);
        rc = pcre2_match(phrase->regex, (PCRE2_SPTR)(canon->buf + canon->start[phrase->field]),
                         canon->end[phrase->field] - canon->start[phrase->field], 0, PCRE2_NO_JIT | PCRE2_NOTEMPTY, data, context);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    if (rc == PCRE2_ERROR_NOMATCH)
        return 0;
    return rc > 0 || rc == 0 ? 1 : rc == PCRE2_ERROR_NOMEMORY ? -TS_ENOMEM : -TS_EENGINE;
}

int reference_find_one(const struct ruleset *ruleset, uint32_t phrase, const struct canon *canon)
{
    const struct phrase *wanted = &ruleset->phrases[phrase];

    return wanted->fragment->kind == FRAGMENT_REGEX ? find_regex(wanted, canon) : find_sequence(wanted, canon);
}

int reference_find(const struct ruleset *ruleset, const struct canon *canon, bool *found)
{
    for (uint32_t i = 0; i < ruleset->nphrases; i++) {
        int rc = reference_find_one(ruleset, i, canon);
        if (rc < 0)
            return rc;
        found[i] = rc == 1;
    }
    return 0;
}
