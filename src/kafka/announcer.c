/* announcer.c - messages wait in a list in the order they came; the first of them, at most WINDOW, are with librdkafka.
 * A patient announcer that hears of a failure sends nothing more until all that is with librdkafka has its report, and
 * then the list from its beginning: newer messages do not overtake the one that failed. */
#include "kafka/announcer.h"
#include "core/clock.h"
#include "core/log.h"
#include "kafka/client.h"

#include <librdkafka/rdkafka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 64
#define RETRY_MS 1000

struct notice {
    struct notice *next;
    struct str key, value; /* behind this struct */
    rd_kafka_headers_t *headers; /* NULL: none */
    void *opaque;
    int32_t partition;
    bool sent; /* with librdkafka */
    bool newest;
};

struct announcer {
    struct client client; /* first: librdkafka's opaque */
    struct announcer_setup setup;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    struct notice *first, **last;
    size_t n, nsent;
    bool failing; /* nothing more is sent until `retry_mono_ms` and all reports are in */
    int64_t retry_mono_ms;
    uint64_t dropped;
    char cause[CLIENT_CAUSE];
};

/* ---- the list -------------------------------------------------------------------------------------------------- */

static struct str put(char **at, struct str s)
{
    char *p = *at;

    if (s.p == NULL)
        return s;
    memcpy(p, s.p, s.n);
    *at += s.n;
    return (struct str){p, s.n};
}

static struct notice *notice_new(const struct announcement *a)
{
    struct notice *notice = malloc(sizeof(*notice) + a->key.n + a->value.n + 1);
    char *at = (char *)(notice + 1);

    if (notice == NULL)
        return NULL;
    *notice = (struct notice){.opaque = a->opaque, .newest = a->newest};
    notice->partition = a->placed ? a->partition : RD_KAFKA_PARTITION_UA;
    notice->key = put(&at, a->key);
    notice->value = put(&at, a->value);
    if (a->nheaders > 0)
        notice->headers = rd_kafka_headers_new(a->nheaders);
    for (size_t i = 0; i < a->nheaders; i++)
        rd_kafka_header_add(notice->headers, a->headers[i].name, -1, a->headers[i].value.p,
                            (ssize_t)a->headers[i].value.n);
    return notice;
}

static void notice_free(struct notice *notice)
{
    if (notice->headers != NULL)
        rd_kafka_headers_destroy(notice->headers);
    free(notice);
}

static void unlink_notice(struct announcer *announcer, struct notice *notice)
{
    struct notice **at = &announcer->first;

    while (*at != notice)
        at = &(*at)->next;
    *at = notice->next;
    if (announcer->last == &notice->next)
        announcer->last = at;
    announcer->n--;
}

/* The end of one message. */
static void finish(struct announcer *announcer, struct notice *notice, const char *why)
{
    unlink_notice(announcer, notice);
    if (announcer->setup.result != NULL)
        announcer->setup.result(announcer->setup.ctx, notice->opaque, why);
    notice_free(notice);
}

static void drop_oldest(struct announcer *announcer)
{
    struct notice *notice = announcer->first;

    while (notice->sent)
        notice = notice->next;
    announcer->dropped++;
    finish(announcer, notice, "dropped: too many messages wait");
}

static void drop_older(struct announcer *announcer, struct str key)
{
    struct notice *notice = announcer->first;

    while (notice != NULL && (notice->sent || !notice->newest || !str_eq(notice->key, key)))
        notice = notice->next;
    if (notice != NULL)
        finish(announcer, notice, "dropped: a newer one takes its place");
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static bool is_hopeless(const struct announcer *announcer, int code)
{
    return !announcer->setup.patient || code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
           code == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

static void note_failure(struct announcer *announcer, struct notice *notice, int code)
{
    char quoted[400];
    bool was_well = announcer->cause[0] == '\0';

    snprintf(announcer->cause, sizeof(announcer->cause), "topic %.80s: %s", announcer->setup.topic,
             rd_kafka_err2str((rd_kafka_resp_err_t)code));
    if (was_well)
        log_warn("announce_failed", "topic=%s msg=%s", announcer->setup.topic,
                 log_quote(announcer->cause, quoted, sizeof(quoted)));
    if (is_hopeless(announcer, code)) {
        finish(announcer, notice, announcer->cause);
        return;
    }
    announcer->failing = true;
    announcer->retry_mono_ms = clock_mono_ms() + RETRY_MS;
}

static int produce(struct announcer *announcer, struct notice *notice)
{
    /* A list of our own: librdkafka 2.0.2 frees one it made itself twice when it refuses the message. */
    rd_kafka_headers_t *headers = notice->headers != NULL ? rd_kafka_headers_copy(notice->headers) : NULL;
    rd_kafka_vu_t vu[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = announcer->topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = notice->partition},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)notice->value.p, notice->value.n}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)notice->key.p, notice->key.n}},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = notice},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
    };
    rd_kafka_error_t *error = rd_kafka_produceva(announcer->rk, vu, sizeof(vu) / sizeof(vu[0]) - (headers == NULL));
    int code = error != NULL ? (int)rd_kafka_error_code(error) : 0;

    if (error != NULL)
        rd_kafka_error_destroy(error);
    if (code != 0 && headers != NULL)
        rd_kafka_headers_destroy(headers); /* still ours */
    return code;
}

