/* learn_fit.c - rows to liblinear's sparse form. The bias is one more column, of a large value, so that it is hardly
 * regularised. The library is opened when it is asked for, not linked: it brings BLAS, of which some start threads as
 * soon as they are loaded, and the daemon is this program, too. Its struct names are common words: it is included here
 * only. */
#include "cli/learn_fit.h"

#include <dlfcn.h>
#include <linear.h>
#include <stdlib.h>

#define LIBLINEAR "liblinear.so.4"

#define BIAS_VALUE 10.0
#define TOLERANCE 0.001
#define SEED 20261122

/* ---- the library ------------------------------------------------------------------------------------------------ */

struct liblinear {
    struct model *(*train)(const struct problem *problem, const struct parameter *parameter);
    void (*free_model)(struct model **model);
    void (*set_print)(void (*print)(const char *text));
};

/* It stays open until the program ends. */
static bool liblinear_open(struct liblinear *liblinear)
{
    void *library = dlopen(LIBLINEAR, RTLD_NOW | RTLD_LOCAL);

    if (library == NULL)
        return false;
    *(void **)&liblinear->train = dlsym(library, "train");
    *(void **)&liblinear->free_model = dlsym(library, "free_and_destroy_model");
    *(void **)&liblinear->set_print = dlsym(library, "set_print_string_function");
    return liblinear->train != NULL && liblinear->free_model != NULL && liblinear->set_print != NULL;
}

const char *learn_fit_problem(void)
{
    struct liblinear liblinear;

    return liblinear_open(&liblinear) ? NULL : LIBLINEAR " cannot be loaded; in Debian it is the package liblinear4";
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

struct sparse {
    struct problem problem;
    struct feature_node *nodes; /* of all rows */
};

static void sparse_fini(struct sparse *sparse)
{
    free(sparse->nodes);
    free(sparse->problem.x);
    free(sparse->problem.y);
}

/* Columns count from 1, a row ends with -1. */
static struct feature_node *put_row(struct feature_node *at, const struct learn_row *row, size_t ncolumns)
{
    for (size_t i = 0; i < row->n; i++)
        *at++ = (struct feature_node){(int)row->columns[i] + 1, 1};
    *at++ = (struct feature_node){(int)ncolumns + 1, BIAS_VALUE};
    *at++ = (struct feature_node){-1, 0};
    return at;
}

static int sparse_init(struct sparse *sparse, const struct learn_row *rows, size_t nrows, size_t ncolumns)
{
    struct feature_node *at;
    size_t nodes = 2 * nrows;

    for (size_t i = 0; i < nrows; i++)
        nodes += rows[i].n;
    *sparse = (struct sparse){.nodes = malloc(nodes * sizeof(*at))};
    sparse->problem = (struct problem){.l = (int)nrows, .n = (int)ncolumns + 1, .bias = BIAS_VALUE};
    sparse->problem.x = calloc(nrows, sizeof(*sparse->problem.x));
    sparse->problem.y = calloc(nrows, sizeof(*sparse->problem.y));
    if (sparse->nodes == NULL || sparse->problem.x == NULL || sparse->problem.y == NULL)
        return -TS_ENOMEM;
    at = sparse->nodes;
    for (size_t i = 0; i < nrows; i++) {
        sparse->problem.x[i] = at;
        sparse->problem.y[i] = rows[i].fraud ? 1 : -1;
        at = put_row(at, &rows[i], ncolumns);
    }
    return 0;
}

static void print_nothing(const char *text)
{
    (void)text;
}

/* How often a row of a label counts: the mean over all rows is 1, and both labels together count alike. */
static double label_weight(size_t nrows, size_t nof_label)
{
    return (double)nrows / (2 * (double)nof_label);
}

/* ---- fitting ---------------------------------------------------------------------------------------------------- */

/* liblinear's first label is that of the first row, whose weights it gives. */
static void take_weights(const struct model *model, size_t ncolumns, double *weights, double *bias)
{
    double sign = model->label[0] == 1 ? 1 : -1;

    for (size_t i = 0; i < ncolumns; i++)
        weights[i] = sign * model->w[i];
    *bias = sign * model->w[ncolumns] * BIAS_VALUE;
}

int learn_fit(const struct learn_row *rows, size_t nrows, size_t ncolumns, double cost, double *weights, double *bias)
{
    int labels[] = {1, -1};
    double label_weights[2];
    struct parameter parameter = {.solver_type = L1R_LR, .eps = TOLERANCE, .C = cost, .nr_weight = 2,
                                  .weight_label = labels, .weight = label_weights};
    struct liblinear liblinear;
    struct model *model = NULL;
    struct sparse sparse;
    size_t frauds = 0;

#if LIBLINEAR_VERSION >= 240
    parameter.regularize_bias = 1; /* as it was before there was a choice */
#endif
    if (!liblinear_open(&liblinear))
        return -TS_ENOENT;
    for (size_t i = 0; i < nrows; i++)
        frauds += rows[i].fraud;
    label_weights[0] = label_weight(nrows, frauds);
    label_weights[1] = label_weight(nrows, nrows - frauds);
    if (sparse_init(&sparse, rows, nrows, ncolumns) == 0) {
        liblinear.set_print(print_nothing);
        srand(SEED);
        model = liblinear.train(&sparse.problem, &parameter);
    }
    if (model != NULL) {
        take_weights(model, ncolumns, weights, bias);
        liblinear.free_model(&model);
        sparse_fini(&sparse);
        return 0;
    }
    sparse_fini(&sparse);
    return -TS_ENOMEM;
}
