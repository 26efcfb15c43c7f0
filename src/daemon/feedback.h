/* feedback.h - what the platform says of warnings (control.feedback), counted for the rules that fired on them.
 *
 * A message of the topic has a warning's id as its key (32 hex digits) and {"verdict": "true"} as its value, or "false"
 * or "unknown"; a null value takes back what was said. Other members are not looked at. Each node follows the topic
 * whole and counts what is of its own warnings, for it archives which rules fired on them, shadow ones too. A message
 * that is malformed changes nothing; one from before control.archive_ms is of no record that is still known.
 *
 * After a full read, what the topic does not hold any more is taken back; an empty topic changes nothing: it is an
 * accident, not a wish.
 *
 * Threads: one of its own reads the topic and writes the archive. The rings are the workers'; status and metrics are
 * for any thread; all else is the main thread's. */
#ifndef TELSIEVE_DAEMON_FEEDBACK_H
#define TELSIEVE_DAEMON_FEEDBACK_H

#include "config/config.h"
#include "daemon/archive.h"

#include <stdio.h>

struct feedback;

struct feedback_setup { /* all outlives it */
    const struct config *config;
    struct evidence *evidence; /* told what was said, from feedback_new on */
    unsigned nworkers;
};

struct feedback_status {
    bool caught_up;               /* the topic has been read whole once */
    uint64_t taken, late, refused; /* messages; late: older than control.archive_ms */
    uint64_t archived;            /* hits */
    char trouble[300];            /* for a person; "" none */
};

/* An archive that cannot be opened is a trouble (in log and status), and tried again: records are judged all the same.
 * NULL on problems (to err). Connects in the background. */
struct feedback *feedback_new(const struct feedback_setup *setup, struct err *err);
int feedback_start(struct feedback *feedback);

/* When the workers have ended: what they left is archived. Takes up to 4 s while brokers do not answer. */
void feedback_stop(struct feedback *feedback);
void feedback_free(struct feedback **feedback); /* behind the workers */

/* Of this worker. */
struct hit_ring *feedback_ring(const struct feedback *feedback, unsigned worker);

void feedback_read_status(struct feedback *feedback, struct feedback_status *out);

/* Its part of /metrics. */
void feedback_write_metrics(struct feedback *feedback, FILE *out);

#endif