static void send_waiting(struct announcer *announcer)
{
    struct notice *notice = announcer->first, *next;

    for (; notice != NULL && announcer->nsent < WINDOW && !announcer->failing; notice = next) {
        int code = notice->sent ? 0 : produce(announcer, notice);
        next = notice->next;
        if (notice->sent)
            continue;
        if (code != 0) {
            note_failure(announcer, notice, code);
            continue;
        }
        notice->sent = true;
        announcer->nsent++;
    }
}

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    struct announcer *announcer = opaque;
    struct notice *notice = message->_private;

    (void)rk;
    notice->sent = false;
    announcer->nsent--;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        note_failure(announcer, notice, message->err);
        return;
    }
    if (announcer->cause[0] != '\0')
        log_info("announce_well", "topic=%s waiting=%zu", announcer->setup.topic, announcer->n - 1);
    announcer->cause[0] = '\0';
    client_clear(&announcer->client);
    finish(announcer, notice, NULL);
}

int announcer_send(struct announcer *announcer, const struct announcement *announcement)
{
    struct notice *notice = notice_new(announcement);

    if (notice == NULL)
        return -TS_ENOMEM;
    if (notice->newest)
        drop_older(announcer, notice->key);
    if (announcer->n >= ANNOUNCER_MOST)
        drop_oldest(announcer);
    *announcer->last = notice;
    announcer->last = &notice->next;
    announcer->n++;
    announcer_serve(announcer, clock_mono_ms());
    return 0;
}

void announcer_serve(struct announcer *announcer, int64_t now_mono_ms)
{
    rd_kafka_poll(announcer->rk, 0);
    if (announcer->failing && announcer->nsent == 0 && now_mono_ms >= announcer->retry_mono_ms)
        announcer->failing = false;
    send_waiting(announcer);
}

size_t announcer_flush(struct announcer *announcer, int timeout_ms)
{
    int64_t now = clock_mono_ms(), end = now + timeout_ms;

    for (; announcer->n > 0 && now < end; now = clock_mono_ms()) {
        announcer_serve(announcer, now);
        rd_kafka_poll(announcer->rk, end - now < 100 ? (int)(end - now) : 100);
    }
    return announcer->n;
}

/* ---- the rest -------------------------------------------------------------------------------------------------- */

static void configure(struct rd_kafka_conf_s *conf)
{
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
}

struct announcer *announcer_new(const struct announcer_setup *setup, struct err *err)
{
    struct announcer *announcer = calloc(1, sizeof(*announcer));

    if (announcer == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    announcer->setup = *setup;
    announcer->last = &announcer->first;
    client_init(&announcer->client, CLIENT_ANNOUNCER, 0, setup->metrics);
    announcer->rk = client_connect(&announcer->client, setup->config, configure, err);
    if (announcer->rk != NULL)
        announcer->topic = rd_kafka_topic_new(announcer->rk, setup->topic, NULL);
    if (announcer->rk != NULL && announcer->topic == NULL)
        err_add(err, "topic %s: %s", setup->topic, rd_kafka_err2str(rd_kafka_last_error()));
    if (announcer->topic == NULL)
        announcer_free(&announcer);
    return announcer;
}

void announcer_free(struct announcer **announcer)
{
    struct announcer *a = *announcer;

    if (a == NULL)
        return;
    if (a->topic != NULL)
        rd_kafka_topic_destroy(a->topic);
    if (a->rk != NULL) {
        rd_kafka_purge(a->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
        rd_kafka_destroy(a->rk); /* the values of messages are ours until then */
    }
    while (a->first != NULL) {
        struct notice *next = a->first->next;
        notice_free(a->first);
        a->first = next;
    }
    free(a);
    *announcer = NULL;
}

uint64_t announcer_dropped(const struct announcer *announcer)
{
    return announcer->dropped;
}

const char *announcer_cause(const struct announcer *announcer)
{
    return announcer->cause[0] != '\0' || !announcer->client.down ? announcer->cause : announcer->client.cause;
}
