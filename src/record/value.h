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

#define VALUE_SHORT_MAX 16

/* The value of the 1 to 8 digits at p, or -1 when they are not all digits. Eight bytes are read. All at once: the lanes
 * of a word become tens, then hundreds, then the value. */
static inline int64_t value_eight(const char *p, size_t n)
{
    const uint64_t zeros = UINT64_C(0x3030303030303030);
    unsigned shift = (unsigned)(64 - 8 * n);
    uint64_t x;

    memcpy(&x, p, 8);
    x = x << shift | (zeros & ((UINT64_C(1) << shift) - 1));
    if ((((x + UINT64_C(0x4646464646464646)) | (x - zeros)) & UINT64_C(0x8080808080808080)) != 0)
        return -1;
    x -= zeros;
    x = (x * 10 + (x >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
    x = (x * 100 + (x >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
    return (int64_t)((x * 10000 + (x >> 32)) & UINT64_C(0xFFFFFFFF));
}

/* The same of what is known to be 1 to 8 digits: the lanes are multiplied into one another. */
static inline uint64_t value_of_digits(const char *p, size_t n)
{
    uint64_t x;

    memcpy(&x, p, 8);
    x = x << (64 - 8 * n) & UINT64_C(0x0F0F0F0F0F0F0F0F);
    x = (x * 2561 >> 8) & UINT64_C(0x00FF00FF00FF00FF);
    x = (x * 6553601 >> 16) & UINT64_C(0x0000FFFF0000FFFF);
    return x * UINT64_C(42949672960001) >> 32;
}

/* value_integer of 1 to VALUE_SHORT_MAX digits, false for all else. Eight bytes from digits.p on must be readable. */
static inline bool value_short(struct str digits, int64_t *out)
{
    int64_t head = 0, tail;

    if (digits.n - 1 >= VALUE_SHORT_MAX)
        return false;
    if (digits.n > 8) {
        head = value_eight(digits.p, digits.n - 8);
        digits = (struct str){digits.p + digits.n - 8, 8};
    }
    tail = value_eight(digits.p, digits.n);
    *out = head * 100000000 + tail;
    return head >= 0 && tail >= 0;
}

#define VALUE_EPOCH_MAX 13 /* digits of epoch milliseconds */

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
