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
#include "kafka/client.h"
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
    rd_kafka_topic_t *handle;
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
    struct client client; /* first: librdkafka's opaque */
    struct producer_setup setup;
    rd_kafka_t *rk;
    rd_kafka_topic_t *shadow;
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
        log_info("output_ok", "worker=%u topic=%s", producer->client.index, output->topic);
    } else {
        log_warn("output_failing", "worker=%u topic=%s pending=%llu msg=%s", producer->client.index, output->topic,
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
static void note_failure(struct producer *producer, struct output *output, struct parcel *parcel, int code)
{
    if (!parcel->failed)
        output->nfailed++;
    parcel->failed = true;
    put_back(output, parcel);
    snprintf(output->cause, sizeof(output->cause), "topic %.80s: %s", output->topic,
             rd_kafka_err2str((rd_kafka_resp_err_t)code));
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

static rd_kafka_resp_err_t produce(struct producer *producer, rd_kafka_topic_t *handle,
                                   const struct delivery *delivery, void *opaque)
{
    rd_kafka_headers_t *headers = make_headers(delivery);
    rd_kafka_vu_t vu[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = handle},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)delivery->value.p, delivery->value.n}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)delivery->key.p, delivery->key.n}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = opaque},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    size_t n = sizeof(vu) / sizeof(vu[0]) - (headers == NULL);
    rd_kafka_error_t *error = rd_kafka_produceva(producer->rk, vu, n);
    rd_kafka_resp_err_t code;

    if (error == NULL)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (headers != NULL)
        rd_kafka_headers_destroy(headers); /* still ours */
    return code;
}

static void dispatch(struct producer *producer, struct output *output, struct parcel *parcel);

/* The broker (or librdkafka's message.max.bytes) refused the parcel for its size; it is in no list. */
static void handle_too_large(struct producer *producer, struct output *output, struct parcel *parcel, bool batch)
{
    if (batch && !parcel->alone) {
        parcel->alone = true;
        parcel_append(&output->alone, parcel);
    } else if (parcel_shorten(parcel)) {
        if (parcel->delivery.kind == DELIVERY_WARNING)
            metrics_add(producer->client.metrics, METRIC_WARNINGS_SHORTENED, 1);
        dispatch(producer, output, parcel);
    } else if (parcel->delivery.kind == DELIVERY_WARNING &&
               producer->setup.too_large(producer->setup.ctx, &parcel->delivery) == 0) {
        forget(producer, output, parcel);
    } else {
        note_failure(producer, output, parcel, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    }
}

static void dispatch(struct producer *producer, struct output *output, struct parcel *parcel)
{
    rd_kafka_resp_err_t code = produce(producer, output->handle, &parcel->delivery, parcel);

    switch ((int)code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        parcel->sent_mono_ms = clock_mono_ms();
        parcel_append(&output->sent, parcel);
        break;
    case RD_KAFKA_RESP_ERR__QUEUE_FULL: /* librdkafka is behind, nothing is wrong */
        put_back(output, parcel);
        output->retry_mono_ms = clock_mono_ms() + BACKOFF_FIRST_MS;
        break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        metrics_add(producer->client.metrics, failed_metric[parcel->delivery.kind], 1);
        handle_too_large(producer, output, parcel, false);
        break;
    default:
        metrics_add(producer->client.metrics, failed_metric[parcel->delivery.kind], 1);
        if (code == RD_KAFKA_RESP_ERR__FATAL)
            client_error(&producer->client, producer->rk, (int)code, "fatal error");
        note_failure(producer, output, parcel, (int)code);
    }
}

static void send_shadow(struct producer *producer, const struct delivery *delivery)
{
    if (producer->rk != NULL && producer->shadow != NULL && producer->shadow_pending < SHADOW_MAX &&
        produce(producer, producer->shadow, delivery, NULL) == RD_KAFKA_RESP_ERR_NO_ERROR)
        producer->shadow_pending++;
    else
        metrics_add(producer->client.metrics, METRIC_SHADOW_FAILED, 1);
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
    if (producer->rk == NULL || producer->client.fatal || !is_well(output) || output->waiting.n + output->alone.n > 0)
        parcel_append(&output->waiting, parcel);
    else
        dispatch(producer, output, parcel);
    return 0;
}

/* ---- reports --------------------------------------------------------------------------------------------------- */

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    struct producer *producer = opaque;
    struct parcel *parcel = message->_private;
    enum delivery_kind kind = parcel != NULL ? parcel->delivery.kind : DELIVERY_SHADOW;
    struct output *output;

    (void)rk;
    metrics_add(producer->client.metrics, message->err ? failed_metric[kind] : delivered_metric[kind], 1);
    if (parcel == NULL) {
        producer->shadow_pending--;
        return;
    }
    output = &producer->outputs[kind];
    parcel_remove(&output->sent, parcel);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        producer->setup.acknowledged(producer->setup.ctx, &parcel->delivery);
        output->seen = true;
        forget(producer, output, parcel);
    } else if (message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
        handle_too_large(producer, output, parcel, true);
    } else {
        note_failure(producer, output, parcel, message->err);
    }
}

