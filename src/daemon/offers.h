/* offers.h - libraries offered to this node, from the first look at them to the answer.
 *
 * An offer is looked at at once: its form, its signatures, its version. What passes waits until the loader is free;
 * then all that wait are tried together, the latest of each name. Every offer gets one answer, and whatever was offered
 * changes nothing until it is accepted. What is accepted is in the depot from then on.
 *
 * Versions go up. A library must have a higher version than any accepted under its name before, also when that one was
 * withdrawn or rolled back since: an old one that comes again is a mistake or an attack. An offer that says `rollback`
 * is the exception. The same bytes as are live are no news, whatever their version; as those that are tried they wait
 * with them for one answer.
 *
 * Threads: the main thread. */
#ifndef TELSIEVE_DAEMON_OFFERS_H
#define TELSIEVE_DAEMON_OFFERS_H

#include "daemon/depot.h"
#include "daemon/reload.h"

#include <stddef.h>

struct offers;

struct offer {
    struct str name;       /* of the library */
    struct str text;       /* its bytes; p NULL: it is withdrawn */
    bool rollback;         /* to an older version, on purpose */
    enum depot_way way;
    const char *who;       /* as in struct depot_item */
    struct str signature;  /* of what is offered (signature.h); n 0: none */
    const char *rule;      /* that it promotes to live, and is all there is new in it; NULL: it is no promotion, */
    const char *why;       /* against its evidence: for this reason; NULL: by it */
    int32_t partition;
    int64_t offset;
    bool quiet;            /* part of reading a topic from its beginning: no answer when nothing changes */
};

#define OFFER_RULE_BYTES 64
#define OFFER_WHY_BYTES 256

#define ANSWERS(X)                                                                                                     \
    X(ACCEPTED, "accepted") X(WITHDRAWN, "withdrawn") X(UNCHANGED, "unchanged") X(WAITING, "waiting")                  \
    X(SUPERSEDED, "superseded") X(REFUSED, "refused")
enum answer_result {
#define X(id, name) ANSWER_##id,
    ANSWERS(X)
#undef X
    ANSWER_COUNT
};
const char *answer_name(enum answer_result result);

/* What became of an offer; WAITING is told too, others are final. */
struct answer {
    enum answer_result result;
    bool withdrawal, rollback;
    char name[DEPOT_NAME_BYTES]; /* "" when what was offered has no name that a library can have */
    char version[DEPOT_VERSION_BYTES], sha256[DEPOT_HASH_BYTES]; /* "" when not known */
    enum depot_way way;
    char who[DEPOT_WHO_BYTES], signers[DEPOT_WHO_BYTES];
    char rule[OFFER_RULE_BYTES], why[OFFER_WHY_BYTES]; /* of a promotion; "" */
    int32_t partition;
    int64_t offset;
    uint64_t generation;   /* live when it was given */
    int64_t took_ms;       /* of the attempt that decided; 0: decided at once */
    const char *problems;  /* a line each; NULL: none. Lent */
};

/* Are these signatures enough? `highest` is the highest version under the name so far, "" when there was none. Fills
 * `signers`; else err says why not. Returns 0 or -TS_EINVAL. NULL: none are asked for. */
typedef int offer_verify(void *ctx, const struct offer *offer, const char *highest, char signers[DEPOT_WHO_BYTES],
                         struct err *err);

struct offers_setup {
    struct depot *depot;
    size_t max_bytes; /* of one library */
    offer_verify *verify;
    uint64_t (*submit)(void *ctx, struct fed_set *set); /* to the loader; takes the set, returns the feed's number */
    void (*answered)(void *ctx, const struct answer *answer);
    void *ctx;
};

struct offers *offers_new(const struct offers_setup *setup); /* NULL: out of memory */
void offers_free(struct offers **offers);

void offers_make(struct offers *offers, const struct offer *offer);

/* While held, what is offered only waits: a topic is being read from its beginning. */
void offers_hold(struct offers *offers, bool hold);

/* What the loader says of an attempt: the answer to the last set submitted, if it knew of it. */
void offers_settle(struct offers *offers, const struct reload_outcome *outcome);

/* Other rules went live than those offered last: the depot takes up what these are made of. Not while the loader is at
 * work. */
void offers_follow(struct offers *offers, const struct fed_set *live, const char *who);

/* What could not be given to the loader, for want of memory, is given now; call about twice a second. */
void offers_tend(struct offers *offers);

/* Does anything wait for the loader, or is with it? */
bool offers_pending(const struct offers *offers);

/* Is anything with the loader? What is pending and is not waits for a topic to be read, or for files to be mended. */
bool offers_flying(const struct offers *offers);

/* Is an offer of this name open? */
bool offers_has(const struct offers *offers, const char *name);

/* The highest version under the name, of those accepted and those on their way; "" when there was none. */
const char *offers_highest(const struct offers *offers, const char *name);

/* Is the library, or will it be when what is open is accepted, one that came this way? */
bool offers_is_by(const struct offers *offers, const char *name, enum depot_way way);

/* Everything in the depot as the loader wants it; to be unref'ed. NULL: out of memory. */
struct fed_set *offers_fed_set(const struct depot *depot);

#endif
