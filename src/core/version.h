/* version.h - which of two versions is the later one. */
#ifndef TELSIEVE_CORE_VERSION_H
#define TELSIEVE_CORE_VERSION_H

#include <stddef.h>

/* Versions are numbers with dots between (2026.11.22.3), compared number by number: 2026.9 comes before 2026.10, and
 * 2026.11 before 2026.11.1. A part that is no number comes before all numbers; two such are compared by their bytes.
 * Returns <0, 0, >0. */
int version_compare(const char *a, const char *b);

/* The next version within one: the last number raised when there are four parts or more, else a part more:
 * 2026.11.22, 2026.11.22.1, 2026.11.22.2. Returns 0, or -TS_ELIMIT when it does not fit into `size` bytes. */
int version_raise(const char *version, char *out, size_t size);

#endif