/* ---- the instance ---------------------------------------------------------------------------------------------- */

static void configure(struct rd_kafka_conf_s *conf)
{
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
}

static int connect_instance(struct producer *producer, struct err *err)
{
    const char *shadow = producer->setup.config->output.shadow;

    producer->rk = client_connect(&producer->client, producer->setup.config, configure, err);
    if (producer->rk == NULL)
        return -TS_EKAFKA;
    for (int i = 0; i < OUTPUTS; i++)
        producer->outputs[i].handle = rd_kafka_topic_new(producer->rk, producer->outputs[i].topic, NULL);
    if (shadow[0] != '\0')
        producer->shadow = rd_kafka_topic_new(producer->rk, shadow, NULL);
    for (int i = 0; i < OUTPUTS; i++)
        if (producer->outputs[i].handle == NULL)
            err_add(err, "output topic \"%s\": %s", producer->outputs[i].topic, rd_kafka_err2str(rd_kafka_last_error()));
    return err->count > 0 ? -TS_EKAFKA : 0;
}

static void drop_instance(struct producer *producer)
{
    if (producer->rk == NULL)
        return;
    for (int i = 0; i < OUTPUTS; i++) {
        if (producer->outputs[i].handle != NULL)
            rd_kafka_topic_destroy(producer->outputs[i].handle);
        producer->outputs[i].handle = NULL;
    }
    if (producer->shadow != NULL)
        rd_kafka_topic_destroy(producer->shadow);
    producer->shadow = NULL;
    rd_kafka_purge(producer->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
    rd_kafka_destroy(producer->rk);
    producer->rk = NULL;
    metrics_add(producer->client.metrics, METRIC_SHADOW_FAILED, producer->shadow_pending);
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
    log_warn("producer_rebuilt", "worker=%u pending=%llu msg=%s", producer->client.index,
             (unsigned long long)producer->pending, log_quote(producer->client.cause, quoted, sizeof(quoted)));
    drop_instance(producer);
    for (int i = 0; i < OUTPUTS; i++) {
        struct output *output = &producer->outputs[i];
        snprintf(output->cause, sizeof(output->cause), "%s", producer->client.cause);
        for (struct parcel *p = output->sent.first; p != NULL; p = p->next) {
            output->nfailed += !p->failed;
            p->failed = true;
        }
        parcel_move_all(&output->waiting, &output->sent);
        output->seen = false;
        output->overdue = false;
        output->retry_mono_ms = now;
    }
    producer->client.fatal = false;
    client_clear(&producer->client);
    metrics_add(producer->client.metrics, METRIC_PRODUCER_REBUILDS, 1);
    err_init(&err);
    if (connect_instance(producer, &err) != 0)
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
                 output->topic, OVERDUE_MS / 1000, producer->client.cause[0] != '\0' ? ": " : "",
                 producer->client.cause);
}

/* False when the topic is not there. */
static bool probe(struct producer *producer, struct output *output)
{
    char cause[CLIENT_CAUSE];

    int code = client_probe(producer->rk, output->handle, PROBE_MS, cause);
    bool no_answer = code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT;

    output->seen = code == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!output->seen)
        snprintf(output->cause, sizeof(output->cause), "%s",
                 no_answer && producer->client.cause[0] != '\0' ? producer->client.cause : cause);
    return output->seen;
}

static void send_waiting(struct producer *producer, struct output *output)
{
    for (size_t n = output->waiting.n; n > 0 && !producer->client.fatal; n--) {
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

    if (producer->rk != NULL)
        rd_kafka_poll(producer->rk, wait_ms);
    now = clock_mono_ms();
    if (producer->rk == NULL || producer->client.fatal) {
        rebuild(producer, now);
        return;
    }
    for (int i = 0; i < OUTPUTS; i++) {
        if (producer->client.down)
            producer->outputs[i].seen = false; /* until a probe is answered */
    }
    producer->client.down = false;
    for (int i = 0; i < OUTPUTS; i++)
        tend(producer, &producer->outputs[i], now);
    if (producer->outputs[DELIVERY_WARNING].ok && producer->outputs[DELIVERY_DEAD_LETTER].ok) {
        client_clear(&producer->client);
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
    client_init(&producer->client, CLIENT_PRODUCER, setup->index, setup->metrics);
    producer->outputs[DELIVERY_WARNING].topic = setup->config->output.warnings;
    producer->outputs[DELIVERY_DEAD_LETTER].topic = setup->config->output.dead_letter;
    for (int i = 0; i < OUTPUTS; i++) {
        struct output *output = &producer->outputs[i];
        output->backoff_ms = BACKOFF_FIRST_MS;
        snprintf(output->cause, sizeof(output->cause), "topic %.80s: not looked at yet", output->topic);
    }
    if (connect_instance(producer, err) != 0)
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
    if (producer->rk != NULL && producer->shadow_pending > 0)
        rd_kafka_flush(producer->rk, timeout_ms);
}
