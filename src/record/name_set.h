/* name_set.h - a sorted list of names read from a table. Private to the tables of record/. */
#ifndef TELSIEVE_RECORD_NAME_SET_H
#define TELSIEVE_RECORD_NAME_SET_H

#include "config/document.h"
#include "core/str.h"

struct name_set {
    struct str *names; /* each NUL-terminated and owned */
    size_t n;
};

/* Append the strings of the array `key` of `in`, which stands at `path` of the document. Problems (no array, empty
 * unless `optional`, no name) go to err; false when nothing could be read. */
bool name_set_read(struct name_set *set, const struct document *doc, const json_t *in, const char *key,
                   const char *path, bool optional, struct err *err);

/* Sort; a name that occurs twice is a problem of `what`, or dropped when `what` is NULL. */
void name_set_sort(struct name_set *set, const struct document *doc, const char *what, struct err *err);

/* Of a sorted set. */
bool name_set_has(const struct name_set *set, struct str name);

int name_compare(struct str a, struct str b); /* by bytes, a start before the longer name */
void name_set_fini(struct name_set *set);

#endif
