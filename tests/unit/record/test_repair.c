/* Second chances: what is replaced, and that well-formed bytes are never touched. */
#include "core/utf8.h"
#include "record/json_string.h"
#include "record/repair.h"
#include "../setup.h"

#include <check.h>
#include <stdlib.h>

#define FFFD "\xEF\xBF\xBD"
#define S(s) {s, sizeof(s) - 1}

struct repair_case {
    struct str in, out;
};

static const struct repair_case json[] = {
    {S("{\"a\":\"b\"}"), S("{\"a\":\"b\"}")},
    {S("{\n\t\"a\" : \"\\n\\u0000\\ud83d\\ude00\"\r\n}"), S("{\n\t\"a\" : \"\\n\\u0000\\ud83d\\ude00\"\r\n}")},
    {S("\"\xFF\""), S("\"" FFFD "\"")},
    {S("\"\xE4\xBD\""), S("\"" FFFD "\"")},           /* one maximal subpart */
    {S("\"\xF0\x9F\x98\""), S("\"" FFFD "\"")},
    {S("\"\xC0\x80\""), S("\"" FFFD FFFD "\"")},      /* overlong */
    {S("\"\xED\xA0\x80\""), S("\"" FFFD FFFD FFFD "\"")}, /* a surrogate in UTF-8 */
    {S("\"\\ud800\""), S("\"\\ufffd\"")},
    {S("\"\\uDFFF\\uD800\""), S("\"\\ufffd\\ufffd\"")},
    {S("\"\\ud800\\u0041\""), S("\"\\ufffd\\u0041\"")},
    {S("\"\\ud83d\\ud83d\\ude00\""), S("\"\\ufffd\\ud83d\\ude00\"")},
    {S("\"\\\\ud800\""), S("\"\\\\ud800\"")},         /* an escaped backslash, no escape of a surrogate */
    {S("\"a\tb\nc\rd\""), S("\"a b c d\"")},
    {S("\"a\0b\x1F" "c\""), S("\"a" FFFD "b" FFFD "c\"")},
    {S("{\0\x01}"), S("{  }")},
    {S("\"\\\xFF\""), S("\"\\" FFFD "\"")},           /* stays broken */
    {S("\"\\u12"), S("\"\\u12")},
    {S("\"\\"), S("\"\\")},
};

static const struct repair_case rows[] = {
    {S("a,\"b\nc\",\t客\r\n"), S("a,\"b\nc\",\t客\r\n")},
    {S("a\xFF,\0,\x1B[0m"), S("a" FFFD "," FFFD "," FFFD "[0m")},
    {S("12345678\x01"), S("12345678" FFFD)},
    {S("1234\x01" "678"), S("1234" FFFD "678")},
    {S("\\ud800"), S("\\ud800")},
};

static void check(bool (*repair)(struct str, char *, size_t *), const struct repair_case *c)
{
    char *in = malloc(c->in.n + 1), *out = malloc(repair_max_bytes(c->in.n) + 1);
    bool changed;
    size_t n;

    memcpy(in, c->in.p, c->in.n);
    changed = repair((struct str){in, c->in.n}, out, &n);
    ck_assert_msg(str_eq((struct str){out, n}, c->out), "%.*s became %.*s", STR_FMT(c->in), (int)n, out);
    ck_assert(changed == !str_eq(c->in, c->out));
    ck_assert(utf8_valid((struct str){out, n}));
    free(in);
    free(out);
}

START_TEST(ill_formed_json_is_repaired_and_nothing_else)
{
    check(repair_json, &json[_i]);
}
END_TEST

START_TEST(ill_formed_rows_are_repaired_and_nothing_else)
{
    check(repair_row, &rows[_i]);
    ck_assert(repair_row_clean(rows[_i].in) == str_eq(rows[_i].in, rows[_i].out));
}
END_TEST

static const struct {
    const char *in, *out; /* out NULL: refused */
} escapes[] = {
    {"", ""},
    {"plain 客", "plain 客"},
    {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
    {"\\u0041\\u00e9\\u5BA2\\ud83D\\uDe00", "Aé客😀"},
    {"a\\u0041b", "aAb"},
    {"\\", NULL},
    {"\\x", NULL},
    {"\\u", NULL},
    {"\\u004", NULL},
    {"\\u004g", NULL},
    {"\\ud800", NULL},
    {"\\udc00", NULL},
    {"\\ud800\\u0041", NULL},
    {"\\ud800\\ud800", NULL},
    {"\\ud800\\n", NULL},
};

START_TEST(escapes_become_characters)
{
    size_t len = strlen(escapes[_i].in), n;
    char *in = malloc(len + 1), *out = malloc(len + 1); /* never longer than what it was */
    bool ok;

    memcpy(in, escapes[_i].in, len);
    ok = json_unescape((struct str){in, len}, out, &n);
    ck_assert(ok == (escapes[_i].out != NULL));
    if (ok)
        ck_assert(str_eqz((struct str){out, n}, escapes[_i].out));
    free(in);
    free(out);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("repair");

    tcase_add_loop_test(tcase, ill_formed_json_is_repaired_and_nothing_else, 0, (int)(sizeof(json) / sizeof(json[0])));
    tcase_add_loop_test(tcase, ill_formed_rows_are_repaired_and_nothing_else, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_loop_test(tcase, escapes_become_characters, 0, (int)(sizeof(escapes) / sizeof(escapes[0])));
    return setup_run("repair", tcase);
}
