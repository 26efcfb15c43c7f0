/* metrics_page.h - /metrics: the counters of all workers as Prometheus text (exposition format 0.0.4).
 *
 * No telephone number and no text is ever a label. Any thread. */
#ifndef TELSIEVE_DAEMON_METRICS_PAGE_H
#define TELSIEVE_DAEMON_METRICS_PAGE_H

#include "core/metrics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The books of one partition, summed over the workers that had it. */
struct partition_books {
    char topic[250];
    int32_t partition;
    int64_t watermark; /* next offset to store; -1 unknown */
    uint64_t consumed, clean, warned, suppressed, dead_lettered, in_flight;
};

struct metrics_page {
    const struct metrics *const *workers;
    size_t nworkers;
    const struct partition_books *partitions; /* each once; telsieve_records_* are their sums, so that they balance */
    size_t npartitions;
    bool ready;
    uint64_t generation;      /* 0 = none */
    const char *ruleset_hash; /* NULL = none */
    double load_seconds;      /* of the active rule set */
    bool proved;              /* the active rule set has passed its self-test in this process */
    uint64_t reloads_succeeded, reloads_failed;
    double start_time_s; /* of the process, since the epoch */
};

#define METRICS_PAGE_TYPE "text/plain; version=0.0.4; charset=utf-8"

void metrics_page_write(const struct metrics_page *page, FILE *out);

/* HELP and TYPE of a metric, for those who add their own to the page. */
void metrics_page_head(FILE *out, const char *name, const char *type, const char *help);

/* The sums over all partitions; topic and numbers of places are left empty. */
struct partition_books metrics_page_books(const struct partition_books *partitions, size_t npartitions);

#endif
