/* What liblinear makes of rows: which columns count, whatever the order of the labels, and every time the same. */
#include "cli/learn_fit.h"
#include "../setup.h"

#include <string.h>

#define COLUMNS 4
#define ROWS 40

enum { FRAUD_ONLY, LAWFUL_ONLY, BOTH, NEVER };

static const uint32_t of_fraud[] = {FRAUD_ONLY, BOTH}, of_lawful[] = {LAWFUL_ONLY, BOTH};

/* `frauds` frauds, the first of all rows or the last ones. */
static void make_rows(struct learn_row rows[ROWS], size_t frauds, bool first)
{
    for (size_t i = 0; i < ROWS; i++) {
        bool fraud = first ? i < frauds : i >= ROWS - frauds;
        rows[i] = (struct learn_row){fraud ? of_fraud : of_lawful, 2, fraud};
    }
}

START_TEST(what_only_frauds_have_speaks_for_fraud)
{
    struct learn_row rows[ROWS];
    double weights[COLUMNS], bias;

    make_rows(rows, ROWS / 2, _i != 0);
    ck_assert_int_eq(learn_fit(rows, ROWS, COLUMNS, 1, weights, &bias), 0);
    ck_assert_double_gt(weights[FRAUD_ONLY] - weights[LAWFUL_ONLY], 1);
    ck_assert_double_eq_tol(weights[BOTH], 0, 0.1);
    ck_assert_double_eq(weights[NEVER], 0);
    ck_assert_double_gt(bias + weights[FRAUD_ONLY] + weights[BOTH], 0.5);
    ck_assert_double_lt(bias + weights[LAWFUL_ONLY] + weights[BOTH], -0.5);
}
END_TEST

START_TEST(the_same_rows_give_the_same_bits)
{
    struct learn_row rows[ROWS];
    double weights[2][COLUMNS], bias[2];

    make_rows(rows, 15, true);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(learn_fit(rows, ROWS, COLUMNS, 3, weights[i], &bias[i]), 0);
    ck_assert_mem_eq(weights[0], weights[1], sizeof(weights[0]));
    ck_assert_mem_eq(&bias[0], &bias[1], sizeof(bias[0]));
}
END_TEST

START_TEST(of_a_column_that_says_nothing_the_labels_are_even)
{
    struct learn_row rows[ROWS];
    double weights[COLUMNS], bias;

    make_rows(rows, 4, true);
    for (size_t i = 0; i < ROWS; i++)
        rows[i].columns = of_fraud;
    ck_assert_int_eq(learn_fit(rows, ROWS, COLUMNS, 10, weights, &bias), 0);
    ck_assert_double_eq_tol(bias + weights[FRAUD_ONLY] + weights[BOTH], 0, 0.05); /* though frauds are one in ten */
}
END_TEST

START_TEST(a_lower_cost_keeps_fewer_columns)
{
    struct learn_row rows[ROWS];
    double weights[COLUMNS], bias;

    make_rows(rows, ROWS / 2, true);
    ck_assert_int_eq(learn_fit(rows, ROWS, COLUMNS, 0.01, weights, &bias), 0);
    ck_assert_double_eq(weights[FRAUD_ONLY], 0);
    ck_assert_double_eq(weights[LAWFUL_ONLY], 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("learn_fit");

    tcase_add_loop_test(tcase, what_only_frauds_have_speaks_for_fraud, 0, 2);
    tcase_add_test(tcase, the_same_rows_give_the_same_bits);
    tcase_add_test(tcase, of_a_column_that_says_nothing_the_labels_are_even);
    tcase_add_test(tcase, a_lower_cost_keeps_fewer_columns);
    return setup_run("learn_fit", tcase);
}
