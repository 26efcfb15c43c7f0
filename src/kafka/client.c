/* client.c - a table of defaults, the user's properties over it, then what the guarantees need; callbacks.
 *
 * Prefetch: the queue is kept short, so that what is read next still lies in the processor's cache. A queue over its
 * limit is not fetched for a second unless fetch.queue.backoff.ms says otherwise; below librdkafka 2.2.0, which does
 * not know it, prefetch.c sees to that. */
#include "kafka/client.h"
#include "core/clock.h"

#include <librdkafka/rdkafka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define SCRAM_FIXED 0x020601ff /* librdkafka 2.6.1 */

struct property {
    const char *key, *value;
};

static const struct property common_defaults[] = {
    {"client.id", "telsieve"},
    {"reconnect.backoff.max.ms", "2000"},                /* back within seconds after a broker was away */
    {"topic.metadata.refresh.interval.ms", "10000"},     /* a topic made later is seen */
    {"topic.metadata.propagation.max.ms", "5000"},       /* a missing topic is reported, not waited for */
    {NULL, NULL},
};

static const struct property consumer_defaults[] = {
    {"partition.assignment.strategy", "cooperative-sticky"},
    {"session.timeout.ms", "10000"},
    {"auto.commit.interval.ms", "1000"},
    {"auto.offset.reset", "earliest"},
    {"queued.min.messages", "20000"}, /* a few fetches' worth, also for packed records: */
    {"queued.max.messages.kbytes", "32768"},
    {NULL, NULL},
};

static const struct property consumer_forced[] = {
    {"enable.auto.offset.store", "false"},
    {"enable.auto.commit", "true"}, /* of stored offsets */
    {"enable.partition.eof", "false"},
    {NULL, NULL},
};

static const struct property producer_defaults[] = {
    {"linger.ms", "0"},
    /* A warning that finds the way free goes at once; what comes meanwhile goes together, as soon as that one is
     * acknowledged. With more requests in flight librdkafka's thread asks the socket again and again, without waiting,
     * until there is room for the next one. */
    {"max.in.flight.requests.per.connection", "1"},
    {NULL, NULL},
};

static const struct property producer_forced[] = {
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"message.timeout.ms", "0"}, /* none */
    {"partitioner", "murmur2_random"},
    {NULL, NULL},
};

/* It belongs to no group, wants to know where a partition ends and to be told when its position is gone. What was
 * taken back is not fed, and a topic that is not there is not made by looking for it. */
static const struct property follower_forced[] = {
    {"isolation.level", "read_committed"},
    {"allow.auto.create.topics", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.auto.commit", "false"},
    {"enable.partition.eof", "true"},
    {"auto.offset.reset", "error"},
    {NULL, NULL},
};

static const struct property announcer_defaults[] = {
    {"linger.ms", "0"},
    {"message.max.bytes", "67108864"}, /* the topic has its own limit for a library */
    {NULL, NULL},
};

/* In order without idempotence, which knows fatal errors: one request at a time. */
static const struct property announcer_forced[] = {
    {"enable.idempotence", "false"},
    {"max.in.flight.requests.per.connection", "1"},
    {"acks", "all"},
    {"message.timeout.ms", "0"}, /* none */
    {"partitioner", "murmur2_random"},
    {NULL, NULL},
};

struct side {
    const char *name;
    bool consumes;
    const struct property *defaults, *forced;
};

static const struct side sides[] = {
    [CLIENT_CONSUMER] = {"consumer", true, consumer_defaults, consumer_forced},
    [CLIENT_PRODUCER] = {"producer", false, producer_defaults, producer_forced},
    [CLIENT_FOLLOWER] = {"follower", true, consumer_defaults, follower_forced},
    [CLIENT_ANNOUNCER] = {"announcer", false, announcer_defaults, announcer_forced},
};

void client_init(struct client *client, enum client_side side, unsigned index, struct metrics *metrics)
{
    *client = (struct client){
        .side = side,
        .index = index,
        .metrics = metrics,
        .log_limit = LOG_LIMIT(20, 10000),
        .error_limit = LOG_LIMIT(5, 10000),
    };
}

/* ---- properties ------------------------------------------------------------------------------------------------ */

/* "did you mean …?" from librdkafka's own lists. */
static void add_unknown(struct err *err, const char *section, const char *key)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_conf_t *topic_conf = rd_kafka_topic_conf_new();
    size_t n, ntopic, count = 0;
    const char **dump = rd_kafka_conf_dump(conf, &n);
    const char **topic_dump = rd_kafka_topic_conf_dump(topic_conf, &ntopic);
    const char **names = calloc((n + ntopic) / 2 + 1, sizeof(*names));
    const char *nearest = NULL;

    if (names != NULL) {
        for (size_t i = 0; i < n; i += 2)
            names[count++] = dump[i];
        for (size_t i = 0; i < ntopic; i += 2)
            names[count++] = topic_dump[i];
        nearest = err_nearest(key, names);
    }
    if (nearest != NULL)
        err_add(err, "kafka.%s.%s: No such configuration property (did you mean \"%s\"?)", section, key, nearest);
    else
        err_add(err, "kafka.%s.%s: No such configuration property", section, key);
    free(names);
    rd_kafka_conf_dump_free(dump, n);
    rd_kafka_conf_dump_free(topic_dump, ntopic);
    rd_kafka_conf_destroy(conf);
    rd_kafka_topic_conf_destroy(topic_conf);
}

