/* UTF-8 against hand-made vectors: RFC 3629, and maximal subparts of Unicode 15 section 3.9 (table 3-8). */
#include "core/utf8.h"
#include "../setup.h"

#include <check.h>
#include <stdlib.h>

#define BAD UINT32_MAX

static const struct {
    const char *bytes;
    size_t n, length;
    uint32_t cp;
} decodes[] = {
    {"A", 1, 1, 'A'},
    {"\x00", 1, 1, 0},
    {"\xC2\x80", 2, 2, 0x80},
    {"\xDF\xBF", 2, 2, 0x7FF},
    {"\xE0\xA0\x80", 3, 3, 0x800},
    {"\xE6\xAC\xBE", 3, 3, 0x6B3E}, /* 款 */
    {"\xED\x9F\xBF", 3, 3, 0xD7FF},
    {"\xEE\x80\x80", 3, 3, 0xE000},
    {"\xEF\xBF\xBF", 3, 3, 0xFFFF},
    {"\xF0\x90\x80\x80", 4, 4, 0x10000},
    {"\xF0\x9F\x98\x80", 4, 4, 0x1F600},
    {"\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF},
    {"\x80", 1, 1, BAD},              /* continuation alone */
    {"\xC0\x80", 2, 1, BAD},          /* overlong NUL */
    {"\xC1\xBF", 2, 1, BAD},
    {"\xE0\x80\x80", 3, 1, BAD},      /* overlong */
    {"\xE0\x9F\xBF", 3, 1, BAD},
    {"\xED\xA0\x80", 3, 1, BAD},      /* surrogate */
    {"\xF0\x8F\xBF\xBF", 4, 1, BAD},  /* overlong */
    {"\xF4\x90\x80\x80", 4, 1, BAD},  /* above U+10FFFF */
    {"\xF5\x80\x80\x80", 4, 1, BAD},
    {"\xFF", 1, 1, BAD},
    {"\xC2", 1, 1, BAD},              /* ends early */
    {"\xC2" "A", 2, 1, BAD},
    {"\xE6\xAC", 2, 2, BAD},          /* maximal subpart of two */
    {"\xE6\xAC" "A", 3, 2, BAD},
    {"\xE6", 1, 1, BAD},
    {"\xF0\x9F\x98", 3, 3, BAD},
    {"\xF0\x9F\x98" "A", 4, 3, BAD},
    {"\xF0\x9F" "A", 3, 2, BAD},
};

START_TEST(one_character_is_decoded_or_its_maximal_subpart_refused)
{
    uint32_t cp = 1;
    size_t length = utf8_decode(decodes[_i].bytes, decodes[_i].bytes + decodes[_i].n, &cp);

    ck_assert_uint_eq(length, decodes[_i].length);
    ck_assert_uint_eq(cp, decodes[_i].cp);
    ck_assert(utf8_valid((struct str){decodes[_i].bytes, decodes[_i].n}) == (decodes[_i].cp != BAD));
}
END_TEST

START_TEST(every_scalar_value_survives_encode_and_decode)
{
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char bytes[4];
        uint32_t back;
        size_t n;
        if (cp >= 0xD800 && cp <= 0xDFFF)
            continue;
        n = utf8_encode(cp, bytes);
        if (utf8_decode(bytes, bytes + n, &back) != n || back != cp)
            ck_abort_msg("U+%04X", cp);
    }
}
END_TEST

START_TEST(characters_are_counted_and_cut_whole)
{
    struct str s = STR_LIT("a退款😀b");

    ck_assert_uint_eq(utf8_count(s), 5);
    ck_assert_uint_eq(utf8_prefix(s, 0), 0);
    ck_assert_uint_eq(utf8_prefix(s, 1), 1);
    ck_assert_uint_eq(utf8_prefix(s, 2), 4);
    ck_assert_uint_eq(utf8_prefix(s, 4), 11);
    ck_assert_uint_eq(utf8_prefix(s, 5), 12);
    ck_assert_uint_eq(utf8_prefix(s, 99), 12);
    ck_assert_uint_eq(utf8_count((struct str){0}), 0);
    ck_assert(utf8_valid((struct str){"", 0}));
}
END_TEST

START_TEST(a_text_with_one_bad_byte_anywhere_is_not_valid)
{
    static const char text[] = "退款abc😀";

    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        char copy[sizeof(text)];
        memcpy(copy, text, sizeof(text));
        copy[i] = (char)0xFF;
        ck_assert_msg(!utf8_valid((struct str){copy, sizeof(text) - 1}), "byte %zu", i);
    }
}
END_TEST

START_TEST(valid_is_what_decodes_piece_by_piece)
{
    for (uint32_t three = 0; three < 1u << 24; three += 211) {
        char bytes[4] = {(char)(three >> 16), (char)(three >> 8), (char)three, 'a'};
        const char *p = bytes, *end = bytes + 1 + three % 4;
        bool valid = true;

        while (p < end) {
            uint32_t cp;
            p += utf8_decode(p, end, &cp);
            valid = valid && cp != UINT32_MAX;
        }
        ck_assert_msg(utf8_valid(str_range(bytes, end)) == valid, "%06x", three);
    }
}
END_TEST

/* Of any bytes: what is counted are those that continue no character. */
START_TEST(characters_are_counted_alike_byte_by_byte_and_in_blocks)
{
    static char bytes[5000];
    size_t leads[5001] = {0};

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)(i < 2500 ? i * i * 31 % 251 : 'a'); /* all values, then lead bytes only */
        leads[i + 1] = leads[i] + (((unsigned char)bytes[i] & 0xC0) != 0x80);
    }
    for (size_t from = 0; from < sizeof(bytes); from += 1 + from / 8)
        for (size_t to = from; to <= sizeof(bytes); to += 1 + (to - from) / 64)
            ck_assert_uint_eq(utf8_count((struct str){bytes + from, to - from}), leads[to] - leads[from]);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("utf8");

    tcase_add_loop_test(tcase, one_character_is_decoded_or_its_maximal_subpart_refused, 0,
                        (int)(sizeof(decodes) / sizeof(decodes[0])));
    tcase_add_test(tcase, every_scalar_value_survives_encode_and_decode);
    tcase_add_test(tcase, characters_are_counted_and_cut_whole);
    tcase_add_test(tcase, valid_is_what_decodes_piece_by_piece);
    tcase_add_test(tcase, characters_are_counted_alike_byte_by_byte_and_in_blocks);
    tcase_add_test(tcase, a_text_with_one_bad_byte_anywhere_is_not_valid);
    return setup_run("utf8", tcase);
}
