/* list_value.c - the short way goes over the bytes once and gives up at the first that is unusual. */
#include "daemon/list_value.h"

#include "core/utf8.h"

#include <stdio.h>

#define NUMBER_DIGITS 15

static const char *const names[] = {
#define X(id, name) name,
    LIST_MEMBERS(X)
#undef X
    NULL};

const char *const *list_member_names(void)
{
    return names;
}

static int find_name(struct str name)
{
    static const struct str all[] = {
#define X(id, name) {name, sizeof(name) - 1},
        LIST_MEMBERS(X)
#undef X
    };

    for (int i = 0; i < LIST_MEMBER_COUNT; i++)
        if (str_eq(name, all[i]))
            return i;
    return -1;
}

/* ---- the short way ----------------------------------------------------------------------------------------- */

struct cursor {
    const char *p, *end;
};

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool eat(struct cursor *cursor, char c)
{
    while (cursor->p < cursor->end && is_blank(*cursor->p))
        cursor->p++;
    if (cursor->p == cursor->end || *cursor->p != c)
        return false;
    cursor->p++;
    return true;
}

/* Behind the opening quote. */
static bool read_string(struct cursor *cursor, struct str *out)
{
    const char *from = cursor->p;

    while (cursor->p < cursor->end && *cursor->p != '"') {
        if ((unsigned char)*cursor->p < ' ' || *cursor->p == '\\')
            return false;
        cursor->p++;
    }
    *out = str_range(from, cursor->p);
    return cursor->p++ < cursor->end && utf8_valid(*out);
}

static bool read_number(struct cursor *cursor, int64_t *out)
{
    const char *from = cursor->p;

    for (*out = 0; cursor->p < cursor->end && ascii_is_digit(*cursor->p); cursor->p++) {
        if (cursor->p - from == NUMBER_DIGITS)
            return false;
        *out = *out * 10 + (*cursor->p - '0');
    }
    return cursor->p > from && (*from != '0' || cursor->p == from + 1);
}

static bool read_member(struct cursor *cursor, struct list_member *out)
{
    if (eat(cursor, '"')) {
        out->kind = LIST_MEMBER_TEXT;
        return read_string(cursor, &out->text);
    }
    if (str_starts(str_range(cursor->p, cursor->end), STR_LIT("null"))) {
        cursor->p += 4;
        return true;
    }
    out->kind = LIST_MEMBER_NUMBER;
    return read_number(cursor, &out->number);
}

bool list_value_read_quick(struct str json, struct list_value *out)
{
    struct cursor cursor = {json.p, str_end(json)};
    unsigned seen = 0;
    struct str name;
    bool more;
    int i;

    *out = (struct list_value){0};
    if (!eat(&cursor, '{'))
        return false;
    for (more = !eat(&cursor, '}'); more; more = eat(&cursor, ',')) {
        if (!eat(&cursor, '"') || !read_string(&cursor, &name) || (i = find_name(name)) < 0 || (seen & 1u << i) != 0 ||
            !eat(&cursor, ':') || !read_member(&cursor, &out->members[i]))
            return false;
        seen |= 1u << i;
    }
    if (seen != 0 && !eat(&cursor, '}'))
        return false;
    return cursor.p == cursor.end;
}

/* ---- by jansson -------------------------------------------------------------------------------------------- */

static struct list_member member_of(const json_t *value)
{
    if (json_is_null(value))
        return (struct list_member){.kind = LIST_MEMBER_ABSENT};
    if (json_is_string(value))
        return (struct list_member){.kind = LIST_MEMBER_TEXT,
                                    .text = {json_string_value(value), json_string_length(value)}};
    if (json_is_integer(value))
        return (struct list_member){.kind = LIST_MEMBER_NUMBER, .number = json_integer_value(value)};
    return (struct list_member){.kind = LIST_MEMBER_OTHER};
}

bool list_value_read(struct str json, struct list_value *out)
{
    json_error_t error;
    const char *key;
    json_t *value;
    int i;

    if (list_value_read_quick(json, out))
        return true;
    *out = (struct list_value){.object = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &error)};
    json_object_foreach(out->object, key, value)
    {
        if ((i = find_name(str_of(key))) >= 0)
            out->members[i] = member_of(value);
        else
            snprintf(out->unknown, sizeof(out->unknown), "%s", key);
    }
    return json_is_object(out->object);
}

void list_value_fini(struct list_value *value)
{
    json_decref(value->object);
    value->object = NULL;
}
