/* test_regex_anchor.c - which words every match of an expression holds, when nobody can say, and that no text matches
 * which has none of them. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "match/regex_anchor.h"
#include "../setup.h"

#include <check.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena arena;

static void setup(void)
{
    arena_init(&arena, 1u << 14);
}

static void teardown(void)
{
    arena_fini(&arena);
}

static struct regex_anchors words_of(const char *regex)
{
    struct regex_anchors words;
    uint32_t longest;

    ck_assert_int_eq(regex_anchors(str_of(regex), CANON_TEXT, &arena, &words, &longest), 0);
    return words;
}

static uint32_t longest_of(const char *regex)
{
    struct regex_anchors words;
    uint32_t longest;

    ck_assert_int_eq(regex_anchors(str_of(regex), CANON_TEXT, &arena, &words, &longest), 0);
    return longest;
}

START_TEST(what_is_found_is_no_longer_than_told)
{
    ck_assert_uint_eq(longest_of("苹果"), 6);
    ck_assert_uint_eq(longest_of("(苹果|a|请苹果)园"), 12);
    ck_assert_uint_eq(longest_of("^苹[果瓜]?$"), 7);
    ck_assert_uint_eq(longest_of("苹.{0,12}果"), 54);
    ck_assert_uint_eq(longest_of("苹(果[^瓜]{2}){1,3}"), 36);
    ck_assert_uint_eq(longest_of("苹果(?!a{1,9})\\d{4}(?<=x)"), 10);
    ck_assert_uint_eq(longest_of("苹果[0-9]+"), REGEX_UNBOUNDED);
    ck_assert_uint_eq(longest_of("苹果[0-9]{3,}"), REGEX_UNBOUNDED);
    ck_assert_uint_eq(longest_of("(苹果[0-9]*园|瓜)园"), REGEX_UNBOUNDED);
    ck_assert_uint_eq(longest_of("苹果{99999}{99999}"), REGEX_UNBOUNDED); /* not understood */
    ck_assert_uint_eq(longest_of("(?i)苹果"), REGEX_UNBOUNDED);
}
END_TEST

/* The words with a space between, the marks as < and >. */
static const char *shown(struct regex_anchors words)
{
    static char out[4096];
    size_t n = 0;

    for (size_t i = 0; i < words.n; i++) {
        n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%.*s", i > 0 ? " " : "", STR_FMT(words.word[i]));
        ck_assert_uint_lt(n, sizeof(out));
    }
    for (size_t i = 0; i < n; i++)
        out[i] = out[i] == CANON_MARK(CANON_TEXT) ? '<' : out[i] == CANON_MARK(CANON_TEXT) + 1 ? '>' : out[i];
    out[n] = '\0';
    return out;
}

