/* phrases_import.c - rows are read and checked one by one, gathered set by set, then put into the libraries; each
 * library so made is read as the daemon would before anybody may write it. */
#include "cli/phrases.h"
#include "core/utf8.h"
#include "match/library.h"
#include "record/csv.h"

#include <stdlib.h>

#define MAX_WEIGHT 1000.0

struct importer {
    struct shelf *shelf;
    struct folding *folding;
    const char *file;
    struct err *err;
    struct arena arena;
    int column[COLUMN_COUNT]; /* where in the table each column is */
    json_t *plan;             /* {library: {set: {"role": …, "line": …, "rows": {phrase: line}, "phrases": […]}}} */
};

__attribute__((format(printf, 3, 4))) static void tell(struct importer *importer, unsigned line, const char *fmt, ...)
{
    char what[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(what, sizeof(what), fmt, args);
    va_end(args);
    err_add(importer->err, "%s:%u: %s", importer->file, line, what);
}

/* ---- rows -------------------------------------------------------------------------------------------------- */

/* Without the quotes of the table and the apostrophe that keeps formulas from running. */
static struct str clean_cell(struct importer *importer, const struct csv_row *row, size_t i)
{
    struct str cell = i < row->n && i < CSV_CELLS ? row->cell[i] : STR_LIT("");
    char *copy;

    if (cell.n > 0 && row->doubled[i] && (copy = arena_alloc(&importer->arena, cell.n)) != NULL)
        cell = (struct str){copy, csv_unquote(cell, copy)};
    if (cell.n > 0 && cell.p[0] == '\'')
        cell = (struct str){cell.p + 1, cell.n - 1};
    return cell;
}

static bool read_head(struct importer *importer, const struct csv_row *head)
{
    char name[64], hint[ERR_HINT_BYTES];

    if (head->n == 1 && head->cell[0].n == 0) {
        tell(importer, 1, "empty; the first line names the columns, as telsieve phrases export writes it");
        return false;
    }
    for (int column = 0; column < COLUMN_COUNT; column++)
        importer->column[column] = -1;
    for (size_t i = 0; i < head->n && i < CSV_CELLS; i++) {
        struct str cell = clean_cell(importer, head, i);
        int column = 0;
        while (column < COLUMN_COUNT && !str_eqz(cell, phrase_columns[column]))
            column++;
        if (column < COLUMN_COUNT) {
            importer->column[column] = (int)i;
            continue;
        }
        snprintf(name, sizeof(name), "%.*s", cell.n < sizeof(name) ? (int)cell.n : 0, cell.p);
        tell(importer, 1, "unknown column \"%.*s\"%s", STR_FMT(cell), err_hint(name, phrase_columns, hint));
    }
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (importer->column[column] < 0)
            tell(importer, 1, "column \"%s\" is missing", phrase_columns[column]);
    return importer->err->count == 0;
}

static bool is_empty(const struct phrase_row *row)
{
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (row->cell[column].n > 0)
            return false;
    return true;
}

/* A spreadsheet writes 2026-01-05 as 2026/1/5. Otherwise as it is: reading the library complains. */
static struct str clean_day(struct importer *importer, struct str cell)
{
    char text[32], *day;
    unsigned y, m, d;
    int end = 0;

    if (cell.n == 0 || cell.n >= sizeof(text) || memchr(cell.p, '/', cell.n) == NULL)
        return cell;
    memcpy(text, cell.p, cell.n);
    text[cell.n] = '\0';
    if (sscanf(text, "%4u/%2u/%2u%n", &y, &m, &d, &end) != 3 || text[end] != '\0')
        return cell;
    day = arena_alloc(&importer->arena, 40);
    return day != NULL ? (struct str){day, (size_t)snprintf(day, 40, "%04u-%02u-%02u", y, m, d)} : cell;
}

/* The weight as JSON; NULL when it is no good. */
static json_t *weight_of(struct importer *importer, const struct phrase_row *row)
{
    struct str cell = row->cell[COLUMN_WEIGHT];
    char text[64];
    json_t *value;

    snprintf(text, sizeof(text), "%.*s", cell.n < sizeof(text) ? (int)cell.n : 0, cell.p);
    value = json_loads(text, JSON_DECODE_ANY, NULL);
    if (json_is_number(value) && json_number_value(value) > 0 && json_number_value(value) <= MAX_WEIGHT)
        return value;
    json_decref(value);
    tell(importer, row->line, "weight: a number above 0 and at most %g expected, not \"%s\"", MAX_WEIGHT, text);
    return NULL;
}

static json_t *string_of(struct str s)
{
    return json_stringn(s.p, s.n);
}

/* The phrase as the library has it: a string when there is nothing but its text. */
static json_t *phrase_of(struct importer *importer, const struct phrase_row *row)
{
    json_t *object = json_object(), *text = string_of(row->cell[COLUMN_PHRASE]);

    for (int column = COLUMN_WEIGHT; column < COLUMN_COUNT; column++)
        if (row->cell[column].n > 0) {
            json_t *value = column == COLUMN_WEIGHT ? weight_of(importer, row) : string_of(row->cell[column]);
            if (value != NULL)
                json_object_set_new(object, phrase_columns[column], value);
        }
    if (json_object_size(object) == 0) {
        json_decref(object);
        return text;
    }
    json_object_set_new(object, "p", text);
    return object;
}

static void check_phrase(struct importer *importer, const struct phrase_row *row)
{
    struct fragment fragment;
    char why[500];

    if (row->cell[COLUMN_PHRASE].n == 0)
        tell(importer, row->line, "no phrase");
    else if (fragment_parse(&importer->arena, importer->folding, row->cell[COLUMN_PHRASE], &fragment, why,
                            sizeof(why)) != 0)
        tell(importer, row->line, "phrase \"%.*s\": %s", STR_FMT(row->cell[COLUMN_PHRASE]), why);
}

/* ---- plan -------------------------------------------------------------------------------------------------- */

/* The member object, made when it is not there; `name` needs no NUL. */
static json_t *child_of(json_t *object, struct str name)
{
    json_t *child = json_object_getn(object, name.p, name.n);

    if (child == NULL) {
        child = json_object();
        json_object_setn_new(object, name.p, name.n, child);
    }
    return child;
}

static void plan_row(struct importer *importer, const struct phrase_row *row)
{
    struct str library = row->cell[COLUMN_LIBRARY], name = row->cell[COLUMN_SET], role = row->cell[COLUMN_ROLE];
    json_t *set, *first;

    if (shelf_find(importer->shelf, library) == NULL) {
        tell(importer, row->line, "no library \"%.*s\" in this directory", STR_FMT(library));
        return;
    }
    if (name.n == 0) {
        tell(importer, row->line, "no set");
        return;
    }
    set = child_of(child_of(importer->plan, library), name);
    if (json_object_get(set, "line") == NULL) {
        json_object_set_new(set, "line", json_integer(row->line));
        json_object_set_new(set, "role", string_of(role));
        json_object_set_new(set, "phrases", json_array());
    }
    if (!str_eqz(role, json_string_value(json_object_get(set, "role"))))
        tell(importer, row->line, "role \"%.*s\": line %d gives set %.*s another one", STR_FMT(role),
             (int)json_integer_value(json_object_get(set, "line")), STR_FMT(name));
    first = json_object_getn(child_of(set, STR_LIT("rows")), row->cell[COLUMN_PHRASE].p, row->cell[COLUMN_PHRASE].n);
    if (first != NULL)
        tell(importer, row->line, "the same phrase of this set is in line %d", (int)json_integer_value(first));
    json_object_setn_new(child_of(set, STR_LIT("rows")), row->cell[COLUMN_PHRASE].p, row->cell[COLUMN_PHRASE].n,
                         json_integer(row->line));
    json_array_append_new(json_object_get(set, "phrases"), phrase_of(importer, row));
}

static void read_row(struct importer *importer, const struct csv_row *csv, unsigned line)
{
    struct phrase_row row = {.line = line};

    if (csv->bad) {
        tell(importer, line, "quotes that do not close, or text behind a closing quote");
        return;
    }
    for (int column = 0; column < COLUMN_COUNT; column++)
        row.cell[column] = clean_cell(importer, csv, (size_t)importer->column[column]);
    row.cell[COLUMN_SINCE] = clean_day(importer, row.cell[COLUMN_SINCE]);
    row.cell[COLUMN_UNTIL] = clean_day(importer, row.cell[COLUMN_UNTIL]);
    if (is_empty(&row))
        return;
    check_phrase(importer, &row);
    plan_row(importer, &row);
}

static unsigned lines_in(const char *p, const char *end)
{
    unsigned n = 0;

    for (; p < end; p++)
        n += *p == '\n';
    return n;
}

static void read_table(struct importer *importer, struct str table)
{
    const char *p = table.p, *end = table.p + table.n;
    struct csv_row row;
    unsigned line = 1;

    if (str_starts(table, STR_LIT(PHRASE_BOM)))
        p += strlen(PHRASE_BOM);
    if (!utf8_valid(table) || memchr(table.p, '\0', table.n) != NULL) {
        err_add(importer->err, "%s: not UTF-8; save the table as \"CSV UTF-8\"", importer->file);
        return;
    }
    csv_split(p, end, ',', &row);
    if (!read_head(importer, &row))
        return;
    while (row.next < end) {
        line += lines_in(p, row.next);
        p = row.next;
        csv_split(p, end, ',', &row);
        read_row(importer, &row, line);
    }
}

/* ---- libraries --------------------------------------------------------------------------------------------- */

static bool reads_alike(struct importer *importer, const json_t *a, const json_t *b)
{
    struct phrase_row x = {0}, y = {0};

    phrase_cells(&importer->arena, a, &x);
    phrase_cells(&importer->arena, b, &y);
    for (int column = COLUMN_PHRASE; column < COLUMN_COUNT; column++)
        if (!str_eq(x.cell[column], y.cell[column]))
            return false;
    return true;
}

/* A phrase as the library has it stays as it is there; what a table does not show is kept when its text is the same. */
static json_t *keep_old(struct importer *importer, const json_t *old, json_t *phrase)
{
    const json_t *text = json_is_object(phrase) ? json_object_get(phrase, "p") : phrase, *comment;
    json_t *value;
    size_t i;

    json_array_foreach(old, i, value)
    {
        if (json_equal(json_is_object(value) ? json_object_get(value, "p") : value, text) != 1)
            continue;
        if (reads_alike(importer, value, phrase))
            return json_incref(value);
        comment = json_object_get(value, "comment");
        if (comment != NULL && json_is_object(phrase))
            json_object_set(phrase, "comment", (json_t *)comment);
    }
    return json_incref(phrase);
}

static void put_set(struct importer *importer, json_t *sets, const char *name, const json_t *planned)
{
    json_t *set = json_object_get(sets, name), *phrases = json_array(), *phrase;
    json_t *role = json_object_get(planned, "role");
    size_t i;

    if (set == NULL) {
        set = json_object();
        json_object_set_new(sets, name, set);
    }
    json_array_foreach(json_object_get(planned, "phrases"), i, phrase)
        json_array_append_new(phrases, keep_old(importer, json_object_get(set, "phrases"), phrase));
    if (json_string_length(role) > 0)
        json_object_set(set, "role", role);
    json_object_set_new(set, "phrases", phrases);
}

static void put_library(struct importer *importer, struct shelf_book *book, const json_t *planned)
{
    json_t *before = json_deep_copy(book->document.root), *sets = json_object_get(book->document.root, "sets"), *set;
    const char *name;

    if (sets == NULL) {
        sets = json_object();
        json_object_set_new(book->document.root, "sets", sets);
    }
    json_object_foreach((json_t *)planned, name, set)
        put_set(importer, sets, name, set);
    book->changed = json_equal(before, book->document.root) != 1;
    json_decref(before);
}

/* Read it as the daemon would; what the rows could not show (names, dates, roles) is told by its place there. */
static void prove(struct importer *importer, const struct shelf_book *book)
{
    char *text = json_dumps(book->document.root, JSON_INDENT(1)), name[4200];
    struct library *library;

    snprintf(name, sizeof(name), "%s with %s", book->document.file, importer->file);
    library = text != NULL ? library_parse(name, str_of(text), importer->folding, importer->err) : NULL;
    if (text == NULL)
        err_add(importer->err, "%s: out of memory", name);
    library_free(&library);
    free(text);
}

void phrases_import(struct shelf *shelf, const char *dir, const char *file, struct str table, struct err *err)
{
    struct importer importer = {.shelf = shelf, .file = file, .err = err, .plan = json_object()};
    char folding[4096];
    const char *name;
    json_t *planned;

    snprintf(folding, sizeof(folding), "%s/folding.json", dir);
    importer.folding = folding_load(folding, err);
    arena_init(&importer.arena, 1u << 16);
    if (importer.folding != NULL)
        read_table(&importer, table);
    json_object_foreach(importer.plan, name, planned)
    {
        struct shelf_book *book = shelf_find(shelf, str_of(name));
        if (err->count > 0)
            break;
        put_library(&importer, book, planned);
        if (book->changed)
            prove(&importer, book);
    }
    json_decref(importer.plan);
    arena_fini(&importer.arena);
    folding_free(&importer.folding);
}
