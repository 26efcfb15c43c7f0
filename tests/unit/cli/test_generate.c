/* The generated streams of demo and benches are what their mixes say, and the same in every run. */
#include "cli/generate.h"
#include "../setup.h"

#include <check.h>
#include <string.h>

#define RECORDS 5000

static struct generator generator;
static char buf[GENERATED_MAX_BYTES];

static struct generated next(void)
{
    struct generated made = generator_next(&generator, buf);

    ck_assert_uint_lt(made.payload.n, GENERATED_MAX_BYTES);
    return made;
}

static void begin(const char *mix)
{
    ck_assert_ptr_nonnull(generator_mix(mix));
    generator_init(&generator, generator_mix(mix), 7, 1763776800000);
}

/* Records of a kind, or calls, among RECORDS of a mix. */
static int count(const char *mix, enum generated_kind kind, bool calls)
{
    int n = 0;

    begin(mix);
    for (int i = 0; i < RECORDS; i++) {
        struct generated made = next();
        n += calls ? made.is_call : made.kind == kind;
    }
    return n;
}

START_TEST(the_same_seed_and_mix_give_the_same_stream)
{
    char first[GENERATED_MAX_BYTES];

    for (const struct generator_mix *mix = generator_mixes; mix->name != NULL; mix++) {
        begin(mix->name);
        for (int i = 0; i < 99; i++)
            next();
        memcpy(first, buf, sizeof(first));
        begin(mix->name);
        for (int i = 0; i < 99; i++)
            next();
        ck_assert_str_eq(first, buf);
    }
}
END_TEST

START_TEST(a_mix_has_the_share_of_frauds_that_it_is_named_for)
{
    int frauds = count("hits_10", GENERATED_FRAUD, false) + count("hits_10", GENERATED_DISGUISED, false);

    ck_assert_int_gt(frauds, RECORDS / 12);
    ck_assert_int_lt(frauds, RECORDS / 8);
    ck_assert_int_eq(count("clean", GENERATED_LAWFUL, false), RECORDS);
    ck_assert_int_eq(count("fraud", GENERATED_LAWFUL, false), 0);
    ck_assert_int_gt(count("sample", GENERATED_MALFORMED, false), 0);
}
END_TEST

START_TEST(calls_are_calls_and_texts_are_texts)
{
    ck_assert_int_eq(count("calls", GENERATED_LAWFUL, true), RECORDS);
    ck_assert_int_eq(count("typical", GENERATED_LAWFUL, true), 0);
    ck_assert_int_gt(count("clean", GENERATED_LAWFUL, true), RECORDS / 3);
}
END_TEST

static size_t text_bytes(void)
{
    const char *text = strstr(buf, "\"text\":\"") + 8;

    return (size_t)(strchr(text, '"') - text);
}

START_TEST(short_and_long_texts_are_short_and_long)
{
    begin("short");
    for (int i = 0; i < RECORDS; i++, next())
        if (i > 0)
            ck_assert_uint_lt(text_bytes(), 40);
    begin("long");
    for (int i = 0; i < RECORDS; i++, next())
        if (i > 0)
            ck_assert_uint_gt(text_bytes(), 250);
}
END_TEST

START_TEST(every_disguised_text_has_a_symbol_between_its_characters)
{
    begin("disguised");
    for (int i = 0; i < RECORDS; i++) {
        next();
        ck_assert(strstr(buf, "★") != NULL || strstr(buf, "·") != NULL || strstr(buf, "︱") != NULL);
    }
}
END_TEST

START_TEST(an_unknown_mix_is_none)
{
    ck_assert_ptr_null(generator_mix("nonsense"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("generate");

    tcase_add_test(tcase, the_same_seed_and_mix_give_the_same_stream);
    tcase_add_test(tcase, a_mix_has_the_share_of_frauds_that_it_is_named_for);
    tcase_add_test(tcase, calls_are_calls_and_texts_are_texts);
    tcase_add_test(tcase, short_and_long_texts_are_short_and_long);
    tcase_add_test(tcase, every_disguised_text_has_a_symbol_between_its_characters);
    tcase_add_test(tcase, an_unknown_mix_is_none);
    return setup_run("generate", tcase);
}