static void set_user(rd_kafka_conf_t *conf, const json_t *properties, const char *section, struct err *err)
{
    char why[512];
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)properties, key, value) {
        rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, key, json_string_value(value), why, sizeof(why));
        if (result == RD_KAFKA_CONF_UNKNOWN)
            add_unknown(err, section, key);
        else if (result != RD_KAFKA_CONF_OK)
            err_add(err, "kafka.%s.%s: %s", section, key, why);
    }
}

static void set_own(rd_kafka_conf_t *conf, const char *key, const char *value, struct err *err)
{
    char why[512];

    if (rd_kafka_conf_set(conf, key, value, why, sizeof(why)) != RD_KAFKA_CONF_OK)
        err_add(err, "%s=%s: %s", key, value, why);
}

static void set_table(rd_kafka_conf_t *conf, const struct property *table, struct err *err)
{
    for (; table->key != NULL; table++)
        set_own(conf, table->key, table->value, err);
}

static void set_prefetch(rd_kafka_conf_t *conf)
{
    char why[128];

    rd_kafka_conf_set(conf, "fetch.queue.backoff.ms", "10", why, sizeof(why)); /* unknown below 2.2.0 */
}

static void set_membership(rd_kafka_conf_t *conf, const struct config *config, unsigned index, struct err *err)
{
    char instance[300];

    set_own(conf, "group.id", config->input.group, err);
    if (config->input.instance[0] == '\0')
        return;
    snprintf(instance, sizeof(instance), "%s-%u", config->input.instance, index);
    set_own(conf, "group.instance.id", instance, err);
}

/* librdkafka reads partitions only with a group id; nobody else has this one. */
static void set_lone_group(rd_kafka_conf_t *conf, const struct config *config, struct err *err)
{
    uint64_t number = (uint64_t)clock_wall_ms();
    char id[300];

    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t)sizeof(number))
        number ^= (uint64_t)getpid() << 44;
    snprintf(id, sizeof(id), "%.250s-follower-%016llx", config->input.group, (unsigned long long)number);
    set_own(conf, "group.id", id, err);
}

static rd_kafka_conf_t *make_conf(const struct config *config, enum client_side side, unsigned index, struct err *err)
{
    const struct side *s = &sides[side];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set_table(conf, common_defaults, err);
    set_table(conf, s->defaults, err);
    if (s->consumes)
        set_prefetch(conf);
    set_user(conf, config->kafka.common, "common", err);
    if (s->consumes)
        set_user(conf, config->kafka.consumer, "consumer", err);
    else
        set_user(conf, config->kafka.producer, "producer", err);
    set_table(conf, s->forced, err);
    if (side == CLIENT_CONSUMER)
        set_membership(conf, config, index, err);
    else if (side == CLIENT_FOLLOWER)
        set_lone_group(conf, config, err);
    set_own(conf, "log.queue", "true", err);
    return conf;
}

/* ---- log and errors -------------------------------------------------------------------------------------------- */

/* librdkafka's own lines: names, addresses and states; it never logs payloads. */
static void on_log(const rd_kafka_t *rk, int syslog_level, const char *facility, const char *text)
{
    struct client *client = rd_kafka_opaque(rk);
    enum log_level level = syslog_level <= 3   ? LOG_LEVEL_ERROR
                           : syslog_level == 4 ? LOG_LEVEL_WARN
                           : syslog_level <= 6 ? LOG_LEVEL_INFO
                                               : LOG_LEVEL_DEBUG;
    uint64_t left_out;
    char quoted[600];

    if (!log_enabled(level) || !log_limit_pass(&client->log_limit, clock_mono_ms(), &left_out))
        return;
    log_line(level, "kafka_log", "client=%s worker=%u facility=%s left_out=%llu msg=%s", sides[client->side].name,
             client->index, facility, (unsigned long long)left_out, log_quote(text, quoted, sizeof(quoted)));
}

static bool is_scram_trap(int code, const char *reason)
{
    return code == RD_KAFKA_RESP_ERR__AUTHENTICATION && strstr(reason, "SCRAM") != NULL &&
           rd_kafka_version() < SCRAM_FIXED;
}

