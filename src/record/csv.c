/* csv.c - cell by cell. A row with broken quotes is given up at the end of the line where the fault shows, so that one
 * forgotten quote costs at most the lines up to there, not the rest of the payload. */
#include "record/csv.h"

static const char *find(const char *p, const char *end, char c)
{
    const char *found = p < end ? memchr(p, c, (size_t)(end - p)) : NULL;

    return found ? found : end;
}

static void add_cell(struct csv_row *row, struct str cell, bool doubled)
{
    if (row->n < CSV_CELLS) {
        row->cell[row->n] = cell;
        row->doubled[row->n] = doubled;
    }
    row->n++;
}

/* End the row at `line_end`, the line feed or the end of the payload. */
static void end_row(struct csv_row *row, const char *start, const char *line_end, const char *end)
{
    row->raw = str_range(start, line_end);
    if (row->raw.n > 0 && row->raw.p[row->raw.n - 1] == '\r')
        row->raw.n--;
    row->next = line_end < end ? line_end + 1 : end;
}

/* Cells without quotes from p on, up to the line feed. Ends the row, or returns the start of a quoted cell. The end of
 * the line is looked for once, and again when a quoted cell went beyond it. */
static const char *bare_cells(struct csv_row *row, const char *start, const char *p, const char *end, char separator)
{
    const char *last;

    if (row->next <= p)
        end_row(row, start, find(p, end, '\n'), end);
    last = row->raw.p + row->raw.n;
    if (last < p)
        last = p; /* a lone carriage return behind a separator was cut off */
    for (;;) {
        const char *cut;
        if (separator == ',' && p < last && *p == '"')
            return p;
        cut = find(p, last, separator);
        add_cell(row, str_range(p, cut), false);
        if (cut == last)
            return NULL;
        p = cut + 1;
    }
}

/* A quoted cell at p. Returns what follows its closing quote, or NULL when there is none. */
static const char *quoted_cell(struct csv_row *row, const char *p, const char *end)
{
    const char *start = ++p;
    bool doubled = false;

    for (;;) {
        p = find(p, end, '"');
        if (p == end)
            return NULL;
        if (p + 1 == end || p[1] != '"')
            break;
        doubled = true;
        p += 2;
    }
    add_cell(row, str_range(start, p), doubled);
    return p + 1;
}

void csv_split(const char *p, const char *end, char separator, struct csv_row *row)
{
    const char *start = p, *fault = p;

    row->n = 0;
    row->bad = false;
    row->next = p;
    while ((p = bare_cells(row, start, p, end, separator)) != NULL) {
        const char *after = quoted_cell(row, p, end);
        fault = after ? after : p;
        if (after == NULL)
            break;
        if (after == end || *after == '\n' || (*after == '\r' && after + 1 < end && after[1] == '\n')) {
            end_row(row, start, find(after, end, '\n'), end);
            return;
        }
        if (*after != separator)
            break;
        p = after + 1;
    }
    if (p == NULL)
        return;
    row->bad = true;
    row->n = 0;
    end_row(row, start, find(fault, end, '\n'), end);
}

size_t csv_unquote(struct str cell, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < cell.n; i++) {
        out[n++] = cell.p[i];
        i += cell.p[i] == '"'; /* the second of a pair */
    }
    return n;
}
