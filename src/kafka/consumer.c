/* consumer.c - librdkafka's consumer polled one message at a time (its batch call loses messages when a rebalance
 * happens inside it, below 2.1.0), the partition of each message found by a cache of one, errors sorted by what they
 * mean: a position that is gone, an input topic that is not there, the group, the brokers, the end. */
#include "kafka/consumer.h"
#include "core/clock.h"
#include "kafka/member.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_MS 1000
#define PROBE_EVERY_MS 2000
#define REWIND_EVERY_MS 2000
#define DESTROY_MS 2000
#define DESTROY_FIXED 0x020300ff /* librdkafka 2.3.0 */
#define CACHE_LINE 64
#define MESSAGE_LINES 7 /* of librdkafka's message with what it is wrapped in: 304 bytes in 2.0.2 */
#define LINES_BEFORE 2  /* of them before the message itself */

struct member_partition *member_find(struct consumer *consumer, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < consumer->npartitions; i++) {
        const struct ledger *ledger = consumer->partitions[i]->ledger;
        if (ledger_partition(ledger) == partition && strcmp(ledger_topic(ledger), topic) == 0)
            return consumer->partitions[i];
    }
    return NULL;
}

rd_kafka_topic_partition_list_t *member_assignment(const struct consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)consumer->nassigned);

    for (size_t i = 0; i < consumer->npartitions; i++) {
        const struct member_partition *p = consumer->partitions[i];
        if (p->assigned)
            rd_kafka_topic_partition_list_add(list, ledger_topic(p->ledger), ledger_partition(p->ledger));
    }
    return list;
}

void member_fail(struct consumer *consumer, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(consumer->cause, sizeof(consumer->cause), fmt, args);
    va_end(args);
    consumer->failed = true;
    consumer->client.fatal = true;
}

/* ---- messages and errors --------------------------------------------------------------------------------------- */

