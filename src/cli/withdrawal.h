/* withdrawal.h - warnings that are taken back: those that stand are found in the topic of the warnings, which has every
 * warning of every node for as long as its retention says; each is followed by a message of status "withdrawn" with its
 * id and its key, in its partition.
 *
 * Of an id the last message counts: what was withdrawn and sent anew stands. The topic is read on to its end of now,
 * so that what was withdrawn before is known, whenever that was.
 *
 * Threads: one. Privacy: keys are numbers of victims; they go back to the topic and nowhere else. */
#ifndef TELSIEVE_CLI_WITHDRAWAL_H
#define TELSIEVE_CLI_WITHDRAWAL_H

#include "config/config.h"
#include "core/err.h"
#include "core/str.h"
#include "kafka/history.h"

#include <jansson.h>

struct withdrawal_wish { /* which warnings */
    const char *const *rules; /* those that name one of these rules … */
    size_t nrules;
    const char *version;      /* … in this version of its library; NULL: any */
    bool shared;              /* also those of which other rules warn, too */
    const json_t *ids;        /* or, instead: those of these ids, the keys of an object; NULL: by rules */
    int64_t from_ms, to_ms;   /* Kafka's times of the warnings; `to` not included */
    long rate;                /* messages read a second, and sent, at most; 0: no limit */
};

enum withdrawal_state {
    WITHDRAWAL_STANDS,  /* is to be taken back */
    WITHDRAWAL_SHARED,  /* another rule warns of the record, too: it stays */
    WITHDRAWAL_BEFORE,  /* was taken back before */
    WITHDRAWAL_OTHER,   /* was sent again, and is not of these any more */
    WITHDRAWAL_STATES
};

struct withdrawal_rule {
    char *id, *library, *version;
};

struct withdrawal { /* a warning */
    enum withdrawal_state state;
    bool done; /* the message that takes it back is acknowledged */
    int32_t partition;
    int64_t at_ms;  /* Kafka's time */
    uint32_t rule;  /* index: the rule for which it is taken back */
    char id[33], family[4], tier[8];
    struct str key; /* p NULL: none */
};

struct withdrawals {
    struct withdrawal_wish wish;
    const struct config *config;
    struct withdrawal *items;
    struct withdrawal_rule *rules;
    struct history_partition *partitions;
    size_t n, cap, nrules, npartitions;
    size_t counts[WITHDRAWAL_STATES];
    size_t unknown; /* warnings that do not list all their rules, and none of these among them */
    size_t strange; /* messages that are no warnings */
    json_t *index;  /* id: number of the item */
};

/* Read the topic output.warnings. What the wish points to, and the configuration, outlive the withdrawals. Returns 0 or
 * -TS_E… with err; to be finished in either case. */
int withdrawals_read(struct withdrawals *all, const struct config *config, const struct withdrawal_wish *wish,
                     struct err *err);
void withdrawals_fini(struct withdrawals *all);

/* Take back what stands: ask at a terminal, unless `yes`; send, wait for every acknowledgement, note it in the audit
 * log of the configuration, and say on stderr what was done. `why` goes into the messages. Ctrl-C ends it cleanly.
 * Returns an exit code: EXIT_DONE, EXIT_DEADLINE when it was ended with some left, EXIT_RUNTIME with err. */
int withdrawals_send(struct withdrawals *all, const char *why, bool yes, struct err *err);

/* How many were taken back; for one of the rules. */
size_t withdrawals_done(const struct withdrawals *all);

#endif
