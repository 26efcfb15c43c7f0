/* worker.c - one thread's loop: serve the outbox, decide whether to read, read and judge a batch, store offsets,
 * publish what others may know.
 *
 * A batch is one poll that waits and then polls that do not, until nothing is there or the batch is full; each message
 * is judged before the next poll, so that a rebalance inside a poll never meets a message in between. The rule set is
 * pinned from the first message of a batch to its last. Reading pauses while an output is not well or more than
 * output.pending_bytes wait for acknowledgement, and goes on below half of it.
 *
 * Everything of the worker is its own thread's, except: the counters (metrics.h), the atomics, and the copies of status
 * and books under their mutexes, made anew at the end of each turn. */
#include "daemon/worker.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/books.h"
#include "daemon/pipeline.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MESSAGES 500
#define POLL_IDLE_MS 100  /* nothing pending */
#define POLL_BUSY_MS 5    /* reports are expected */
#define STORE_EVERY_MS 100
#define FLUSH_SHADOW_MS 1000

struct worker {
    struct worker_setup setup;
    unsigned index;
    struct metrics *metrics;
    struct pipeline *pipeline;
    struct consumer *consumer;
    struct producer *producer;
    pthread_t thread;
    bool started;
    bool paused, failed;
    struct log_limit pause_limit;
    char failure[160]; /* why the worker itself cannot go on */
    int64_t store_mono_ms;

    _Atomic bool stop;
    _Atomic int64_t stop_mono_ms;
    _Atomic int64_t progress_ms;
    _Atomic(const char *) stage;

    struct books *books;

    pthread_mutex_t mutex; /* guards status */
    struct worker_status status;
};

static void enter_stage(struct worker *worker, const char *stage)
{
    atomic_store_explicit(&worker->progress_ms, clock_mono_ms(), memory_order_relaxed);
    atomic_store_explicit(&worker->stage, stage, memory_order_relaxed);
}

static void fail(struct worker *worker, const char *what, int code)
{
    snprintf(worker->failure, sizeof(worker->failure), "%s: %s", what, ts_strerror(code));
    worker->failed = true;
}

static bool is_fatal(const struct worker *worker)
{
    return worker->failed || consumer_fatal(worker->consumer);
}

/* ---- callbacks ------------------------------------------------------------------------------------------------- */

static void on_acknowledged(void *ctx, const struct delivery *delivery)
{
    struct worker *worker = ctx;
    struct metrics *metrics = worker->metrics;
    const struct delivery_origin *origin = &delivery->origin;
    bool warning = delivery->kind == DELIVERY_WARNING;

    if (!ledger_close(origin->ledger, origin->epoch, origin->offset, warning ? LEDGER_WARNED : LEDGER_DEAD_LETTERED))
        metrics_add(metrics, METRIC_STALE_REPORTS, 1);
    if (!warning) {
        metrics_cell_add(&metrics->dead_letters[origin->reason], 1);
        return;
    }
    metrics_observe_ns(&metrics->delivery_seconds, clock_mono_ns() - origin->read_ns);
    if (origin->family >= 'A' && origin->family <= 'Z')
        metrics_cell_add(&metrics->warnings[origin->family - 'A'][origin->tier - TIER_LOW], 1);
}

static int on_too_large(void *ctx, const struct delivery *delivery)
{
    struct worker *worker = ctx;

    return pipeline_dead_letter_warning(worker->pipeline, worker->producer, delivery);
}

static void serve_while_revoking(void *ctx)
{
    struct worker *worker = ctx;

    enter_stage(worker, "rebalance");
    producer_serve(worker->producer, POLL_BUSY_MS);
}

/* ---- what others may know -------------------------------------------------------------------------------------- */

static const char *cause_of(const struct worker *worker, const char *output_cause)
{
    if (worker->failed)
        return worker->failure;
    if (consumer_fatal(worker->consumer))
        return consumer_cause(worker->consumer);
    if (output_cause[0] != '\0')
        return output_cause;
    if (consumer_cause(worker->consumer)[0] != '\0')
        return consumer_cause(worker->consumer);
    return worker->paused ? "more bytes than output.pending_bytes wait for acknowledgement" : "";
}

static void publish(struct worker *worker)
{
    const char *output_cause;
    bool output_ok = producer_ok(worker->producer, &output_cause);
    uint64_t bytes = producer_pending_bytes(worker->producer);

    metrics_set(worker->metrics, METRIC_DELIVERY_PENDING_BYTES, bytes);
    metrics_set(worker->metrics, METRIC_PAUSED, worker->paused);
    metrics_set(worker->metrics, METRIC_PARTITIONS, consumer_partitions(worker->consumer));
    books_publish(worker->books, worker->consumer, worker->metrics);
    pthread_mutex_lock(&worker->mutex);
    worker->status.fatal = is_fatal(worker);
    worker->status.paused = worker->paused;
    worker->status.output_ok = output_ok;
    worker->status.partitions = consumer_partitions(worker->consumer);
    worker->status.pending = producer_pending(worker->producer);
    worker->status.pending_bytes = bytes;
    snprintf(worker->status.cause, sizeof(worker->status.cause), "%s", cause_of(worker, output_cause));
    pthread_mutex_unlock(&worker->mutex);
}

