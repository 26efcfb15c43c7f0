/* daemon.h - the whole daemon: rule set, workers, reload, admin HTTP, systemd, from start to drain.
 *
 * Threads: new, run and free on one thread (the main thread of `run`, a thread of its own in `demo`); stop, books and
 * ready from any thread between new and free. */
#ifndef TELSIEVE_DAEMON_DAEMON_H
#define TELSIEVE_DAEMON_DAEMON_H

#include "config/config.h"
#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct daemon;

struct daemon_options {
    const struct config *config; /* outlives the daemon */
    const char *const *sets;     /* the --set of the command line: a reload reads config->file with them again */
    size_t nsets;
    const char *compiler; /* program whose command `compile` compiles rules under limits; NULL: done in this process */
    bool signals; /* SIGTERM, SIGINT drain (a second one exits at once), SIGHUP reloads, SIGPIPE is ignored */
};

/* Load the rules, make the workers, listen; nothing is consumed yet. NULL on problems: all of them are in err, and
 * the exit code is 1. */
struct daemon *daemon_new(const struct daemon_options *options, struct err *err);

/* Run until stopped. Returns the process's exit code: 0 drained, 3 failed at run time (the cause is logged), 4 the
 * drain deadline passed with work left. Logs the books in the end. */
int daemon_run(struct daemon *daemon);

void daemon_free(struct daemon **daemon);

/* Ask for a drain; daemon_run returns when it is done. */
void daemon_stop(struct daemon *daemon);

/* Sums over all workers of the books of the records. */
struct daemon_books {
    uint64_t consumed, clean, warned, suppressed, dead_lettered, in_flight;
};
void daemon_read_books(const struct daemon *daemon, struct daemon_books *out);

/* Is everything there to judge and deliver? Else why not, for a person. */
bool daemon_is_ready(struct daemon *daemon, char *why, size_t size);

#endif
