/* dead_letter.h - what is sent of a record that cannot be judged: its coordinates and the reason, its payload only
 * when dead_letter.payload says so. */
#ifndef TELSIEVE_DAEMON_DEAD_LETTER_H
#define TELSIEVE_DAEMON_DEAD_LETTER_H

#include "config/config.h"
#include "kafka/producer.h"
#include "record/reason.h"

struct dead_letter {
    enum dead_letter_reason reason;
    const char *field;     /* the field concerned, may be NULL */
    struct ledger *ledger; /* where the record is open, with epoch and offset */
    uint64_t epoch;
    int64_t offset;
    uint32_t sub;
    struct str raw;        /* the record as received; p NULL: not at hand */
};

/* Returns 0 or -TS_ENOMEM. */
int dead_letter_send(const struct dead_letter *letter, const struct config *config, struct producer *producer);

/* One line with reason and coordinates, at a limited rate. */
void dead_letter_log(const struct dead_letter *letter, unsigned worker, struct log_limit *limit);

#endif
