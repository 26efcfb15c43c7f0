/* statistics.h - what may be said of rates from counts. */
#ifndef TELSIEVE_CORE_STATISTICS_H
#define TELSIEVE_CORE_STATISTICS_H

#include <stdint.h>

struct interval {
    double rate, low, high; /* 0–1 */
};

/* hits / n with its 95 % interval by Wilson's score (E. B. Wilson, JASA 22, 1927), which also holds for 0 hits.
 * n 0: rate and low 0, high 1: nothing is known. */
struct interval wilson_interval(uint64_t hits, uint64_t n);

/* The share of true warnings among all, when `prevalence` of the traffic is fraud, `recall` of it is found and
 * `false_rate` of the rest is warned of. 1 when nothing is warned of wrongly; 0 when nothing is warned of at all. */
double projected_precision(double prevalence, double recall, double false_rate);

/* What the precision of a rule that hits `hit_rate` of the traffic can be at most, when `prevalence` of the traffic is
 * fraud: as if it hit all of that, prevalence / hit_rate, and never above 1. A bound: what it is may be far below. */
double precision_bound(double prevalence, double hit_rate);

/* How much more a phrase belongs to `a` documents than to `b`, in standard deviations: the log odds ratio with an
 * informative Dirichlet prior, which is the pooled counts scaled to `prior` documents (Monroe, Colaresi, Quinn,
 * Political Analysis 16, 2008, section 3.5.1). Needs a + b > 0, a <= na, b <= nb, na and nb > 0. */
double log_odds_z(uint64_t a, uint64_t na, uint64_t b, uint64_t nb, double prior);

/* How surely a phrase that is in `a` of `na` documents and in `b` of `nb` others does not belong to both alike:
 * Pearson's chi-square of the table of four, with one degree of freedom. 0 when all or none have it. Needs a <= na,
 * b <= nb. */
double chi_square(uint64_t a, uint64_t na, uint64_t b, uint64_t nb);

#endif
