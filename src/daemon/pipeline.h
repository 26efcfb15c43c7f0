/* pipeline.h - a message's way from payload to outcomes: decode, judge, warn or dead-letter, enter in the books.
 *
 * Threads: a pipeline belongs to one worker. A clean record allocates nothing. */
#ifndef TELSIEVE_DAEMON_PIPELINE_H
#define TELSIEVE_DAEMON_PIPELINE_H

#include "config/config.h"
#include "core/metrics.h"
#include "daemon/hit_ring.h"
#include "daemon/quarantine.h"
#include "kafka/consumer.h"
#include "kafka/producer.h"
#include "match/ruleset.h"

struct pipeline;

struct pipeline_setup {
    const struct config *config;
    unsigned index; /* of the worker */
    struct metrics *metrics;
    const struct lists *lists;      /* pinned by the caller, from pipeline_use on; NULL: every list is empty */
    struct quarantine *quarantine;  /* NULL = off */
    struct hit_ring *hits;          /* what fired goes here; NULL: nothing is archived */
    _Atomic int64_t *progress_ms;   /* set to the monotonic time at each record */
};

/* Makes the feeds of the input topics. NULL on problems (to err). */
struct pipeline *pipeline_new(const struct pipeline_setup *setup, struct err *err);
void pipeline_free(struct pipeline **pipeline);

/* The rule set of the messages that follow. Returns 0 or -TS_E… (no message can be judged). */
int pipeline_use(struct pipeline *pipeline, const struct ruleset *ruleset);

/* The batch has ended: what was judged is counted for the rule set. */
void pipeline_settle(struct pipeline *pipeline);

/* Judge every record of the message; deliveries go to `producer`. Returns 0, or -TS_ENOMEM: then the message stays
 * open in its ledger and the worker must end. */
int pipeline_message(struct pipeline *pipeline, struct producer *producer, const struct consumer_message *message,
                   struct str cluster);

/* Dead-letter a warning that is too large for the broker. Returns 0 or -TS_ENOMEM. */
int pipeline_dead_letter_warning(struct pipeline *pipeline, struct producer *producer, const struct delivery *warning);

#endif
