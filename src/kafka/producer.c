/* producer.c - two outputs (warnings, dead letters), each with its parcels, and librdkafka's producer behind them.
 *
 * A parcel is in one of three lists of its output: `sent` (librdkafka has it, its report will come), `waiting` (to be
 * sent when the output's turn comes) or `alone` (its batch was too large; a broker's limit holds for whole batches, so
 * it is sent again with nothing beside it before it is judged too large itself). An output is well while its topic
 * was seen, no parcel of it has failed and the oldest sent one is not overdue. While it is not well, new parcels wait
 * and every attempt begins with a probe: nothing is given to librdkafka for a topic that is not there.
 *
 * Rebuilding after a fatal error destroys the instance without serving its reports, so no report of an older
 * instance ever arrives; all that was sent waits again. */
#include "kafka/producer.h"
#include "core/clock.h"
#include "kafka/channel.h"
#include "kafka/parcel.h"

#include <librdkafka/rdkafka.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACKOFF_FIRST_MS 100
#define OVERDUE_MS 5000      /* a report that takes longer says that the output is unreachable */
#define PROBE_MS 1000
#define SHADOW_MAX 1000      /* shadow warnings on their way; more are dropped and counted as failed */
#define OUTPUTS 2            /* by enum delivery_kind */

struct output {
    const char *topic;
    struct parcel_list waiting, sent, alone;
    size_t nfailed;          /* parcels that failed and are not acknowledged */
    bool seen;               /* the last probe found the topic */
    bool overdue;
    bool ok;                 /* as last logged */
    int64_t retry_mono_ms;
    int64_t backoff_ms;
    char cause[CLIENT_CAUSE];
};

struct producer {
    struct channel channel; /* first: on_report finds the producer by it */
    struct producer_setup setup;
    uint64_t shadow_pending;
    struct output outputs[OUTPUTS];
    uint64_t pending, pending_bytes;
    int64_t rebuild_mono_ms, rebuild_backoff_ms;
};

static const enum metric delivered_metric[] = {METRIC_WARNINGS_DELIVERED, METRIC_DEAD_LETTERS_DELIVERED,
                                               METRIC_SHADOW_DELIVERED};
static const enum metric failed_metric[] = {METRIC_WARNINGS_FAILED, METRIC_DEAD_LETTERS_FAILED, METRIC_SHADOW_FAILED};

/* ---- state of an output ---------------------------------------------------------------------------------------- */

static bool is_well(const struct output *output)
{
    return output->seen && output->nfailed == 0 && !output->overdue;
}

/* Log the change between well and not well, once each. */
static void note_state(struct producer *producer, struct output *output)
{
    char quoted[400];
    bool well = is_well(output);

    if (well == output->ok)
        return;
    output->ok = well;
    if (well) {
        output->cause[0] = '\0';
        output->backoff_ms = BACKOFF_FIRST_MS;
        log_info("output_ok", "worker=%u topic=%s", producer->setup.index, output->topic);
    } else {
        log_warn("output_failing", "worker=%u topic=%s pending=%llu msg=%s", producer->setup.index, output->topic,
                 (unsigned long long)producer->pending, log_quote(output->cause, quoted, sizeof(quoted)));
    }
}

static void schedule(const struct producer *producer, struct output *output, int64_t now)
{
    output->retry_mono_ms = now + output->backoff_ms;
    output->backoff_ms *= 2;
    if (output->backoff_ms > producer->setup.config->output.retry_max_ms)
        output->backoff_ms = producer->setup.config->output.retry_max_ms;
}

static void put_back(struct output *output, struct parcel *parcel)
{
    parcel_append(parcel->alone ? &output->alone : &output->waiting, parcel);
}

/* `parcel` is in no list. */
static void note_failure(struct producer *producer, struct output *output, struct parcel *parcel, const char *why)
{
    if (!parcel->failed)
        output->nfailed++;
    parcel->failed = true;
    put_back(output, parcel);
    snprintf(output->cause, sizeof(output->cause), "topic %.80s: %s", output->topic, why);
    if (output->ok)
        schedule(producer, output, clock_mono_ms());
    note_state(producer, output);
}

