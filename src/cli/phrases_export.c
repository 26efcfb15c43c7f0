/* phrases_export.c - rows in the order of libraries, sets and phrases. */
#include "cli/cell.h"
#include "cli/phrases.h"

static void put_cell(struct str cell, FILE *out)
{
    bool quoted = false;

    for (size_t i = 0; i < cell.n; i++)
        quoted |= memchr(",\"\r\n", cell.p[i], 4) != NULL;
    if (quoted)
        fputc('"', out);
    if (cell_is_formula(cell) || str_starts(cell, STR_LIT("'")))
        fputc('\'', out);
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '"')
            fputc('"', out);
        fputc(cell.p[i], out);
    }
    if (quoted)
        fputc('"', out);
}

static void put_row(const struct phrase_row *row, FILE *out)
{
    for (int column = 0; column < COLUMN_COUNT; column++) {
        if (column > 0)
            fputc(',', out);
        put_cell(row->cell[column], out);
    }
    fputs("\r\n", out);
}

static void export_book(const struct shelf_book *book, FILE *out)
{
    json_t *sets = json_object_get(book->document.root, "sets"), *set, *phrase;
    const char *name, *role;
    struct arena arena;
    size_t i;

    arena_init(&arena, 4096);
    json_object_foreach(sets, name, set)
    {
        struct phrase_row row = {.cell = {[COLUMN_LIBRARY] = str_of(book->name), [COLUMN_SET] = str_of(name)}};
        role = json_string_value(json_object_get(set, "role"));
        row.cell[COLUMN_ROLE] = str_of(role != NULL ? role : "");
        json_array_foreach(json_object_get(set, "phrases"), i, phrase)
        {
            arena_reset(&arena);
            phrase_cells(&arena, phrase, &row);
            put_row(&row, out);
        }
    }
    arena_fini(&arena);
}

void phrases_export(const struct shelf *shelf, char *const *names, FILE *out)
{
    struct phrase_row head = {0};

    for (int column = 0; column < COLUMN_COUNT; column++)
        head.cell[column] = str_of(phrase_columns[column]);
    fputs(PHRASE_BOM, out);
    put_row(&head, out);
    for (size_t i = 0; i < shelf->n; i++) {
        bool wanted = names[0] == NULL;
        for (size_t k = 0; names[k] != NULL; k++)
            wanted |= strcmp(names[k], shelf->books[i].name) == 0;
        if (wanted)
            export_book(&shelf->books[i], out);
    }
}
