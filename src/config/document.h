/* document.h - a JSON file with the place of every value, for errors that say line and column.
 *
 * jansson keeps no positions: document_find walks the same text along a path with a small tokenizer, only when an
 * error has to be written. Duplicate keys are errors at load. Ownership: the document owns text and root. */
#ifndef TELSIEVE_CONFIG_DOCUMENT_H
#define TELSIEVE_CONFIG_DOCUMENT_H

#include "config/place.h"
#include "core/err.h"
#include "core/str.h"

#include <jansson.h>

struct document {
    char *file;  /* name for messages */
    char *text;
    size_t n;
    json_t *root;
};

/* Read and parse a file of at most 64 MiB (root must be an object). Problems (not readable, not JSON with line and
 * column, duplicate key with both places, not UTF-8) go to err; returns 0 or -TS_E…. */
int document_load(struct document *document, const char *file, struct err *err);

/* The same from memory; `name` for messages. */
int document_parse(struct document *document, const char *name, struct str text, struct err *err);

void document_fini(struct document *document);

/* Line and column (1-based, columns in characters) of the value at `path`; with `at_key`, of the key itself. When the
 * path does not exist, of the deepest part that does. */
void document_find(const struct document *document, const struct document_step *path, size_t nsteps, bool at_key,
                   unsigned *line, unsigned *col);

/* The same from a written path: "rules[3].hit[0].text"; a key with dots or brackets stands in quotes: a."b.c"[2]. */
void document_find_path(const struct document *document, const char *path, bool at_key, unsigned *line,
                        unsigned *col);

/* Add a problem for every key of `object`, which stands at `path`, that is not among `keys` (the last NULL). */
void document_check_keys(const struct document *document, struct err *err, const json_t *object, const char *path,
                         const char *const *keys);

/* Add a problem at the place of `path` (printf arguments after fmt). */
void document_error(const struct document *document, struct err *err, const char *path, bool at_key,
                    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

#endif