static void forget(struct producer *producer, struct output *output, struct parcel *parcel)
{
    if (parcel->failed)
        output->nfailed--;
    producer->pending--;
    producer->pending_bytes -= parcel->bytes;
    free(parcel);
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static void dispatch(struct producer *producer, struct output *output, struct parcel *parcel);

/* `parcel` is in no list. */
static void send_shortened(struct producer *producer, struct output *output, struct parcel *parcel)
{
    struct parcel *shortened = parcel_shorten(parcel);

    if (shortened == NULL) {
        note_failure(producer, output, parcel, "no memory for the short form of what is too large");
        return;
    }
    if (parcel->delivery.kind == DELIVERY_WARNING)
        metrics_add(producer->setup.metrics, METRIC_WARNINGS_SHORTENED, 1);
    producer->pending_bytes -= parcel->bytes;
    producer->pending_bytes += shortened->bytes;
    free(parcel);
    dispatch(producer, output, shortened);
}

/* The broker (or librdkafka's message.max.bytes) refused the parcel for its size; it is in no list. */
static void handle_too_large(struct producer *producer, struct output *output, struct parcel *parcel, bool batch)
{
    if (batch && !parcel->alone) {
        parcel->alone = true;
        parcel_append(&output->alone, parcel);
    } else if (parcel->delivery.shorten != NULL) {
        send_shortened(producer, output, parcel);
    } else if (parcel->delivery.kind == DELIVERY_WARNING &&
               producer->setup.too_large(producer->setup.ctx, &parcel->delivery) == 0) {
        forget(producer, output, parcel);
    } else {
        note_failure(producer, output, parcel, rd_kafka_err2str(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE));
    }
}

static void dispatch(struct producer *producer, struct output *output, struct parcel *parcel)
{
    int code = channel_send(&producer->channel, &parcel->delivery, parcel);

    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        parcel->sent_mono_ms = clock_mono_ms();
        parcel_append(&output->sent, parcel);
        break;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: /* librdkafka is behind, nothing is wrong */
        put_back(output, parcel);
        output->retry_mono_ms = clock_mono_ms() + BACKOFF_FIRST_MS;
        break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        metrics_add(producer->setup.metrics, failed_metric[parcel->delivery.kind], 1);
        handle_too_large(producer, output, parcel, false);
        break;
    default:
        metrics_add(producer->setup.metrics, failed_metric[parcel->delivery.kind], 1);
        if (code == RD_KAFKA_RESP_ERR__FATAL)
            client_error(&producer->channel.client, producer->channel.rk, code, "fatal error");
        note_failure(producer, output, parcel, rd_kafka_err2str((rd_kafka_resp_err_t)code));
    }
}

static void send_shadow(struct producer *producer, const struct delivery *delivery)
{
    if (producer->channel.rk != NULL && producer->channel.topics[DELIVERY_SHADOW] != NULL &&
        producer->shadow_pending < SHADOW_MAX && channel_send(&producer->channel, delivery, NULL) == 0)
        producer->shadow_pending++;
    else
        metrics_add(producer->setup.metrics, METRIC_SHADOW_FAILED, 1);
}

int producer_send(struct producer *producer, const struct delivery *delivery)
{
    struct output *output = &producer->outputs[delivery->kind];
    struct parcel *parcel;

    assert(delivery->nheaders <= DELIVERY_HEADERS);
    if (delivery->kind == DELIVERY_SHADOW) {
        send_shadow(producer, delivery);
        return 0;
    }
    parcel = parcel_new(delivery);
    if (parcel == NULL)
        return -TS_ENOMEM;
    producer->pending++;
    producer->pending_bytes += parcel->bytes;
    if (producer->channel.rk == NULL || producer->channel.client.fatal || !is_well(output) ||
        output->waiting.n + output->alone.n > 0)
        parcel_append(&output->waiting, parcel);
    else
        dispatch(producer, output, parcel);
    return 0;
}

/* ---- reports --------------------------------------------------------------------------------------------------- */

