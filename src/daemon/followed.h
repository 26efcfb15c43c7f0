/* followed.h - a control topic (kafka/follower.h) served on a loop, and what is wrong with reading it.
 *
 * Threads: one. Who has no loop leaves out followed_start and serves `follower` itself. */
#ifndef TELSIEVE_DAEMON_FOLLOWED_H
#define TELSIEVE_DAEMON_FOLLOWED_H

#include "kafka/follower.h"

#include <ev.h>

struct followed {
    struct follower *follower;
    const char *topic, *event; /* of log lines; borrowed */
    size_t most;               /* messages in one turn of the loop */
    struct ev_loop *loop;      /* NULL: not started */
    ev_io readable;
    char trouble[300]; /* for a person; "" when nothing is wrong */
};

/* Connects in the background. `setup->trouble` calls followed_trouble. Returns 0, or -TS_E… with err. */
int followed_open(struct followed *followed, const struct follower_setup *setup, const char *event, size_t most,
                  struct err *err);
void followed_close(struct followed *followed); /* also one that was never opened */

void followed_start(struct followed *followed, struct ev_loop *loop);

/* Note and log what the follower says of the topic. */
void followed_trouble(struct followed *followed, const char *why);

#endif
