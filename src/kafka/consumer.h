/* consumer.h - one group member: messages in, watermarks out, partitions that come and go.
 *
 * A consumer owns the ledger of every partition it ever had; the ledgers live as long as the consumer. Watermarks are
 * stored by consumer_store and committed by librdkafka every second; when partitions are revoked, their deliveries
 * are waited for (drain.rebalance_ms), then the watermarks are stored and committed at once. A lost partition commits
 * nothing. Offsets that retention removed before they were read are counted (telsieve_records_missed_total): those
 * between the one expected next (at first the committed one) and the log's start; gaps of compaction and transaction
 * markers lie behind the start and are not.
 *
 * Threads: a consumer belongs to one worker; callbacks happen inside consumer_poll and consumer_close. */
#ifndef TELSIEVE_KAFKA_CONSUMER_H
#define TELSIEVE_KAFKA_CONSUMER_H

#include "config/config.h"
#include "core/err.h"
#include "core/metrics.h"
#include "core/str.h"
#include "kafka/ledger.h"

#include <stdbool.h>

struct consumer;

struct consumer_setup {
    const struct config *config;
    unsigned index; /* of the worker */
    struct metrics *metrics;
    /* Called again and again while revoked partitions wait for their deliveries: serve the producer for a moment. */
    void (*serve)(void *ctx);
    void *ctx;
};

struct consumer_message {
    struct ledger *ledger;
    size_t topic_index;    /* in config.input.topics */
    int64_t offset;
    int64_t timestamp_ms;  /* Kafka's, -1 when there is none */
    struct str payload;    /* p NULL: a null value */
};

/* NULL on problems (to err). */
struct consumer *consumer_new(const struct consumer_setup *setup, struct err *err);
void consumer_free(struct consumer **consumer);

/* Join the group. Returns 0 or -TS_EKAFKA (then consumer_cause tells why). */
int consumer_subscribe(struct consumer *consumer);

/* The next message, waiting at most timeout_ms: true and *message, which lives until the next call. Errors go to
 * consumer_cause, log and metrics. When it lies before the one expected (the topic was made anew), a new epoch of the
 * ledger begins and the group's committed offset goes back too; consumer_tend tries again what the brokers did not
 * take. */
bool consumer_poll(struct consumer *consumer, int timeout_ms, struct consumer_message *message);

/* Stop or go on reading; holds for partitions assigned later too. Keep polling while paused. */
void consumer_pause(struct consumer *consumer, bool pause);

/* Store all watermarks that moved. */
void consumer_store(struct consumer *consumer);

/* Leave the group: waits for deliveries until deadline_mono_ms at most, commits. */
void consumer_close(struct consumer *consumer, int64_t deadline_mono_ms);

/* Kafka's cluster id; "" while unknown or when the broker has none. */
struct str consumer_cluster(struct consumer *consumer);

unsigned consumer_partitions(const struct consumer *consumer); /* assigned now */

/* True when librdkafka gave up (a fenced instance id for one): end the process. */
bool consumer_fatal(const struct consumer *consumer);

/* Why nothing can be read, for a person; "" when nothing is known to be wrong. */
const char *consumer_cause(const struct consumer *consumer);

/* Look at the input topics again while there is a cause, and after a rebalance whether each partition has an owner;
 * blocks for some seconds then while brokers do not answer. Call once a turn. */
void consumer_tend(struct consumer *consumer, int64_t now_mono_ms);

/* Every partition this consumer ever had. */
size_t consumer_ledger_count(const struct consumer *consumer);
const struct ledger *consumer_ledger(const struct consumer *consumer, size_t i, bool *assigned);

#endif
