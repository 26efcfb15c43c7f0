/* When a rule has shown enough to go live, against intervals worked out in test_statistics.c. */
#include "daemon/promotion.h"
#include "../setup.h"

#include <stdio.h>
#include <string.h>

static const struct config config = {.promote = {.min_judged = 13000, .max_hit_rate = 0.0005, .min_precision = 0.7,
                                                 .min_feedback = 10, .prevalence = 0.0005}};

static const struct {
    const char *name, *third, *refused; /* the row of precision; the rows that say no, comma separated */
    struct evidence_figures figures;
} weighed[] = {
    {"enough judged, little hit, all verdicts true", "precision", "",
     {.judged = 13000, .hits = 1, .confirmed = 10}},
    {"a record too few", "precision", "judged", {.judged = 12999, .hits = 1, .confirmed = 10}},
    {"nothing judged is nothing known", "projected_precision", "judged,hit_rate,projected_precision", {0}},
    {"a hit rate whose upper end is above the budget", "precision", "hit_rate",
     {.judged = 13000, .hits = 5, .confirmed = 10}},
    {"verdicts whose lower end is below it", "precision", "precision",
     {.judged = 13000, .hits = 1, .confirmed = 10, .refuted = 1}},
    {"verdicts of unknown do not count", "projected_precision", "",
     {.judged = 13000, .hits = 1, .confirmed = 4, .refuted = 5, .unknown = 100}},
    {"few verdicts, and more hits than there is fraud", "projected_precision", "hit_rate,projected_precision",
     {.judged = 100000, .hits = 100, .confirmed = 9}},
    {"enough verdicts stand for themselves", "precision", "hit_rate", {.judged = 100000, .hits = 100, .confirmed = 10}},
    {"demoted", "precision", "demoted",
     {.judged = 13000, .hits = 1, .confirmed = 10, .demotion = DEMOTION_RATE}},
};

START_TEST(a_rule_goes_live_when_every_row_allows_it)
{
    struct promotion promotion;
    char refused[200] = "";

    promotion_weigh(&config, &weighed[_i].figures, &promotion);
    for (size_t i = 0; i < promotion.n; i++) {
        size_t n = strlen(refused);
        if (!promotion.rows[i].ok)
            snprintf(refused + n, sizeof(refused) - n, "%s%s", n > 0 ? "," : "", promotion.rows[i].what);
    }
    ck_assert_msg(strcmp(refused, weighed[_i].refused) == 0, "%s: %s", weighed[_i].name, refused);
    ck_assert_str_eq(promotion.rows[2].what, weighed[_i].third);
    ck_assert_int_eq(promotion.ok, weighed[_i].refused[0] == '\0');
}
END_TEST

START_TEST(rows_show_the_arithmetic)
{
    const struct evidence_figures figures = {.judged = 13000, .hits = 1, .confirmed = 2, .refuted = 1};
    struct promotion promotion;
    json_t *rows, *row;

    promotion_weigh(&config, &figures, &promotion);
    rows = promotion_json(&promotion);
    ck_assert_uint_eq(json_array_size(rows), 3);
    row = json_array_get(rows, 1);
    ck_assert_double_eq_tol(json_number_value(json_object_get(row, "have")), 0.0004356, 1e-7);
    ck_assert_double_eq(json_number_value(json_object_get(row, "want")), 0.0005);
    ck_assert_str_eq(json_string_value(json_object_get(row, "need")), "at most");
    ck_assert_str_eq(json_string_value(json_object_get(row, "how")),
                     "1 hits in 13000 records; 95 %: at most 0.0004356");
    row = json_array_get(rows, 2);
    ck_assert_str_eq(json_string_value(json_object_get(row, "how")),
                     "3 verdicts, fewer than 10; at most 0.0005 / 0.0004356 can be true");
    ck_assert_double_eq(json_number_value(json_object_get(row, "have")), 1);
    json_decref(rows);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("promotion");

    tcase_add_loop_test(tcase, a_rule_goes_live_when_every_row_allows_it, 0,
                        (int)(sizeof(weighed) / sizeof(weighed[0])));
    tcase_add_test(tcase, rows_show_the_arithmetic);
    return setup_run("promotion", tcase);
}
