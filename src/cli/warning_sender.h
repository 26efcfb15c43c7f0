/* warning_sender.h - what commands send to the topic of the warnings: in order, at a bounded pace, each acknowledged by
 * every in-sync replica or counted as failed.
 *
 * Between open and close SIGINT and SIGTERM (Ctrl-C) do not end the process, but the sending: what was given by then
 * still gets its acknowledgement. Threads: it belongs to one, the main one. */
#ifndef TELSIEVE_CLI_WARNING_SENDER_H
#define TELSIEVE_CLI_WARNING_SENDER_H

#include "kafka/announcer.h"

#include <signal.h>

struct warning_sender {
    const struct config *config;
    struct announcer *announcer;
    long rate;
    int64_t started_mono_ms;
    sigset_t before; /* which signals were blocked */
    size_t given, sent, failed; /* sent: acknowledged */
    bool interrupted;
    char why[300]; /* of the first that failed */
};

/* Ask the person at the terminal whether n messages ("warnings", "withdrawals") are to be sent to output.warnings;
 * false when there are none or the answer is no. Nobody is asked with `yes`, nor where there is no terminal. */
bool warning_sender_may(const struct config *config, size_t n, const char *what, bool yes);

/* `rate`: messages a second at most; 0: no limit. The configuration outlives the sender. Returns 0 or -TS_E… with err;
 * to be closed in either case. */
int warning_sender_open(struct warning_sender *sender, const struct config *config, long rate, struct err *err);

/* Send a copy. `opaque` is NULL or points to a bool, which becomes true with the acknowledgement, in a later call or in
 * close. Returns 0; 1 when it is not sent, for Ctrl-C was pressed; -TS_E… with err when the topic takes nothing. */
int warning_sender_send(struct warning_sender *sender, const struct announcement *one, struct err *err);

/* Wait for the last acknowledgements. Returns EXIT_DONE, EXIT_DEADLINE after Ctrl-C, or EXIT_RUNTIME with err. */
int warning_sender_close(struct warning_sender *sender, struct err *err);

#endif
