/* library_places.c - a walk over JSON that jansson has already read, so strings end and brackets match. Lines and
 * columns are counted on the way. */
#include "match/library_read.h"

struct cursor {
    const char *p, *end;
    unsigned line, col;
};

static void step(struct cursor *cursor)
{
    if (*cursor->p == '\n') {
        cursor->line++;
        cursor->col = 1;
    } else if (((unsigned char)*cursor->p & 0xC0) != 0x80) {
        cursor->col++;
    }
    cursor->p++;
}

/* To what is neither white space nor one of `others`. */
static void skip_to_value(struct cursor *cursor, const char *others)
{
    while (cursor->p < cursor->end && (strchr(" \t\r\n", *cursor->p) != NULL || strchr(others, *cursor->p) != NULL))
        step(cursor);
}

static void skip_string(struct cursor *cursor)
{
    for (step(cursor); cursor->p < cursor->end && *cursor->p != '"'; step(cursor)) {
        if (*cursor->p == '\\' && cursor->p + 1 < cursor->end)
            step(cursor);
    }
    if (cursor->p < cursor->end)
        step(cursor);
}

static void skip_value(struct cursor *cursor)
{
    unsigned depth = 0;

    do {
        char c = *cursor->p;
        if (c == '"') {
            skip_string(cursor);
            continue;
        }
        if (depth == 0 && strchr(",]} \t\r\n", c) != NULL)
            return; /* behind a number or a word */
        depth += c == '[' || c == '{';
        depth -= c == ']' || c == '}';
        step(cursor);
        if (depth == 0 && (c == ']' || c == '}'))
            return;
    } while (cursor->p < cursor->end);
}

static bool has_more(struct cursor *cursor)
{
    skip_to_value(cursor, ",");
    return cursor->p < cursor->end && *cursor->p != ']' && *cursor->p != '}';
}

/* The name of the member at the cursor, without its quotes; the cursor goes to its value. */
static struct str skip_name(struct cursor *cursor)
{
    const char *name = cursor->p + 1;

    skip_string(cursor);
    struct str out = str_range(name, cursor->p - 1);
    skip_to_value(cursor, ":");
    return out;
}

/* To the value of `key` in the object at the cursor. */
static bool enter(struct cursor *cursor, const char *key)
{
    if (cursor->p >= cursor->end || *cursor->p != '{')
        return false;
    for (step(cursor); has_more(cursor) && *cursor->p == '"'; skip_value(cursor)) {
        if (str_eqz(skip_name(cursor), key))
            return true;
    }
    return false;
}

void read_places(const struct reader *reader, const struct read_place *in, const char *key, struct read_place *at,
                 size_t n)
{
    const struct document *document = &reader->library->document;
    struct cursor cursor = {document->text + in->byte, document->text + document->n, in->line, in->col};
    bool members;

    for (size_t i = 0; i < n; i++)
        at[i] = *in;
    skip_to_value(&cursor, "");
    if (*cursor.p == '"')
        (void)skip_name(&cursor);
    if (!enter(&cursor, key))
        return;
    members = *cursor.p == '{';
    if (!members && *cursor.p != '[')
        return;
    step(&cursor);
    for (size_t i = 0; i < n && has_more(&cursor); i++) {
        at[i] = (struct read_place){cursor.line, cursor.col, (size_t)(cursor.p - document->text)};
        if (members)
            (void)skip_name(&cursor);
        skip_value(&cursor);
    }
}
