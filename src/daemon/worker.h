/* worker.h - one share-nothing worker: its own consumer, judge, ledger and producer on its own thread (DESIGN 9).
 *
 * Threads: new, start, stop, join, free and the readers are called by the main thread; everything else happens on
 * the worker's own thread. Readers are lock-free or take the worker's status mutex for a moment. */
#ifndef TELSIEVE_DAEMON_WORKER_H
#define TELSIEVE_DAEMON_WORKER_H

#include "config/config.h"
#include "core/err.h"
#include "core/metrics.h"
#include "daemon/feedback.h"
#include "daemon/quarantine.h"
#include "match/lists.h"
#include "match/store.h"

struct worker;

/* What all workers of a process share; outlives them. */
struct worker_setup {
    const struct config *config;
    struct store *store;          /* worker k pins slot k */
    struct lists *lists;           /* worker k pins slot k; NULL: every list is empty */
    struct quarantine *quarantine; /* NULL = off */
    struct feedback *feedback;     /* has a ring for each worker; NULL: nothing is archived */
    /* Called on the worker's thread when it ends by itself (fatal error) so that the main loop wakes; NULL = none. */
    void (*wake)(void *ctx);
    void *wake_ctx;
};

/* Checks the Kafka properties (problems to err with their key) and makes consumer and producer. NULL on problems. */
struct worker *worker_new(const struct worker_setup *setup, unsigned index, struct err *err);
int worker_start(struct worker *worker);

/* Ask for a drain: stop consuming, deliver what is pending until `deadline_mono_ms`, commit, close, end. */
void worker_stop(struct worker *worker, int64_t deadline_mono_ms);
/* Wait for the thread. Returns the records still undelivered (0 = drained clean). */
uint64_t worker_join(struct worker *worker);
void worker_free(struct worker **worker);

struct worker_status {
    bool running;            /* thread is alive */
    bool fatal;              /* ended by a fatal error */
    bool paused;             /* back-pressure or failing output */
    bool output_ok;          /* the last deliveries (or the probe at start) succeeded */
    unsigned partitions;     /* assigned now */
    uint64_t pending;        /* warnings and dead letters not acknowledged */
    uint64_t pending_bytes;
    int64_t progress_mono_ms; /* last turn of the loop, or the time the stage now running began */
    const char *stage;       /* "idle", "poll", "judge", "deliver", "rebalance", "drain" */
    char cause[256];         /* why paused, not ok or fatal: for a person; "" when all is well */
};
void worker_read_status(struct worker *worker, struct worker_status *out);
const struct metrics *worker_metrics(const struct worker *worker);

/* The partitions of a worker with their books. */
struct worker_partition {
    const char *topic; /* valid during the call */
    int32_t partition;
    int64_t watermark; /* next offset to store, -1 unknown */
    uint64_t consumed, clean, warned, suppressed, dead_lettered, in_flight;
};
void worker_list_partitions(struct worker *worker, void (*fn)(void *ctx, const struct worker_partition *p), void *ctx);

#endif
