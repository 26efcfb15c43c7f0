/* Rates against values worked out by hand from the published formulas. */
#include "core/statistics.h"
#include "../setup.h"

#include <check.h>
#include <stdlib.h>

/* Wilson: centre (p + z²/2n) / (1 + z²/n), half width z / (1 + z²/n) · √(p(1-p)/n + z²/4n²), z = 1.96. */
static const struct {
    uint64_t hits, n;
    double low, high;
} wilson[] = {
    {0, 10, 0, 0.27753},          /* z²/(n + z²) = 3.8415 / 13.8415 */
    {10, 10, 0.72247, 1},
    {1, 10, 0.017876, 0.40415},
    {5, 10, 0.23659, 0.76341},
    {50, 100, 0.40383, 0.59617},
    {1, 13000, 0.0000136, 0.0004356},
    {0, 13000, 0, 0.0002954},     /* 3.8415 / 13003.8415 */
};

START_TEST(wilson_is_as_worked_out_by_hand)
{
    struct interval interval = wilson_interval(wilson[_i].hits, wilson[_i].n);
    double tolerance = wilson[_i].n > 1000 ? 1e-7 : 5e-6;

    ck_assert_double_eq_tol(interval.rate, (double)wilson[_i].hits / (double)wilson[_i].n, 1e-12);
    ck_assert_double_eq_tol(interval.low, wilson[_i].low, tolerance);
    ck_assert_double_eq_tol(interval.high, wilson[_i].high, tolerance);
}
END_TEST

START_TEST(of_nothing_nothing_is_known)
{
    struct interval interval = wilson_interval(0, 0);

    ck_assert_double_eq(interval.low, 0);
    ck_assert_double_eq(interval.high, 1);
}
END_TEST

START_TEST(precision_follows_the_base_rate)
{
    ck_assert_double_eq_tol(projected_precision(0.5, 0.8, 0.2), 0.8, 1e-12);
    /* 5 in 10,000 are fraud, all found; 1 in 1,000 of the rest is warned of: 0.0005 / (0.0005 + 0.0009995) */
    ck_assert_double_eq_tol(projected_precision(0.0005, 1, 0.001), 0.33344, 1e-5);
    ck_assert_double_eq(projected_precision(0.0005, 0.5, 0), 1);
    ck_assert_double_eq(projected_precision(0.0005, 0, 0), 0);
}
END_TEST

START_TEST(precision_is_bounded_by_how_much_fraud_there_is)
{
    ck_assert_double_eq_tol(precision_bound(0.0005, 0.002), 0.25, 1e-12);
    ck_assert_double_eq(precision_bound(0.0005, 0.0005), 1);
    ck_assert_double_eq(precision_bound(0.0005, 0.0001), 1);
    ck_assert_double_eq(precision_bound(0.0005, 0), 1);
}
END_TEST

START_TEST(log_odds_speak_for_the_side_that_has_more)
{
    double z = log_odds_z(10, 100, 0, 1000, 10);

    /* prior 10 · 10/1100 = 0.0909: ln(10.0909 / 99.9091) - ln(0.0909 / 1009.9091) over √(1/10.0909 + 1/0.0909) */
    ck_assert_double_eq_tol(z, 2.1080, 1e-3);
    ck_assert_double_eq_tol(log_odds_z(0, 1000, 10, 100, 10), -z, 1e-12);
    ck_assert_double_eq_tol(log_odds_z(7, 500, 7, 500, 50), 0, 1e-12);
}
END_TEST

START_TEST(chi_square_is_that_of_the_table_of_four)
{
    /* 20 of 100 and 10 of 200: 300 (20·190 - 10·80)² / (30·270·100·200) = 16.667 */
    ck_assert_double_eq_tol(chi_square(20, 100, 10, 200), 50.0 / 3, 1e-9);
    ck_assert_double_eq_tol(chi_square(10, 200, 20, 100), 50.0 / 3, 1e-9);
    ck_assert_double_eq(chi_square(10, 100, 20, 200), 0);
    ck_assert_double_eq(chi_square(0, 100, 0, 200), 0);
    ck_assert_double_eq(chi_square(100, 100, 200, 200), 0);
    ck_assert_double_eq(chi_square(0, 0, 5, 10), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("statistics");

    tcase_add_loop_test(tcase, wilson_is_as_worked_out_by_hand, 0, (int)(sizeof(wilson) / sizeof(wilson[0])));
    tcase_add_test(tcase, of_nothing_nothing_is_known);
    tcase_add_test(tcase, precision_follows_the_base_rate);
    tcase_add_test(tcase, precision_is_bounded_by_how_much_fraud_there_is);
    tcase_add_test(tcase, log_odds_speak_for_the_side_that_has_more);
    tcase_add_test(tcase, chi_square_is_that_of_the_table_of_four);
    return setup_run("statistics", tcase);
}