/* ---- the loop -------------------------------------------------------------------------------------------------- */

static bool must_pause(const struct worker *worker, uint64_t limit_bytes)
{
    const char *cause;

    return !producer_ok(worker->producer, &cause) || producer_pending_bytes(worker->producer) > limit_bytes;
}

static void decide_pause(struct worker *worker, bool stopping)
{
    uint64_t budget = (uint64_t)worker->setup.config->output.pending_bytes;
    uint64_t limit = worker->paused ? budget / 2 : budget;
    uint64_t left_out;
    bool pause = stopping || must_pause(worker, limit);

    if (pause != worker->paused && log_limit_pass(&worker->pause_limit, clock_mono_ms(), &left_out))
        log_info("consumption", "worker=%u state=%s pending=%" PRIu64 " pending_bytes=%" PRIu64 " left_out=%" PRIu64,
                 worker->index, pause ? "paused" : "resumed", producer_pending(worker->producer),
                 producer_pending_bytes(worker->producer), left_out);
    worker->paused = pause;
    consumer_pause(worker->consumer, pause);
}

static void judge_message(struct worker *worker, const struct consumer_message *message)
{
    int code;

    ledger_begin(message->ledger, message->offset);
    code = pipeline_message(worker->pipeline, worker->producer, message, consumer_cluster(worker->consumer));
    if (code != 0)
        fail(worker, "judging", code);
}

static void read_batch(struct worker *worker, int wait_ms)
{
    const uint64_t budget = (uint64_t)worker->setup.config->output.pending_bytes;
    struct consumer_message message;
    unsigned n = 0;
    int code;

    enter_stage(worker, wait_ms == POLL_IDLE_MS ? "idle" : "poll");
    if (!consumer_poll(worker->consumer, wait_ms, &message))
        return;
    enter_stage(worker, "judge");
    if (worker->setup.lists != NULL)
        lists_pin(worker->setup.lists, worker->index);
    code = pipeline_use(worker->pipeline, store_pin(worker->setup.store, worker->index));
    if (code != 0)
        fail(worker, "rule set", code);
    while (!worker->failed) {
        judge_message(worker, &message);
        if (++n == BATCH_MESSAGES || must_pause(worker, budget) || !consumer_poll(worker->consumer, 0, &message))
            break;
    }
    pipeline_settle(worker->pipeline);
    store_unpin(worker->setup.store, worker->index);
    if (worker->setup.lists != NULL)
        lists_unpin(worker->setup.lists, worker->index);
}

static void store_offsets(struct worker *worker, int64_t now)
{
    if (now < worker->store_mono_ms)
        return;
    consumer_store(worker->consumer);
    worker->store_mono_ms = now + STORE_EVERY_MS;
}

static void turn(struct worker *worker, bool stopping)
{
    enter_stage(worker, stopping ? "drain" : "deliver");
    producer_serve(worker->producer, 0);
    decide_pause(worker, stopping);
    consumer_tend(worker->consumer, clock_mono_ms());
    if (!is_fatal(worker))
        read_batch(worker, producer_pending(worker->producer) > 0 ? POLL_BUSY_MS : POLL_IDLE_MS);
    store_offsets(worker, clock_mono_ms());
    publish(worker);
}

/* Deliver what is pending, then leave the group. After a fatal error there is a little time for it too. */
static void drain(struct worker *worker)
{
    int64_t deadline = clock_mono_ms() + worker->setup.config->drain.rebalance_ms;
    int64_t left_ms;

    if (!is_fatal(worker))
        deadline = atomic_load_explicit(&worker->stop_mono_ms, memory_order_acquire);
    while (producer_pending(worker->producer) > 0 && clock_mono_ms() < deadline) {
        if (is_fatal(worker)) {
            serve_while_revoking(worker);
            publish(worker);
        } else {
            turn(worker, true);
        }
    }
    enter_stage(worker, "drain");
    consumer_store(worker->consumer);
    consumer_close(worker->consumer, deadline);
    left_ms = deadline - clock_mono_ms();
    if (left_ms > 0)
        producer_flush(worker->producer, left_ms < FLUSH_SHADOW_MS ? (int)left_ms : FLUSH_SHADOW_MS);
    publish(worker);
    books_log(worker->metrics, worker->index);
}

static bool is_stopping(const struct worker *worker)
{
    return atomic_load_explicit(&worker->stop, memory_order_acquire);
}

/* No record is read before there are rules to judge it by. */
static void wait_for_rules(struct worker *worker)
{
    const struct timespec moment = {.tv_nsec = 10 * 1000000};

    while (store_generation(worker->setup.store) == 0 && !is_stopping(worker)) {
        enter_stage(worker, "idle");
        nanosleep(&moment, NULL);
    }
}

