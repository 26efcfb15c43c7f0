/* repair.c - one pass over the bytes. For JSON it keeps just enough state (inside a string or not) to know what a
 * control character or an escape means; a text whose quotes do not pair stays broken and is refused later. */
#include "record/repair.h"

#include "core/utf8.h"
#include "record/decode_simdjson.h"

struct repair {
    const char *p, *end;
    char *out;
    bool changed;
};

static void put_replacement(struct repair *r)
{
    r->out += utf8_encode(UTF8_REPLACEMENT, r->out);
    r->changed = true;
}

static void put_space(struct repair *r)
{
    *r->out++ = ' ';
    r->changed = true;
}

static void copy(struct repair *r, size_t n)
{
    memcpy(r->out, r->p, n);
    r->out += n;
    r->p += n;
}

/* A byte of 0x80 and above: copy the character or replace the ill-formed subpart. */
static void take_multibyte(struct repair *r)
{
    uint32_t cp;
    size_t n = utf8_decode(r->p, r->end, &cp);

    if (cp != UINT32_MAX) {
        copy(r, n);
        return;
    }
    r->p += n;
    put_replacement(r);
}

/* The code unit of an escape \uXXXX at p, or -1. */
static int32_t escaped_unit(const char *p, const char *end)
{
    int32_t unit = 0;

    if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

/* A backslash inside a string: surrogate escapes must come in pairs, all else passes as it is. */
static void take_escape(struct repair *r)
{
    int32_t unit = escaped_unit(r->p, r->end);

    if (unit >= 0xD800 && unit <= 0xDFFF) {
        int32_t low = unit < 0xDC00 ? escaped_unit(r->p + 6, r->end) : -1;
        if (low >= 0xDC00 && low <= 0xDFFF) {
            copy(r, 12);
            return;
        }
        memcpy(r->out, "\\ufffd", 6);
        r->out += 6;
        r->p += 6;
        r->changed = true;
        return;
    }
    copy(r, 1);
    if (r->p < r->end && (unsigned char)*r->p >= 0x20 && (unsigned char)*r->p < 0x80)
        copy(r, 1);
}

static bool is_layout(unsigned char c)
{
    return c == '\t' || c == '\n' || c == '\r';
}

static void take_control(struct repair *r, bool in_string)
{
    unsigned char c = (unsigned char)*r->p;

    if (!in_string && is_layout(c)) {
        copy(r, 1);
        return;
    }
    r->p++;
    if (in_string && !is_layout(c))
        put_replacement(r);
    else
        put_space(r);
}

bool repair_json(struct str in, char *out, size_t *n)
{
    struct repair r = {in.p, in.p + in.n, out, false};
    bool in_string = false;

    while (r.p < r.end) {
        unsigned char c = (unsigned char)*r.p;
        if (c >= 0x80) {
            take_multibyte(&r);
        } else if (c < 0x20) {
            take_control(&r, in_string);
        } else if (c == '\\' && in_string) {
            take_escape(&r);
        } else {
            in_string ^= c == '"';
            copy(&r, 1);
        }
    }
    *n = (size_t)(r.out - out);
    return r.changed;
}

bool repair_row(struct str in, char *out, size_t *n)
{
    struct repair r = {in.p, in.p + in.n, out, false};

    while (r.p < r.end) {
        unsigned char c = (unsigned char)*r.p;
        if (c >= 0x80) {
            take_multibyte(&r);
        } else if (c < 0x20 && !is_layout(c)) {
            r.p++;
            put_replacement(&r);
        } else {
            copy(&r, 1);
        }
    }
    *n = (size_t)(r.out - out);
    return r.changed;
}

/* Whether one of eight bytes is below 0x20 (a carry may also report a byte above such a one: still true). */
static bool word_has_control(uint64_t word)
{
    const uint64_t high = 0x8080808080808080u;

    return ((word - 0x2020202020202020u) & ~word & high) != 0;
}

static bool has_odd_control(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)p[i] < 0x20 && !is_layout((unsigned char)p[i]))
            return true;
    return false;
}

bool repair_row_clean(struct str in)
{
    size_t i = 0;

    for (; i + 8 <= in.n; i += 8) {
        uint64_t word;
        memcpy(&word, in.p + i, 8);
        if (word_has_control(word) && has_odd_control(in.p + i, 8))
            return false;
    }
    return !has_odd_control(in.p + i, in.n - i) && json_utf8_valid(in);
}
