/* announcer.h - a small producer for messages few and far between: answers on control.status, libraries pushed.
 *
 * Sending never blocks. At most ANNOUNCER_MOST messages wait; when there is one more, the oldest that is not yet on its
 * way is dropped and counted. A patient announcer sends again what failed, in order, until the topic is there and
 * takes it; only what no retry can help (a message too large) fails.
 *
 * Threads: an announcer belongs to one thread; callbacks happen inside its functions and may not call them. */
#ifndef TELSIEVE_KAFKA_ANNOUNCER_H
#define TELSIEVE_KAFKA_ANNOUNCER_H

#include "config/config.h"
#include "core/err.h"
#include "core/metrics.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

#define ANNOUNCER_MOST 256

struct announcer;

struct announcer_setup {
    const struct config *config; /* outlives the announcer */
    const char *topic;           /* outlives the announcer */
    struct metrics *metrics;     /* of the calling thread; NULL: nothing is counted */
    bool patient;
    /* One message's end, with the `opaque` it was sent with: why is NULL when every in-sync replica has it, else what
     * went wrong, for a person. May be NULL. */
    void (*result)(void *ctx, void *opaque, const char *why);
    void *ctx;
};

struct announcer_header {
    const char *name;
    struct str value;
};

struct announcement {
    struct str key;   /* p NULL: none */
    struct str value; /* p NULL: a tombstone */
    bool placed;      /* goes to `partition`; else the key says where, as the daemon's warnings do */
    int32_t partition;
    const struct announcer_header *headers;
    size_t nheaders;
    void *opaque;
    bool newest; /* of this key only the newest matters: it takes the place of one that waits, which ends as dropped */
};

/* NULL on problems (to err). Connects in the background. */
struct announcer *announcer_new(const struct announcer_setup *setup, struct err *err);
/* What waits is dropped without a result. */
void announcer_free(struct announcer **announcer);

/* Take a copy and send it. Returns 0 or -TS_ENOMEM (then it is not taken). */
int announcer_send(struct announcer *announcer, const struct announcement *announcement);

/* Results, and what is due again; call about twice a second. */
void announcer_serve(struct announcer *announcer, int64_t now_mono_ms);

/* Wait until everything has its result, at most timeout_ms. Returns how many have none. */
size_t announcer_flush(struct announcer *announcer, int timeout_ms);

uint64_t announcer_dropped(const struct announcer *announcer);

/* Why nothing is delivered, for a person; "" when nothing is known to be wrong. */
const char *announcer_cause(const struct announcer *announcer);

#endif