static void *run(void *arg)
{
    struct worker *worker = arg;
    char quoted[400];
    bool fatal;

    if (worker->setup.quarantine != NULL && quarantine_thread_begin(worker->setup.quarantine) != 0)
        fail(worker, "quarantine", TS_ENOMEM);
    wait_for_rules(worker);
    if (!is_fatal(worker) && !is_stopping(worker))
        consumer_subscribe(worker->consumer);
    while (!is_stopping(worker) && !is_fatal(worker))
        turn(worker, false);
    fatal = is_fatal(worker);
    consumer_tend(worker->consumer, clock_mono_ms()); /* a fatal cause is put in words there */
    publish(worker);
    if (fatal)
        log_error("worker_failed", "worker=%u msg=%s", worker->index,
                  log_quote(cause_of(worker, ""), quoted, sizeof(quoted)));
    drain(worker);
    if (worker->setup.quarantine != NULL)
        quarantine_thread_end(worker->setup.quarantine);
    pthread_mutex_lock(&worker->mutex);
    worker->status.running = false;
    pthread_mutex_unlock(&worker->mutex);
    if (fatal && worker->setup.wake != NULL)
        worker->setup.wake(worker->setup.wake_ctx);
    return NULL;
}

/* ---- for the main thread --------------------------------------------------------------------------------------- */

static int make_clients(struct worker *worker, struct err *err)
{
    const struct producer_setup producer = {
        .config = worker->setup.config,
        .index = worker->index,
        .metrics = worker->metrics,
        .acknowledged = on_acknowledged,
        .too_large = on_too_large,
        .ctx = worker,
    };
    const struct consumer_setup consumer = {
        .config = worker->setup.config,
        .index = worker->index,
        .metrics = worker->metrics,
        .serve = serve_while_revoking,
        .ctx = worker,
    };

    worker->producer = producer_new(&producer, err);
    worker->consumer = consumer_new(&consumer, err);
    return worker->producer != NULL && worker->consumer != NULL ? 0 : -TS_EKAFKA;
}

struct worker *worker_new(const struct worker_setup *setup, unsigned index, struct err *err)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    struct pipeline_setup pipeline = {.config = setup->config, .index = index, .lists = setup->lists,
                                      .quarantine = setup->quarantine,
                                      .hits = setup->feedback != NULL ? feedback_ring(setup->feedback, index) : NULL};

    if (worker == NULL) {
        err_add(err, "out of memory");
        return NULL;
    }
    worker->setup = *setup;
    worker->index = index;
    worker->pause_limit = (struct log_limit)LOG_LIMIT(10, 10000);
    atomic_store(&worker->stage, "idle");
    pthread_mutex_init(&worker->mutex, NULL);
    worker->metrics = aligned_alloc(_Alignof(struct metrics), sizeof(struct metrics));
    worker->books = books_new();
    if (worker->metrics == NULL || worker->books == NULL) {
        err_add(err, "out of memory");
        worker_free(&worker);
        return NULL;
    }
    memset(worker->metrics, 0, sizeof(struct metrics));
    pipeline.metrics = worker->metrics;
    pipeline.progress_ms = &worker->progress_ms;
    worker->pipeline = pipeline_new(&pipeline, err);
    if (worker->pipeline == NULL || make_clients(worker, err) != 0)
        worker_free(&worker);
    return worker;
}

int worker_start(struct worker *worker)
{
    worker->status.running = true;
    enter_stage(worker, "idle");
    if (pthread_create(&worker->thread, NULL, run, worker) != 0) {
        worker->status.running = false;
        return -TS_ENOMEM;
    }
    worker->started = true;
    return 0;
}

void worker_stop(struct worker *worker, int64_t deadline_mono_ms)
{
    atomic_store_explicit(&worker->stop_mono_ms, deadline_mono_ms, memory_order_relaxed);
    atomic_store_explicit(&worker->stop, true, memory_order_release);
}

uint64_t worker_join(struct worker *worker)
{
    if (worker->started)
        pthread_join(worker->thread, NULL);
    worker->started = false;
    return producer_pending(worker->producer);
}

void worker_free(struct worker **worker)
{
    struct worker *w = *worker;

    if (w == NULL)
        return;
    producer_free(&w->producer); /* before the ledgers, which are the consumer's */
    consumer_free(&w->consumer);
    pipeline_free(&w->pipeline);
    pthread_mutex_destroy(&w->mutex);
    books_free(&w->books);
    free(w->metrics);
    free(w);
    *worker = NULL;
}

void worker_read_status(struct worker *worker, struct worker_status *out)
{
    pthread_mutex_lock(&worker->mutex);
    *out = worker->status;
    pthread_mutex_unlock(&worker->mutex);
    out->progress_mono_ms = atomic_load_explicit(&worker->progress_ms, memory_order_relaxed);
    out->stage = atomic_load_explicit(&worker->stage, memory_order_relaxed);
}

const struct metrics *worker_metrics(const struct worker *worker)
{
    return worker->metrics;
}

void worker_list_partitions(struct worker *worker, void (*fn)(void *ctx, const struct worker_partition *p), void *ctx)
{
    books_list(worker->books, fn, ctx);
}
