/* json_writer.c - room is made before each write; stretches without anything to escape are copied whole. */
#include "record/json_writer.h"
#include "core/utf8.h"

#include <stddef.h>
#include <stdlib.h>

void json_writer_init(struct json_writer *writer)
{
    *writer = (struct json_writer){0};
}

static bool grow(struct json_writer *writer, size_t need)
{
    size_t cap = writer->cap == 0 ? JSON_WRITER_BYTES : writer->cap;
    char *buf;

    if (writer->failed)
        return false;
    while (cap < need)
        cap *= 2;
    buf = realloc(writer->buf, cap);
    if (buf == NULL) {
        writer->failed = true;
        return false;
    }
    writer->buf = buf;
    writer->cap = cap;
    return true;
}

/* Where `more` bytes can be written; NULL when memory ran out. */
static inline char *room(struct json_writer *writer, size_t more)
{
    if (writer->n + more > writer->cap && !grow(writer, writer->n + more))
        return NULL;
    return writer->buf + writer->n;
}

static void put(struct json_writer *writer, struct str s)
{
    char *out = room(writer, s.n);

    if (out == NULL || s.n == 0)
        return;
    memcpy(out, s.p, s.n);
    writer->n += s.n;
}

static inline void put_char(struct json_writer *writer, char c)
{
    char *out = room(writer, 1);

    if (out == NULL)
        return;
    *out = c;
    writer->n++;
}

/* Before a member or element: a comma, unless it is the first, or the value of a key. */
static inline void separate(struct json_writer *writer)
{
    char last = writer->n > 0 ? writer->buf[writer->n - 1] : '[';

    if (last != '[' && last != '{' && last != ':')
        put_char(writer, ',');
}

char *json_writer_take(struct json_writer *writer, size_t *len)
{
    char *text = writer->buf;

    put_char(writer, '\0');
    *len = writer->failed ? 0 : writer->n - 1;
    if (writer->failed)
        free(text);
    else
        text = writer->buf;
    json_writer_init(writer);
    return *len > 0 ? text : NULL;
}

void json_writer_open(struct json_writer *writer, char bracket)
{
    separate(writer);
    put_char(writer, bracket);
}

void json_writer_close(struct json_writer *writer, char bracket)
{
    put_char(writer, bracket);
}

void json_writer_key(struct json_writer *writer, struct str key)
{
    char *out;

    separate(writer);
    if ((out = room(writer, key.n + 3)) == NULL)
        return;
    out[0] = '"';
    memcpy(out + 1, key.p, key.n);
    memcpy(out + 1 + key.n, "\":", 2);
    writer->n += key.n + 3;
}

size_t json_writer_open_member(struct json_writer *writer, struct str key, char bracket)
{
    size_t from = writer->n;

    json_writer_key(writer, key);
    json_writer_open(writer, bracket);
    return from;
}

void json_writer_close_filled(struct json_writer *writer, size_t from, char bracket)
{
    bool empty = writer->n > 0 && (writer->buf[writer->n - 1] == '{' || writer->buf[writer->n - 1] == '[');

    if (empty && !writer->failed)
        writer->n = from;
    else
        json_writer_close(writer, bracket);
}

/* ---- strings ----------------------------------------------------------------------------------------------------- */

typedef uint8_t lanes __attribute__((vector_size(16)));

/* Is any of the sixteen bytes a control character, a quotation mark or a backslash? */
static inline bool has_special(const char *p)
{
    uint64_t halves[2];
    lanes bytes;

    memcpy(&bytes, p, sizeof(bytes));
    bytes = (lanes)((bytes < 0x20) | (bytes == '"') | (bytes == '\\'));
    memcpy(halves, &bytes, sizeof(halves));
    return (halves[0] | halves[1]) != 0;
}

static bool is_special(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

/* Bytes from p on that are written as they are. The last sixteen are looked at together, some of them twice. */
static size_t plain_bytes(const char *p, const char *end)
{
    const char *q = p;

    while (end - q >= (ptrdiff_t)sizeof(lanes) && !has_special(q))
        q += sizeof(lanes);
    if (end - p >= (ptrdiff_t)sizeof(lanes) && end - q < (ptrdiff_t)sizeof(lanes) && !has_special(end - sizeof(lanes)))
        return (size_t)(end - p);
    while (q < end && !is_special(*q))
        q++;
    return (size_t)(q - p);
}

/* RFC 8259 section 7, in the short forms where there are any. */
static void put_escape(struct json_writer *writer, char c)
{
    static const char letters[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    char out[] = "\\u0000";

    if ((unsigned char)c >= 0x20 || letters[(unsigned char)c] != '\0') {
        out[1] = (unsigned char)c >= 0x20 ? c : letters[(unsigned char)c];
        put(writer, (struct str){out, 2});
        return;
    }
    out[4] = (char)('0' + (c >> 4));
    out[5] = "0123456789ABCDEF"[c & 15];
    put(writer, (struct str){out, 6});
}

static void put_text(struct json_writer *writer, struct str s)
{
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        size_t n = plain_bytes(p, end);
        put(writer, (struct str){p, n});
        p += n;
        if (p < end)
            put_escape(writer, *p++);
    }
}

void json_writer_str(struct json_writer *writer, struct str s)
{
    size_t plain = plain_bytes(s.p, s.p + s.n);
    char *out;

    separate(writer);
    if ((out = room(writer, plain + 2)) == NULL)
        return;
    out[0] = '"';
    if (plain > 0)
        memcpy(out + 1, s.p, plain);
    out[1 + plain] = '"';
    writer->n += plain + 2;
    if (plain == s.n)
        return;
    writer->n--;
    put_text(writer, (struct str){s.p + plain, s.n - plain});
    put_char(writer, '"');
}

static void put_cleaned(struct json_writer *writer, struct str s)
{
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        uint32_t cp;
        size_t n = utf8_decode(p, end, &cp);
        if (cp == UINT32_MAX || cp == 0)
            put(writer, STR_LIT("\xEF\xBF\xBD"));
        else
            put_text(writer, (struct str){p, n});
        p += n;
    }
}

void json_writer_bytes(struct json_writer *writer, struct str s)
{
    if (s.n == 0 || (utf8_valid(s) && memchr(s.p, '\0', s.n) == NULL)) {
        json_writer_str(writer, s);
        return;
    }
    separate(writer);
    put_char(writer, '"');
    put_cleaned(writer, s);
    put_char(writer, '"');
}

/* ---- other values ------------------------------------------------------------------------------------------------ */

void json_writer_int(struct json_writer *writer, int64_t value)
{
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char out[20];
    size_t at = sizeof(out);

    do
        out[--at] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (value < 0)
        out[--at] = '-';
    separate(writer);
    put(writer, (struct str){out + at, sizeof(out) - at});
}

void json_writer_tenths(struct json_writer *writer, unsigned tenths)
{
    json_writer_int(writer, tenths / 10);
    put_char(writer, '.');
    put_char(writer, (char)('0' + tenths % 10));
}

void json_writer_bool(struct json_writer *writer, bool value)
{
    separate(writer);
    put(writer, value ? STR_LIT("true") : STR_LIT("false"));
}

/* ---- members ----------------------------------------------------------------------------------------------------- */

void json_writer_put_int(struct json_writer *writer, struct str key, int64_t value)
{
    json_writer_key(writer, key);
    json_writer_int(writer, value);
}

void json_writer_put_bytes(struct json_writer *writer, struct str key, struct str value)
{
    json_writer_key(writer, key);
    json_writer_bytes(writer, value);
}
