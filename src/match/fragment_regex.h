/* fragment_regex.h - may a regular expression be a phrase? Private to fragment.c. */
#ifndef TELSIEVE_MATCH_FRAGMENT_REGEX_H
#define TELSIEVE_MATCH_FRAGMENT_REGEX_H

#include "core/str.h"

/* Refuse what PCRE2 cannot compile, what matches the empty text or any text, an unbounded `.` or negated class, and
 * upper case. Returns 0, -TS_ESYNTAX with a message in `why`, or -TS_ENOMEM. */
int fragment_check_regex(struct str regex, char *why, size_t why_size);

#endif
