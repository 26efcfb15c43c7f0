/* mock.c - thin: librdkafka's mock cluster hangs on a producer instance that does nothing else. */
#include "kafka/mock.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdlib.h>

#define ASK_MS 10000

struct mock_cluster {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *cluster;
};

struct mock_writer {
    rd_kafka_t *rk;
    uint64_t refused;
};

struct mock_reader {
    rd_kafka_t *rk;
    rd_kafka_message_t *message;
};

struct property {
    const char *key, *value;
};

/* `properties` ends with a NULL key. NULL on problems. */
static rd_kafka_t *connect_to(rd_kafka_type_t type, const char *bootstrap, const struct property *properties,
                              void (*on_report)(rd_kafka_t *, const rd_kafka_message_t *, void *), void *opaque,
                              struct err *err)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *rk;
    char why[256] = "";
    bool good = bootstrap == NULL ||
                rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, why, sizeof(why)) == RD_KAFKA_CONF_OK;

    for (; good && properties->key != NULL; properties++)
        good = rd_kafka_conf_set(conf, properties->key, properties->value, why, sizeof(why)) == RD_KAFKA_CONF_OK;
    rd_kafka_conf_set_opaque(conf, opaque);
    if (on_report != NULL)
        rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rk = good ? rd_kafka_new(type, conf, why, sizeof(why)) : NULL;
    if (rk == NULL) {
        err_add(err, "kafka: %s", why);
        rd_kafka_conf_destroy(conf);
    }
    return rk;
}

/* ---- the cluster ----------------------------------------------------------------------------------------------- */

struct mock_cluster *mock_cluster_new(int brokers, struct err *err)
{
    static const struct property none[] = {{"log_level", "0"}, {NULL, NULL}};
    struct mock_cluster *cluster = calloc(1, sizeof(*cluster));

    if (cluster == NULL) {
        err_add(err, "out of memory");
        return NULL;
    }
    cluster->rk = connect_to(RD_KAFKA_PRODUCER, NULL, none, NULL, NULL, err);
    if (cluster->rk != NULL)
        cluster->cluster = rd_kafka_mock_cluster_new(cluster->rk, brokers);
    if (cluster->cluster == NULL) {
        err_add(err, "the mock cluster did not start");
        mock_cluster_free(&cluster);
    }
    return cluster;
}

void mock_cluster_free(struct mock_cluster **cluster)
{
    if (*cluster == NULL)
        return;
    if ((*cluster)->cluster != NULL)
        rd_kafka_mock_cluster_destroy((*cluster)->cluster);
    if ((*cluster)->rk != NULL)
        rd_kafka_destroy((*cluster)->rk);
    free(*cluster);
    *cluster = NULL;
}

const char *mock_cluster_bootstrap(const struct mock_cluster *cluster)
{
    return rd_kafka_mock_cluster_bootstraps(cluster->cluster);
}

