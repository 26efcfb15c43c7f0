/* signing_key.h - a private key (Ed25519), in PKCS #8 PEM as `openssl genpkey -algorithm ed25519` writes it.
 *
 * It never appears in a message, and its memory is wiped by OpenSSL when it is freed. One thread at a time. */
#ifndef TELSIEVE_MATCH_SIGNING_KEY_H
#define TELSIEVE_MATCH_SIGNING_KEY_H

#include "match/keyring.h"

struct signing_key;

struct signing_key *signing_key_make(struct err *err); /* a new one */

/* From a file; one with a passphrase asks for it on the terminal. NULL with err. */
struct signing_key *signing_key_load(const char *file, struct err *err);
void signing_key_free(struct signing_key **key);

/* To a new file that only this user can read. Returns 0, or -TS_EIO with err: also when there is such a file. */
int signing_key_save(const struct signing_key *key, const char *file, struct err *err);

void signing_key_public(const struct signing_key *key, unsigned char out[KEY_BYTES]);

/* Returns 0 or -TS_ENOMEM. */
int signing_key_sign(const struct signing_key *key, struct str bytes, unsigned char out[SIGNATURE_BYTES]);

#endif
