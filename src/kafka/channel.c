/* channel.c - what librdkafka wants to hear. */
#include "kafka/channel.h"

#include <librdkafka/rdkafka.h>

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    struct channel *channel = opaque;

    (void)rk;
    channel->report(channel, message->_private, message->err);
}

static void configure(struct rd_kafka_conf_s *conf)
{
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
}

int channel_open(struct channel *channel, const struct config *config, struct err *err)
{
    const char *const names[CHANNEL_TOPICS] = {config->output.warnings, config->output.dead_letter,
                                               config->output.shadow};
    unsigned problems = err->count;

    channel->rk = client_connect(&channel->client, config, configure, err);
    if (channel->rk == NULL)
        return -TS_EKAFKA;
    for (int i = 0; i < CHANNEL_TOPICS; i++) {
        if (names[i][0] == '\0')
            continue;
        channel->topics[i] = rd_kafka_topic_new(channel->rk, names[i], NULL);
        if (channel->topics[i] == NULL)
            err_add(err, "output topic \"%s\": %s", names[i], rd_kafka_err2str(rd_kafka_last_error()));
    }
    return err->count > problems ? -TS_EKAFKA : 0;
}

void channel_close(struct channel *channel)
{
    if (channel->rk == NULL)
        return;
    for (int i = 0; i < CHANNEL_TOPICS; i++) {
        if (channel->topics[i] != NULL)
            rd_kafka_topic_destroy(channel->topics[i]);
        channel->topics[i] = NULL;
    }
    rd_kafka_purge(channel->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_destroy(channel->rk);
    channel->rk = NULL;
}

/* Headers are handed over as a list of our own: librdkafka 2.0.2 frees a list it made itself twice when it refuses the
 * message for its topic. NULL when there are none. */
static rd_kafka_headers_t *make_headers(const struct delivery *delivery)
{
    rd_kafka_headers_t *headers = delivery->nheaders > 0 ? rd_kafka_headers_new(delivery->nheaders) : NULL;

    for (size_t i = 0; i < delivery->nheaders; i++)
        rd_kafka_header_add(headers, delivery->headers[i].name, -1, delivery->headers[i].value.p,
                            (ssize_t)delivery->headers[i].value.n);
    return headers;
}

int channel_send(struct channel *channel, const struct delivery *delivery, void *opaque)
{
    rd_kafka_headers_t *headers = make_headers(delivery);
    rd_kafka_vu_t vu[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = channel->topics[delivery->kind]},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)delivery->value.p, delivery->value.n}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)delivery->key.p, delivery->key.n}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = opaque},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    size_t n = sizeof(vu) / sizeof(vu[0]) - (headers == NULL);
    rd_kafka_error_t *error = rd_kafka_produceva(channel->rk, vu, n);
    rd_kafka_resp_err_t code;

    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (headers != NULL)
        rd_kafka_headers_destroy(headers); /* still ours */
    return (int)code;
}

void channel_poll(struct channel *channel, int wait_ms)
{
    rd_kafka_poll(channel->rk, wait_ms);
}
