/* utf8.h - UTF-8 as in RFC 3629 (no surrogates, nothing above U+10FFFF, shortest form only). */
#ifndef TELSIEVE_CORE_UTF8_H
#define TELSIEVE_CORE_UTF8_H

#include "core/str.h"

#include <stdint.h>

#define UTF8_REPLACEMENT 0xFFFDu

/* Decode the character at p (p < end). Returns its length 1–4 and sets *cp; for an ill-formed sequence returns
 * the length of its maximal subpart (at least 1, Unicode 15 section 3.9) and sets *cp to UINT32_MAX. */
size_t utf8_decode(const char *p, const char *end, uint32_t *cp);

/* Write `cp` (a scalar value) to out[0..3]; returns the length 1–4. */
size_t utf8_encode(uint32_t cp, char *out);

bool utf8_valid(struct str s);

/* Number of characters in well-formed UTF-8 (counts lead bytes). */
size_t utf8_count(struct str s);

/* Byte length of the first `chars` characters of well-formed UTF-8 (s.n when it has fewer). */
size_t utf8_prefix(struct str s, size_t chars);

#endif
