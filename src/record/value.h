/* value.h - the scalar values of a record: integers, times, JSON tokens.
 *
 * A time is epoch milliseconds (0 to 13 digits), or exactly 14 digits YYYYMMDDhhmmss read as Asia/Shanghai. That zone
 * is taken as UTC+8 throughout: it had summer time until 1991, long before any record that is read here. */
#ifndef TELSIEVE_RECORD_VALUE_H
#define TELSIEVE_RECORD_VALUE_H

#include "core/str.h"

#include <stdint.h>

/* An optional minus sign and digits, within int64_t. */
bool value_integer(struct str digits, int64_t *out);

/* A time as above; false when it is neither, or no real date (2026-02-29, 24:00, a leap second). */
bool value_time(struct str digits, int64_t *out_ms);

/* What a JSON token that is no string is (RFC 8259 section 3 and 6). */
enum token_kind {
    TOKEN_INTEGER,
    TOKEN_REAL,      /* a fraction or an exponent */
    TOKEN_NULL,
    TOKEN_OTHER,     /* true, false, an object, an array */
    TOKEN_BROKEN,    /* no JSON value */
};
enum token_kind token_kind(struct str token);

#endif
