/* test_sequence.c - fragments around their anchor: gaps, alternatives, numbers, breaks; and, on random texts, that
 * what is found is exactly what the plain reference matcher finds. */
#include "match_setup.h"

#include "match/judge_parts.h"
#include "match/segment.h"
#include "match/sequence_piece.h"

struct sequence_case {
    const char *phrase, *text;
    int start, end; /* characters of the original; -1: not found */
    bool disguised;
};

static const struct sequence_case cases[] = {
    {"苹果丢失", "您的苹果丢失了", 2, 6, false},
    {"苹果丢失", "您的苹果损坏了", -1, -1, false},
    /* gaps count characters and end with the sentence */
    {"苹果~丢失", "苹果丢失", 0, 4, false},
    {"苹果~丢失", "苹果在运送途中不慎丢失", 0, 11, false},
    {"苹果~3丢失", "苹果一二三丢失", 0, 7, false},
    {"苹果~3丢失", "苹果一二三四丢失", -1, -1, false},
    {"苹果~丢失", "苹果到了。丢失", -1, -1, false},
    {"苹果~丢失", "苹果到了!丢失", -1, -1, false},
    {"苹果~丢失", "苹果到了,丢失", 0, 7, false},
    {"苹果~丢失~赔付", "丢失赔付苹果丢失后赔付", 4, 11, false},
    /* each anchor tells its tightest place */
    {"苹果~丢失", "苹果苹果丢失", 2, 6, false},
    {"苹果~丢失", "苹果丢失丢失", 0, 4, false},
    /* alternatives, also behind one that leads nowhere */
    {"[苹|苹果]果[汁|酱]园", "苹果汁园", 0, 4, false},
    {"[苹|苹果]果[汁|酱]园", "苹果果酱园", 0, 5, false},
    {"苹果[丢失|损坏]~[赔付|退款]", "苹果损坏,现在退款", 0, 9, false},
    /* optional words are taken in when they are there */
    {"[请|]加入果园", "请加入果园", 0, 5, false},
    {"[请|]加入果园", "加入果园", 0, 4, false},
    {"加入[大|]果园", "加入果园", 0, 4, false},
    {"加入[大|]果园", "加入大果园", 0, 5, false},
    {"加入~2[大|]果园", "加入我们果园", 0, 6, false},
    {"加入~2[大|]果园", "加入我们的果园", -1, -1, false},
    /* numbers */
    {"日赚#元", "日赚300元", 0, 6, false},
    {"日赚#元", "日赚1,200.50元", 0, 11, false},
    {"日赚#元", "日赚三百元", 0, 5, false},
    {"日赚#元", "日赚元", -1, -1, false},
    {"日赚#元", "日赚.5元", -1, -1, false},
    {"日赚#", "日赚3万5千元整", 0, 7, false},
    {"#元果券", "送12.5元果券", 1, 8, false},
    {"#果园币", "送百果园币", -1, -1, false},
    /* breaks: symbols disguise, a lone comma takes apart, two do not */
    {"苹果丢失", "苹★果丢失", 0, 5, true},
    {"苹果丢失", "苹果,丢失", -1, -1, false},
    {"苹果丢失", "苹,果,丢失", 0, 6, true},
    {"苹果[丢失|损坏]", "苹果,丢失", -1, -1, false},
    {"苹果[丢失|损坏]", "苹果★损坏", 0, 5, true},
    {"苹果[丢失|损坏]", "苹,果,损坏", 0, 6, true},
    {"苹果[丢失|损坏]", "苹果“损坏”", 0, 5, false},
    {"苹果~丢[失|弃]", "苹果昨天丢,失", -1, -1, false},
    {"苹果~丢[失|弃]", "苹果昨天丢★弃", 0, 7, true},
};

static void check_case(const struct sequence_case *c)
{
    char phrases[256], what[64];
    struct ruleset *ruleset;
    struct judge *judge = judge_new();
    struct record record = setup_sms("13912345678", c->text);
    const struct verdict *verdict;
    bool told = false;

    snprintf(phrases, sizeof(phrases), "[\"%s\"]", c->phrase);
    ruleset = setup_phrases(phrases);
    ck_assert_int_eq(judge_use(judge, ruleset), 0);
    judge_thorough(judge, true);
    verdict = setup_judge(judge, &record);
    ck_assert_msg((verdict->nmatches > 0) == (c->start >= 0), "%s in %s: %zu found", c->phrase, c->text,
                  verdict->nmatches);
    for (size_t i = 0; i < verdict->nmatches; i++) {
        const struct match *match = &verdict->matches[i];
        uint32_t start, end;

        canon_to_original(verdict->subject->canon, match->start, match->end, &start, &end);
        told |= (int)start == c->start && (int)end == c->end && match->disguised == c->disguised;
    }
    ck_assert_msg(told == (c->start >= 0), "%s in %s: not at %d-%d", c->phrase, c->text, c->start, c->end);
    ck_assert_msg(judge_cross_check(judge, what, sizeof(what)) == 0, "%s in %s: reference differs", c->phrase, c->text);
    judge_free(&judge);
    ruleset_free(&ruleset);
}

