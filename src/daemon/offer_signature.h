/* offer_signature.h - are the signatures of an offer enough for this node (rules.require_signature, rules.trusted_keys,
 * rules.signatures)?
 *
 * A rollback and a withdrawal are signed as such, for the highest version that they may set aside: one that was sent
 * before says nothing once a later version was accepted. That a library is absent from the topic cannot be signed.
 *
 * Threads: the main thread. */
#ifndef TELSIEVE_DAEMON_OFFER_SIGNATURE_H
#define TELSIEVE_DAEMON_OFFER_SIGNATURE_H

#include "config/config.h"
#include "daemon/offers.h"

struct offer_signature;

/* Reads the keys. NULL on problems (to err). */
struct offer_signature *offer_signature_new(const struct config *config, struct err *err);
void offer_signature_free(struct offer_signature **signature);

/* Read the keys again. When they cannot be read, those of before are trusted on, and it is a trouble. Keys that have
 * expired or soon will are logged, once a day. */
void offer_signature_refresh(struct offer_signature *signature);

/* Is what is not signed refused? */
bool offer_signature_is_required(const struct offer_signature *signature);

/* What is wrong with the keys today, for a person; "" when nothing is. Lent until the next call. */
const char *offer_signature_trouble(struct offer_signature *signature);

/* offer_verify (offers.h). Where signatures are not required, 0: `signers` are then those who signed well, or
 * "unsigned" (and a warning is logged) where they are wanted. */
int offer_signature_verify(const struct offer_signature *signature, const struct offer *offer, const char *highest,
                           char signers[DEPOT_WHO_BYTES], struct err *err);

#endif
