/* Runs of characters: which are met, and that a text counts each once. */
#include "cli/grams.h"
#include "core/utf8.h"
#include "../setup.h"

#include <stdio.h>

static struct grams grams;
static char met[400];

static void note(void *ctx, struct gram *gram)
{
    size_t n = strlen(met);

    (void)ctx;
    snprintf(met + n, sizeof(met) - n, "%.*s:%u/%u ", STR_FMT(gram->text), gram->texts[0], gram->texts[1]);
}

static const char *runs_of(const char *text)
{
    met[0] = '\0';
    grams_each(&grams, str_of(text), note, NULL);
    return met;
}

static void teardown(void)
{
    grams_fini(&grams);
}

START_TEST(a_run_is_of_han_and_letters_and_ends_at_all_else)
{
    ck_assert(grams_init(&grams, 2, 3, true));
    ck_assert(grams_count(&grams, STR_LIT("加v信 8号。好的"), 0, false));
    ck_assert_str_eq(runs_of("加v信 8号。好的"), "加v:1/0 加v信:1/0 v信:1/0 好的:1/0 ");
}
END_TEST

START_TEST(without_latin_a_run_is_of_han_only)
{
    ck_assert(grams_init(&grams, 2, 6, false));
    ck_assert(grams_count(&grams, STR_LIT("加微v信号"), 0, false));
    ck_assert_str_eq(runs_of("加微v信号"), "加微:1/0 信号:1/0 ");
}
END_TEST

START_TEST(a_text_counts_once_and_for_its_side)
{
    ck_assert(grams_init(&grams, 2, 2, false));
    ck_assert(grams_count(&grams, STR_LIT("你好你好"), 0, false));
    ck_assert(grams_count(&grams, STR_LIT("你好"), 1, false));
    ck_assert_str_eq(runs_of("你好你好"), "你好:1/1 好你:1/0 ");
}
END_TEST

START_TEST(what_is_not_known_is_not_added_when_it_must_not_be)
{
    ck_assert(grams_init(&grams, 2, 2, false));
    ck_assert(grams_count(&grams, STR_LIT("你好"), 0, false));
    ck_assert(grams_count(&grams, STR_LIT("你好再见"), 1, true));
    ck_assert_str_eq(runs_of("你好再见"), "你好:1/1 ");
    ck_assert_uint_eq(grams.n, 1);
}
END_TEST

static void count_gram(void *ctx, struct gram *gram)
{
    *(size_t *)ctx += gram->texts[0] == 1 && gram->texts[1] == 0;
}

START_TEST(what_was_counted_is_found_when_the_table_has_grown)
{
    static char text[3 * 20000];
    size_t n = 0, found = 0, first;

    for (uint32_t cp = 0x4E00; cp < 0x4E00 + 20000; cp++)
        n += utf8_encode(cp, text + n);
    ck_assert(grams_init(&grams, 2, 3, false));
    first = grams.cap;
    ck_assert(grams_count(&grams, (struct str){text, n}, 0, false));
    ck_assert_uint_eq(grams.n, 19999 + 19998);
    ck_assert_uint_gt(grams.cap, first);
    grams_each(&grams, (struct str){text, n}, count_gram, &found);
    ck_assert_uint_eq(found, grams.n);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("grams");

    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_run_is_of_han_and_letters_and_ends_at_all_else);
    tcase_add_test(tcase, without_latin_a_run_is_of_han_only);
    tcase_add_test(tcase, a_text_counts_once_and_for_its_side);
    tcase_add_test(tcase, what_is_not_known_is_not_added_when_it_must_not_be);
    tcase_add_test(tcase, what_was_counted_is_found_when_the_table_has_grown);
    return setup_run("grams", tcase);
}