void client_error(struct client *client, struct rd_kafka_s *rk, int code, const char *reason)
{
    char fatal_reason[CLIENT_CAUSE], hint[100] = "", quoted[400];
    uint64_t left_out;

    if (client->fatal)
        return;
    if (code == RD_KAFKA_RESP_ERR__FATAL && rk != NULL) {
        client->fatal = true;
        code = rd_kafka_fatal_error(rk, fatal_reason, sizeof(fatal_reason));
        reason = fatal_reason;
    }
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
        code == RD_KAFKA_RESP_ERR__SSL)
        client->down = true;
    if (is_scram_trap(code, reason))
        snprintf(hint, sizeof(hint), " (librdkafka %s cannot log in to Kafka 4 by SCRAM: 2.6.1 or later can)",
                 rd_kafka_version_str());
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || client->cause[0] == '\0') /* the one before it says why */
        snprintf(client->cause, sizeof(client->cause), "%.120s%s", reason, hint);
    if (client->metrics != NULL)
        metrics_add(client->metrics, METRIC_KAFKA_ERRORS, 1);
    if (log_limit_pass(&client->error_limit, clock_mono_ms(), &left_out))
        log_warn("kafka_error", "client=%s worker=%u code=%s fatal=%d left_out=%llu msg=%s",
                 sides[client->side].name, client->index, rd_kafka_err2name((rd_kafka_resp_err_t)code), client->fatal,
                 (unsigned long long)left_out, log_quote(client->cause, quoted, sizeof(quoted)));
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    client_error(opaque, rk, code, reason);
}

void client_clear(struct client *client)
{
    client->down = false;
    if (!client->fatal)
        client->cause[0] = '\0';
}

/* ---- instances ------------------------------------------------------------------------------------------------- */

struct rd_kafka_s *client_connect(struct client *client, const struct config *config,
                                  void (*hook)(struct rd_kafka_conf_s *conf), struct err *err)
{
    unsigned problems = err->count;
    rd_kafka_conf_t *conf = make_conf(config, client->side, client->index, err);
    rd_kafka_t *rk;
    char why[512];

    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (hook != NULL)
        hook(conf);
    if (err->count > problems) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rk = rd_kafka_new(sides[client->side].consumes ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (rk == NULL) {
        err_add(err, "kafka.%s: %s", sides[client->side].consumes ? "consumer" : "producer", why);
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    if (sides[client->side].consumes)
        rd_kafka_poll_set_consumer(rk);
    rd_kafka_set_log_queue(rk, NULL);
    return rk;
}

static void *destroy(void *rk)
{
    rd_kafka_destroy(rk);
    return NULL;
}

bool client_disconnect(struct rd_kafka_s *rk, int timeout_ms)
{
    struct timespec end;
    pthread_t thread;

    if (pthread_create(&thread, NULL, destroy, rk) != 0)
        return false;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += timeout_ms / 1000; /* whole seconds will do */
    if (pthread_timedjoin_np(thread, NULL, &end) == 0)
        return true;
    log_warn("client_abandoned", "msg=\"did not end within %d ms\"", timeout_ms);
    pthread_detach(thread);
    return false;
}

int client_check(const struct config *config, struct err *err)
{
    unsigned problems = err->count;
    struct metrics *metrics = aligned_alloc(_Alignof(struct metrics), sizeof(*metrics));

    if (metrics == NULL)
        return -TS_ENOMEM;
    memset(metrics, 0, sizeof(*metrics));
    for (enum client_side side = CLIENT_CONSUMER; side <= CLIENT_PRODUCER; side++) {
        struct client client;
        rd_kafka_t *rk;
        client_init(&client, side, 0, metrics);
        client.log_limit.burst = client.error_limit.burst = 0; /* whether brokers answer is not asked here */
        rk = client_connect(&client, config, NULL, err);
        if (rk != NULL)
            rd_kafka_destroy(rk);
    }
    free(metrics);
    return err->count > problems ? -TS_EINVAL : 0;
}

static rd_kafka_resp_err_t topic_state(const struct rd_kafka_metadata *metadata)
{
    const struct rd_kafka_metadata_topic *topic;

    if (metadata->topic_cnt != 1)
        return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    topic = &metadata->topics[0];
    if (topic->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return topic->err;
    if (topic->partition_cnt == 0)
        return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    for (int i = 0; i < topic->partition_cnt; i++)
        if (topic->partitions[i].leader < 0)
            return RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

int client_probe(struct rd_kafka_s *rk, struct rd_kafka_topic_s *topic, int timeout_ms, char cause[CLIENT_CAUSE])
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 0, topic, &metadata, timeout_ms);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        code = topic_state(metadata);
        rd_kafka_metadata_destroy(metadata);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        snprintf(cause, CLIENT_CAUSE, "topic %.80s: %s", rd_kafka_topic_name(topic), rd_kafka_err2str(code));
    return code;
}

int client_partitions(struct rd_kafka_s *rk, struct rd_kafka_topic_s *topic, int timeout_ms)
{
    const struct rd_kafka_metadata *metadata;
    int n = -1;

    if (rd_kafka_metadata(rk, 0, topic, &metadata, timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return -1;
    if (metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR)
        n = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);
    return n;
}
