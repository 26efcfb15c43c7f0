/* keyring.h - whose signatures are trusted: a folder of public keys (Ed25519, RFC 8032), one a file NAME.json:
 *
 *     {"telsieve_key": 1, "name": "centre-a", "public": "<base64 of 32 bytes>", "from": "2026-11-22",
 *      "until": "2028-11-21", "note": "…"}
 *
 * "from" and "until" are days in Asia/Shanghai, both included; "from" and "note" may be left out. Other files of the
 * folder are not looked at. The same public key under two names is an error: two signatures by it would pass for two
 * persons.
 *
 * Threads: immutable once loaded. */
#ifndef TELSIEVE_MATCH_KEYRING_H
#define TELSIEVE_MATCH_KEYRING_H

#include "core/err.h"
#include "core/str.h"

#define KEY_NAME_BYTES 64 /* with its NUL */
#define KEY_BYTES 32
#define KEY_BASE64_BYTES 45 /* of the bytes, with a NUL */
#define SIGNATURE_BYTES 64

struct trusted_key {
    char name[KEY_NAME_BYTES];
    unsigned char bytes[KEY_BYTES];
    unsigned from, until; /* YYYYMMDD */
};

struct keyring;

/* All keys of a folder. NULL on problems (to err): a file that is no key, or no key at all. */
struct keyring *keyring_load(const char *folder, struct err *err);
void keyring_free(struct keyring **keyring);

size_t keyring_count(const struct keyring *keyring);
const struct trusted_key *keyring_at(const struct keyring *keyring, size_t i); /* by name, ascending */
const struct trusted_key *keyring_find(const struct keyring *keyring, const char *name); /* NULL: not there */

/* ` (did you mean "…"?)` for a name that is not there; "" when none is near. */
const char *keyring_hint(const struct keyring *keyring, const char *name, char out[ERR_HINT_BYTES]);

/* Is it the signature of these bytes by this public key? */
bool key_fits(const unsigned char key[KEY_BYTES], struct str bytes, const unsigned char signature[SIGNATURE_BYTES]);

/* The names of keys and of what they sign: 1 to 63 of a-z, 0-9, - and _. */
bool key_is_name(struct str name);
#define KEY_NAME_RULE "1 to 63 of a-z, 0-9, - and _"

/* A key file as it is written; NULL: out of memory. free() it. note NULL: none. */
char *key_format(const struct trusted_key *key, const char *note);

#endif
