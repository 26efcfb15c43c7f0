/* rules_parcel.h - libraries on their way to nodes: read from files with their signatures, sent, and what nodes say. */
#ifndef TELSIEVE_CLI_RULES_PARCEL_H
#define TELSIEVE_CLI_RULES_PARCEL_H

#include "cli/rules_sign.h"
#include "cli/rules_watch.h"
#include "daemon/depot.h"

struct parcel {
    struct library_file file;      /* text NULL: it is withdrawn */
    char sha256[DEPOT_HASH_BYTES]; /* "" likewise */
    char *signature;               /* one line of JSON; NULL: none */
    char why[300];                 /* it was not delivered; "" */
};

struct parcels {
    struct parcel *items;
    size_t n;
    bool rollback;
};

/* Libraries from files, each with the signatures beside it (or those of `signature_file`); or, to be withdrawn, names.
 * Returns 0 or -TS_E… with err; to be freed in either case. */
int parcels_load(struct parcels *parcels, char *const *paths, size_t n, const char *signature_file, struct err *err);
int parcels_withdraw(struct parcels *parcels, char *const *names, size_t n, const char *signature_file,
                     struct err *err);
/* One more, from bytes, which it takes; `place` for messages. Returns 0 or -TS_E… with err. */
int parcels_add(struct parcels *parcels, const char *place, char *text, size_t n, struct err *err);
void parcels_free(struct parcels *parcels);

/* Sign libraries that go forward with the private key in a file, beside the signatures they have; nothing is kept.
 * Returns 0 or -TS_E… with err. */
int parcels_sign(struct parcels *parcels, const char *key_file, struct err *err);

/* Send all of them. Returns EXIT_DONE, or an exit code with err. */
int parcels_send(struct parcels *parcels, const struct way *way, struct err *err);

/* Has every node that is not away taken all of them, or one refused? */
bool parcels_are_settled(const struct parcels *parcels, const struct fleet *fleet);

/* Tell what became of them at each node, and what is wrong with those that were refused (on stderr, with the places in
 * the files they came from). Returns EXIT_DONE, or EXIT_BAD_DATA when a node refused one. */
int parcels_report(const struct parcels *parcels, const struct fleet *fleet, bool json);

#endif
