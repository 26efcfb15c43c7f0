/* metrics.c - histograms; everything else is inline. */
#include "core/metrics.h"

const double metrics_latency_bounds_s[METRICS_BUCKETS - 1] = {
    0.000001, 0.000002, 0.000005, 0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 10};

void metrics_observe_ns(struct metrics_histogram *h, int64_t ns)
{
    double seconds = (double)ns / 1e9;
    unsigned i = 0;

    while (i < METRICS_BUCKETS - 1 && seconds > metrics_latency_bounds_s[i])
        i++;
    metrics_cell_add(&h->bucket[i], 1);
    metrics_cell_add(&h->sum_us, ns > 0 ? (uint64_t)ns / 1000 : 0);
}
