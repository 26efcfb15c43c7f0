/* client.h - what everything that uses librdkafka has in common: properties, librdkafka's log, its errors in words.
 *
 * Properties are set in this order, later ones win: telsieve's defaults, kafka.common, kafka.consumer (of a follower
 * too) or kafka.producer (of an announcer too), and what the guarantees need (config/properties.h refuses those by
 * name).
 *
 * Threads: a client belongs to one thread; librdkafka calls back only from inside its poll functions, on that thread
 * (its log goes through the same queue). */
#ifndef TELSIEVE_KAFKA_CLIENT_H
#define TELSIEVE_KAFKA_CLIENT_H

#include "config/config.h"
#include "core/err.h"
#include "core/log.h"
#include "core/metrics.h"

struct rd_kafka_s; /* librdkafka's rd_kafka_t, rd_kafka_topic_t, rd_kafka_conf_t: only src/kafka/ includes its header */
struct rd_kafka_topic_s;
struct rd_kafka_conf_s;

enum client_side { CLIENT_CONSUMER, CLIENT_PRODUCER, CLIENT_FOLLOWER, CLIENT_ANNOUNCER };

/* For `telsieve check`: are the Kafka properties all good? Problems to err ("kafka.consumer.fetch.foo: No such
 * configuration property"). Connects to nothing that it waits for. Returns 0 or -TS_EINVAL. */
int client_check(const struct config *config, struct err *err);

#define CLIENT_CAUSE 220 /* bytes of a cause, with its NUL */

/* The first member of what uses librdkafka: opaque of its callbacks. */
struct client {
    enum client_side side;
    unsigned index;          /* of the worker; 0 on the main thread */
    struct metrics *metrics; /* NULL: nothing is counted */
    struct log_limit log_limit, error_limit;
    bool fatal;                /* librdkafka gave up: this instance is of no more use */
    bool down;                 /* no broker at all can be reached or logged in to, until client_clear */
    char cause[CLIENT_CAUSE];  /* the last error of the whole client; "" when none, or after client_clear */
};

void client_init(struct client *client, enum client_side side, unsigned index, struct metrics *metrics);

/* Make librdkafka's instance with `client` as opaque and the callbacks of its side set by `hook` (may be NULL).
 * NULL on problems (to err). */
struct rd_kafka_s *client_connect(struct client *client, const struct config *config,
                                  void (*hook)(struct rd_kafka_conf_s *conf), struct err *err);

/* End a consumer's instance. False when it has not ended after timeout_ms: it is left to the end of the process
 * (librdkafka 2.0.2 waits for ever when a topic it read was deleted), and its opaque with it. */
bool client_disconnect(struct rd_kafka_s *rk, int timeout_ms);

/* Note an error librdkafka reported: counted, logged at a limited rate, kept as cause. `rk` may be NULL. */
void client_error(struct client *client, struct rd_kafka_s *rk, int code, const char *reason);
void client_clear(struct client *client);

/* Ask the cluster for a topic: 0 when it exists and may be seen and each partition has a leader, else librdkafka's
 * error code, with words for it in `cause`. Blocks at most timeout_ms. */
int client_probe(struct rd_kafka_s *rk, struct rd_kafka_topic_s *topic, int timeout_ms, char cause[CLIENT_CAUSE]);

/* How many partitions a topic has; -1 when it is not there or nobody tells. Blocks at most timeout_ms. */
int client_partitions(struct rd_kafka_s *rk, struct rd_kafka_topic_s *topic, int timeout_ms);

#endif
