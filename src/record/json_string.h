/* json_string.h - what stands between the quotes of a JSON string: escapes turned into UTF-8 (RFC 8259 section 7). */
#ifndef TELSIEVE_RECORD_JSON_STRING_H
#define TELSIEVE_RECORD_JSON_STRING_H

#include "core/str.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Unescape `in` into out (room for in.n bytes) and set *n. False on an unknown escape and on a surrogate that has no
 * partner. Bytes that are no escape are copied as they are. */
bool json_unescape(struct str in, char *out, size_t *n);

#ifdef __cplusplus
}
#endif

#endif
