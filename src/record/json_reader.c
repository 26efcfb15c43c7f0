/* json_reader.c - the walk finds where the known values lie, here they get their types. A string without a backslash
 * stays where it is; the others are unescaped into scratch. */
#include "record/json_reader.h"

#include "record/json_value.h"
#include "record/repair.h"

static inline bool take_token(const struct json_target *target, int f, struct str token, bool escapes)
{
    struct str text;

    if (token.p[0] != '"')
        return json_take_scalar(target, f, token);
    text = (struct str){token.p + 1, token.n - 2};
    return json_take_string(target, f, text, escapes && memchr(text.p, '\\', text.n) != NULL);
}

/* A string that is not wanted must still be one. */
static bool is_sound(const struct json_target *target, struct str token)
{
    char *out = scratch_room(&target->intake->scratch, token.n);
    size_t n;

    if (token.p[0] != '"')
        return token_kind(token) != TOKEN_BROKEN;
    return out != NULL && json_unescape((struct str){token.p + 1, token.n - 2}, out, &n);
}

/* What should have been a nested object: null or of a wrong type, as are then all fields in it. */
static bool take_parent(const struct json_target *target, const struct keys *keys, struct str token)
{
    uint64_t fields = 0;

    if (token.p[0] == '{')
        return true;
    for (size_t k = 0; k < keys->n; k++)
        fields |= FIELD_BIT(keys->name[k].target);
    if (token_kind(token) == TOKEN_NULL)
        target->record->nulls |= fields;
    else
        target->misfits->mistyped |= fields;
    return is_sound(target, token);
}

static bool take_all(const struct json_target *target, const struct feed *feed, const struct json_found *found,
                     bool escapes)
{
    for (uint64_t left = found->seen; left != 0; left &= left - 1) {
        int f = __builtin_ctzll(left);
        if (!take_token(target, f, found->value[f], escapes))
            return false;
    }
    for (uint64_t left = found->parents; left != 0; left &= left - 1) {
        int i = __builtin_ctzll(left);
        if (!take_parent(target, &feed->parents[i], found->parent[i]))
            return false;
    }
    return true;
}

enum json_read json_read(struct intake *intake, struct json_walker *walker, const struct feed *feed, struct str text,
                         struct record *record, struct misfits *misfits, int *twice)
{
    struct json_target target = {intake, record, misfits};
    bool escapes = memchr(text.p, '\\', text.n) != NULL;
    char *key_room = escapes ? scratch_room(&intake->scratch, text.n) : NULL;
    size_t mark = intake->scratch.used;
    struct json_found found;

    if (escapes && key_room == NULL)
        return JSON_READ_FAILED;
    switch (json_walk(walker, text, &feed->keys, feed->parents, escapes, key_room, &found)) {
    case WALK_OBJECT: break;
    case WALK_BROKEN: return JSON_READ_BROKEN;
    case WALK_NO_MEMORY: return JSON_READ_FAILED;
    }
    record->present = record->nulls = 0;
    record->flags = 0;
    *misfits = (struct misfits){0};
    *twice = found.twice;
    if (!take_all(&target, feed, &found, escapes)) {
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
