/* grid.h - rows of cells for a person: as wide as their widest, the last one as it is. */
#ifndef TELSIEVE_CLI_GRID_H
#define TELSIEVE_CLI_GRID_H

#include <stddef.h>
#include <stdio.h>

#define GRID_COLUMNS 10

struct grid {
    char *(*rows)[GRID_COLUMNS];
    size_t n, cap, columns;
};

void grid_init(struct grid *grid, size_t columns); /* at most GRID_COLUMNS */
void grid_fini(struct grid *grid);

/* As many cells as there are columns, copied; NULL is empty. What others sent cannot steer the terminal. */
void grid_add(struct grid *grid, const char *const *cells);

/* The same for a text beside a grid. */
void put_harmless(FILE *out, const char *text);

void grid_print(const struct grid *grid, FILE *out);

#endif
