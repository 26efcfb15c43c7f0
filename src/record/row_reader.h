/* row_reader.h - one CSV or | row to the fields of a record. Private to record/. */
#ifndef TELSIEVE_RECORD_ROW_READER_H
#define TELSIEVE_RECORD_ROW_READER_H

#include "record/csv.h"
#include "record/intake.h"

/* Columns by the names of a header row, laid over those the feed maps by number. */
void row_read_header(struct intake *intake, const struct feed *feed, const struct csv_row *row,
                     struct columns *columns);

/* Read the cells: present, nulls and field are set. An empty cell is null; one that is required and may not be null
 * is absent. False when the row is bad or has fewer columns than are mapped. */
bool row_read(struct intake *intake, const struct columns *columns, const struct csv_row *row, struct record *record,
              struct misfits *misfits);

#endif