static void handle_fatal(struct consumer *consumer)
{
    char reason[CLIENT_CAUSE] = "";
    rd_kafka_resp_err_t code = rd_kafka_fatal_error(consumer->rk, reason, sizeof(reason));

    if (code == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        member_fail(consumer, "input.instance %s-%u is used by another member of group %s: this one was fenced off",
                    consumer->setup.config->input.instance, consumer->client.index,
                    consumer->setup.config->input.group);
    else
        member_fail(consumer, "%s", reason[0] != '\0' ? reason : "the consumer failed");
}

static void handle_error(struct consumer *consumer, const rd_kafka_message_t *message)
{
    const char *topic = message->rkt != NULL ? rd_kafka_topic_name(message->rkt) : "";
    const char *reason = rd_kafka_message_errstr(message);

    switch ((int)message->err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        member_fail(consumer, "%.80s/%d: its position is gone and auto.offset.reset is \"error\"", topic,
                    message->partition);
        break;
    case RD_KAFKA_RESP_ERR__FATAL:
        client_error(&consumer->client, consumer->rk, message->err, reason);
        return;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
        consumer->group_error = true;
        snprintf(consumer->cause, sizeof(consumer->cause), "group %.60s: %.140s", consumer->setup.config->input.group,
                 reason);
        break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        snprintf(consumer->cause, sizeof(consumer->cause), "input topic %.60s: %.140s", topic, reason);
        break;
    default: /* one broker's or one request's trouble, which librdkafka tries again */
        break;
    }
    client_error(&consumer->client, consumer->rk, message->err, reason);
}

static struct member_partition *lookup(struct consumer *consumer, const rd_kafka_message_t *message)
{
    if (message->rkt != consumer->last_topic || message->partition != consumer->last_partition) {
        consumer->last = member_find(consumer, rd_kafka_topic_name(message->rkt), message->partition);
        consumer->last_topic = message->rkt;
        consumer->last_partition = message->partition;
    }
    return consumer->last;
}

/* Between the offset expected and this one lies a gap: of transaction markers or compaction, or because retention was
 * faster. Only retention moves the log's start, which every fetch tells. */
static void check_gap(struct consumer *consumer, const struct member_partition *p, int64_t offset)
{
    const char *topic = ledger_topic(p->ledger);
    int32_t number = ledger_partition(p->ledger);
    int64_t low = -1, high, missed;

    rd_kafka_get_watermark_offsets(consumer->rk, topic, number, &low, &high);
    missed = (low < offset ? low : offset) - p->expected;
    if (missed <= 0)
        return;
    metrics_add(consumer->client.metrics, METRIC_RECORDS_MISSED, (uint64_t)missed);
    log_warn("records_missed", "worker=%u topic=%s partition=%d from=%lld to=%lld missed=%lld", consumer->client.index,
             topic, number, (long long)p->expected, (long long)offset, (long long)missed);
}

static void drop_message(struct consumer *consumer)
{
    if (consumer->message != NULL)
        rd_kafka_message_destroy(consumer->message);
    consumer->message = NULL;
}

/* Another thread made the messages of a fetch, one after the other, so nearly all lie as far from each other as the two
 * before: the next one comes into this core's cache while this one is judged. A wrong guess does no harm. */
static void warm_next(struct consumer *consumer, const rd_kafka_message_t *message)
{
    uintptr_t here = (uintptr_t)message, next = here + (here - consumer->message_at);
    uintptr_t line = next - LINES_BEFORE * CACHE_LINE;

    for (int i = 0; i < MESSAGE_LINES; i++, line += CACHE_LINE)
        __builtin_prefetch((const void *)line);
    consumer->message_at = here;
}

bool consumer_poll(struct consumer *consumer, int timeout_ms, struct consumer_message *out)
{
    rd_kafka_message_t *message;
    struct member_partition *partition;
    rd_kafka_timestamp_type_t type;

    drop_message(consumer);
    message = rd_kafka_consumer_poll(consumer->rk, timeout_ms);
    consumer->message = message;
    if (message == NULL) {
        prefetch_dry(consumer->prefetch);
        return false;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        handle_error(consumer, message);
        return false;
    }
    warm_next(consumer, message);
    prefetch_note(consumer->prefetch, message->len);
    partition = lookup(consumer, message);
    if (partition == NULL || !partition->assigned)
        return false; /* not ours any more: whoever has it reads it */
    if (partition->expected >= 0 && message->offset > partition->expected)
        check_gap(consumer, partition, message->offset);
    if (message->offset < partition->expected) {
        ledger_renew(partition->ledger);
        assignment_rewind(consumer, partition, message->offset);
    }
    partition->expected = message->offset + 1;
    *out = (struct consumer_message){
        .ledger = partition->ledger,
        .topic_index = partition->topic_index,
        .offset = message->offset,
        .timestamp_ms = rd_kafka_message_timestamp(message, &type),
        .payload = {message->payload, message->len},
    };
    return true;
}

/* ---- positions ------------------------------------------------------------------------------------------------- */

void consumer_pause(struct consumer *consumer, bool pause)
{
    rd_kafka_topic_partition_list_t *list;

    if (consumer->paused == pause)
        return;
    consumer->paused = pause;
    for (size_t i = 0; i < consumer->npartitions; i++)
        if (consumer->partitions[i]->assigned)
            consumer->partitions[i]->paused = pause;
    list = member_assignment(consumer);
    if (pause)
        rd_kafka_pause_partitions(consumer->rk, list);
    else
        rd_kafka_resume_partitions(consumer->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
}

void consumer_store(struct consumer *consumer)
{
    rd_kafka_topic_partition_list_t *list = NULL;

    for (size_t i = 0; i < consumer->npartitions; i++) {
        struct member_partition *p = consumer->partitions[i];
        int64_t watermark = ledger_watermark(p->ledger);
        if (!p->assigned || watermark < 0 || watermark == p->stored)
            continue;
        if (list == NULL)
            list = rd_kafka_topic_partition_list_new(8);
        rd_kafka_topic_partition_list_add(list, ledger_topic(p->ledger), ledger_partition(p->ledger))->offset =
            watermark;
        p->stored = watermark;
    }
    if (list == NULL)
        return;
    rd_kafka_offsets_store(consumer->rk, list); /* a partition lost meanwhile is refused, as it should be */
    rd_kafka_topic_partition_list_destroy(list);
}

/* ---- membership ------------------------------------------------------------------------------------------------ */

int consumer_subscribe(struct consumer *consumer)
{
    const struct config *config = consumer->setup.config;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)config->input.ntopics);
    rd_kafka_resp_err_t code;

    for (size_t i = 0; i < config->input.ntopics; i++)
        rd_kafka_topic_partition_list_add(list, config->input.topics[i].name, RD_KAFKA_PARTITION_UA);
    code = rd_kafka_subscribe(consumer->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    consumer->subscribed = true;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    member_fail(consumer, "subscribe: %s", rd_kafka_err2str(code));
    return -TS_EKAFKA;
}

void consumer_close(struct consumer *consumer, int64_t deadline_mono_ms)
{
    drop_message(consumer);
    prefetch_free(&consumer->prefetch);
    consumer->close_mono_ms = deadline_mono_ms > 0 ? deadline_mono_ms : 1;
    rd_kafka_consumer_close(consumer->rk);
}

struct str consumer_cluster(struct consumer *consumer)
{
    if (consumer->cluster.p == NULL) {
        const char *id = rd_kafka_clusterid(consumer->rk, PROBE_MS);
        consumer->cluster = id != NULL ? str_of(id) : (struct str){0};
    }
    return consumer->cluster.p != NULL ? consumer->cluster : STR_LIT("");
}

unsigned consumer_partitions(const struct consumer *consumer)
{
    return consumer->nassigned;
}

/* A coordinator that did not answer left the group's committed offsets above ours. */
static void rewind_again(struct consumer *consumer, int64_t now_mono_ms)
{
    if (now_mono_ms < consumer->rewind_mono_ms)
        return;
    for (size_t i = 0; i < consumer->npartitions; i++) {
        struct member_partition *p = consumer->partitions[i];
        int64_t watermark = ledger_watermark(p->ledger);
        if (p->assigned && p->rewound)
            assignment_rewind(consumer, p, watermark >= 0 ? watermark : p->stored);
    }
    consumer->rewind_mono_ms = clock_mono_ms() + REWIND_EVERY_MS;
}

/* ---- health ---------------------------------------------------------------------------------------------------- */

bool consumer_fatal(const struct consumer *consumer)
{
    return consumer->client.fatal;
}

const char *consumer_cause(const struct consumer *consumer)
{
    return consumer->cause;
}

static void probe_topics(struct consumer *consumer)
{
    char cause[CLIENT_CAUSE];

    for (size_t i = 0; i < consumer->setup.config->input.ntopics; i++) {
        int code = client_probe(consumer->rk, consumer->probes[i], PROBE_MS, cause);
        bool no_answer = code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        if (no_answer && consumer->client.cause[0] != '\0')
            snprintf(consumer->cause, sizeof(consumer->cause), "%s", consumer->client.cause);
        else
            snprintf(consumer->cause, sizeof(consumer->cause), "input %.200s", cause);
        return;
    }
    consumer->cause[0] = '\0';
    client_clear(&consumer->client);
}

void consumer_tend(struct consumer *consumer, int64_t now_mono_ms)
{
    if (consumer->client.fatal) {
        if (!consumer->failed)
            handle_fatal(consumer);
        return;
    }
    rewind_again(consumer, now_mono_ms);
    owners_tend(consumer, now_mono_ms);
    if (consumer->client.down && consumer->cause[0] == '\0')
        snprintf(consumer->cause, sizeof(consumer->cause), "%s", consumer->client.cause);
    if (consumer->cause[0] == '\0' || consumer->group_error || now_mono_ms < consumer->probe_mono_ms)
        return;
    probe_topics(consumer);
    consumer->probe_mono_ms = clock_mono_ms() + PROBE_EVERY_MS;
}

/* ---- the rest -------------------------------------------------------------------------------------------------- */

static void configure(struct rd_kafka_conf_s *conf)
{
    rd_kafka_conf_set_rebalance_cb(conf, assignment_changed);
}

struct consumer *consumer_new(const struct consumer_setup *setup, struct err *err)
{
    struct consumer *consumer = calloc(1, sizeof(*consumer));
    size_t ntopics = setup->config->input.ntopics;

    if (consumer == NULL) {
        err_add(err, "out of memory");
        return NULL;
    }
    consumer->setup = *setup;
    client_init(&consumer->client, CLIENT_CONSUMER, setup->index, setup->metrics);
    consumer->probes = calloc(ntopics, sizeof(*consumer->probes));
    consumer->rk = client_connect(&consumer->client, setup->config, configure, err);
    if (consumer->probes == NULL || consumer->rk == NULL) {
        consumer_free(&consumer);
        return NULL;
    }
    if (prefetch_needed() && (consumer->prefetch = prefetch_new(consumer->rk)) == NULL) {
        err_add(err, "out of memory");
        consumer_free(&consumer);
        return NULL;
    }
    for (size_t i = 0; i < ntopics; i++) {
        consumer->probes[i] = rd_kafka_topic_new(consumer->rk, setup->config->input.topics[i].name, NULL);
        if (consumer->probes[i] == NULL) {
            err_add(err, "input topic \"%s\": %s", setup->config->input.topics[i].name,
                    rd_kafka_err2str(rd_kafka_last_error()));
            consumer_free(&consumer);
            return NULL;
        }
    }
    return consumer;
}

/* librdkafka below 2.3.0 aborts when a member of a cooperative group is destroyed between joining and its first
 * assignment (its issue 4312). Such an instance is left to the end of the process, which is near. */
static bool destroy_would_abort(const struct consumer *consumer)
{
    return consumer->subscribed && !consumer->was_assigned && rd_kafka_version() < DESTROY_FIXED;
}

static void destroy_instance(struct consumer *consumer)
{
    if (consumer->rk == NULL || destroy_would_abort(consumer))
        return;
    for (size_t i = 0; consumer->probes != NULL && i < consumer->setup.config->input.ntopics; i++)
        if (consumer->probes[i] != NULL)
            rd_kafka_topic_destroy(consumer->probes[i]);
    if (consumer->cluster.p != NULL)
        rd_kafka_mem_free(consumer->rk, (char *)consumer->cluster.p);
    client_disconnect(consumer->rk, DESTROY_MS);
}

void consumer_free(struct consumer **consumer)
{
    struct consumer *c = *consumer;

    if (c == NULL)
        return;
    drop_message(c);
    prefetch_free(&c->prefetch);
    destroy_instance(c);
    free(c->probes);
    for (size_t i = 0; i < c->npartitions; i++) {
        ledger_free(&c->partitions[i]->ledger);
        free(c->partitions[i]);
    }
    free(c->partitions);
    free(c);
    *consumer = NULL;
}

size_t consumer_ledger_count(const struct consumer *consumer)
{
    return consumer->npartitions;
}

const struct ledger *consumer_ledger(const struct consumer *consumer, size_t i, bool *assigned)
{
    *assigned = consumer->partitions[i]->assigned;
    return consumer->partitions[i]->ledger;
}
