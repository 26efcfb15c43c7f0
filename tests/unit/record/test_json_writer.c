/* test_json_writer.c - what is written against jansson: it reads it back, and would write the same bytes. */
#include "record/json_writer.h"
#include "../setup.h"

#include "core/utf8.h"
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static char *take(struct json_writer *writer)
{
    size_t n;
    char *text = json_writer_take(writer, &n);

    ck_assert_ptr_nonnull(text);
    ck_assert_uint_eq(n, strlen(text));
    return text;
}

/* Members of all kinds, nested, some empty. */
static void write_document(struct json_writer *writer)
{
    size_t from;

    json_writer_init(writer);
    json_writer_open(writer, '{');
    from = json_writer_open_member(writer, STR_LIT("none"), '{');
    json_writer_close_filled(writer, from, '}');
    json_writer_key(writer, STR_LIT("a"));
    json_writer_int(writer, INT64_MIN);
    from = json_writer_open_member(writer, STR_LIT("some"), '[');
    json_writer_int(writer, INT64_MAX);
    json_writer_int(writer, 0);
    json_writer_bool(writer, true);
    json_writer_open(writer, '[');
    json_writer_close(writer, ']');
    json_writer_open(writer, '{');
    json_writer_key(writer, STR_LIT("b"));
    json_writer_str(writer, STR_LIT("[{:,"));
    json_writer_close(writer, '}');
    json_writer_close_filled(writer, from, ']');
    from = json_writer_open_member(writer, STR_LIT("none"), '[');
    json_writer_close_filled(writer, from, ']');
    json_writer_close(writer, '}');
}

START_TEST(commas_and_empty_members_come_right)
{
    struct json_writer writer;
    char *text;

    write_document(&writer);
    text = take(&writer);
    ck_assert_str_eq(text, "{\"a\":-9223372036854775808,\"some\":[9223372036854775807,0,true,[],{\"b\":\"[{:,\"}]}");
    free(text);
}
END_TEST

/* Bytes that are mostly well-formed: ASCII, what must be escaped, Han; and some that are not. */
static size_t random_bytes(char *out, size_t size, bool well_formed)
{
    static const char *const pieces[] = {"\"", "\\", "\n", "\x01", "\x1f", "\x7f", "理", "é", "\xF0\x9F\x98\x80", "/"};
    static const char *const broken[] = {"\xFF", "\xE4\xB8", "\xED\xA0\x80", "\xC0\x80"};
    size_t n = 0, want = setup_pick(size - 8);

    while (n < want) {
        unsigned lot = (unsigned)setup_pick(20);
        const char *piece = lot < 10 ? pieces[lot] : lot < 14 && !well_formed ? broken[lot - 10] : NULL;
        if (piece == NULL)
            out[n++] = (char)(lot == 14 && !well_formed ? 0 : 0x20 + setup_pick(0x5F));
        else
            n += (size_t)sprintf(out + n, "%s", piece);
    }
    return n;
}

static json_t *cleaned(struct str s)
{
    char *text = malloc(3 * s.n + 1), *out = text;
    json_t *value;

    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        uint32_t cp;
        p += utf8_decode(p, end, &cp);
        out += utf8_encode(cp == UINT32_MAX || cp == 0 ? UTF8_REPLACEMENT : cp, out);
    }
    value = json_stringn(text, (size_t)(out - text));
    free(text);
    return value;
}

START_TEST(strings_are_written_as_jansson_writes_them)
{
    for (int i = 0; i < 20000; i++) {
        struct json_writer writer;
        char bytes[200], *text, *same;
        bool well_formed = i % 2 == 0;
        struct str s = {bytes, random_bytes(bytes, sizeof(bytes), well_formed)};
        json_t *value = cleaned(s);
        json_writer_init(&writer);
        if (well_formed)
            json_writer_str(&writer, s);
        else
            json_writer_bytes(&writer, s);
        text = take(&writer);
        same = json_dumps(value, JSON_ENCODE_ANY);
        ck_assert_str_eq(text, same);
        free(text);
        free(same);
        json_decref(value);
    }
}
END_TEST

START_TEST(a_long_document_grows_and_stays_whole)
{
    struct json_writer writer;
    char *text;
    json_t *root;

    json_writer_init(&writer);
    json_writer_open(&writer, '[');
    for (int i = 0; i < 20000; i++)
        json_writer_str(&writer, STR_LIT("快递丢失"));
    json_writer_close(&writer, ']');
    text = take(&writer);
    root = json_loads(text, 0, NULL);
    ck_assert_uint_eq(json_array_size(root), 20000);
    ck_assert_str_eq(json_string_value(json_array_get(root, 19999)), "快递丢失");
    json_decref(root);
    free(text);
}
END_TEST

/* ---- memory runs out: this program's own realloc, where no sanitizer has its own ---- */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static bool exhausted;
void *__libc_realloc(void *p, size_t n);

void *realloc(void *p, size_t n)
{
    return exhausted ? NULL : __libc_realloc(p, n);
}

START_TEST(without_memory_there_is_no_document)
{
    struct json_writer writer;
    char *text;
    size_t n;

    exhausted = true;
    write_document(&writer);
    text = json_writer_take(&writer, &n);
    exhausted = false;
    ck_assert_ptr_null(text);
    json_writer_init(&writer);
    json_writer_open(&writer, '[');
    exhausted = true;
    for (int i = 0; i < JSON_WRITER_BYTES; i++)
        json_writer_int(&writer, i);
    text = json_writer_take(&writer, &n);
    exhausted = false;
    ck_assert_ptr_null(text);
    ck_assert_uint_eq(n, 0);
}
END_TEST
#endif

int main(void)
{
    TCase *tests = tcase_create("json_writer");

    tcase_add_test(tests, commas_and_empty_members_come_right);
    tcase_add_test(tests, strings_are_written_as_jansson_writes_them);
    tcase_add_test(tests, a_long_document_grows_and_stays_whole);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    tcase_add_test(tests, without_memory_there_is_no_document);
#endif
    return setup_run("json_writer", tests);
}
