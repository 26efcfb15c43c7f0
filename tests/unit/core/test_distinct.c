/* test_distinct.c - the count of different things is near the truth, whoever of several writers saw them. */
#include "core/distinct.h"
#include "../setup.h"

#include <math.h>
#include <stdlib.h>

/* splitmix64: every 64-bit number is a hash of its own */
static uint64_t hash(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t count(uint64_t from, uint64_t n)
{
    struct distinct seen = {0};
    struct distinct_sum sum = {0};

    for (uint64_t i = 0; i < n; i++)
        distinct_add(&seen, hash(from + i));
    distinct_merge(&sum, &seen);
    return distinct_count(&sum);
}

START_TEST(nothing_seen_counts_zero)
{
    ck_assert_uint_eq(count(0, 0), 0);
}
END_TEST

START_TEST(a_few_things_are_counted_almost_exactly)
{
    ck_assert_uint_eq(count(7, 1), 1);
    for (uint64_t n = 2; n <= 50; n++)
        ck_assert_msg(llabs((long long)count(1000 * n, n) - (long long)n) <= 1 + (long long)n / 20, "of %llu: %llu",
                      (unsigned long long)n, (unsigned long long)count(1000 * n, n));
}
END_TEST

/* The standard error is 1.04 / √1024 = 3.3 %: each of 40 runs within four of it, and together it. */
START_TEST(the_error_is_that_of_1024_registers)
{
    static const uint64_t sizes[] = {100, 1000, 2500, 3000, 10000, 100000};

    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        double sum = 0, squares = 0;

        for (uint64_t run = 0; run < 40; run++) {
            double n = (double)sizes[s], error = ((double)count((run + 1) << 40, sizes[s]) - n) / n;

            ck_assert_msg(fabs(error) < 0.14, "%llu counted with an error of %.3f",
                          (unsigned long long)sizes[s], error);
            sum += error;
            squares += error * error;
        }
        ck_assert_msg(fabs(sum / 40) < 0.025, "%llu: mean error %.4f", (unsigned long long)sizes[s], sum / 40);
        ck_assert_msg(sqrt(squares / 40) < 0.045, "%llu: standard error %.4f", (unsigned long long)sizes[s],
                      sqrt(squares / 40));
    }
}
END_TEST

START_TEST(what_is_seen_again_counts_once)
{
    struct distinct seen = {0};
    struct distinct_sum sum = {0};

    for (uint64_t i = 0; i < 100000; i++)
        distinct_add(&seen, hash(i % 10));
    distinct_merge(&sum, &seen);
    ck_assert_uint_eq(distinct_count(&sum), 10);
}
END_TEST

START_TEST(writers_are_merged_as_if_they_were_one)
{
    struct distinct one = {0}, two = {0};
    struct distinct_sum sum = {0};

    for (uint64_t i = 0; i < 6000; i++)
        distinct_add(&one, hash(i));
    for (uint64_t i = 4000; i < 10000; i++)
        distinct_add(&two, hash(i));
    distinct_merge(&sum, &one);
    distinct_merge(&sum, &two);
    ck_assert_uint_eq(distinct_count(&sum), count(0, 10000));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("distinct");

    tcase_add_test(tcase, nothing_seen_counts_zero);
    tcase_add_test(tcase, a_few_things_are_counted_almost_exactly);
    tcase_add_test(tcase, the_error_is_that_of_1024_registers);
    tcase_add_test(tcase, what_is_seen_again_counts_once);
    tcase_add_test(tcase, writers_are_merged_as_if_they_were_one);
    return setup_run("distinct", tcase);
}
