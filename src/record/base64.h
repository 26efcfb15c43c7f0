/* base64.h - RFC 4648 section 4, as `ud_b64` and `udh_b64` carry it. */
#ifndef TELSIEVE_RECORD_BASE64_H
#define TELSIEVE_RECORD_BASE64_H

#include "core/str.h"

/* Bytes that `n` characters can decode to at most. */
static inline size_t base64_max_bytes(size_t n)
{
    return n / 4 * 3 + 3;
}

/* Decode `in` into out (room for base64_max_bytes(in.n)). The padding may be left out; white space and the URL
 * alphabet are not accepted. Returns 0 and sets *n, or -TS_EINVAL. */
int base64_decode(struct str in, char *out, size_t *n);

#endif
