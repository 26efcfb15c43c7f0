/* json_reader.c - the walk finds where the known values lie, here they get their types. A string without a backslash
 * stays where it is; the others are unescaped into scratch. */
#include "record/json_reader.h"

#include "record/json_string.h"
#include "record/repair.h"
#include "record/value.h"

/* The fields that take any string as it is. */
#define X(name, key, type) (FIELD_TYPE_##type == FIELD_TYPE_STR ? FIELD_BIT(FIELD_##name) : 0) |
static const uint64_t any_string = RECORD_FIELDS(X) 0;
#undef X

struct reader {
    struct intake *intake;
    struct record *record;
    struct misfits *misfits;
    bool escapes;
};

/* A token with its quotes; false when its escapes are broken. */
static inline bool take_string(struct reader *reader, int f, struct str token)
{
    struct str text = {token.p + 1, token.n - 2};

    if (reader->escapes && memchr(text.p, '\\', text.n) != NULL) {
        char *out = scratch_room(&reader->intake->scratch, text.n);
        size_t n;
        if (out == NULL || !json_unescape(text, out, &n))
            return false;
        scratch_keep(&reader->intake->scratch, n);
        text = (struct str){out, n};
    }
    if (any_string & FIELD_BIT(f)) {
        reader->record->field[f].s = text;
        reader->record->present |= FIELD_BIT(f);
    } else {
        field_take(reader->record, reader->misfits, f, text);
    }
    return true;
}

/* The usual number: few digits, read once for grammar and value. False, with nothing done, when it is not that. */
static bool take_short_number(struct reader *reader, int f, struct str token)
{
    union field_value *field = &reader->record->field[f];
    int64_t value;

    if ((token.p[0] == '0' && token.n > 1) || !value_short(token, &value))
        return false;
    if (any_string & FIELD_BIT(f))
        field->s = token;
    else if (token.n <= VALUE_EPOCH_MAX || record_fields[f].type == FIELD_TYPE_INT)
        field->i = value;
    else
        return false;
    reader->record->present |= FIELD_BIT(f);
    return true;
}

static bool take_other(struct reader *reader, int f, struct str token)
{
    if (str_eq(token, STR_LIT("-0"))) /* zero, also where the digits are wanted */
        token = STR_LIT("0");
    switch (token_kind(token)) {
    case TOKEN_INTEGER: field_take(reader->record, reader->misfits, f, token); return true;
    case TOKEN_NULL: reader->record->nulls |= FIELD_BIT(f); return true;
    case TOKEN_REAL:
    case TOKEN_OTHER: reader->misfits->mistyped |= FIELD_BIT(f); return true;
    case TOKEN_BROKEN: break;
    }
    return false;
}

static inline bool take_token(struct reader *reader, int f, struct str token)
{
    if (token.p[0] == '"')
        return take_string(reader, f, token);
    return take_short_number(reader, f, token) || take_other(reader, f, token);
}

/* A string that is not wanted must still be one. */
static bool is_sound(struct reader *reader, struct str token)
{
    char *out = scratch_room(&reader->intake->scratch, token.n);
    size_t n;

    if (token.p[0] != '"')
        return token_kind(token) != TOKEN_BROKEN;
    return out != NULL && json_unescape((struct str){token.p + 1, token.n - 2}, out, &n);
}

/* What should have been a nested object: null or of a wrong type, as are then all fields in it. */
static bool take_parent(struct reader *reader, const struct keys *keys, struct str token)
{
    uint64_t fields = 0;

    if (token.p[0] == '{')
        return true;
    for (size_t k = 0; k < keys->n; k++)
        fields |= FIELD_BIT(keys->name[k].target);
    if (token_kind(token) == TOKEN_NULL)
        reader->record->nulls |= fields;
    else
        reader->misfits->mistyped |= fields;
    return is_sound(reader, token);
}

static bool take_all(struct reader *reader, const struct feed *feed, const struct json_found *found)
{
    for (uint64_t left = found->seen; left != 0; left &= left - 1) {
        int f = __builtin_ctzll(left);
        if (!take_token(reader, f, found->value[f]))
            return false;
    }
    for (uint64_t left = found->parents; left != 0; left &= left - 1) {
        int i = __builtin_ctzll(left);
        if (!take_parent(reader, &feed->parents[i], found->parent[i]))
            return false;
    }
    return true;
}

enum json_read json_read(struct intake *intake, struct json_walker *walker, const struct feed *feed, struct str text,
                         struct record *record, struct misfits *misfits, int *twice)
{
    struct reader reader = {intake, record, misfits, memchr(text.p, '\\', text.n) != NULL};
    char *key_room = reader.escapes ? scratch_room(&intake->scratch, text.n) : NULL;
    size_t mark = intake->scratch.used;
    struct json_found found;

    if (reader.escapes && key_room == NULL)
        return JSON_READ_FAILED;
    switch (json_walk(walker, text, &feed->keys, feed->parents, reader.escapes, key_room, &found)) {
    case WALK_OBJECT: break;
    case WALK_BROKEN: return JSON_READ_BROKEN;
    case WALK_NO_MEMORY: return JSON_READ_FAILED;
    }
    record->present = record->nulls = 0;
    record->flags = 0;
    *misfits = (struct misfits){0};
    *twice = found.twice;
    if (!take_all(&reader, feed, &found)) {
        intake->scratch.used = mark;
        return JSON_READ_BROKEN;
    }
    return JSON_READ;
}

enum json_read json_read_repaired(struct intake *intake, struct json_walker *walker, const struct feed *feed,
                                  struct str text, struct record *record, struct misfits *misfits, int *twice)
{
    char *out = scratch_room(&intake->scratch, repair_max_bytes(text.n) + JSON_PADDING);
    size_t mark = intake->scratch.used;
    enum json_read result;
    size_t n;

    if (out == NULL)
        return JSON_READ_FAILED;
    if (!repair_json(text, out, &n))
        return JSON_READ_BROKEN;
    memset(out + n, 0, JSON_PADDING);
    scratch_keep(&intake->scratch, n + JSON_PADDING);
    result = json_read(intake, walker, feed, (struct str){out, n}, record, misfits, twice);
    if (result == JSON_READ)
        record->flags |= RECORD_REPAIRED;
    else
        intake->scratch.used = mark;
    return result;
}
