/* test_contact_lexicon.c - which word stands before a place, and which at it. */
#include "record/contact_lexicon.h"
#include "../setup.h"

#include <stdlib.h>

enum { ROLE_A = 1, ROLE_B = 2, ROLE_C = 4 };

static struct lexicon lexicon;

static void build(void)
{
    static const struct {
        const char *text;
        uint32_t role;
    } rows[] = {{"号", ROLE_A}, {"群号", ROLE_B}, {"q", ROLE_A}, {"qq", ROLE_A}, {"qq", ROLE_B}, {"v:", ROLE_A},
                {"本", ROLE_C}, {"本公司", ROLE_C}};
    size_t n = sizeof(rows) / sizeof(*rows);
    struct lexicon_word *words = calloc(n, sizeof(*words));

    for (size_t i = 0; i < n; i++)
        words[i] = (struct lexicon_word){str_of(strdup(rows[i].text)), rows[i].role};
    ck_assert_int_eq(lexicon_build(&lexicon, words, n), 0);
}

static void forget(void)
{
    lexicon_fini(&lexicon);
}

/* The word that ends `text`; "" when none does. */
static const char *before(const char *text, uint32_t roles)
{
    const struct lexicon_word *word = lexicon_before(&lexicon, text, text + strlen(text), roles);

    return word != NULL ? word->text.p : "";
}

START_TEST(the_longest_word_before_counts_that_has_the_role)
{
    ck_assert_str_eq(before("加群号", ROLE_A | ROLE_B), "群号");
    ck_assert_str_eq(before("加群号", ROLE_A), "号");
    ck_assert_str_eq(before("号", ROLE_A), "号");
    ck_assert_str_eq(before("加群号", ROLE_C), "");
    ck_assert_str_eq(before("加群", ROLE_A | ROLE_B), "");
    ck_assert_str_eq(before("", ROLE_A), "");
}
END_TEST

START_TEST(a_word_that_occurs_twice_has_both_roles)
{
    ck_assert_uint_eq(lexicon.n, 7);
    ck_assert_str_eq(before("加qq", ROLE_A), "qq");
    ck_assert_str_eq(before("加qq", ROLE_B), "qq");
}
END_TEST

START_TEST(a_word_with_a_digit_is_told)
{
    struct lexicon other;
    struct lexicon_word *words = calloc(2, sizeof(*words));

    ck_assert(!lexicon.has_digits);
    words[0] = (struct lexicon_word){str_of(strdup("号")), ROLE_A};
    words[1] = (struct lexicon_word){str_of(strdup("扣1")), ROLE_A};
    ck_assert_int_eq(lexicon_build(&other, words, 2), 0);
    ck_assert(other.has_digits);
    lexicon_fini(&other);
}
END_TEST

START_TEST(latin_words_stand_alone_however_short)
{
    ck_assert_str_eq(before("q", ROLE_A), "q");
    ck_assert_str_eq(before("加q", ROLE_A), "q");
    ck_assert_str_eq(before("faq", ROLE_A), "");
    ck_assert_str_eq(before("1qq", ROLE_A), "");
    ck_assert_str_eq(before(" v:", ROLE_A), "v:");
    ck_assert_str_eq(before("av:", ROLE_A), "");
}
END_TEST

START_TEST(nothing_before_the_start_is_looked_at)
{
    const char *text = "加群号";

    ck_assert_str_eq(lexicon_before(&lexicon, text + 6, text + 9, ROLE_A | ROLE_B)->text.p, "号");
    ck_assert_ptr_null(lexicon_before(&lexicon, text + 6, text + 9, ROLE_B));
}
END_TEST

START_TEST(the_longest_word_at_a_place_counts)
{
    const char *text = "本公司app", *end = text + strlen(text);

    ck_assert_uint_eq(lexicon_at(&lexicon, text, end, ROLE_C), strlen("本公司"));
    ck_assert_uint_eq(lexicon_at(&lexicon, text, text + 6, ROLE_C), strlen("本"));
    ck_assert_uint_eq(lexicon_at(&lexicon, text, end, ROLE_A), 0);
    ck_assert_uint_eq(lexicon_at(&lexicon, end, end, ROLE_C), 0);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("lexicon");

    tcase_add_unchecked_fixture(tests, build, forget);
    tcase_add_test(tests, the_longest_word_before_counts_that_has_the_role);
    tcase_add_test(tests, a_word_that_occurs_twice_has_both_roles);
    tcase_add_test(tests, a_word_with_a_digit_is_told);
    tcase_add_test(tests, latin_words_stand_alone_however_short);
    tcase_add_test(tests, nothing_before_the_start_is_looked_at);
    tcase_add_test(tests, the_longest_word_at_a_place_counts);
    return setup_run("contact_lexicon", tests);
}
