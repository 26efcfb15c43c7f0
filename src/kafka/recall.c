/* recall.c - one partition is assigned at a time; one that is being read is read on when what is wanted comes soon. */
#include "kafka/recall.h"
#include "core/clock.h"
#include "kafka/client.h"

#include <librdkafka/rdkafka.h>

#include <stdlib.h>

#define ASK_MS 10000
#define DESTROY_MS 2000
#define READ_ON 1000 /* messages */

struct recall {
    struct client client; /* first: librdkafka's opaque */
    rd_kafka_t *rk;
    char topic[256]; /* assigned; "" none */
    int32_t partition;
    int64_t low, high, position;
    rd_kafka_message_t *message; /* lent */
};

static void drop_message(struct recall *recall)
{
    if (recall->message != NULL)
        rd_kafka_message_destroy(recall->message);
    recall->message = NULL;
}

static bool is_assigned(const struct recall *recall, const char *topic, int32_t partition)
{
    return strcmp(recall->topic, topic) == 0 && recall->partition == partition;
}

/* Ask where a partition begins and ends. 1, 0: there is no such partition, or below. */
static int look(struct recall *recall, const char *topic, int32_t partition, struct err *err)
{
    rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(recall->rk, topic, partition, &recall->low, &recall->high, ASK_MS);

    if (code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
        code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
        return 0;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 1;
    err_add(err, "topic %s, partition %d: %s", topic, (int)partition, rd_kafka_err2str(code));
    return -TS_EKAFKA;
}

static void assign(struct recall *recall, const char *topic, int32_t partition, int64_t offset)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    rd_kafka_assign(recall->rk, NULL);
    rd_kafka_assign(recall->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    snprintf(recall->topic, sizeof(recall->topic), "%s", topic);
    recall->partition = partition;
    recall->position = offset;
}

static bool is_ours(const struct recall *recall, const rd_kafka_message_t *message)
{
    return message->rkt != NULL && is_assigned(recall, rd_kafka_topic_name(message->rkt), message->partition);
}

/* 2: not yet. */
static int poll_one(struct recall *recall, int64_t offset, struct err *err)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(recall->rk, 100);

    recall->message = message;
    if (message == NULL)
        return 2;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && is_ours(recall, message)) {
        recall->position = message->offset + 1;
        return message->offset < offset ? 2 : message->offset == offset;
    }
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 2;
    recall->topic[0] = is_ours(recall, message) ? '\0' : recall->topic[0];
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF || message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
        return recall->topic[0] == '\0' ? 0 : 2;
    client_error(&recall->client, recall->rk, message->err, rd_kafka_message_errstr(message));
    if (recall->topic[0] != '\0' && !recall->client.fatal)
        return 2;
    err_add(err, "%s", rd_kafka_message_errstr(message));
    return -TS_EKAFKA;
}

int recall_get(struct recall *recall, const char *topic, int32_t partition, int64_t offset,
               struct history_message *out, struct err *err)
{
    int64_t until_ms = clock_mono_ms() + HISTORY_PATIENCE_MS;
    rd_kafka_timestamp_type_t type;
    int rc = is_assigned(recall, topic, partition) ? 1 : look(recall, topic, partition, err);

    if (rc != 1)
        return rc;
    if (offset < recall->low || offset >= recall->high)
        return 0;
    if (!is_assigned(recall, topic, partition) || offset < recall->position || offset > recall->position + READ_ON)
        assign(recall, topic, partition, offset);
    do {
        drop_message(recall);
        rc = poll_one(recall, offset, err);
    } while (rc == 2 && clock_mono_ms() < until_ms);
    if (rc == 2) {
        err_add(err, "topic %s, partition %d: no answer from the brokers for %d s: %s", topic, (int)partition,
                HISTORY_PATIENCE_MS / 1000, recall->client.cause);
        return -TS_EKAFKA;
    }
    if (rc == 1)
        *out = (struct history_message){
            .partition = partition,
            .offset = offset,
            .timestamp_ms = rd_kafka_message_timestamp(recall->message, &type),
            .key = {recall->message->key, recall->message->key_len},
            .payload = {recall->message->payload, recall->message->len},
            .raw = recall->message,
        };
    return rc;
}

struct recall *recall_new(const struct config *config, struct err *err)
{
    struct recall *recall = calloc(1, sizeof(*recall));

    if (recall == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    client_init(&recall->client, CLIENT_FOLLOWER, 0, NULL);
    recall->rk = client_connect(&recall->client, config, NULL, err);
    if (recall->rk == NULL)
        recall_free(&recall);
    return recall;
}

void recall_free(struct recall **recall)
{
    struct recall *r = *recall;

    if (r == NULL)
        return;
    *recall = NULL;
    drop_message(r);
    if (r->rk == NULL || client_disconnect(r->rk, DESTROY_MS))
        free(r);
}