static void on_report(struct channel *channel, void *opaque, int code)
{
    struct producer *producer = (struct producer *)channel; /* its first member */
    struct parcel *parcel = opaque;
    enum delivery_kind kind = parcel != NULL ? parcel->delivery.kind : DELIVERY_SHADOW;
    struct output *output;

    metrics_add(producer->setup.metrics, code != 0 ? failed_metric[kind] : delivered_metric[kind], 1);
    if (parcel == NULL) {
        producer->shadow_pending--;
        return;
    }
    output = &producer->outputs[kind];
    parcel_remove(&output->sent, parcel);
    if (code == 0) {
        producer->setup.acknowledged(producer->setup.ctx, &parcel->delivery);
        output->seen = true;
        forget(producer, output, parcel);
    } else if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        handle_too_large(producer, output, parcel, true);
    } else {
        note_failure(producer, output, parcel, rd_kafka_err2str((rd_kafka_resp_err_t)code));
    }
}

/* ---- the instance ---------------------------------------------------------------------------------------------- */

static void drop_instance(struct producer *producer)
{
    channel_close(&producer->channel);
    metrics_add(producer->setup.metrics, METRIC_SHADOW_FAILED, producer->shadow_pending);
    producer->shadow_pending = 0;
}

static void rebuild(struct producer *producer, int64_t now)
{
    struct err err;
    char quoted[400];

    if (now < producer->rebuild_mono_ms)
        return;
    producer->rebuild_mono_ms = now + producer->rebuild_backoff_ms;
    producer->rebuild_backoff_ms *= 2;
    if (producer->rebuild_backoff_ms > producer->setup.config->output.retry_max_ms)
        producer->rebuild_backoff_ms = producer->setup.config->output.retry_max_ms;
    log_warn("producer_rebuilt", "worker=%u pending=%llu msg=%s", producer->setup.index,
             (unsigned long long)producer->pending, log_quote(producer->channel.client.cause, quoted, sizeof(quoted)));
    drop_instance(producer);
    for (int i = 0; i < OUTPUTS; i++) {
        struct output *output = &producer->outputs[i];
        snprintf(output->cause, sizeof(output->cause), "%s", producer->channel.client.cause);
        for (struct parcel *p = output->sent.first; p != NULL; p = p->next) {
            output->nfailed += !p->failed;
            p->failed = true;
        }
        parcel_move_all(&output->waiting, &output->sent);
        output->seen = false;
        output->overdue = false;
        output->retry_mono_ms = now;
    }
    producer->channel.client.fatal = false;
    client_clear(&producer->channel.client);
    metrics_add(producer->setup.metrics, METRIC_PRODUCER_REBUILDS, 1);
    err_init(&err);
    if (channel_open(&producer->channel, producer->setup.config, &err) != 0)
        drop_instance(producer);
    err_fini(&err);
}

/* ---- a turn ---------------------------------------------------------------------------------------------------- */

static void check_overdue(struct producer *producer, struct output *output, int64_t now)
{
    const struct parcel *oldest = output->sent.first;

    output->overdue = oldest != NULL && now - oldest->sent_mono_ms > OVERDUE_MS;
    if (output->overdue && output->ok)
        snprintf(output->cause, sizeof(output->cause), "topic %.60s: no acknowledgement for %d s%s%.100s",
                 output->topic, OVERDUE_MS / 1000, producer->channel.client.cause[0] != '\0' ? ": " : "",
                 producer->channel.client.cause);
}

/* False when the topic is not there. */
static bool probe(struct producer *producer, struct output *output)
{
    struct rd_kafka_topic_s *topic = producer->channel.topics[output - producer->outputs];
    char cause[CLIENT_CAUSE];

    int code = client_probe(producer->channel.rk, topic, PROBE_MS, cause);
    bool no_answer = code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT;

    output->seen = code == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!output->seen)
        snprintf(output->cause, sizeof(output->cause), "%s",
                 no_answer && producer->channel.client.cause[0] != '\0' ? producer->channel.client.cause : cause);
    return output->seen;
}

