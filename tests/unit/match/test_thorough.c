/* test_thorough.c - a record is judged by the phrases that bear on it; that must be the verdict which all phrases give.
 * Held against each other on the samples of the shipped libraries, as they are and with breaks strewn in. */
#include "match/judge_parts.h"
#include "match/selftest.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

struct pair {
    struct judge *quick, *thorough;
    uint32_t random;
    size_t warned, suppressed, clean, disguised, against;
    char before[4096]; /* the text before */
};

static uint32_t next_random(struct pair *pair, uint32_t below)
{
    pair->random = pair->random * 1664525u + 1013904223u;
    return (pair->random >> 8) % below;
}

static bool same_match(const struct match *a, const struct match *b)
{
    return a->fragment == b->fragment && a->start == b->start && a->end == b->end && a->disguised == b->disguised &&
           a->polarity == b->polarity && a->sentence == b->sentence && a->char_start == b->char_start;
}

static void check_fired(const struct verdict *a, const struct fired *x, const struct verdict *b, const struct fired *y,
                        const char *text)
{
    ck_assert_msg(x->rule == y->rule && x->tier == y->tier && x->suppressed == y->suppressed && x->from == y->from &&
                      x->to == y->to && x->nmatches == y->nmatches && x->score >= y->score && x->score <= y->score,
                  "%s: %s (score %g, %zu matches), by all phrases %s (score %g, %zu matches)", text, x->rule->id,
                  x->score, x->nmatches, y->rule->id, y->score, y->nmatches);
    for (size_t i = 0; i < x->nmatches; i++)
        ck_assert_msg(same_match(&a->matches[x->matches[i]], &b->matches[y->matches[i]]), "%s: %s rests on others",
                      text, x->rule->id);
}

static void check_record(struct pair *pair, const struct record *record)
{
    const struct verdict *a, *b;

    ck_assert_int_eq(judge_record(pair->thorough, record, &b), 0);
    ck_assert_int_eq(judge_record(pair->quick, record, &a), 0);
    ck_assert_msg(a->kind == b->kind && a->nfired == b->nfired && a->nshadow == b->nshadow &&
                      a->nagainst == b->nagainst,
                  "%.*s: %zu rules fire, by all phrases %zu", STR_FMT(record->text), a->nfired, b->nfired);
    for (size_t i = 0; i < a->nfired; i++)
        check_fired(a, &a->fired[i], b, &b->fired[i], record->text.p);
    for (size_t i = 0; i < a->nshadow; i++)
        check_fired(a, &a->shadow[i], b, &b->shadow[i], record->text.p);
    for (size_t i = 0; i < a->nagainst; i++)
        ck_assert_ptr_eq(a->against[i].what, b->against[i].what);
    if (a->kind != VERDICT_CLEAN)
        ck_assert_uint_eq(a->subject->rewritten, b->subject->rewritten);
    pair->warned += a->kind == VERDICT_WARNED;
    pair->suppressed += a->kind == VERDICT_SUPPRESSED;
    pair->clean += a->kind == VERDICT_CLEAN;
    pair->against += a->nagainst > 0;
    for (size_t i = 0; i < b->nmatches; i++)
        if (b->matches[i].disguised) {
            pair->disguised += a->kind != VERDICT_CLEAN;
            break;
        }
}

/* Every so many characters a piece of `strewn`; cut where the room ends. */
static void strew(struct pair *pair, struct str text, const char *strewn[4], uint32_t every, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n && n + 16 < size; i++) {
        if (((unsigned char)text.p[i] & 0xC0) != 0x80 && next_random(pair, every) == 0)
            n += (size_t)snprintf(out + n, size - n, "%s", strewn[next_random(pair, 4)]);
        out[n++] = text.p[i];
    }
    while (n > 0 && n + 16 >= size && ((unsigned char)out[n - 1] & 0xC0) == 0x80)
        n--;
    n -= n > 0 && (unsigned char)out[n - 1] >= 0xC0;
    out[n] = '\0';
}

static void visit(void *visitor, const struct judged_sample *judged)
{
    static const char *symbols[] = {"★", "·", " ", ","}, *clauses[] = {",", ",", " ", "“"};
    struct pair *pair = visitor;
    struct record record = *judged->verdict->subject->record;
    char text[4096], joined[8192];

    check_record(pair, &record);
    if (record.text.n == 0)
        return;
    for (int i = 0; i < 4; i++) {
        strew(pair, judged->verdict->subject->record->text, i % 2 ? symbols : clauses, 3u << i, text, sizeof(text));
        record.text = str_of(text);
        check_record(pair, &record);
    }
    snprintf(joined, sizeof(joined), "%s。%s", pair->before, text);
    record.text = str_of(joined);
    check_record(pair, &record);
    memcpy(pair->before, text, sizeof(text));
}

START_TEST(what_bears_on_a_record_decides_as_all_phrases_do)
{
    struct pair pair = {.quick = judge_new(), .thorough = judge_new(), .random = 20261122};
    struct ruleset_options options;
    struct ruleset *rules;
    struct err err;

    err_init(&err);
    ruleset_options_default(&options);
    options.skip_self_test = true;
    rules = ruleset_load("patterns", &options, &err);
    ck_assert_msg(rules != NULL, "%s", err.text != NULL ? err.text : "no cause");
    ck_assert_int_eq(judge_use(pair.quick, rules), 0);
    ck_assert_int_eq(judge_use(pair.thorough, rules), 0);
    judge_thorough(pair.thorough, true);
    ck_assert_int_eq(selftest_visit(rules, visit, &pair, &err), 0);
    ck_assert_uint_gt(pair.warned, 1000); /* else the test proves nothing */
    ck_assert_uint_gt(pair.suppressed, 20);
    ck_assert_uint_gt(pair.clean, 1000);
    ck_assert_uint_gt(pair.disguised, 1000);
    ck_assert_uint_gt(pair.against, 10);
    judge_free(&pair.quick);
    judge_free(&pair.thorough);
    ruleset_free(&rules);
    err_fini(&err);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("thorough");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, what_bears_on_a_record_decides_as_all_phrases_do);
    return setup_run("thorough", tests);
}
