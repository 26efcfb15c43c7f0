/* statistics.c - the textbook's formulas. */
#include "core/statistics.h"

#include <math.h>

#define Z_95 1.959963984540054

struct interval wilson_interval(uint64_t hits, uint64_t n)
{
    const double z2 = Z_95 * Z_95;
    double p, total = (double)n, centre, half;

    if (n == 0)
        return (struct interval){0, 0, 1};
    p = (double)hits / total;
    centre = (p + z2 / (2 * total)) / (1 + z2 / total);
    half = Z_95 / (1 + z2 / total) * sqrt(p * (1 - p) / total + z2 / (4 * total * total));
    return (struct interval){p, hits == 0 ? 0 : centre - half, hits == n ? 1 : centre + half};
}

double projected_precision(double prevalence, double recall, double false_rate)
{
    double true_share = prevalence * recall, false_share = (1 - prevalence) * false_rate;

    return true_share + false_share > 0 ? true_share / (true_share + false_share) : 0;
}

double precision_bound(double prevalence, double hit_rate)
{
    return hit_rate > prevalence ? prevalence / hit_rate : 1;
}

double log_odds_z(uint64_t a, uint64_t na, uint64_t b, uint64_t nb, double prior)
{
    double pooled = ((double)a + (double)b) / ((double)na + (double)nb) * prior;
    double in_a = (double)a + pooled, out_a = (double)na + prior - in_a;
    double in_b = (double)b + pooled, out_b = (double)nb + prior - in_b;

    return (log(in_a / out_a) - log(in_b / out_b)) / sqrt(1 / in_a + 1 / in_b);
}

double chi_square(uint64_t a, uint64_t na, uint64_t b, uint64_t nb)
{
    double with = (double)a + (double)b, without = (double)(na - a) + (double)(nb - b);
    double across = (double)a * (double)(nb - b) - (double)b * (double)(na - a);
    double margins = with * without * (double)na * (double)nb;

    return margins > 0 ? (with + without) * across * across / margins : 0;
}
