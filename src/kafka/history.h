/* history.h - what topics hold from one time to another, read once: partitions are assigned by hand over the offsets
 * of these times. No group is joined, nothing is committed, the running consumers notice nothing.
 *
 * Times are those of the Kafka messages. Where they do not rise (producers with other clocks), a message belongs to
 * the history if it lies before the first one that is HISTORY_SLACK_MS newer than the end.
 *
 * Threads: a history belongs to one thread. Its functions wait for brokers, HISTORY_PATIENCE_MS at most while nothing
 * comes. */
#ifndef TELSIEVE_KAFKA_HISTORY_H
#define TELSIEVE_KAFKA_HISTORY_H

#include "config/config.h"
#include "core/err.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_SLACK_MS (10 * 60 * 1000)
#define HISTORY_PATIENCE_MS 30000

struct history;

struct history_range { /* of partitions, both included */
    int32_t first, last;
};

struct history_setup {
    const struct config *config; /* outlives the history, as all that follows */
    const char *const *topics;
    size_t ntopics;
    int64_t from_ms, to_ms; /* `to` not included */
    const struct history_range *ranges;
    size_t nranges;         /* 0: all partitions */
    int64_t rate;           /* messages a second at most; 0: as fast as they come */
};

struct history_partition {
    size_t topic; /* index */
    int32_t partition;
    int64_t start, end;  /* offsets that are read; end not included */
    bool cut;            /* what lay before `start` is deleted, and some of it may have been of these times */
    int64_t first_ms;    /* of the first message read; -1: none yet */
};

struct history_message { /* lent until the next one */
    size_t topic; /* index */
    int32_t partition;
    int64_t offset, timestamp_ms;
    struct str key, payload; /* p NULL: none, a null value */
    const void *raw;    /* for history_header */
};

/* Connects and asks for the offsets. NULL on problems (to err): a topic that is not there, brokers that do not answer,
 * a range without any partition. */
struct history *history_new(const struct history_setup *setup, struct err *err);
void history_free(struct history **history);

/* The next message, in the order of each partition. 1: there is one; 0: that was all; -TS_EKAFKA with err. */
int history_next(struct history *history, struct history_message *out, struct err *err);

/* A header of the message; p NULL when it has none of this name. */
struct str history_header(const struct history_message *message, const char *name);

const struct history_partition *history_partitions(const struct history *history, size_t *n);

/* Of the cluster, part of the ids of warnings; lent. Empty when the brokers do not tell. */
struct str history_cluster(struct history *history);

#endif
