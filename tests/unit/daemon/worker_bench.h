/* worker_bench.h - workers on a mock cluster with the project's own rules: what the worker tests share. */
#ifndef TESTS_DAEMON_WORKER_BENCH_H
#define TESTS_DAEMON_WORKER_BENCH_H

#include "../kafka/mock_setup.h"
#include "daemon/worker.h"
#include "record/reason.h"

#include <jansson.h>
#include <string.h>

#define FRAUD "您好，物流仓库查到您的包裹在中转时丢失，现可给您办理三倍赔偿，请添加理赔专员微信lipei0099领取"
#define CLEAN "晚上一起吃饭吗，七点老地方见"

#define API_PRODUCE 0

static inline struct store *bench_store(unsigned nslots)
{
    struct ruleset_options options;
    struct err err;
    struct ruleset *set;
    struct store *store = store_new(nslots);

    err_init(&err);
    ruleset_options_default(&options);
    options.skip_self_test = true;
    /* small warnings: the mock keeps 5 MiB of a partition */
    options.only = (const char *const[]){"loan", "refund", NULL};
    set = ruleset_load("patterns", &options, &err);
    ck_assert_msg(set != NULL, "%s", err.text);
    ck_assert_ptr_nonnull(store);
    ck_assert_int_eq(store_publish(store, set), 0);
    err_fini(&err);
    return store;
}

/* One record as JSON; the text must need no escapes. */
static inline const char *bench_record(char *out, size_t size, const char *id, const char *text)
{
    snprintf(out, size,
             "{\"v\":1,\"kind\":\"sms\",\"id\":\"%s\",\"ts\":1732230000123,\"calling\":\"0085255501234\","
             "\"called\":\"8613912345678\",\"text\":\"%s\"}",
             id, text);
    return out;
}

static inline void bench_send(struct mock_writer *writer, int32_t partition, const char *payload)
{
    ck_assert_int_eq(mock_writer_send(writer, "in", partition, (struct str){0}, str_of(payload)), 0);
}

static inline struct worker *bench_worker(const struct worker_setup *setup, unsigned index)
{
    struct err err;
    struct worker *worker;

    err_init(&err);
    worker = worker_new(setup, index, &err);
    ck_assert_msg(worker != NULL, "%s", err.text);
    ck_assert_int_eq(worker_start(worker), 0);
    err_fini(&err);
    return worker;
}

static inline uint64_t bench_metric(struct worker *worker, enum metric id)
{
    return metrics_get(worker_metrics(worker), id);
}

/* Wait until the sum of a metric over `n` workers (NULL ones are left out) is at least `want`. */
static inline void bench_wait(struct worker *const *workers, size_t n, enum metric id, uint64_t want)
{
    int64_t deadline = clock_mono_ms() + WAIT_MS;
    uint64_t sum = 0;

    do {
        sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += workers[i] != NULL ? bench_metric(workers[i], id) : 0;
        if (sum >= want)
            return;
        sleep_ms(10);
    } while (clock_mono_ms() < deadline);
    ck_abort_msg("metric %d is %llu, not %llu", (int)id, (unsigned long long)sum, (unsigned long long)want);
}

/* Wait for a state of the worker; returns its status then. */
static inline struct worker_status bench_wait_paused(struct worker *worker, bool paused)
{
    int64_t deadline = clock_mono_ms() + WAIT_MS;
    struct worker_status status;

    do {
        worker_read_status(worker, &status);
        if (status.paused == paused && (paused || status.partitions > 0))
            return status;
        sleep_ms(10);
    } while (clock_mono_ms() < deadline);
    ck_abort_msg("the worker should %sbe paused: %s", paused ? "" : "not ", status.cause);
}

static inline void bench_stop(struct worker **worker, uint64_t want_left)
{
    worker_stop(*worker, clock_mono_ms() + 10000);
    ck_assert_uint_eq(worker_join(*worker), want_left);
}

static inline void bench_check_balance(struct worker *worker)
{
    ck_assert_uint_eq(bench_metric(worker, METRIC_RECORDS_CONSUMED),
                      bench_metric(worker, METRIC_RECORDS_CLEAN) + bench_metric(worker, METRIC_RECORDS_WARNED) +
                          bench_metric(worker, METRIC_RECORDS_SUPPRESSED) +
                          bench_metric(worker, METRIC_RECORDS_DEAD_LETTERED) +
                          bench_metric(worker, METRIC_RECORDS_IN_FLIGHT));
}

/* Read a topic to its end and call fn for each message. Returns how many there were. */
static inline uint64_t bench_read(const char *bootstrap, const char *topic,
                                  void (*fn)(void *ctx, const struct mock_reader *reader,
                                             const struct mock_message *message),
                                  void *ctx)
{
    struct mock_reader *reader;
    struct mock_message message;
    struct err err;
    uint64_t n = 0;

    err_init(&err);
    reader = mock_reader_new(bootstrap, topic, &err);
    ck_assert_msg(reader != NULL, "%s", err.text);
    while (mock_reader_next(reader, n == 0 ? 3000 : 800, &message)) {
        n++;
        if (fn != NULL)
            fn(ctx, reader, &message);
    }
    mock_reader_free(&reader);
    err_fini(&err);
    return n;
}

#endif