START_TEST(fragments_are_found_where_they_are)
{
    check_case(&cases[_i]);
}
END_TEST

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* A phrase or text of pieces from a small alphabet, so that everything nearly matches everything. */
static void random_join(uint32_t *state, const char *const *pieces, size_t npieces, unsigned n, char *out)
{
    *out = '\0';
    while (n-- > 0)
        strcat(out, pieces[next_random(state) % npieces]);
}

/* Two gaps in a row are an error: keep the second. */
static void one_gap(char *phrase)
{
    for (char *p = phrase; *p != '\0'; p++) {
        size_t gap = p[0] == '~' ? (p[1] >= '0' && p[1] <= '9' ? 2 : 1) : 0;
        if (gap > 0 && p[gap] == '~') {
            memmove(p, p + gap, strlen(p + gap) + 1);
            p--;
        }
    }
}

/* ---- the tightest place, by trying all ---- */

/* A side that is read from the anchor to fragment->steps[last]; `best` becomes the nearest end. No breaks. */
struct trying {
    const struct fragment *fragment;
    const struct canon *canon;
    bool left;
    uint32_t best;
};

static void try_step(struct trying *trying, size_t step, uint32_t at);

/* The step behind `step` (left: before), from `at` on: right there or behind its gap. */
static void try_next(struct trying *trying, size_t step, uint32_t at)
{
    const struct fragment *fragment = trying->fragment;
    const char *buf = trying->canon->buf;
    uint32_t first = trying->canon->start[CANON_TEXT], last = trying->canon->end[CANON_TEXT];
    int gap;

    if (trying->left ? step == 0 : step + 1 == fragment->nsteps) {
        trying->best = trying->left == (at > trying->best) ? at : trying->best;
        return;
    }
    gap = fragment->steps[trying->left ? step : step + 1].gap;
    step = trying->left ? step - 1 : step + 1;
    try_step(trying, step, at);
    for (; gap > 0 && (trying->left ? at > first : at < last); gap--) {
        uint32_t from = at;

        if (trying->left)
            do
                from = --at;
            while ((buf[at] & 0xC0) == 0x80);
        else
            at += segment_char_bytes(buf + at);
        if (canon_is_sentence_end(buf + from))
            return;
        try_step(trying, step, at);
    }
}

static void try_piece(struct trying *trying, size_t step, uint32_t at, size_t n)
{
    try_next(trying, step, trying->left ? at - (uint32_t)n : at + (uint32_t)n);
}

static void try_step(struct trying *trying, size_t i, uint32_t at)
{
    const struct step *step = &trying->fragment->steps[i];
    const struct canon *canon = trying->canon;
    size_t room = trying->left ? at - canon->start[CANON_TEXT] : canon->end[CANON_TEXT] - at;

    if (step->optional)
        try_next(trying, i, at);
    for (size_t k = 0; k < step->nalt; k++) {
        struct str word = step->alt[k];
        if (word.n > 0 && word.n <= room && memcmp(canon->buf + at - (trying->left ? word.n : 0), word.p, word.n) == 0)
            try_piece(trying, i, at, word.n);
    }
    for (size_t n = 1; step->kind == STEP_NUMBER && n <= room && n <= 4 * SEQUENCE_NUMBER_CHARS; n++) {
        const char *p = canon->buf + at - (trying->left ? n : 0);
        if ((*p & 0xC0) != 0x80 && (p[n] & 0xC0) != 0x80 && piece_is_number(p, p + n))
            try_piece(trying, i, at, n);
    }
}

static bool takes_nothing_in(const struct step *step)
{
    return step->kind == STEP_ALTERNATIVES && !step->optional;
}

/* Is the span the tightest around the anchor at [start, end), or, when it is none, is there none? */
static bool is_tightest(const struct fragment *fragment, const struct canon *canon, uint32_t start, uint32_t end,
                        const struct sequence_span *span)
{
    struct trying left = {fragment, canon, true, 0}, right = {fragment, canon, false, UINT32_MAX};

    try_next(&left, fragment->anchor, start);
    try_next(&right, fragment->anchor, end);
    if (left.best == 0 || right.best == UINT32_MAX)
        return span == NULL;
    if (span == NULL || span->disguised)
        return false;
    return (span->start == left.best || !takes_nothing_in(&fragment->steps[0])) &&
           (span->end == right.best || !takes_nothing_in(&fragment->steps[fragment->nsteps - 1]));
}

