/* json_value.h - one JSON value into the record, by the type of its field; what both readers of objects do with it.
 *
 * Private to record/. */
#ifndef TELSIEVE_RECORD_JSON_VALUE_H
#define TELSIEVE_RECORD_JSON_VALUE_H

#include "record/intake.h"
#include "record/json_string.h"
#include "record/value.h"

struct json_target {
    struct intake *intake;
    struct record *record;
    struct misfits *misfits;
};

/* The fields that take any string as it is. */
#define X(name, key, type) (FIELD_TYPE_##type == FIELD_TYPE_STR ? FIELD_BIT(FIELD_##name) : 0) |
static const uint64_t json_any_string = RECORD_FIELDS(X) 0;
#undef X

/* What stands between the quotes, with escapes or not. False when an escape is broken. */
static inline bool json_take_string(const struct json_target *target, int f, struct str text, bool escapes)
{
    if (escapes) {
        char *out = scratch_room(&target->intake->scratch, text.n);
        size_t n;
        if (out == NULL || !json_unescape(text, out, &n))
            return false;
        scratch_keep(&target->intake->scratch, n);
        text = (struct str){out, n};
    }
    if (json_any_string & FIELD_BIT(f)) {
        target->record->field[f].s = text;
        target->record->present |= FIELD_BIT(f);
    } else {
        field_take(target->record, target->misfits, f, text);
    }
    return true;
}

/* Any token but a string. False when it is no JSON value; of an object or array only the first byte is looked at. */
bool json_take_other(const struct json_target *target, int f, struct str token);

/* The usual number: few digits, read once for grammar and value. False, with nothing done, when it is not that. */
static inline bool json_take_short_number(const struct json_target *target, int f, struct str token)
{
    union field_value *field = &target->record->field[f];
    int64_t value;

    if ((token.p[0] == '0' && token.n > 1) || !value_short(token, &value))
        return false;
    if (json_any_string & FIELD_BIT(f))
        field->s = token;
    else if (token.n <= VALUE_EPOCH_MAX || record_fields[f].type == FIELD_TYPE_INT)
        field->i = value;
    else
        return false;
    target->record->present |= FIELD_BIT(f);
    return true;
}

/* The same as json_take_other, quicker for usual numbers; eight bytes from token.p on must be readable. */
static inline bool json_take_scalar(const struct json_target *target, int f, struct str token)
{
    return json_take_short_number(target, f, token) || json_take_other(target, f, token);
}

#endif
