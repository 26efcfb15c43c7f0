/* json_value.c - what is no string and no usual number: null, true, other numbers, nested values. */
#include "record/json_value.h"

bool json_take_other(const struct json_target *target, int f, struct str token)
{
    if (str_eq(token, STR_LIT("-0"))) /* zero, also where the digits are wanted */
        token = STR_LIT("0");
    switch (token_kind(token)) {
    case TOKEN_INTEGER: field_take(target->record, target->misfits, f, token); return true;
    case TOKEN_NULL: target->record->nulls |= FIELD_BIT(f); return true;
    case TOKEN_REAL:
    case TOKEN_OTHER: target->misfits->mistyped |= FIELD_BIT(f); return true;
    case TOKEN_BROKEN: break;
    }
    return false;
}
