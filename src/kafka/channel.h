/* channel.h - inside kafka/: one instance of librdkafka's producer with its topics.
 *
 * Threads and ownership: as the producer it is part of. */
#ifndef TELSIEVE_KAFKA_CHANNEL_H
#define TELSIEVE_KAFKA_CHANNEL_H

#include "kafka/client.h"
#include "kafka/producer.h"

#define CHANNEL_TOPICS 3 /* by enum delivery_kind */

struct channel {
    struct client client; /* first: librdkafka's opaque */
    struct rd_kafka_s *rk; /* NULL: not connected */
    struct rd_kafka_topic_s *topics[CHANNEL_TOPICS]; /* NULL: no topic configured */
    /* Called inside channel_poll for each message sent: code 0 or librdkafka's error. */
    void (*report)(struct channel *channel, void *opaque, int code);
};

/* Connect; client and report are set before. Returns 0, or -TS_EKAFKA (problems to err; then close). */
int channel_open(struct channel *channel, const struct config *config, struct err *err);

/* Drop the instance and all it holds; reports that did not come will not come. */
void channel_close(struct channel *channel);

/* Hand over a copy of the message; its report brings `opaque`. Returns 0 or librdkafka's error code. */
int channel_send(struct channel *channel, const struct delivery *delivery, void *opaque);

void channel_poll(struct channel *channel, int wait_ms);

#endif
