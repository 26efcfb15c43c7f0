/* row_reader.c - column by column through the map; only cells with doubled quotes are copied. */
#include "record/row_reader.h"

#include "record/value.h"

/* The text of a cell; {NULL, 0} when there is no room to unquote it. */
static struct str cell_text(struct intake *intake, const struct csv_row *row, size_t i)
{
    struct str cell = row->cell[i];
    char *out;
    size_t n;

    if (!row->doubled[i])
        return cell;
    out = scratch_room(&intake->scratch, cell.n);
    if (out == NULL)
        return (struct str){0};
    n = csv_unquote(cell, out);
    scratch_keep(&intake->scratch, n);
    return (struct str){out, n};
}

void row_read_header(struct intake *intake, const struct feed *feed, const struct csv_row *row,
                     struct columns *columns)
{
    *columns = feed->columns;
    for (size_t i = 0; i < row->n && i < CSV_CELLS; i++)
        columns_add(columns, feed, i, cell_text(intake, row, i));
}

bool row_read(struct intake *intake, const struct columns *columns, const struct csv_row *row, struct record *record,
              struct misfits *misfits)
{
    record->present = record->nulls = 0;
    record->flags = 0;
    *misfits = (struct misfits){0};
    if (row->bad || row->n < columns->need)
        return false;
    for (size_t i = 0; i < columns->need; i++) {
        int f = columns->field[i];
        struct str text;
        if (f == FEED_NO_FIELD)
            continue;
        text = cell_text(intake, row, i);
        if (text.n == 0)
            record->nulls |= FIELD_BIT(f);
        else
            field_take(record, misfits, f, text);
    }
    record->nulls &= ~INTAKE_REQUIRED | FIELD_BIT(FIELD_CALLING);
    return true;
}
