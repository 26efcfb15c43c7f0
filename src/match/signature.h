/* signature.h - who stands for a library: detached Ed25519 signatures (RFC 8032, without a hash before) over
 *
 *     telsieve library 1\n  put\n       NAME\n           the library's bytes
 *     telsieve library 1\n  rollback\n  NAME\n  OVER\n   the library's bytes
 *     telsieve library 1\n  withdraw\n  NAME\n  OVER\n
 *
 * What is done is part of what is signed: a library that was signed once can neither be rolled back to nor withdrawn by
 * that. OVER is the highest version that this may set aside: once a later one was accepted, it says nothing any more.
 *
 * They travel as one line of JSON, in the header `telsieve.signature` of a message, the header `Telsieve-Signature` of
 * a request, and the file LIBRARY.sig:
 *
 *     {"v":1,"over":"2026.11.22.3","signatures":[{"key":"centre-a","sig":"<base64 of 64 bytes>"}]}
 *
 * Threads: pure functions. `place` is what messages begin with. */
#ifndef TELSIEVE_MATCH_SIGNATURE_H
#define TELSIEVE_MATCH_SIGNATURE_H

#include "match/keyring.h"

#define SIGNATURES_MAX 8
#define SIGNATURE_OVER_BYTES 64

enum signature_action { SIGNATURE_PUT, SIGNATURE_ROLLBACK, SIGNATURE_WITHDRAW, SIGNATURE_ACTIONS };
const char *signature_action_name(enum signature_action action);

struct signature {
    char key[KEY_NAME_BYTES];
    unsigned char bytes[SIGNATURE_BYTES];
};

struct signatures {
    char over[SIGNATURE_OVER_BYTES]; /* ""; of a rollback or a withdrawal: a version */
    struct signature items[SIGNATURES_MAX];
    size_t n;
};

/* What is signed; `over` of the signatures belongs to it. */
struct signed_library {
    enum signature_action action;
    struct str name;
    struct str text; /* nothing when it is withdrawn */
};

/* Returns 0 or -TS_EINVAL with the reason in err. */
int signatures_read(struct str json, struct signatures *out, const char *place, struct err *err);

/* One line without its end, to be free()d; NULL: out of memory. */
char *signatures_write(const struct signatures *signatures);

/* Room for the signature by `key`: its own when it has signed already, else a new one. NULL: there is no room. */
struct signature *signatures_slot(struct signatures *signatures, const char *key);

/* Are they by `needed` different keys, all of them trusted today? Those that count are named in `signers`, comma
 * separated, as many as fit. Signatures beside them do not matter. Returns 0, or -TS_EINVAL and in err what is wrong
 * with each. */
int signatures_verify(const struct signatures *signatures, const struct signed_library *library,
                      const struct keyring *keyring, unsigned today, size_t needed, char *signers, size_t size,
                      const char *place, struct err *err);

/* The bytes that are signed, to be free()d; NULL: out of memory. */
char *signature_payload(const struct signed_library *library, const char *over, size_t *n);

#endif
