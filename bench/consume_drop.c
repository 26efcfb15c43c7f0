/* consume_drop.c - the floor of the pipeline: read the input of a telsieve configuration and drop it.
 *
 *   consume_drop CONF MESSAGES CONSUMERS
 *
 * Each consumer is made by the daemon's own code from the daemon's own configuration, so that every property is the
 * same, joins the group and reads by librdkafka's batch call (which loses messages when a rebalance falls into it, below
 * 2.1.0: no matter here, and cheaper than asking for one message at a time). Prints, as JSON, CPU time from before
 * the first subscription to the last message, wall time from the first message, and the greatest resident set. */
#include "config/config.h"
#include "core/clock.h"
#include "kafka/client.h"
#include "lib/client.h"
#include "lib/memory.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define BATCH 1000
#define CONSUMERS_MAX 16
#define PATIENCE_NS 60000000000 /* without a single message */

struct reader {
    const struct config *config;
    unsigned index;
    uint64_t wanted;
    _Atomic uint64_t *read; /* by all readers */
    uint64_t bytes;
    int64_t first_ns;       /* when its first message came, 0 none yet */
    struct client client;
    struct rd_kafka_s *rk;
    pthread_t thread;
};

static double cpu_seconds(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static void subscribe(struct reader *reader)
{
    const struct config *config = reader->config;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)config->input.ntopics);
    rd_kafka_resp_err_t code;

    for (size_t i = 0; i < config->input.ntopics; i++)
        rd_kafka_topic_partition_list_add(list, config->input.topics[i].name, RD_KAFKA_PARTITION_UA);
    code = rd_kafka_subscribe(reader->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        client_fail("subscribe", rd_kafka_err2str(code));
}

static void *read_all(void *arg)
{
    struct reader *reader = arg;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(reader->rk);
    rd_kafka_message_t *batch[BATCH];
    int64_t last_ns = clock_mono_ns();

    subscribe(reader);
    while (atomic_load_explicit(reader->read, memory_order_relaxed) < reader->wanted) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, 10, batch, BATCH);
        uint64_t good = 0;
        for (ssize_t i = 0; i < n; i++) {
            good += batch[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR;
            reader->bytes += batch[i]->len;
            rd_kafka_message_destroy(batch[i]);
        }
        atomic_fetch_add_explicit(reader->read, good, memory_order_relaxed);
        if (n > 0) {
            last_ns = clock_mono_ns();
            if (reader->first_ns == 0)
                reader->first_ns = last_ns;
        } else if (clock_mono_ns() - last_ns > PATIENCE_NS) {
            client_fail("reading", "no message for a minute");
        }
    }
    rd_kafka_queue_destroy(queue);
    return NULL;
}

static void start(struct reader *reader, struct metrics *metrics)
{
    struct err err;

    err_init(&err);
    client_init(&reader->client, CLIENT_CONSUMER, reader->index, metrics);
    reader->rk = client_connect(&reader->client, reader->config, NULL, &err);
    if (reader->rk == NULL)
        client_fail("consumer", "its properties are refused: see telsieve check");
    err_fini(&err);
}

int main(int argc, char **argv)
{
    static struct reader readers[CONSUMERS_MAX];
    _Atomic uint64_t read = 0;
    struct metrics *metrics = aligned_alloc(_Alignof(struct metrics), sizeof(*metrics));
    struct config *config;
    struct err err;
    uint64_t bytes = 0;
    int64_t first_ns = INT64_MAX;
    double start_cpu;
    int consumers;

    if (argc != 4 || (consumers = atoi(argv[3])) < 1 || consumers > CONSUMERS_MAX || metrics == NULL)
        client_fail("usage", "consume_drop CONF MESSAGES CONSUMERS(1-16)");
    *metrics = (struct metrics){0};
    log_set_level(LOG_LEVEL_ERROR);
    err_init(&err);
    config = config_load(argv[1], NULL, 0, &err);
    if (config == NULL)
        client_fail(argv[1], "is refused: see telsieve check");
    for (int i = 0; i < consumers; i++) {
        readers[i] = (struct reader){
            .config = config, .index = (unsigned)i, .wanted = strtoull(argv[2], NULL, 10), .read = &read};
        start(&readers[i], metrics);
    }
    start_cpu = cpu_seconds();
    for (int i = 0; i < consumers; i++)
        pthread_create(&readers[i].thread, NULL, read_all, &readers[i]);
    for (int i = 0; i < consumers; i++) {
        pthread_join(readers[i].thread, NULL);
        bytes += readers[i].bytes;
        if (readers[i].first_ns > 0 && readers[i].first_ns < first_ns)
            first_ns = readers[i].first_ns;
    }
    printf("{\"messages\": %llu, \"bytes\": %llu, \"cpu_s\": %.6f, \"wall_s\": %.6f, \"rss_mib\": %.1f}\n",
           (unsigned long long)atomic_load(&read), (unsigned long long)bytes, cpu_seconds() - start_cpu,
           (double)(clock_mono_ns() - first_ns) / 1e9, memory_peak_mib());
    fflush(stdout);
    _exit(0); /* without leaving the group: nobody else is in it */
}
