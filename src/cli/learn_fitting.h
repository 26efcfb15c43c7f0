/* learn_fitting.h - the documents of the training without one fold, as rows of those terms that are tried.
 *
 * Threads: one (learn_fit.h). Ownership: points to the documents; learn_fitting_fini frees the rest, also after
 * learn_fitting_init has failed. */
#ifndef TELSIEVE_CLI_LEARN_FITTING_H
#define TELSIEVE_CLI_LEARN_FITTING_H

#include "cli/learn.h"
#include "cli/learn_fit.h"

#define LEARN_NO_COLUMN UINT32_MAX

struct learn_fitting {
    const struct learning *learning;
    uint32_t without;      /* this fold; LEARN_FOLDS: none */
    uint32_t *column_of;   /* by term; LEARN_NO_COLUMN: not tried */
    size_t ncolumns;
    size_t tried[MODEL_KINDS];
    struct learn_row *rows;
    size_t nrows;
    uint32_t *columns;     /* of all rows */
    double *weights, bias; /* by column, once fitted */
};

/* Choose terms and make rows; 0 or -TS_ENOMEM. */
int learn_fitting_init(struct learn_fitting *fitting, const struct learning *learning, uint32_t without);
void learn_fitting_fini(struct learn_fitting *fitting);

/* Fill the weights; 0 or -TS_ENOMEM. May be called again with another cost. */
int learn_fitting_fit(struct learn_fitting *fitting, double cost);

/* Bias and weights of what a document has, be it of the rows or not. */
double learn_fitting_margin(const struct learn_fitting *fitting, const struct learn_document *document);

#endif
