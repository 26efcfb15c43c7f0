/* learn_fit.h - logistic regression with L1 regularisation over terms that are there or not, by liblinear (R.-E. Fan
 * and others, JMLR 9, 2008; its solver L1R_LR). The same rows in the same order give the same weights, bit for bit.
 *
 * Threads: one at a time, for liblinear draws its random numbers from rand(). */
#ifndef TELSIEVE_CLI_LEARN_FIT_H
#define TELSIEVE_CLI_LEARN_FIT_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct learn_row {
    const uint32_t *columns; /* that are there, ascending, from 0 */
    size_t n;
    bool fraud;
};

/* NULL when liblinear is there; else what is wrong. */
const char *learn_fit_problem(void);

/* Minimise the sum of absolute weights + `cost` × the loss of all rows, in which frauds count as much as all others
 * together. There must be some of either. Fills weights[0 … ncolumns) and *bias; 0, -TS_ENOMEM, or -TS_ENOENT without
 * liblinear. */
int learn_fit(const struct learn_row *rows, size_t nrows, size_t ncolumns, double cost, double *weights, double *bias);

#endif