int mock_cluster_create_topic(struct mock_cluster *cluster, const char *topic, int partitions)
{
    return rd_kafka_mock_topic_create(cluster->cluster, topic, partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR
               ? 0
               : -TS_EKAFKA;
}

void mock_cluster_fail(struct mock_cluster *cluster, int api, int code, size_t count)
{
    while (count-- > 0)
        rd_kafka_mock_push_request_errors(cluster->cluster, (int16_t)api, 1, code);
}

void mock_cluster_heal(struct mock_cluster *cluster, int api)
{
    rd_kafka_mock_clear_request_errors(cluster->cluster, (int16_t)api);
}

void mock_cluster_topic_error(struct mock_cluster *cluster, const char *topic, int code)
{
    rd_kafka_mock_topic_set_error(cluster->cluster, topic, (rd_kafka_resp_err_t)code);
}

void mock_cluster_set_up(struct mock_cluster *cluster, bool up)
{
    if (up)
        rd_kafka_mock_broker_set_up(cluster->cluster, -1);
    else
        rd_kafka_mock_broker_set_down(cluster->cluster, -1);
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    struct mock_writer *writer = opaque;

    (void)rk;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        writer->refused++;
}

struct mock_writer *mock_writer_new(const char *bootstrap, struct err *err)
{
    static const struct property properties[] = {{"linger.ms", "5"}, {"log_level", "0"}, {NULL, NULL}};
    struct mock_writer *writer = calloc(1, sizeof(*writer));

    if (writer == NULL) {
        err_add(err, "out of memory");
        return NULL;
    }
    writer->rk = connect_to(RD_KAFKA_PRODUCER, bootstrap, properties, on_report, writer, err);
    if (writer->rk == NULL)
        mock_writer_free(&writer);
    return writer;
}

void mock_writer_free(struct mock_writer **writer)
{
    if (*writer == NULL)
        return;
    if ((*writer)->rk != NULL)
        rd_kafka_destroy((*writer)->rk);
    free(*writer);
    *writer = NULL;
}

int mock_writer_send(struct mock_writer *writer, const char *topic, int32_t partition, struct str key,
                     struct str value)
{
    rd_kafka_resp_err_t code;

    for (;;) {
        code = rd_kafka_producev(writer->rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                                 RD_KAFKA_V_KEY((void *)key.p, key.n), RD_KAFKA_V_VALUE((void *)value.p, value.n),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            break;
        rd_kafka_poll(writer->rk, 10);
    }
    rd_kafka_poll(writer->rk, 0);
    return code == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -TS_EKAFKA;
}

uint64_t mock_writer_flush(struct mock_writer *writer, int timeout_ms)
{
    rd_kafka_flush(writer->rk, timeout_ms);
    return writer->refused + (uint64_t)rd_kafka_outq_len(writer->rk);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static int assign_all(rd_kafka_t *rk, const char *name, struct err *err)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 0, topic, &metadata, ASK_MS);
    rd_kafka_topic_partition_list_t *list;

    rd_kafka_topic_destroy(topic);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        err_add(err, "kafka: topic %s: %s", name, rd_kafka_err2str(code));
        return -TS_EKAFKA;
    }
    list = rd_kafka_topic_partition_list_new(8);
    for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
        rd_kafka_topic_partition_list_add(list, name, metadata->topics[0].partitions[i].id)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_assign(rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return 0;
}

struct mock_reader *mock_reader_new(const char *bootstrap, const char *topic, struct err *err)
{
    static const struct property properties[] = {
        {"group.id", "reader"},       {"enable.auto.commit", "false"}, {"auto.offset.reset", "earliest"},
        {"fetch.wait.max.ms", "50"},  {"log_level", "0"},              {NULL, NULL}};
    struct mock_reader *reader = calloc(1, sizeof(*reader));

    if (reader == NULL) {
        err_add(err, "out of memory");
        return NULL;
    }
    reader->rk = connect_to(RD_KAFKA_CONSUMER, bootstrap, properties, NULL, NULL, err);
    if (reader->rk != NULL)
        rd_kafka_poll_set_consumer(reader->rk);
    if (reader->rk == NULL || assign_all(reader->rk, topic, err) != 0)
        mock_reader_free(&reader);
    return reader;
}

void mock_reader_free(struct mock_reader **reader)
{
    if (*reader == NULL)
        return;
    if ((*reader)->message != NULL)
        rd_kafka_message_destroy((*reader)->message);
    if ((*reader)->rk != NULL) {
        rd_kafka_consumer_close((*reader)->rk);
        rd_kafka_destroy((*reader)->rk);
    }
    free(*reader);
    *reader = NULL;
}

bool mock_reader_next(struct mock_reader *reader, int timeout_ms, struct mock_message *out)
{
    if (reader->message != NULL)
        rd_kafka_message_destroy(reader->message);
    reader->message = rd_kafka_consumer_poll(reader->rk, timeout_ms);
    if (reader->message == NULL || reader->message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    *out = (struct mock_message){
        .key = {reader->message->key, reader->message->key_len},
        .value = {reader->message->payload, reader->message->len},
        .partition = reader->message->partition,
        .offset = reader->message->offset,
    };
    return true;
}

struct str mock_reader_header(const struct mock_reader *reader, const char *name)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;

    if (rd_kafka_message_headers(reader->message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return (struct str){0};
    return (struct str){value, size};
}

int64_t mock_committed(const char *bootstrap, const char *group, const char *topic, int32_t partition)
{
    const struct property properties[] = {{"group.id", group}, {"log_level", "0"}, {NULL, NULL}};
    struct err err;
    rd_kafka_t *rk;
    rd_kafka_topic_partition_list_t *list;
    int64_t offset = -1;

    err_init(&err);
    rk = connect_to(RD_KAFKA_CONSUMER, bootstrap, properties, NULL, NULL, &err);
    err_fini(&err);
    if (rk == NULL)
        return -1;
    list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition);
    if (rd_kafka_committed(rk, list, ASK_MS) == RD_KAFKA_RESP_ERR_NO_ERROR && list->elems[0].offset >= 0)
        offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
    return offset;
}
