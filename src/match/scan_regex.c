/* scan_regex.c - PCRE2 over one field. */
#include "match/scan_regex.h"

/* From byte `at` of its field on: the place that pcre2_match finds. The machine code called directly saves the checks
 * of pcre2_match, which cost more than most searches. */
static struct regex_place run_regex(struct scan *scan, const struct phrase *phrase, const struct canon *canon,
                                    size_t at)
{
    PCRE2_SPTR text = (PCRE2_SPTR)(canon->buf + canon->start[phrase->field]);
    size_t n = canon->end[phrase->field] - canon->start[phrase->field];
    const PCRE2_SIZE *range = pcre2_get_ovector_pointer(scan->match_data);
    int rc = phrase->jit ? pcre2_jit_match(phrase->regex, text, n, at, PCRE2_NOTEMPTY, scan->match_data,
                                           scan->match_context)
                         : pcre2_match(phrase->regex, text, n, at, PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY,
                                       scan->match_data, scan->match_context);

    return rc < 0 ? (struct regex_place){.rc = rc}
                  : (struct regex_place){.rc = rc, .start = (uint32_t)range[0], .end = (uint32_t)range[1]};
}

struct regex_place *scan_regex_first(struct scan *scan, const struct phrase *phrase, const struct canon *canon)
{
    uint64_t *word = &scan->regexes_run[phrase->regex_number / 64];
    uint64_t bit = UINT64_C(1) << phrase->regex_number % 64;
    struct regex_place *place = &scan->regex_places[phrase->regex_number];

    if ((*word & bit) == 0)
        *place = run_regex(scan, phrase, canon, 0);
    *word |= bit;
    return place;
}

bool scan_regex_disguised(const struct phrase *phrase, const struct canon *canon, struct regex_place place)
{
    uint32_t start = canon->start[phrase->field];

    return phrase->field == CANON_TEXT &&
           canon_broken(canon, start + place.start, start + place.end) == BROKEN_DISGUISED;
}

struct regex_place scan_regex_next(struct scan *scan, const struct phrase *phrase, const struct canon *canon,
                                   struct regex_place place)
{
    if (place.end == canon->end[phrase->field] - canon->start[phrase->field])
        return (struct regex_place){.rc = PCRE2_ERROR_NOMATCH};
    return run_regex(scan, phrase, canon, place.end);
}

int scan_regex_result(int rc)
{
    return rc == PCRE2_ERROR_NOMATCH ? 0 : rc == PCRE2_ERROR_NOMEMORY ? -TS_ENOMEM : -TS_EENGINE;
}
