/* reload.h - the loader thread: reads configuration and libraries again and publishes a new rule set while traffic
 * flows. A failure leaves the running generation as it is and is told in the log, in the counters and on /rules.
 *
 * A rule set that went live on the word of a kept proof (match/proof.h) is proved here behind that. When it fails, all
 * that was kept is thrown away and the rules are loaded once more without it.
 *
 * Threads: new, start, stop and free by the main thread; request and read_status from any. */
#ifndef TELSIEVE_DAEMON_RELOAD_H
#define TELSIEVE_DAEMON_RELOAD_H

#include "config/config.h"
#include "core/err.h"
#include "match/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reload;

struct reload_setup {
    const struct config *config; /* as started; config->file is read again */
    const char *const *sets;
    size_t nsets;
    struct store *store;
    void (*done)(void *ctx); /* after each attempt, on the loader thread */
    void *ctx;
};

struct reload *reload_new(const struct reload_setup *setup);
void reload_free(struct reload **reload);

/* Load the first rule set on the calling thread. Returns 0 or -TS_E… with the problems in err. */
int reload_first(struct reload *reload, struct err *err);

/* The thread is SCHED_BATCH: compiling gives way to judging. */
int reload_start(struct reload *reload);
/* Waits for an attempt that is under way. */
void reload_stop(struct reload *reload);

/* Ask for an attempt; what is asked while one runs is one more attempt, however often. */
void reload_request(struct reload *reload);

struct reload_status {
    uint64_t succeeded, failed; /* attempts after the first load */
    bool busy;                  /* asked for or under way */
    int64_t last_wall_ms;       /* end of the last attempt, 0 = none */
    int64_t load_ms;            /* of the last rule set that went live, from the first file to then */
    bool proved;                /* it has passed its self-test in this process */
    char *problems;             /* of the last attempt, a line each; NULL when it succeeded. Free it. */
};
void reload_read_status(struct reload *reload, struct reload_status *out);

#endif
