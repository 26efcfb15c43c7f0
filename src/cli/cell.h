/* cell.h - texts in the cells of tables that spreadsheets open. */
#ifndef TELSIEVE_CLI_CELL_H
#define TELSIEVE_CLI_CELL_H

#include "core/str.h"

/* Would a spreadsheet take the cell for a formula (= + - @ and their full-width forms, tab, carriage return)? It is to
 * stand behind an apostrophe then. */
bool cell_is_formula(struct str cell);

#endif
