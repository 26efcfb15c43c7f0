/* metrics.h - counters that one thread writes and any thread reads, without locks.
 *
 * Every worker owns one `struct metrics`; the admin page sums them. Only the owner calls the writing functions (a
 * plain load and a relaxed store: no locked instruction on a record's way); readers use metrics_get. */
#ifndef TELSIEVE_CORE_METRICS_H
#define TELSIEVE_CORE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

/* id, Prometheus name, labels ("" for none), type, help. Lines with the same name stand together. */
#define METRICS(X)                                                                                                  \
    X(RECORDS_CONSUMED, "telsieve_records_total", "outcome=\"consumed\"", "counter",                                \
      "Records by outcome; consumed is their sum plus those in flight.")                                            \
    X(RECORDS_CLEAN, "telsieve_records_total", "outcome=\"clean\"", "counter", "")                                  \
    X(RECORDS_WARNED, "telsieve_records_total", "outcome=\"warned\"", "counter", "")                                \
    X(RECORDS_SUPPRESSED, "telsieve_records_total", "outcome=\"suppressed\"", "counter", "")                        \
    X(RECORDS_DEAD_LETTERED, "telsieve_records_total", "outcome=\"dead_lettered\"", "counter", "")                  \
    X(RECORDS_IN_FLIGHT, "telsieve_records_in_flight", "", "gauge", "Records whose outcome waits for delivery.")    \
    X(RECORDS_REPAIRED, "telsieve_records_repaired_total", "", "counter",                                           \
      "Records with ill-formed bytes that were repaired and judged.")                                               \
    X(RECORDS_TRUNCATED, "telsieve_records_truncated_total", "", "counter",                                         \
      "Records whose text was cut at input.max_text_chars.")                                                        \
    X(RECORDS_MISSED, "telsieve_records_missed_total", "", "counter",                                               \
      "Offsets that retention removed before they were read.")                                                      \
    X(RECORDS_REMEMBERED, "telsieve_records_remembered_total", "", "counter",                                       \
      "Clean records whose template was known to be clean (rules.templates).")                                      \
    X(RECORDS_SHADOW, "telsieve_records_shadow_total", "", "counter", "Records that a shadow rule hit.")             \
    X(MODEL_LIVE_UP, "telsieve_model_total", "moved=\"up\",state=\"live\"", "counter",                              \
      "Warnings by what the learned model did to their tier; in state shadow, would have done.")                    \
    X(MODEL_LIVE_DOWN, "telsieve_model_total", "moved=\"down\",state=\"live\"", "counter", "")                      \
    X(MODEL_LIVE_NONE, "telsieve_model_total", "moved=\"none\",state=\"live\"", "counter", "")                      \
    X(MODEL_SHADOW_UP, "telsieve_model_total", "moved=\"up\",state=\"shadow\"", "counter", "")                      \
    X(MODEL_SHADOW_DOWN, "telsieve_model_total", "moved=\"down\",state=\"shadow\"", "counter", "")                  \
    X(MODEL_SHADOW_NONE, "telsieve_model_total", "moved=\"none\",state=\"shadow\"", "counter", "")                  \
    X(HITS_DROPPED, "telsieve_archive_dropped_total", "", "counter",                                                \
      "Records whose rules were not archived: the archive did not keep up.")                                        \
    X(MESSAGES, "telsieve_messages_total", "", "counter", "Kafka messages read.")                                   \
    X(BYTES, "telsieve_payload_bytes_total", "", "counter", "Payload bytes read.")                                  \
    X(WARNINGS_DELIVERED, "telsieve_deliveries_total", "kind=\"warning\",result=\"acknowledged\"", "counter",       \
      "Delivery reports of the producer.")                                                                          \
    X(WARNINGS_FAILED, "telsieve_deliveries_total", "kind=\"warning\",result=\"failed\"", "counter", "")            \
    X(DEAD_LETTERS_DELIVERED, "telsieve_deliveries_total", "kind=\"dead_letter\",result=\"acknowledged\"",          \
      "counter", "")                                                                                                \
    X(DEAD_LETTERS_FAILED, "telsieve_deliveries_total", "kind=\"dead_letter\",result=\"failed\"", "counter", "")    \
    X(SHADOW_DELIVERED, "telsieve_deliveries_total", "kind=\"shadow\",result=\"acknowledged\"", "counter", "")      \
    X(SHADOW_FAILED, "telsieve_deliveries_total", "kind=\"shadow\",result=\"failed\"", "counter", "")               \
    X(WARNINGS_SHORTENED, "telsieve_warnings_shortened_total", "", "counter",                                       \
      "Warnings the broker found too large, sent again shortened.")                                                 \
    X(DELIVERY_PENDING_BYTES, "telsieve_delivery_pending_bytes", "", "gauge",                                       \
      "Bytes of warnings and dead letters not yet acknowledged.")                                                   \
    X(PAUSED, "telsieve_paused", "", "gauge", "Workers whose consumption is paused by back-pressure.")              \
    X(PRODUCER_REBUILDS, "telsieve_producer_rebuilds_total", "", "counter", "Producers rebuilt after a fatal error.") \
    X(REBALANCES, "telsieve_rebalances_total", "", "counter", "Assignments and revocations of partitions.")         \
    X(STALE_REPORTS, "telsieve_stale_reports_total", "", "counter",                                                 \
      "Delivery reports of partitions that were lost meanwhile.")                                                   \
    X(PARTITIONS, "telsieve_assigned_partitions", "", "gauge", "Partitions assigned now.")                          \
    X(SCAN_CHECKED, "telsieve_scan_checked_total", "", "counter", "Records also judged by the reference matcher.")  \
    X(SCAN_MISMATCH, "telsieve_scan_mismatch_total", "", "counter",                                                 \
      "Records on which engine and reference matcher differ.")                                                      \
    X(ENGINE_ERRORS, "telsieve_engine_errors_total", "", "counter", "Records the engine failed on.")                \
    X(KAFKA_ERRORS, "telsieve_kafka_errors_total", "", "counter", "Errors that librdkafka reported.")