/* What is asked first, and cheaply, of each hit must be what the whole search says. Returns how often it was yes. */
static unsigned check_trials(const struct ruleset *ruleset, struct judge *judge, const struct canon *canon)
{
    struct scan *scan;
    struct sequence_span span;
    unsigned held = 0;

    ck_assert_int_eq(judge_find(judge, &scan), 0);
    for (size_t i = 0; i < scan->nhits; i++) {
        struct scan_hit hit = scan->hits[i];
        const struct pattern *pattern = &ruleset->patterns[hit.pattern];

        for (uint32_t k = pattern->first; k < pattern->first + pattern->n; k++) {
            const struct phrase *phrase = &ruleset->phrases[ruleset->postings[k].phrase];
            uint32_t start = hit.end - (uint32_t)pattern->literal.n;
            bool extends = start >= canon->start[CANON_TEXT] &&
                           sequence_extend(&scan->sequence, phrase->fragment, phrase->filters, canon, CANON_TEXT, start,
                                           hit.end, &span);
            bool holds = scan_may_hold(scan, canon, &ruleset->postings[k]) &&
                         scan_holds(scan, ruleset, canon, hit, ruleset->postings[k].phrase);

            ck_assert_msg(holds == extends, "%.*s in %.*s: holds %d, extends %d", STR_FMT(phrase->fragment->source),
                          STR_FMT(canon->text), holds, extends);
            ck_assert_msg(canon->nbreaks > 0 || start < canon->start[CANON_TEXT] ||
                              is_tightest(phrase->fragment, canon, start, hit.end, extends ? &span : NULL),
                          "%.*s in %.*s: not the tightest place", STR_FMT(phrase->fragment->source),
                          STR_FMT(canon->text));
            held += holds;
        }
    }
    return held;
}

START_TEST(places_are_exact_on_random_texts)
{
    static const char *const steps[] = {"~", "~2", "[甲|乙]", "[甲|]", "[乙丙|甲甲]", "#", "丙", "~1[丙|]", "[丁|丁甲]"};
    static const char *const text[] = {"甲", "乙", "丙", "丁", "甲甲", "乙丙", "丙丁", "3", "五", "百", "。", "★", ",", "“"};
    uint32_t state = 20261122u + (uint32_t)_i;
    char phrases[1024] = "[\"丙丁~2#\",\"#~2丙丁\",\"丙丁#\",\"甲~2丙丁~2[乙|丙]\",\"甲丙丁乙\",\"[甲|乙]丙丁\"";
    char phrase[160], middle[128], sample[256], what[64];
    struct judge *judge = judge_new();
    const struct verdict *verdict;
    struct ruleset *ruleset;
    unsigned found = 0, held = 0;

    for (int i = 0; i < 12; i++) {
        random_join(&state, steps, 9, 1 + next_random(&state) % 3, middle);
        if (next_random(&state) % 2)
            sprintf(phrase, "\"丙丁%s甲%s\"", middle, next_random(&state) % 2 ? "[乙|丙]" : "");
        else
            sprintf(phrase, "\"甲%s丙丁\"", middle);
        one_gap(phrase);
        if (strstr(phrases, phrase) == NULL)
            sprintf(phrases + strlen(phrases), ",%s", phrase);
    }
    strcat(phrases, "]");
    ruleset = setup_phrases(phrases);
    ck_assert_int_eq(judge_use(judge, ruleset), 0);
    judge_thorough(judge, true);
    for (int i = 0; i < 3000; i++) {
        struct record record = setup_sms("13912345678", sample);
        random_join(&state, text, i % 2 ? 14 : 11, 4 + next_random(&state) % 16, sample); /* with breaks or not */
        record.text = str_of(sample);
        verdict = setup_judge(judge, &record);
        found += verdict->nmatches > 0;
        ck_assert_msg(judge_cross_check(judge, what, sizeof(what)) == 0, "%s: %s", phrases, sample);
        held += check_trials(ruleset, judge, verdict->subject->canon);
    }
    ck_assert_uint_gt(held, 30);
    ck_assert_uint_gt(found, 30); /* else the test proves nothing */
    judge_free(&judge);
    ruleset_free(&ruleset);
}
END_TEST

/* Regression guard: the walk is over sets of states, so repeated words must not multiply the ways. */
START_TEST(repetition_does_not_explode)
{
    struct ruleset *ruleset = setup_phrases("[\"甲乙~60甲乙~60甲乙~60甲乙~60甲乙~60甲乙~60甲乙~60甲乙~60甲乙~60丙丁\"]");
    struct judge *judge = judge_new();
    char text[6 * 1200 + 1] = "";
    struct record record;

    for (int i = 0; i < 600; i++)
        strcat(text, "甲乙");
    record = setup_sms("13912345678", text);
    ck_assert_int_eq(judge_use(judge, ruleset), 0);
    judge_thorough(judge, true);
    ck_assert_uint_eq(setup_judge(judge, &record)->nmatches, 0);
    judge_free(&judge);
    ruleset_free(&ruleset);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("sequence");

    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, fragments_are_found_where_they_are, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_loop_test(tests, places_are_exact_on_random_texts, 0, 6);
    tcase_add_test(tests, repetition_does_not_explode);
    return setup_run("sequence", tests);
}
