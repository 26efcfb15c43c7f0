/* repair.h - the second chance of a payload that is ill-formed in its bytes, not in its structure.
 *
 * Replaced is: every maximal ill-formed UTF-8 subpart by U+FFFD; in JSON strings also a lone surrogate escape by the
 * escape of U+FFFD, raw tab, line feed and carriage return by a space, other control characters by U+FFFD; control
 * characters between JSON tokens by a space. Well-formed input comes out unchanged, byte for byte. */
#ifndef TELSIEVE_RECORD_REPAIR_H
#define TELSIEVE_RECORD_REPAIR_H

#include "core/str.h"

/* Repaired bytes that `n` bytes can become at most. */
static inline size_t repair_max_bytes(size_t n)
{
    return 3 * n;
}

/* Repair a JSON text into out (room for repair_max_bytes(in.n)) and set *n. Returns whether anything changed. */
bool repair_json(struct str in, char *out, size_t *n);

/* The same for a row of CSV: ill-formed UTF-8 and control characters other than tab, line feed, carriage return. */
bool repair_row(struct str in, char *out, size_t *n);

/* True when repair_row would change nothing. */
bool repair_row_clean(struct str in);

#endif
