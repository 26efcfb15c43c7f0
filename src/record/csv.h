/* csv.h - one row of separated columns: RFC 4180 (comma) or plain |-separated lines.
 *
 * Comma: a cell may stand in quotes and then hold commas, line ends and "" for a quote; a quote inside a bare cell is
 * an ordinary character. `|`: no quoting at all. Rows end with LF or CR LF. */
#ifndef TELSIEVE_RECORD_CSV_H
#define TELSIEVE_RECORD_CSV_H

#include "core/str.h"

#include <stdint.h>

#define CSV_CELLS 256 /* cells that are kept; later ones are checked and skipped */

struct csv_row {
    struct str raw;               /* the row without its line end */
    const char *next;             /* where the next row begins */
    size_t n;                     /* cells of the row, also those beyond CSV_CELLS */
    struct str cell[CSV_CELLS];   /* without the outer quotes */
    bool doubled[CSV_CELLS];      /* the cell holds "" for quotes: see csv_unquote */
    bool bad;                     /* the quotes do not close, or something follows a closing quote: no cells; the
                                     next row begins at the next line */
};

/* Split the row at p < end. */
void csv_split(const char *p, const char *end, char separator, struct csv_row *row);

/* A cell with "" turned into ", written to out (room for cell.n bytes). Returns its length. */
size_t csv_unquote(struct str cell, char *out);

#endif
