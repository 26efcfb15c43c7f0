/* Histograms put an observation into the right bucket. */
#include "core/metrics.h"
#include "../setup.h"

#include <check.h>
#include <stdlib.h>

static const struct {
    int64_t ns;
    unsigned bucket;
} observations[] = {
    {-5, 0}, {0, 0}, {1000, 0}, {1001, 1}, {100000, 5}, {999999999, 13}, {10000000000, 14}, {10000000001, 15},
};

START_TEST(an_observation_falls_into_its_bucket)
{
    struct metrics_histogram h = {0};
    int64_t ns = observations[_i].ns;

    metrics_observe_ns(&h, ns);
    for (unsigned i = 0; i < METRICS_BUCKETS; i++)
        ck_assert_msg(h.bucket[i] == (i == observations[_i].bucket), "%lld ns in bucket %u", (long long)ns, i);
    ck_assert_uint_eq(h.sum_us, ns > 0 ? (uint64_t)ns / 1000 : 0);
}
END_TEST

START_TEST(counters_add_and_gauges_are_set)
{
    struct metrics m = {0};

    metrics_add(&m, METRIC_MESSAGES, 2);
    metrics_add(&m, METRIC_MESSAGES, 3);
    metrics_set(&m, METRIC_PAUSED, 1);
    ck_assert_uint_eq(metrics_get(&m, METRIC_MESSAGES), 5);
    ck_assert_uint_eq(metrics_get(&m, METRIC_PAUSED), 1);
    ck_assert_uint_eq(metrics_get(&m, METRIC_BYTES), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("metrics");

    tcase_add_loop_test(tcase, an_observation_falls_into_its_bucket, 0,
                        (int)(sizeof(observations) / sizeof(observations[0])));
    tcase_add_test(tcase, counters_add_and_gauges_are_set);
    return setup_run("metrics", tcase);
}
