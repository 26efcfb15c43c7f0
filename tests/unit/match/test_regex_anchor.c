/* test_regex_anchor.c - which literals every match of an expression holds, and when nobody can say. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/regex_anchor.h"

#include <check.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

static const struct {
    const char *regex, *anchors; /* with a blank between them; "": none */
} cases[] = {
    {"茶叶[0-9]{3,6}", "茶叶"},
    {"[^。!?]{0,8}(茶叶|苹果)[0-9]", "茶叶 苹果"},
    {"(?:茶叶|苹果)[0-9]", "茶叶 苹果"},
    {"(茶叶|苹果)x(买茶叶|卖苹果)", "买茶叶 卖苹果"}, /* the longer are rarer */
    {"(茶叶|苹果|香蕉)x(红茶|绿茶)", "红茶 绿茶"},     /* and so are the fewer */
    {"茶叶(红茶叶)?", "茶叶"},                         /* what may be absent proves nothing */
    {"茶叶(红茶叶)*|苹果", ""},
    {"茶叶(红茶叶){0,2}", "茶叶"},
    {"茶叶店?[0-9]", "茶叶"},
    {"茶叶店+[0-9]", "茶叶店"},
    {"茶叶{2}[0-9]", ""},
    {"茶?[0-9]+", ""},
    {"(茶|茶叶)[0-9]", ""}, /* one character is in too many texts */
    {"(茶叶|)[0-9]{3}", ""},
    {"(茶叶|苹果[0-9])x", ""},
    {"(茶叶|(苹果|香蕉))x", ""},
    {"茶叶|苹果", ""},
    {"(?i)etc", ""},
    {"(?<![a-z])etc(?![a-z])", "etc"},
    {"(?!茶叶店)茶叶", "茶叶"},
    {"(?>茶叶)苹果", ""},
    {"(*UCP)茶叶", ""},
    {"\\x04(喂|嗨)?茶叶", "茶叶"},
    {"\\x{8336}叶子", ""},
    {"20\\d\\d年", "20"},
    {"\\Q茶叶\\E", ""},
    {"[(〔\\[茶叶]{2}[]店铺]", ""},
    {"[[:alpha:]]茶叶", ""},
    {"^茶叶$", "茶叶"},
};

START_TEST(anchors_are_what_every_match_holds)
{
    struct arena arena;
    struct str *anchors = NULL;
    char got[256] = "";
    size_t n, used = 0;

    arena_init(&arena, 4096);
    ck_assert_int_eq(regex_anchors(&arena, str_of(cases[_i].regex), &anchors, &n), 0);
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%.*s", i > 0 ? " " : "", STR_FMT(anchors[i]));
    ck_assert_msg(strcmp(got, cases[_i].anchors) == 0, "%s: \"%s\"", cases[_i].regex, got);
    arena_fini(&arena);
}
END_TEST

/* ---- expressions at random: a match without an anchor would be a loss nobody sees ---------------------------- */

static unsigned pick(uint64_t *random, unsigned n)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (unsigned)(*random % n);
}

static const char *const letters[] = {"茶", "叶", "红", "x", "1", " "};

static void print_regex(uint64_t *random, FILE *out, int depth)
{
    static const char *const atoms[] = {"茶叶", "红茶", "x1", "茶", "[茶x]", "[^茶]", "[0-9]", "\\d", ".", "(?!茶叶)", "(?<!x)"};
    static const char *const counts[] = {"?", "*", "+", "{2}", "{0,2}", "{1,3}", "+?", "??"};
    unsigned items = 1 + pick(random, 4);

    for (unsigned i = 0; i < items; i++) {
        if (depth > 0 && pick(random, 3) == 0) {
            fputs(pick(random, 2) ? "(" : "(?:", out);
            print_regex(random, out, depth - 1);
            fputc(')', out);
        } else {
            fputs(atoms[pick(random, sizeof(atoms) / sizeof(*atoms))], out);
        }
        if (pick(random, 4) == 0)
            fputs(counts[pick(random, sizeof(counts) / sizeof(*counts))], out);
        if (depth >= 0 && i + 1 < items && pick(random, 4) == 0)
            fputc('|', out);
    }
}

static bool has_any(struct str text, const struct str *anchors, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (memmem(text.p, text.n, anchors[i].p, anchors[i].n) != NULL)
            return true;
    return false;
}

/* Returns how many texts matched; every one of them holds an anchor. */
static unsigned try_texts(uint64_t *random, pcre2_code *code, const char *regex, const struct str *anchors, size_t n)
{
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    unsigned matched = 0;

    for (int i = 0; i < 40; i++) {
        char text[64] = "";
        for (unsigned k = pick(random, 12); k > 0; k--)
            strcat(text, letters[pick(random, sizeof(letters) / sizeof(*letters))]);
        if (pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, PCRE2_NOTEMPTY, data, NULL) < 0)
            continue;
        matched++;
        ck_assert_msg(has_any(str_of(text), anchors, n), "%s matches \"%s\", which has no anchor", regex, text);
    }
    pcre2_match_data_free(data);
    return matched;
}

START_TEST(no_random_expression_matches_a_text_without_its_anchors)
{
    uint64_t random = 88172645463325252u;
    unsigned anchored = 0, matched = 0;

    for (int round = 0; round < 20000; round++) {
        char *regex = NULL;
        size_t size, n;
        FILE *out = open_memstream(&regex, &size);
        struct arena arena;
        struct str *anchors;
        int error;
        PCRE2_SIZE at;

        print_regex(&random, out, 2);
        fclose(out);
        arena_init(&arena, 4096);
        pcre2_code *code = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, PCRE2_UTF, &error, &at, NULL);
        if (code != NULL) { /* a count behind a lookaround may be refused */
            ck_assert_int_eq(regex_anchors(&arena, str_of(regex), &anchors, &n), 0);
            anchored += n > 0;
            matched += n > 0 ? try_texts(&random, code, regex, anchors, n) : 0;
        }
        pcre2_code_free(code);
        arena_fini(&arena);
        free(regex);
    }
    ck_assert_msg(anchored > 1000 && matched > 1000, "the test saw too little: %u anchored, %u matched", anchored, matched);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("regex_anchor");
    TCase *anchors = tcase_create("anchors");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(anchors, anchors_are_what_every_match_holds, 0, (int)(sizeof(cases) / sizeof(*cases)));
    tcase_add_test(anchors, no_random_expression_matches_a_text_without_its_anchors);
    tcase_set_timeout(anchors, 120);
    suite_add_tcase(suite, anchors);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