START_TEST(every_match_has_one_of_the_words)
{
    static const struct {
        const char *regex, *words;
    } cases[] = {
        {"苹果", "苹果"},
        {"苹果|桃子", "苹果 桃子"},
        {"(苹果|桃)树", "苹果树 桃树"},
        {"[转汇]\\d{2,}", "转0 转1 转2 转3 转4 转5 转6 转7 转8 转9 汇0 汇1 汇2 汇3 汇4 汇5 汇6 汇7 汇8 汇9"},
        {"借(我|你)?[67]", "借6 借7 借我6 借我7 借你6 借你7"},
        {"^[^。]{0,9}(我是|我叫)", "我是 我叫"},
        {"^小.", "<小"},
        {"号$", "号>"},
        {"(?<![a-z])etc(?![a-z])[^。]{0,24}失效", "失效"},
        {"第[零一]{1,4}期", "第零 第一"},
        {"\\d{2,4}(甲|乙)丙", "甲丙 乙丙"},
        {"[./][a-z]{1,20}[.]apk", ".apk"},
        {"(?:甲乙)+丙?", "甲乙"},
        {"[]甲]乙", "]乙 甲乙"},
        {"甲乙(丙丁甲)?", "甲乙"},
        {"甲乙(丙丁甲){0,2}", "甲乙"},
        {"甲乙{2}", "甲乙乙"},
        {"(甲乙|)丙[0-9]{3}", "丙0 丙1 丙2 丙3 丙4 丙5 丙6 丙7 丙8 丙9"},
        {"(?!甲乙丙)甲乙", "甲乙"},
        {"^甲乙$", "<甲乙>"},
        /* none: anything may be between, too common, too many, not understood */
        {".*", ""},
        {"[a-z]+", ""},
        {"甲乙|.", ""},
        {"(甲乙)?", ""},
        {"(甲乙)*丙{0,3}", ""},
        {"[^甲]", ""},
        {"[一-龥]", ""},
        {"a", ""},
        {"(?i)abc", ""},
        {"(甲)\\1", ""},
        {"\\p{Han}甲乙", ""},
        {"[[:alpha:]]甲乙", ""},
        {"(?<name>甲乙)", ""},
        {"(?>甲乙)丙", ""},
        {"(*UCP)甲乙", ""},
        {"\\x{8336}叶子", ""},
        {"\\Q甲乙\\E", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        ck_assert_msg(strcmp(shown(words_of(cases[i].regex)), cases[i].words) == 0, "%s: %s", cases[i].regex,
                      shown(words_of(cases[i].regex)));
}
END_TEST

static bool has_word(struct str text, struct regex_anchors words)
{
    for (size_t i = 0; i < words.n; i++)
        if (memmem(text.p, text.n, words.word[i].p, words.word[i].n) != NULL)
            return true;
    return false;
}

/* An expression of nested choices, repetitions and classes over a small alphabet. */
static size_t write_regex(char *out, unsigned depth)
{
    static const char *const atoms[] = {"甲", "乙", "丙", "ab", "1", "[甲乙]", "[a1]", "[^甲]",
                                        ".", "\\d", "^", "$", "(?=甲)", "\\."};
    static const char *const quantifiers[] = {"", "", "", "?", "+", "*", "{2}", "{1,3}", "{0,2}", "+?", "{2,}"};
    size_t n = 0;

    for (int parts = 1 + rand() % 4; parts > 0; parts--) {
        if (depth < 3 && rand() % 3 == 0) {
            n += (size_t)sprintf(out + n, "(");
            n += write_regex(out + n, depth + 1);
            if (rand() % 2 == 0) {
                n += (size_t)sprintf(out + n, "|");
                n += write_regex(out + n, depth + 1);
            }
            n += (size_t)sprintf(out + n, ")");
        } else {
            n += (size_t)sprintf(out + n, "%s", atoms[rand() % 14]);
        }
        n += (size_t)sprintf(out + n, "%s", quantifiers[rand() % 11]);
    }
    return n;
}

static size_t write_text(char *out)
{
    static const char *const chars[] = {"甲", "乙", "丙", "a", "b", "1", "."};
    size_t n = (size_t)sprintf(out, "%c", CANON_MARK(CANON_TEXT));

    for (int chosen = rand() % 9; chosen > 0; chosen--)
        n += (size_t)sprintf(out + n, "%s", chars[rand() % 7]);
    n += (size_t)sprintf(out + n, "%c", CANON_MARK(CANON_TEXT) + 1);
    return n;
}

START_TEST(a_text_without_a_word_never_matches)
{
    unsigned with_words = 0, matched = 0, kept_out = 0;

    srand(20261122);
    for (int i = 0; i < 20000; i++) {
        char regex[2048], text[64];
        struct regex_anchors words;
        PCRE2_SIZE at;
        int code;

        regex[write_regex(regex, 0)] = '\0';
        pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)regex, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_DOLLAR_ENDONLY,
                                             &code, &at, NULL);
        if (compiled == NULL)
            continue;
        pcre2_match_data *data = pcre2_match_data_create(1, NULL);
        words = words_of(regex);
        with_words += words.n > 0;
        for (int k = 0; words.n > 0 && k < 40; k++) {
            size_t n = write_text(text);
            int rc = pcre2_match(compiled, (PCRE2_SPTR)(text + 1), n - 2, 0, PCRE2_NOTEMPTY, data, NULL);
            bool has = has_word((struct str){text, n}, words);

            ck_assert_msg(rc <= 0 || has, "%s matches %.*s, which has none of: %s", regex, (int)n, text, shown(words));
            matched += rc > 0;
            kept_out += !has;
        }
        pcre2_match_data_free(data);
        pcre2_code_free(compiled);
        arena_reset(&arena);
    }
    ck_assert_msg(with_words > 1000 && matched > 1000 && kept_out > 1000, "the test saw too little: %u %u %u",
                  with_words, matched, kept_out);
}
END_TEST

int main(void)
{
    TCase *words = tcase_create("words");

    tcase_add_checked_fixture(words, setup, teardown);
    tcase_set_timeout(words, 60);
    tcase_add_test(words, what_is_found_is_no_longer_than_told);
    tcase_add_test(words, every_match_has_one_of_the_words);
    tcase_add_test(words, a_text_without_a_word_never_matches);
    return setup_run("regex_anchor", words);
}
