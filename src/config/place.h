/* place.h - where in a JSON text a value stands: a small tokenizer that walks the text along a path.
 *
 * Used only when an error has to be written, so it is simple rather than fast. It never reads outside the text and
 * stops quietly where the text is not JSON. Pure functions. */
#ifndef TELSIEVE_CONFIG_PLACE_H
#define TELSIEVE_CONFIG_PLACE_H

#include "core/str.h"

/* A step of a path: an object key (key != NULL) or an array index. */
struct document_step {
    const char *key;
    size_t index;
};

/* Line and column (1-based, columns in characters) of a byte of the text. */
void place_of(struct str text, size_t byte, unsigned *line, unsigned *col);

/* Offset in bytes of the value at `path`; with `at_key`, of the key itself. When the path does not exist, of the
 * deepest part that does. */
size_t place_find(struct str text, const struct document_step *path, size_t nsteps, bool at_key);

/* Call fn for every key that occurs a second time in its object, with the byte offsets of both and the key as it is
 * written (without its quotes). */
void place_duplicates(struct str text, void (*fn)(void *ctx, size_t first, size_t second, struct str key), void *ctx);

#endif
