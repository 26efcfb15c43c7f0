/* phrases.h - phrases of sets as rows of a table, for people who live in spreadsheets.
 *
 * UTF-8 with a byte order mark, RFC 4180, one row a phrase of "phrases" ("allow" stays in the library). A cell that a
 * spreadsheet would take for a formula (= + - @ and their full-width forms, tab, carriage return) stands behind an
 * apostrophe, as does one that begins with an apostrophe; reading takes one apostrophe away. */
#ifndef TELSIEVE_CLI_PHRASES_H
#define TELSIEVE_CLI_PHRASES_H

#include "config/document.h"
#include "core/arena.h"

#include <stdbool.h>
#include <stdio.h>

#define PHRASE_COLUMNS(X)                                                                                      \
    X(LIBRARY, "library") X(SET, "set") X(ROLE, "role") X(PHRASE, "phrase") X(WEIGHT, "weight") X(SOURCE, "source") \
    X(SINCE, "since") X(UNTIL, "until") X(NOTE, "note")
enum phrase_column {
#define X(id, name) COLUMN_##id,
    PHRASE_COLUMNS(X)
#undef X
    COLUMN_COUNT
};
extern const char *const phrase_columns[COLUMN_COUNT + 1]; /* their names, NULL-terminated */

#define PHRASE_BOM "\xEF\xBB\xBF"

struct phrase_row {
    struct str cell[COLUMN_COUNT];
    unsigned line; /* in the table read */
};

/* The libraries of a directory, by name: those JSON files that have "library". */
struct shelf {
    struct shelf_book {
        struct document document;
        const char *name;
        bool changed;
    } *books;
    size_t n;
};
struct shelf_book *shelf_find(const struct shelf *shelf, struct str name); /* NULL when there is none */

/* One phrase of a library (a string or an object) as cells; library, set and role are left alone. Text in the arena. */
void phrase_cells(struct arena *arena, const json_t *phrase, struct phrase_row *row);

/* Write all phrases of these libraries (names NULL-terminated; none: all) as a table. */
void phrases_export(const struct shelf *shelf, char *const *names, FILE *out);

/* Read a table and put its sets in the place of those of the libraries (in memory; `changed` says where). A set in the
 * table has the rows' phrases afterwards, in their order; a new one is made; sets not in the table stay as they are.
 * Problems to err, as file:line; then nothing may be written. `dir` has folding.json. */
void phrases_import(struct shelf *shelf, const char *dir, const char *file, struct str table, struct err *err);

#endif
