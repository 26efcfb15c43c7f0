/* rules_sign.h - libraries and what stands in their LIBRARY.sig, for the commands that sign, verify and push. */
#ifndef TELSIEVE_CLI_RULES_SIGN_H
#define TELSIEVE_CLI_RULES_SIGN_H

#include "match/signature.h"
#include "match/signing_key.h"

/* A library as its bytes are, and what it says of itself. */
struct library_file {
    const char *path;
    char *text;
    size_t n;
    char name[KEY_NAME_BYTES], version[SIGNATURE_OVER_BYTES];
};

/* Returns 0 or -TS_E… with err; then there is nothing to free. */
int library_file_load(struct library_file *file, const char *path, struct err *err);
/* The same of bytes, which it takes; `path` for messages. */
int library_file_take(struct library_file *file, const char *path, char *text, size_t n, struct err *err);
void library_file_free(struct library_file *file);

/* What a file with signatures ("-": standard input) holds. Returns 0 or -TS_E… with err. */
int signatures_load(struct signatures *signatures, const char *path, struct err *err);

/* Add the signature by `key` under `name`. When the one it made before was over something else, all that are there
 * were: they are dropped, which is told on stderr. Returns 0 or -TS_E… with err. */
int signatures_sign(struct signatures *signatures, const struct signing_key *key, const char *name,
                    const struct signed_library *library, const char *place, struct err *err);

/* The name of the key in a file: without folder and ".pem". False (after err) when that is no name. */
bool key_name_of(const char *file, char out[KEY_NAME_BYTES], struct err *err);

#endif
