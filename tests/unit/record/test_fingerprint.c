/* test_fingerprint.c - ids that repeat and never collide by construction, keyed digests, likeness of texts. */
#include "record/warning.h"
#include "../setup.h"

#include "core/utf8.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

static struct warning_hasher hasher;

static void setup(void)
{
    ck_assert_int_eq(warning_hasher_init(&hasher, STR_LIT("Jefe")), 0);
}

static void teardown(void)
{
    warning_hasher_fini(&hasher);
}

static bool is_hex(const char *s, size_t n)
{
    return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

START_TEST(the_same_record_has_the_same_id_and_every_part_counts)
{
    char id[33], again[33], other[9][33];

    warning_id_kafka(&hasher, STR_LIT("c1"), STR_LIT("sms"), 3, 991, 0, 1732230000123, id);
    warning_id_kafka(&hasher, STR_LIT("c1"), STR_LIT("sms"), 3, 991, 0, 1732230000123, again);
    ck_assert_str_eq(id, again);
    ck_assert(is_hex(id, 32));
    warning_id_kafka(&hasher, STR_LIT("c2"), STR_LIT("sms"), 3, 991, 0, 1732230000123, other[0]);
    warning_id_kafka(&hasher, STR_LIT("c1"), STR_LIT("cdr"), 3, 991, 0, 1732230000123, other[1]);
    warning_id_kafka(&hasher, STR_LIT("c1"), STR_LIT("sms"), 4, 991, 0, 1732230000123, other[2]);
    warning_id_kafka(&hasher, STR_LIT("c1"), STR_LIT("sms"), 3, 992, 0, 1732230000123, other[3]);
    warning_id_kafka(&hasher, STR_LIT("c1"), STR_LIT("sms"), 3, 991, 1, 1732230000123, other[4]);
    warning_id_kafka(&hasher, STR_LIT("c1"), STR_LIT("sms"), 3, 991, 0, 1732230000124, other[5]);
    warning_id_kafka(&hasher, STR_LIT("c1s"), STR_LIT("ms"), 3, 991, 0, 1732230000123, other[6]);
    warning_id_file(&hasher, STR_LIT("sms"), 991, 0, other[7]);
    warning_id_file(&hasher, STR_LIT("sms"), 991, 1, other[8]);
    for (size_t i = 0; i < 9; i++) {
        ck_assert(is_hex(other[i], 32));
        ck_assert_msg(strcmp(id, other[i]) != 0, "%zu", i);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(strcmp(other[i], other[k]) != 0, "%zu %zu", i, k);
    }
}
END_TEST

/* An id is stored by consumers: it must not change between versions. */
START_TEST(ids_are_the_same_in_every_version)
{
    char id[33];

    warning_id_file(&hasher, STR_LIT("records.jsonl"), 12, 0, id);
    ck_assert_str_eq(id, "2b185a69ea02d32b90d8ace7ee30b744");
    warning_id_kafka(&hasher, STR_LIT("c1"), STR_LIT("sms"), 3, 991, 0, 1732230000123, id);
    ck_assert_str_eq(id, "ce04eaef5a3ccbae81896ae581d2f70e");
}
END_TEST

START_TEST(hashes_of_parts_keep_the_parts_apart)
{
    struct str ab_c[] = {STR_LIT("ab"), STR_LIT("c")}, a_bc[] = {STR_LIT("a"), STR_LIT("bc")};
    struct str abc[] = {STR_LIT("abc")}, empty[] = {STR_LIT("abc"), {NULL, 0}};
    char first[33], second[33], third[33], fourth[33];

    warning_hash(&hasher, ab_c, 2, first);
    warning_hash(&hasher, a_bc, 2, second);
    warning_hash(&hasher, abc, 1, third);
    warning_hash(&hasher, empty, 2, fourth);
    ck_assert(is_hex(first, 32));
    ck_assert_str_ne(first, second);
    ck_assert_str_ne(first, third);
    ck_assert_str_ne(third, fourth);
}
END_TEST

/* RFC 4231, test case 2; a hasher has one key and is used again and again. */
START_TEST(hmac_is_the_standard_one)
{
    struct warning_hasher keyless;
    char out[65];

    for (int round = 0; round < 2; round++) {
        warning_hmac(&hasher, STR_LIT("what do ya want for nothing?"), 64, out);
        ck_assert_str_eq(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        warning_hmac(&hasher, STR_LIT("what do ya want for nothing?"), 16, out);
        ck_assert_str_eq(out, "5bdcc146bf60754e");
        warning_hmac(&hasher, (struct str){0}, 64, out);
        ck_assert(is_hex(out, 64));
    }
    ck_assert_int_eq(warning_hasher_init(&keyless, (struct str){0}), 0);
    warning_hmac(&keyless, STR_LIT("text"), 64, out);
    ck_assert_str_eq(out, "");
    warning_hasher_fini(&keyless);
}
END_TEST

static int distance(const char *a, const char *b)
{
    return __builtin_popcountll(strtoull(a, NULL, 16) ^ strtoull(b, NULL, 16));
}

START_TEST(like_texts_have_like_simhashes_and_others_do_not)
{
    char text[17], digits[17], edited[17], other[17], again[17];

    warning_simhash(STR_LIT("您的快递丢失,可双倍理赔500元,请添加理赔客服qq:12345678办理"), text);
    warning_simhash(STR_LIT("您的快递丢失,可双倍理赔20000元,请添加理赔客服qq:987654321办理"), digits);
    warning_simhash(STR_LIT("您的快递已丢失,可双倍理赔500元,请添加理赔专员qq:12345678办理"), edited);
    warning_simhash(STR_LIT("周末去看演唱会吗,我抢到两张票,到时候在门口见,别迟到"), other);
    warning_simhash(STR_LIT("您的快递丢失,可双倍理赔500元,请添加理赔客服qq:12345678办理"), again);
    ck_assert(is_hex(text, 16));
    ck_assert_str_eq(text, again);
    ck_assert_str_eq(text, digits); /* masked */
    ck_assert_int_le(distance(text, edited), 16);
    ck_assert_int_ge(distance(text, other), 20);
}
END_TEST

/* The plain way: 64 counters, one up or down for each bit of each pair. */
static void plain_simhash(const uint32_t *chars, size_t n, char out[17])
{
    int votes[64] = {0};
    uint64_t hash = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t pair[2] = {i > 0 ? chars[i - 1] : 0, chars[i]};
        uint64_t bits = XXH3_64bits(pair, sizeof(pair)); /* little-endian, as every machine this runs on */
        for (int k = 0; k < 64; k++)
            votes[k] += bits >> k & 1 ? 1 : -1;
    }
    for (int k = 0; k < 64; k++)
        hash |= (uint64_t)(votes[k] > 0) << k;
    snprintf(out, 17, "%016llx", (unsigned long long)hash);
}

START_TEST(votes_are_counted_whole_in_texts_of_any_length)
{
    static const size_t lengths[] = {1, 2, 3, 100, 254, 255, 256, 257, 509, 510, 511, 1000, 5000};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        uint32_t *chars = calloc(lengths[i], sizeof(*chars));
        char *text = malloc(3 * lengths[i]), *end = text, plain[17], out[17];
        for (size_t k = 0; k < lengths[i]; k++) {
            chars[k] = 0x4E00 + (uint32_t)(k * k % 7919);
            end += utf8_encode(chars[k], end);
        }
        plain_simhash(chars, lengths[i], plain);
        warning_simhash((struct str){text, (size_t)(end - text)}, out);
        ck_assert_str_eq(out, plain);
        free(text);
        free(chars);
    }
}
END_TEST

START_TEST(a_text_without_characters_has_a_simhash_of_zero)
{
    char out[17];

    warning_simhash((struct str){0}, out);
    ck_assert_str_eq(out, "0000000000000000");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("fingerprint");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_same_record_has_the_same_id_and_every_part_counts);
    tcase_add_test(tc, ids_are_the_same_in_every_version);
    tcase_add_test(tc, hashes_of_parts_keep_the_parts_apart);
    tcase_add_test(tc, hmac_is_the_standard_one);
    tcase_add_test(tc, like_texts_have_like_simhashes_and_others_do_not);
    tcase_add_test(tc, votes_are_counted_whole_in_texts_of_any_length);
    tcase_add_test(tc, a_text_without_characters_has_a_simhash_of_zero);
    return setup_run("fingerprint", tc);
}
