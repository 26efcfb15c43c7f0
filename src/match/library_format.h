/* library_format.h - the one way a library file is laid out: keys in a fixed order, a phrase a line, a sample a line.
 * Names of sets and conditions, and everything in lists, keep their order; remarks stay with what they are about. */
#ifndef TELSIEVE_MATCH_LIBRARY_FORMAT_H
#define TELSIEVE_MATCH_LIBRARY_FORMAT_H

#include <jansson.h>

/* The text of a library (any JSON object; what a library does not have comes last, as it is), with a line feed at its
 * end. Read again it is equal to `root`, and formatting that gives the same text. The caller frees it; NULL when memory
 * is exhausted. */
char *library_format(const json_t *root);

#endif
