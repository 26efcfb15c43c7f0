/* learn_cross.c - each fold is judged by models that saw neither its labels nor what they would have chosen. The cost
 * with the least loss is taken: by it a score is as near to a probability, both labels alike, as these texts allow. */
#include "cli/learn_fitting.h"

#include <math.h>
#include <stdlib.h>

#define DECIMALS 1e4

static const double costs[] = {0.03, 0.1, 0.3, 1, 3, 10, 30}; /* ascending */
#define COSTS (sizeof(costs) / sizeof(*costs))

/* ---- folds ----------------------------------------------------------------------------------------------------- */

struct trial { /* one cost */
    double cost;
    double loss;     /* mean of the folds; of a fold: of either label's mean */
    double *margins; /* by document, of the model of the other folds */
};

/* ln(1 + exp(x)), which for large x is x. */
static double soft_plus(double x)
{
    return x > 30 ? x : log1p(exp(x));
}

static void judge_fold(const struct learn_fitting *fitting, struct trial *trial)
{
    const struct learning *learning = fitting->learning;
    double loss[2] = {0};
    size_t n[2] = {0};

    for (size_t i = 0; i < learning->training.n; i++) {
        const struct learn_document *document = &learning->training.items[i];
        double margin;
        if (document->fold != fitting->without)
            continue;
        margin = trial->margins[i] = learn_fitting_margin(fitting, document);
        loss[document->fraud] += soft_plus(document->fraud ? -margin : margin);
        n[document->fraud]++;
    }
    trial->loss += (loss[0] / (double)n[0] + loss[1] / (double)n[1]) / 2 / LEARN_FOLDS;
}

static int try_costs(const struct learning *learning, struct trial *trials, size_t n)
{
    int rc = 0;

    for (uint32_t fold = 0; fold < LEARN_FOLDS && rc == 0; fold++) {
        struct learn_fitting fitting;
        rc = learn_fitting_init(&fitting, learning, fold);
        for (size_t c = 0; c < n && rc == 0; c++) {
            rc = learn_fitting_fit(&fitting, trials[c].cost);
            if (rc == 0)
                judge_fold(&fitting, &trials[c]);
        }
        learn_fitting_fini(&fitting);
    }
    return rc;
}

static const struct trial *choose_cost(const struct trial *trials, size_t n)
{
    const struct trial *best = trials;

    for (size_t c = 1; c < n; c++)
        if (trials[c].loss < best->loss)
            best = &trials[c];
    return best;
}

static void take_trial(struct learning *learning, const struct trial *trial)
{
    struct learn_cross_validation *cross = &learning->cross;

    *cross = (struct learn_cross_validation){.cost = trial->cost, .loss = trial->loss};
    for (size_t i = 0; i < learning->training.n; i++) {
        struct learn_document *document = &learning->training.items[i];
        bool raised;
        document->score = 1 / (1 + exp(-trial->margins[i]));
        raised = document->score >= LEARN_RAISE;
        *(document->fraud ? &cross->fraud : &cross->lawful) += 1;
        *(document->fraud ? &cross->found : &cross->alarms) += raised;
    }
}

static int cross_validate(struct learning *learning)
{
    struct trial trials[COSTS] = {0};
    size_t n = learning->cost > 0 ? 1 : COSTS;
    int rc = 0;

    for (size_t c = 0; c < n; c++) {
        trials[c].cost = learning->cost > 0 ? learning->cost : costs[c];
        trials[c].margins = calloc(learning->training.n + 1, sizeof(*trials[c].margins));
        rc = trials[c].margins != NULL ? rc : -TS_ENOMEM;
    }
    if (rc == 0)
        rc = try_costs(learning, trials, n);
    if (rc == 0)
        take_trial(learning, choose_cost(trials, n));
    for (size_t c = 0; c < n; c++)
        free(trials[c].margins);
    return rc;
}

/* ---- the model ------------------------------------------------------------------------------------------------- */

static void take_model(struct learning *learning, const struct learn_fitting *fitting)
{
    learning->bias = round(fitting->bias * DECIMALS) / DECIMALS;
    memcpy(learning->tried, fitting->tried, sizeof(learning->tried));
    for (size_t t = 0; t < learning->nterms; t++) {
        struct learn_term *term = &learning->terms[t];
        uint32_t column = fitting->column_of[t];
        term->weight = column != LEARN_NO_COLUMN ? round(fitting->weights[column] * DECIMALS) / DECIMALS : 0;
        learning->kept[term->kind] += term->weight != 0;
    }
}

int learn_train(struct learning *learning)
{
    struct learn_fitting fitting;
    int rc = cross_validate(learning);

    if (rc != 0)
        return rc;
    rc = learn_fitting_init(&fitting, learning, LEARN_FOLDS);
    if (rc == 0)
        rc = learn_fitting_fit(&fitting, learning->cross.cost);
    if (rc == 0)
        take_model(learning, &fitting);
    learn_fitting_fini(&fitting);
    return rc;
}