static void send_waiting(struct producer *producer, struct output *output)
{
    for (size_t n = output->waiting.n; n > 0 && !producer->channel.client.fatal; n--) {
        struct parcel *parcel = output->waiting.first;
        parcel_remove(&output->waiting, parcel);
        dispatch(producer, output, parcel);
    }
}

static void tend(struct producer *producer, struct output *output, int64_t now)
{
    bool work;

    check_overdue(producer, output, now);
    work = !output->seen || output->waiting.n > 0 || (output->alone.n > 0 && output->sent.n == 0);
    if (work && now >= output->retry_mono_ms) {
        if (is_well(output) || probe(producer, output)) {
            if (output->alone.n == 0) {
                send_waiting(producer, output);
            } else if (output->sent.n == 0) {
                struct parcel *parcel = output->alone.first;
                parcel_remove(&output->alone, parcel);
                dispatch(producer, output, parcel);
            }
        }
        if (!is_well(output))
            schedule(producer, output, clock_mono_ms());
    }
    note_state(producer, output);
}

void producer_serve(struct producer *producer, int wait_ms)
{
    int64_t now;

    if (producer->channel.rk != NULL)
        channel_poll(&producer->channel, wait_ms);
    now = clock_mono_ms();
    if (producer->channel.rk == NULL || producer->channel.client.fatal) {
        rebuild(producer, now);
        return;
    }
    for (int i = 0; i < OUTPUTS; i++) {
        if (producer->channel.client.down)
            producer->outputs[i].seen = false; /* until a probe is answered */
    }
    producer->channel.client.down = false;
    for (int i = 0; i < OUTPUTS; i++)
        tend(producer, &producer->outputs[i], now);
    if (producer->outputs[DELIVERY_WARNING].ok && producer->outputs[DELIVERY_DEAD_LETTER].ok) {
        client_clear(&producer->channel.client);
        producer->rebuild_backoff_ms = BACKOFF_FIRST_MS;
    }
}

/* ---- the rest -------------------------------------------------------------------------------------------------- */

struct producer *producer_new(const struct producer_setup *setup, struct err *err)
{
    struct producer *producer = calloc(1, sizeof(*producer));

    if (producer == NULL) {
        err_add(err, "out of memory");
        return NULL;
    }
    producer->setup = *setup;
    producer->rebuild_backoff_ms = BACKOFF_FIRST_MS;
    producer->channel.report = on_report;
    client_init(&producer->channel.client, CLIENT_PRODUCER, setup->index, setup->metrics);
    producer->outputs[DELIVERY_WARNING].topic = setup->config->output.warnings;
    producer->outputs[DELIVERY_DEAD_LETTER].topic = setup->config->output.dead_letter;
    for (int i = 0; i < OUTPUTS; i++) {
        struct output *output = &producer->outputs[i];
        output->backoff_ms = BACKOFF_FIRST_MS;
        snprintf(output->cause, sizeof(output->cause), "topic %.80s: not looked at yet", output->topic);
    }
    if (channel_open(&producer->channel, setup->config, err) != 0)
        producer_free(&producer);
    return producer;
}

void producer_free(struct producer **producer)
{
    if (*producer == NULL)
        return;
    drop_instance(*producer);
    for (int i = 0; i < OUTPUTS; i++) {
        parcel_free_all(&(*producer)->outputs[i].waiting);
        parcel_free_all(&(*producer)->outputs[i].sent);
        parcel_free_all(&(*producer)->outputs[i].alone);
    }
    free(*producer);
    *producer = NULL;
}

uint64_t producer_pending(const struct producer *producer)
{
    return producer->pending;
}

uint64_t producer_pending_bytes(const struct producer *producer)
{
    return producer->pending_bytes;
}

bool producer_ok(const struct producer *producer, const char **cause)
{
    for (int i = 0; i < OUTPUTS; i++) {
        if (!is_well(&producer->outputs[i])) {
            *cause = producer->outputs[i].cause;
            return false;
        }
    }
    *cause = "";
    return true;
}

void producer_flush(struct producer *producer, int timeout_ms)
{
    if (producer->channel.rk != NULL && producer->shadow_pending > 0)
        rd_kafka_flush(producer->channel.rk, timeout_ms);
}