enum metric {
#define X(id, name, labels, type, help) METRIC_##id,
    METRICS(X)
#undef X
    METRIC_COUNT
};

#define METRICS_REASONS 32  /* ≥ REASON_COUNT */
#define METRICS_FAMILIES 26 /* letters A–Z */
#define METRICS_TIERS 3     /* low, medium, high */
#define METRICS_FACTS 64
#define METRICS_BUCKETS 16

/* Cumulative bounds of the latency histograms in seconds; the last bucket is +Inf. */
extern const double metrics_latency_bounds_s[METRICS_BUCKETS - 1];

struct metrics_histogram {
    _Atomic uint64_t bucket[METRICS_BUCKETS]; /* not cumulative */
    _Atomic uint64_t sum_us;
};

struct metrics {
    _Alignas(64) _Atomic uint64_t value[METRIC_COUNT];
    _Atomic uint64_t dead_letters[METRICS_REASONS];
    _Atomic uint64_t warnings[METRICS_FAMILIES][METRICS_TIERS]; /* telsieve_warnings_total{family,tier} */
    _Atomic uint64_t fact_known[METRICS_FACTS];   /* telsieve_fact_known_total{fact} */
    _Atomic uint64_t fact_asked;                  /* records counted for it: telsieve_fact_records_total */
    struct metrics_histogram judge_seconds;       /* one record, payload to verdict; sampled */
    struct metrics_histogram delivery_seconds;    /* record read to warning acknowledged */
};

static inline void metrics_cell_add(_Atomic uint64_t *cell, uint64_t n)
{
    /* single writer: load and store need not be one step; relaxed, readers only want a recent value */
    atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void metrics_add(struct metrics *m, enum metric id, uint64_t n)
{
    metrics_cell_add(&m->value[id], n);
}

static inline void metrics_set(struct metrics *m, enum metric id, uint64_t n)
{
    atomic_store_explicit(&m->value[id], n, memory_order_relaxed);
}

static inline uint64_t metrics_get(const struct metrics *m, enum metric id)
{
    return atomic_load_explicit(&m->value[id], memory_order_relaxed);
}

void metrics_observe_ns(struct metrics_histogram *h, int64_t ns);

#endif
