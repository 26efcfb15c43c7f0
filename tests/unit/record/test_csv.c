/* Rows and their cells. A row is told as its cells in brackets and a slash, a bad one as "bad". */
#include "record/csv.h"
#include "../setup.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *tell(const char *text, char separator, char *told)
{
    size_t n = strlen(text);
    char *copy = malloc(n + 1); /* to the byte, for the sanitizer */
    const char *p = copy;
    struct csv_row *row = malloc(sizeof(*row));
    char out[256], *to = told;

    memcpy(copy, text, n);
    *to = '\0';
    while (p < copy + n) {
        csv_split(p, copy + n, separator, row);
        ck_assert(row->next > p);
        to += sprintf(to, "%s", row->bad ? "bad" : "");
        for (size_t i = 0; i < row->n && i < CSV_CELLS; i++) {
            size_t len = row->cell[i].n;
            memcpy(out, row->cell[i].p, len);
            len = row->doubled[i] ? csv_unquote(row->cell[i], out) : len;
            to += sprintf(to, "[%.*s]", (int)len, out);
        }
        to += sprintf(to, "/");
        p = row->next;
    }
    free(copy);
    free(row);
    return told;
}

static const struct {
    const char *text, *expected;
} csv[] = {
    {"a,b,c", "[a][b][c]/"},
    {"a,b\nc,d\n", "[a][b]/[c][d]/"},
    {"a,b\r\nc,d\r\n", "[a][b]/[c][d]/"},
    {",\n\n,,", "[][]/[]/[][][]/"},
    {"\"a\",\"b,c\",\"d\ne\"\nf", "[a][b,c][d\ne]/[f]/"},
    {"\"a\"\"b\",\"\"\"\",\"\"\r\n", "[a\"b][\"][]/"},
    {"\"a\"\r\nb", "[a]/[b]/"},
    {"a\"b,c\"", "[a\"b][c\"]/"},
    {" \"a\",b", "[ \"a\"][b]/"},
    {"a,\"b", "bad/"},
    {"a,\"b\nc,d\n", "bad/[c][d]/"},
    {"\"a\"b,c\nd", "bad/[d]/"},
    {"\"a\nb\"c,d\ne", "bad/[e]/"},
    {"\"a\"\rb\nc", "bad/[c]/"},
    {"a,\r\nb", "[a][]/[b]/"},
    {"a,\r", "[a][]/"},
    {"a|b", "[a|b]/"},
    {"客,\"诈\"", "[客][诈]/"},
};

START_TEST(rows_are_split_as_rfc_4180_says)
{
    char told[512];

    ck_assert_str_eq(tell(csv[_i].text, ',', told), csv[_i].expected);
}
END_TEST

static const struct {
    const char *text, *expected;
} psv[] = {
    {"a|\"b|c\"\n|\n", "[a][\"b][c\"]/[][]/"},
    {"a,b|c\r\n", "[a,b][c]/"},
    {"\"", "[\"]/"},
};

START_TEST(lines_with_bars_know_no_quotes)
{
    char told[512];

    ck_assert_str_eq(tell(psv[_i].text, '|', told), psv[_i].expected);
}
END_TEST

START_TEST(cells_beyond_the_limit_are_counted_and_still_checked)
{
    char text[2000];
    struct csv_row *row = malloc(sizeof(*row));
    size_t n = 0;

    for (int i = 0; i < 300; i++)
        n += (size_t)sprintf(text + n, "%s%d", i > 0 ? "," : "", i);
    csv_split(text, text + n, ',', row);
    ck_assert_uint_eq(row->n, 300);
    ck_assert(str_eqz(row->cell[255], "255"));
    strcpy(text + n, ",\"x");
    csv_split(text, text + n + 3, ',', row);
    ck_assert(row->bad);
    free(row);
}
END_TEST

/* A megabyte of quoted cells in one line: each must not look for the end of the line again (seconds, then). */
START_TEST(a_row_of_many_quoted_cells_is_split_in_one_pass)
{
    enum { CELLS = 350000 };
    char *text = malloc(3 * CELLS);
    struct csv_row *row = malloc(sizeof(*row));
    clock_t began = clock();

    for (size_t i = 0; i < CELLS; i++)
        memcpy(text + 3 * i, "\"\",", 3);
    csv_split(text, text + 3 * CELLS - 1, ',', row);
    ck_assert(!row->bad);
    ck_assert_uint_eq(row->n, CELLS);
    ck_assert_double_lt((double)(clock() - began) / CLOCKS_PER_SEC, 0.5);
    free(row);
    free(text);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("csv");

    tcase_add_loop_test(tcase, rows_are_split_as_rfc_4180_says, 0, (int)(sizeof(csv) / sizeof(csv[0])));
    tcase_add_loop_test(tcase, lines_with_bars_know_no_quotes, 0, (int)(sizeof(psv) / sizeof(psv[0])));
    tcase_add_test(tcase, cells_beyond_the_limit_are_counted_and_still_checked);
    tcase_add_test(tcase, a_row_of_many_quoted_cells_is_split_in_one_pass);
    return setup_run("csv", tcase);
}
