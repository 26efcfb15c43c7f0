/* learn_choose.c - all fragments and facts are tried, and of the runs of characters those that tell the labels apart
 * best, by chi-square. What is tried becomes columns in the order of the terms, so that rows stay ascending. */
#include "cli/learn_fitting.h"

#include <stdlib.h>

/* ---- which terms ----------------------------------------------------------------------------------------------- */

struct candidate {
    double strength;
    uint32_t term;
};

static int by_strength(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->strength != y->strength)
        return x->strength < y->strength ? 1 : -1;
    return x->term < y->term ? -1 : x->term > y->term;
}

static void count_terms(const struct learn_fitting *fitting, uint32_t (*counts)[2], uint64_t total[2])
{
    const struct learning *learning = fitting->learning;

    for (size_t i = 0; i < learning->training.n; i++) {
        const struct learn_document *document = &learning->training.items[i];
        if (document->fold == fitting->without)
            continue;
        total[document->fraud]++;
        for (size_t t = 0; t < document->nterms; t++)
            counts[document->terms[t]][document->fraud]++;
    }
}

/* Mark the terms that are tried in column_of. */
static bool choose(struct learn_fitting *fitting)
{
    const struct learning *learning = fitting->learning;
    uint32_t(*counts)[2] = calloc(learning->nterms + 1, sizeof(*counts));
    struct candidate *candidates = malloc((learning->nterms + 1) * sizeof(*candidates));
    uint64_t total[2] = {0};
    bool ok = counts != NULL && candidates != NULL;
    size_t n = 0;

    if (ok)
        count_terms(fitting, counts, total);
    for (uint32_t t = 0; t < learning->nterms && ok; t++) {
        if (counts[t][0] + counts[t][1] < LEARN_TEXTS_LEAST)
            continue;
        if (learning->terms[t].kind == MODEL_GRAM)
            candidates[n++] = (struct candidate){chi_square(counts[t][1], total[1], counts[t][0], total[0]), t};
        else
            fitting->column_of[t] = 0;
    }
    if (n > 0)
        qsort(candidates, n, sizeof(*candidates), by_strength);
    for (size_t i = 0; i < n && i < (size_t)learning->grams; i++)
        fitting->column_of[candidates[i].term] = 0;
    free(candidates);
    free(counts);
    return ok;
}

static void number_columns(struct learn_fitting *fitting)
{
    const struct learning *learning = fitting->learning;

    for (size_t t = 0; t < learning->nterms; t++) {
        if (fitting->column_of[t] == LEARN_NO_COLUMN)
            continue;
        fitting->column_of[t] = (uint32_t)fitting->ncolumns++;
        fitting->tried[learning->terms[t].kind]++;
    }
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static size_t put_columns(const struct learn_fitting *fitting, const struct learn_document *document, uint32_t *columns)
{
    size_t n = 0;

    for (size_t t = 0; t < document->nterms; t++)
        if (fitting->column_of[document->terms[t]] != LEARN_NO_COLUMN)
            columns[n++] = fitting->column_of[document->terms[t]];
    return n;
}

static void put_rows(struct learn_fitting *fitting)
{
    const struct learning *learning = fitting->learning;
    uint32_t *at = fitting->columns;

    for (size_t i = 0; i < learning->training.n; i++) {
        const struct learn_document *document = &learning->training.items[i];
        size_t n;
        if (document->fold == fitting->without)
            continue;
        n = put_columns(fitting, document, at);
        fitting->rows[fitting->nrows++] = (struct learn_row){at, n, document->fraud};
        at += n;
    }
}

void learn_fitting_fini(struct learn_fitting *fitting)
{
    free(fitting->column_of);
    free(fitting->rows);
    free(fitting->columns);
    free(fitting->weights);
}

int learn_fitting_init(struct learn_fitting *fitting, const struct learning *learning, uint32_t without)
{
    size_t ids = 1;

    for (size_t i = 0; i < learning->training.n; i++)
        ids += learning->training.items[i].nterms;
    *fitting = (struct learn_fitting){.learning = learning, .without = without};
    fitting->column_of = malloc((learning->nterms + 1) * sizeof(*fitting->column_of));
    fitting->rows = calloc(learning->training.n + 1, sizeof(*fitting->rows));
    fitting->columns = calloc(ids, sizeof(*fitting->columns));
    if (fitting->column_of == NULL || fitting->rows == NULL || fitting->columns == NULL)
        return -TS_ENOMEM;
    memset(fitting->column_of, 0xFF, (learning->nterms + 1) * sizeof(*fitting->column_of));
    if (!choose(fitting))
        return -TS_ENOMEM;
    number_columns(fitting);
    put_rows(fitting);
    fitting->weights = calloc(fitting->ncolumns + 1, sizeof(*fitting->weights));
    return fitting->weights != NULL ? 0 : -TS_ENOMEM;
}

int learn_fitting_fit(struct learn_fitting *fitting, double cost)
{
    return learn_fit(fitting->rows, fitting->nrows, fitting->ncolumns, cost, fitting->weights, &fitting->bias);
}

double learn_fitting_margin(const struct learn_fitting *fitting, const struct learn_document *document)
{
    double sum = fitting->bias;

    for (size_t t = 0; t < document->nterms; t++) {
        uint32_t column = fitting->column_of[document->terms[t]];
        sum += column != LEARN_NO_COLUMN ? fitting->weights[column] : 0;
    }
    return sum;
}
