/* mock.h - a Kafka cluster inside the process (librdkafka's mock), for `telsieve demo` and tests; and a plain writer
 * and reader of topics, which work with any cluster.
 *
 * The mock keeps 5 MiB a partition and drops older batches without a word, knows no static membership, makes topics
 * that are asked for (4 partitions) and its latencies mean nothing. A writer must not run ahead of its reader.
 *
 * Threads: the cluster's functions from any thread; a writer or reader belongs to one thread. */
#ifndef TELSIEVE_KAFKA_MOCK_H
#define TELSIEVE_KAFKA_MOCK_H

#include "core/err.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct mock_cluster;

/* NULL on problems. */
struct mock_cluster *mock_cluster_new(int brokers, struct err *err);
void mock_cluster_free(struct mock_cluster **cluster);
const char *mock_cluster_bootstrap(const struct mock_cluster *cluster);
int mock_cluster_create_topic(struct mock_cluster *cluster, const char *topic, int partitions);

/* The next `count` requests of this Kafka API (0 Produce, 1 Fetch, 8 OffsetCommit, 22 InitProducerId) fail with
 * `code`, an error number of Kafka's protocol; -195 cuts the connection. */
void mock_cluster_fail(struct mock_cluster *cluster, int api, int code, size_t count);
void mock_cluster_heal(struct mock_cluster *cluster, int api);

/* Metadata of this topic carries the error `code`; 0 ends it. */
void mock_cluster_topic_error(struct mock_cluster *cluster, const char *topic, int code);

/* All brokers hang up and take no connection, or are back. */
void mock_cluster_set_up(struct mock_cluster *cluster, bool up);

struct mock_writer;

struct mock_writer *mock_writer_new(const char *bootstrap, struct err *err);
/* Drops what is not delivered: flush first. */
void mock_writer_free(struct mock_writer **writer);
/* Copies; key.p NULL: no key, value.p NULL: a null value; partition -1: by key. Waits while the local queue is full.
 * Returns 0 or -TS_EKAFKA. */
int mock_writer_send(struct mock_writer *writer, const char *topic, int32_t partition, struct str key,
                     struct str value);
/* Wait until all is acknowledged. Returns how many were refused or are still on their way. */
uint64_t mock_writer_flush(struct mock_writer *writer, int timeout_ms);

struct mock_reader;

/* Reads every partition the topic has now from its beginning; belongs to no group. */
struct mock_reader *mock_reader_new(const char *bootstrap, const char *topic, struct err *err);
void mock_reader_free(struct mock_reader **reader);

struct mock_message {
    struct str key, value; /* p NULL: none */
    int32_t partition;
    int64_t offset;
};

/* The next message, valid until the next call; false when none came within timeout_ms. */
bool mock_reader_next(struct mock_reader *reader, int timeout_ms, struct mock_message *out);
/* A header of the message last read; p NULL when it has none of this name. */
struct str mock_reader_header(const struct mock_reader *reader, const char *name);

/* The offset group `group` has committed for a partition; -1 none. */
int64_t mock_committed(const char *bootstrap, const char *group, const char *topic, int32_t partition);

#endif
