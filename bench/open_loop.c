/* open_loop.c - records sent by the clock, and how long it takes until their warnings can be read.
 *
 *   open_loop BOOTSTRAP INPUT WARNINGS PROBE RATE SECONDS WARM_SECONDS FRAUD_EVERY
 *
 * Record i is due at start + i/RATE, whatever became of those before it, and its latency counts from that moment: a
 * sender held up by a slow broker hides nothing. A fraud's number is its id, which its warning carries. Beside them,
 * by the same producer and the same clock, a message of a warning's size goes to PROBE every few milliseconds, which
 * nothing but the reader here reads: the broker's plain way from produce to consume at the same time under the same
 * load. RATE 0: as fast as librdkafka takes them, nothing is measured. WARNINGS "-": nobody judges, only PROBE is read.
 * Prints JSON; times in milliseconds, without those due in the first WARM_SECONDS. */
#include "lib/client.h"
#include "lib/stream.h"

#include "core/clock.h"

#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_NS 500000
#define PROBE_EVERY_NS 4000000
#define PROBE_BYTES 1500
#define GRACE_NS 5000000000 /* for what is still on its way at the end */
#define FULL_SPEED_BURST 1000

struct latencies {
    double *ms;
    size_t n, cap;
};

struct load {
    const char *bootstrap, *input, *warnings, *probe;
    double rate;
    int64_t start_ns, warm_ns, end_ns;
    unsigned fraud_every;
    rd_kafka_t *producer;
    rd_kafka_topic_t *input_topic, *probe_topic;
    uint64_t sent, frauds, probes; /* all three counted without the warm-up, but for sent */
    int64_t late_ns;               /* at worst, of the sender itself */
    _Atomic bool ended;
    rd_kafka_t *consumer;
    pthread_t reader;
    struct latencies warned, plain;
};

static rd_kafka_t *connect_to(const struct load *load, rd_kafka_type_t type)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *rk;
    char why[256];

    client_set(conf, "bootstrap.servers", load->bootstrap);
    if (type == RD_KAFKA_PRODUCER) {
        client_set(conf, "compression.type", "lz4");
        client_set(conf, "linger.ms", "1");
        client_set(conf, "acks", "all");
        client_set(conf, "queue.buffering.max.messages", "500000");
    } else {
        client_set(conf, "group.id", "open-loop");
        client_set(conf, "enable.auto.commit", "false");
    }
    rk = rd_kafka_new(type, conf, why, sizeof(why));
    if (rk == NULL)
        client_fail("client", why);
    return rk;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

