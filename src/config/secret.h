/* secret.h - values that stand somewhere else: {"file": "…"}, {"env": "…"}, {"credential": "…"}.
 *
 * What is read never appears in a message. Any thread, at start and reload only. */
#ifndef TELSIEVE_CONFIG_SECRET_H
#define TELSIEVE_CONFIG_SECRET_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define SECRET_MAX_BYTES 65536

/* Is it an object, so that it can only be meant as a reference? */
static inline bool secret_is_reference(const json_t *value)
{
    return json_is_object(value);
}

/* Read what `reference` points to: a file (one trailing line end is dropped; a warning is logged when other users may
 * read it), an environment variable, or a systemd credential (a file in $CREDENTIALS_DIRECTORY).
 * Returns 0 and *out of *n bytes with a NUL behind (free it), or -TS_E… with the reason in `problem`. */
int secret_read(const json_t *reference, char **out, size_t *n, char *problem, size_t size);

#endif
