/* fill_topic.c - the broker benches' topics, filled as fast as librdkafka takes records.
 *
 *   fill_topic BOOTSTRAP TOPIC PARTITIONS RECORDS PACK CODEC FRAUD_EVERY [plain]
 *
 * Partitions take turns of 1,000 messages. "plain": SMS only, nothing disguised. Prints the bytes of all payloads. */
#include "lib/client.h"
#include "lib/stream.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TURN 1000 /* messages to one partition, then to the next */

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    (void)rk;
    (void)opaque;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        client_fail("delivery", rd_kafka_err2str(message->err));
}

static rd_kafka_t *connect_to(const char *bootstrap, const char *codec)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *rk;
    char why[256];

    client_set(conf, "bootstrap.servers", bootstrap);
    client_set(conf, "compression.type", codec);
    client_set(conf, "linger.ms", "50");
    client_set(conf, "batch.size", "1000000");
    client_set(conf, "queue.buffering.max.messages", "200000");
    client_set(conf, "acks", "all");
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
    if (rk == NULL)
        client_fail("producer", why);
    return rk;
}

static void send_payload(rd_kafka_t *rk, rd_kafka_topic_t *topic, int32_t partition, struct str payload)
{
    while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, (void *)payload.p, payload.n, NULL, 0, NULL) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            client_fail("produce", rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(rk, 10);
    }
}

int main(int argc, char **argv)
{
    struct stream stream;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    uint64_t records, bytes = 0, messages = 0;
    int partitions;

    if (argc != 8 && (argc != 9 || strcmp(argv[8], "plain") != 0))
        client_fail("usage", "fill_topic BOOTSTRAP TOPIC PARTITIONS RECORDS PACK CODEC FRAUD_EVERY [plain]");
    partitions = atoi(argv[3]);
    records = strtoull(argv[4], NULL, 10);
    if (partitions < 1 || !stream_init(&stream, 20261122, (unsigned)atoi(argv[7]), (unsigned)atoi(argv[5])))
        client_fail("start", "partitions below 1, or no memory");
    if (argc == 9)
        stream_only_plain(&stream);
    rk = connect_to(argv[1], argv[6]);
    topic = rd_kafka_topic_new(rk, argv[2], NULL);
    for (uint64_t made = 0; made < records; made += stream.pack, messages++) {
        struct str payload = stream_next(&stream, records - made);
        send_payload(rk, topic, (int32_t)(messages / TURN % (uint64_t)partitions), payload);
        bytes += payload.n;
        if (messages % TURN == 0)
            rd_kafka_poll(rk, 0);
    }
    if (rd_kafka_flush(rk, 120000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        client_fail("flush", "not all was taken within two minutes");
    printf("%llu\n", (unsigned long long)bytes);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
    stream_fini(&stream);
    return 0;
}