/* From the end of each partition as it is now. */
static void add_partitions(const struct load *load, rd_kafka_topic_partition_list_t *list, const char *name)
{
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(load->consumer, name, NULL);

    if (rd_kafka_metadata(load->consumer, 0, topic, &metadata, 20000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        client_fail(name, "no metadata");
    for (int i = 0; i < metadata->topics[0].partition_cnt; i++) {
        int64_t low, high;
        if (rd_kafka_query_watermark_offsets(load->consumer, name, i, &low, &high, 20000) != 0)
            client_fail(name, "no offsets");
        rd_kafka_topic_partition_list_add(list, name, i)->offset = high;
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(topic);
}

static void note(const struct load *load, struct latencies *latencies, int64_t due_ns)
{
    if (due_ns < load->start_ns + load->warm_ns)
        return;
    if (latencies->n == latencies->cap) {
        latencies->cap = latencies->cap > 0 ? 2 * latencies->cap : 4096;
        latencies->ms = realloc(latencies->ms, latencies->cap * sizeof(*latencies->ms));
        if (latencies->ms == NULL)
            client_fail("latencies", "no memory");
    }
    latencies->ms[latencies->n++] = (double)(clock_mono_ns() - due_ns) / 1e6;
}

static int64_t due(const struct load *load, uint64_t i)
{
    return load->start_ns + (int64_t)((double)i * 1e9 / load->rate);
}

static void handle(struct load *load, const rd_kafka_message_t *message)
{
    static const char mark[] = "\"record\":\"s-";
    const char *at;
    int64_t probe;

    if (strcmp(rd_kafka_topic_name(message->rkt), load->probe) == 0) {
        memcpy(&probe, message->payload, sizeof(probe));
        note(load, &load->plain, load->start_ns + probe * PROBE_EVERY_NS);
        return;
    }
    at = memmem(message->payload, message->len, mark, sizeof(mark) - 1);
    if (at != NULL)
        note(load, &load->warned, due(load, strtoull(at + sizeof(mark) - 1, NULL, 10)));
}

static void *read_all(void *arg)
{
    struct load *load = arg;
    int64_t last_ns = 0;

    while (!atomic_load(&load->ended) || (load->warned.n < load->frauds || load->plain.n < load->probes)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(load->consumer, 50);
        if (message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            handle(load, message);
            last_ns = clock_mono_ns();
        }
        if (message != NULL)
            rd_kafka_message_destroy(message);
        if (atomic_load(&load->ended) && clock_mono_ns() - last_ns > GRACE_NS)
            break;
    }
    return NULL;
}

static void start_reading(struct load *load)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(8);

    load->consumer = connect_to(load, RD_KAFKA_CONSUMER);
    rd_kafka_poll_set_consumer(load->consumer);
    if (strcmp(load->warnings, "-") != 0)
        add_partitions(load, list, load->warnings);
    add_partitions(load, list, load->probe);
    rd_kafka_assign(load->consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    for (int64_t until = clock_mono_ns() + 1000000000; clock_mono_ns() < until;) /* the fetches stand when it begins */
        rd_kafka_consumer_poll(load->consumer, 100);
    if (pthread_create(&load->reader, NULL, read_all, load) != 0)
        client_fail("reader", "no thread");
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static void put(struct load *load, rd_kafka_topic_t *topic, const void *p, size_t n)
{
    while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)p, n, NULL, 0, NULL) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            client_fail("produce", rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(load->producer, 1);
    }
}

/* The generator's id is 's' or 'c', a dash and 12 digits: they become the record's number. */
static void send_record(struct load *load, struct stream *stream)
{
    struct str payload = stream_next(stream, 1);
    bool fraud = load->fraud_every > 0 && stream->count % load->fraud_every == 0;
    char *id = memmem(stream->buf, payload.n, "\"id\":\"", 6);
    char digits[16];

    if (id != NULL && fraud) {
        snprintf(digits, sizeof(digits), "%012llu", (unsigned long long)load->sent);
        memcpy(id + 8, digits, 12);
        load->frauds += due(load, load->sent) >= load->start_ns + load->warm_ns;
    }
    put(load, load->input_topic, payload.p, payload.n);
    load->sent++;
}

static void send_probe(struct load *load, int64_t i)
{
    static char probe[PROBE_BYTES];

    memcpy(probe, &i, sizeof(i));
    put(load, load->probe_topic, probe, sizeof(probe));
    load->probes += i * PROBE_EVERY_NS >= load->warm_ns;
}

static void rest_until(int64_t at_ns)
{
    struct timespec at = {at_ns / 1000000000, at_ns % 1000000000};

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void send_by_the_clock(struct load *load, struct stream *stream)
{
    int64_t probe = 0;

    for (int64_t now = clock_mono_ns(); now < load->end_ns; now = clock_mono_ns()) {
        stream->lawful.ts_ms = stream->frauds.ts_ms = clock_wall_ms();
        if (now - due(load, load->sent) > load->late_ns && now > load->start_ns + load->warm_ns)
            load->late_ns = now - due(load, load->sent);
        while (due(load, load->sent) <= now)
            send_record(load, stream);
        for (; load->start_ns + probe * PROBE_EVERY_NS <= now; probe++)
            send_probe(load, probe);
        rd_kafka_poll(load->producer, 0);
        rest_until(clock_mono_ns() / TICK_NS * TICK_NS + TICK_NS);
    }
}

static void send_at_full_speed(struct load *load, struct stream *stream)
{
    while (clock_mono_ns() < load->end_ns) {
        for (int i = 0; i < FULL_SPEED_BURST; i++, load->sent++) {
            struct str payload = stream_next(stream, 1);
            put(load, load->input_topic, payload.p, payload.n);
        }
        rd_kafka_poll(load->producer, 0);
    }
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print(const char *name, struct latencies *l, uint64_t wanted)
{
    if (l->n > 0)
        qsort(l->ms, l->n, sizeof(*l->ms), by_size);
    printf(", \"%s\": {\"n\": %zu, \"missing\": %lld", name, l->n, (long long)wanted - (long long)l->n);
    if (l->n > 0)
        printf(", \"p50\": %.3f, \"p99\": %.3f, \"p99_9\": %.3f, \"max\": %.3f", l->ms[l->n / 2],
               l->ms[l->n * 99 / 100], l->ms[l->n * 999 / 1000], l->ms[l->n - 1]);
    printf("}");
}

int main(int argc, char **argv)
{
    static struct load load;
    struct stream stream;
    double seconds;

    if (argc != 9)
        client_fail("usage", "open_loop BOOTSTRAP INPUT WARNINGS|- PROBE RATE SECONDS WARM_SECONDS FRAUD_EVERY");
    load = (struct load){.bootstrap = argv[1], .input = argv[2], .warnings = argv[3], .probe = argv[4],
                         .rate = atof(argv[5]), .fraud_every = (unsigned)atoi(argv[8])};
    seconds = atof(argv[6]);
    if (!stream_init(&stream, (uint64_t)clock_wall_ms(), load.fraud_every, 1))
        client_fail("stream", "no memory");
    load.producer = connect_to(&load, RD_KAFKA_PRODUCER);
    load.input_topic = rd_kafka_topic_new(load.producer, load.input, NULL);
    load.probe_topic = rd_kafka_topic_new(load.producer, load.probe, NULL);
    if (load.rate > 0)
        start_reading(&load);
    load.start_ns = clock_mono_ns();
    load.warm_ns = (int64_t)(atof(argv[7]) * 1e9);
    load.end_ns = load.start_ns + (int64_t)(seconds * 1e9);
    if (load.rate > 0)
        send_by_the_clock(&load, &stream);
    else
        send_at_full_speed(&load, &stream);
    rd_kafka_flush(load.producer, 20000);
    if (strcmp(load.warnings, "-") == 0)
        load.frauds = 0;
    atomic_store(&load.ended, true);
    if (load.rate > 0)
        pthread_join(load.reader, NULL);
    printf("{\"sent\": %llu, \"sent_per_s\": %.0f, \"sender_late_ms\": %.3f", (unsigned long long)load.sent,
           (double)load.sent / seconds, (double)load.late_ns / 1e6);
    print("warned", &load.warned, load.frauds);
    print("plain", &load.plain, load.probes);
    printf("}\n");
    fflush(stdout);
    _Exit(0);
}
