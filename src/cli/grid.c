/* grid.c - cells are kept until all widths are known. */
#include "cli/grid.h"
#include "cli/columns.h"
#include "cli/show.h"
#include "core/array.h"
#include "core/utf8.h"

#include <stdlib.h>
#include <string.h>

void grid_init(struct grid *grid, size_t columns)
{
    *grid = (struct grid){.columns = columns};
}

void grid_fini(struct grid *grid)
{
    for (size_t i = 0; i < grid->n; i++)
        for (size_t c = 0; c < grid->columns; c++)
            free(grid->rows[i][c]);
    free(grid->rows);
    grid_init(grid, 0);
}

static char *copy_harmless(const char *text)
{
    char *copy = strdup(text != NULL ? text : "");

    for (char *p = copy; p != NULL && *p != '\0'; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = '?';
    return copy;
}

void put_harmless(FILE *out, const char *text)
{
    char *copy = copy_harmless(text);

    fputs(copy != NULL ? copy : "", out);
    free(copy);
}

void grid_add(struct grid *grid, const char *const *cells)
{
    void *grown = array_grow(grid->rows, grid->n, &grid->cap, sizeof(*grid->rows));

    if (grown == NULL)
        return;
    grid->rows = grown;
    for (size_t c = 0; c < grid->columns; c++)
        grid->rows[grid->n][c] = copy_harmless(cells[c]);
    grid->n++;
}

static int columns_of(const char *text)
{
    const char *end = text + strlen(text);
    int columns = 0;

    while (text < end) {
        uint32_t cp;
        text += utf8_decode(text, end, &cp);
        columns += (int)char_columns(cp);
    }
    return columns;
}

static const char *cell(const struct grid *grid, size_t row, size_t column)
{
    return grid->rows[row][column] != NULL ? grid->rows[row][column] : "";
}

void grid_print(const struct grid *grid, FILE *out)
{
    int widths[GRID_COLUMNS] = {0};

    for (size_t i = 0; i < grid->n; i++)
        for (size_t c = 0; c < grid->columns; c++) {
            int columns = columns_of(cell(grid, i, c));
            if (columns > widths[c])
                widths[c] = columns;
        }
    for (size_t i = 0; i < grid->n; i++) {
        size_t last = grid->columns;
        while (last > 1 && cell(grid, i, last - 1)[0] == '\0')
            last--;
        for (size_t c = 0; c + 1 < last; c++) {
            show_padded(out, cell(grid, i, c), widths[c]);
            fputc(' ', out);
        }
        fprintf(out, "%s\n", cell(grid, i, last - 1));
    }
}
