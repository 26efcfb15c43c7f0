/* member.h - inside kafka/: what consumer.c (messages) and assignment.c (partitions that come and go) share. */
#ifndef TELSIEVE_KAFKA_MEMBER_H
#define TELSIEVE_KAFKA_MEMBER_H

#include "kafka/client.h"
#include "kafka/consumer.h"
#include "kafka/prefetch.h"

#include <librdkafka/rdkafka.h>

struct member_partition {
    struct ledger *ledger;
    size_t topic_index;
    bool assigned;
    bool paused;           /* as librdkafka was last told */
    bool rewound;          /* the group's committed offset may still lie above ours */
    int64_t stored;        /* watermark last given to librdkafka, -1 none in this assignment */
    int64_t expected;      /* the offset that comes next unless the log has a gap, -1 unknown */
};

/* owners.c: is every partition of the input topics assigned to some member of the group? */
struct owners {
    int64_t ask_mono_ms;   /* when to ask next, 0 nothing to ask */
    int64_t patience_ms;   /* from one leaving of the group to the next, grows */
    int64_t leave_mono_ms; /* not before this time again */
    unsigned orphaned;     /* answers in a row that told of a partition without owner */
    bool leaving;          /* unsubscribed, to subscribe again */
};

struct consumer {
    struct client client; /* first: librdkafka's opaque */
    struct consumer_setup setup;
    rd_kafka_t *rk;
    struct prefetch *prefetch; /* NULL where librdkafka needs none */
    rd_kafka_topic_t **probes; /* per input topic */
    struct member_partition **partitions; /* ever assigned */
    size_t npartitions, cap;
    unsigned nassigned;
    rd_kafka_message_t *message;     /* the one handed out */
    uintptr_t message_at;            /* where it lies, or lay */
    const rd_kafka_topic_t *last_topic; /* the partition looked up last */
    int32_t last_partition;
    struct member_partition *last;
    bool paused;
    bool subscribed, was_assigned;
    bool group_error; /* the cause came from the group: a new assignment clears it */
    bool failed;      /* member_fail was called: cause is final */
    int64_t close_mono_ms; /* deadline while closing, else 0 */
    int64_t probe_mono_ms;
    int64_t rewind_mono_ms;
    struct owners owners;
    struct str cluster; /* its id; NULL not asked yet */
    char cause[CLIENT_CAUSE];
};

/* The partition of an assignment, or NULL. */
struct member_partition *member_find(struct consumer *consumer, const char *topic, int32_t partition);

/* All partitions assigned now, as librdkafka wants them; offsets not set. The caller destroys it. */
rd_kafka_topic_partition_list_t *member_assignment(const struct consumer *consumer);

/* Give up: the process is to end with this cause. */
void member_fail(struct consumer *consumer, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Call after each rebalance, and once a turn; the latter may block for some seconds while brokers do not answer. */
void owners_changed(struct consumer *consumer);
void owners_tend(struct consumer *consumer, int64_t now_mono_ms);

/* librdkafka's rebalance callback; opaque is the consumer. */
void assignment_changed(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque);

/* Let the group's committed offset go back to `offset`; partition->rewound stays set when that has to be tried
 * again. */
void assignment_rewind(struct consumer *consumer, struct member_partition *partition, int64_t offset);

#endif
