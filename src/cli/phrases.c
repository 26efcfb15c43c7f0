/* phrases.c - the command, the libraries it is about, and how a phrase reads in a row. */
#include "cli/phrases.h"

#include "cli/command.h"
#include "cli/read_file.h"
#include "cli/write_file.h"
#include "match/library_format.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

const char *const phrase_columns[COLUMN_COUNT + 1] = {
#define X(id, name) name,
    PHRASE_COLUMNS(X)
#undef X
        NULL};

/* ---- shelf ---- */

static int is_json(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends(str_of(entry->d_name), STR_LIT(".json"));
}

static void add_book(struct shelf *shelf, const char *dir, const char *name, struct err *err)
{
    struct shelf_book *book = &shelf->books[shelf->n];
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (document_load(&book->document, path, err) != 0)
        return;
    book->name = json_string_value(json_object_get(book->document.root, "library"));
    if (book->name != NULL)
        shelf->n++;
    else
        document_fini(&book->document);
}

/* False with problems in err. */
static bool shelf_open(struct shelf *shelf, const char *dir, struct err *err)
{
    struct dirent **entries;
    int n = scandir(dir, &entries, is_json, alphasort);

    *shelf = (struct shelf){0};
    if (n < 0) {
        err_add(err, "%s: cannot be read: %m", dir);
        return false;
    }
    shelf->books = calloc((size_t)n + 1, sizeof(*shelf->books));
    for (int i = 0; i < n; i++) {
        if (shelf->books != NULL)
            add_book(shelf, dir, entries[i]->d_name, err);
        free(entries[i]);
    }
    free(entries);
    if (shelf->n == 0 && err->count == 0)
        err_add(err, "%s: no rule library in it", dir);
    return shelf->books != NULL && err->count == 0;
}

static void shelf_close(struct shelf *shelf)
{
    for (size_t i = 0; i < shelf->n; i++)
        document_fini(&shelf->books[i].document);
    free(shelf->books);
    *shelf = (struct shelf){0};
}

struct shelf_book *shelf_find(const struct shelf *shelf, struct str name)
{
    for (size_t i = 0; i < shelf->n; i++)
        if (str_eqz(name, shelf->books[i].name))
            return &shelf->books[i];
    return NULL;
}

/* ---- one phrase ---- */

static struct str text_of(struct arena *arena, const json_t *value)
{
    char *text;
    struct str copy;

    if (value == NULL)
        return STR_LIT("");
    if (json_is_string(value))
        return (struct str){json_string_value(value), json_string_length(value)};
    text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    copy = text != NULL ? arena_strdup(arena, str_of(text)) : STR_LIT("");
    free(text);
    return copy;
}

void phrase_cells(struct arena *arena, const json_t *phrase, struct phrase_row *row)
{
    bool plain = json_is_string(phrase);

    row->cell[COLUMN_PHRASE] = text_of(arena, plain ? phrase : json_object_get(phrase, "p"));
    for (int column = COLUMN_WEIGHT; column < COLUMN_COUNT; column++)
        row->cell[column] = text_of(arena, plain ? NULL : json_object_get(phrase, phrase_columns[column]));
}

/* ---- commands ---- */

static int run_export(const char *dir, char *const *names, struct err *err)
{
    struct shelf shelf;

    if (shelf_open(&shelf, dir, err)) {
        for (size_t i = 0; names[i] != NULL; i++)
            if (shelf_find(&shelf, str_of(names[i])) == NULL)
                err_add(err, "%s: no library \"%s\"", dir, names[i]);
        if (err->count == 0)
            phrases_export(&shelf, names, stdout);
    }
    shelf_close(&shelf);
    return err->count > 0 ? print_problems(err, dir) : EXIT_DONE;
}

static void write_books(const struct shelf *shelf, struct err *err)
{
    for (size_t i = 0; i < shelf->n; i++) {
        char *text = shelf->books[i].changed ? library_format(shelf->books[i].document.root) : NULL;
        if (text != NULL && write_file(shelf->books[i].document.file, text, err))
            puts(shelf->books[i].document.file);
        free(text);
    }
}

static int run_import(const char *dir, const char *file, struct err *err)
{
    struct shelf shelf;
    size_t n = 0;
    char *table = read_file(file, &n, err);

    if (shelf_open(&shelf, dir, err) && table != NULL) {
        phrases_import(&shelf, dir, file, (struct str){table, n}, err);
        if (err->count == 0)
            write_books(&shelf, err);
    }
    shelf_close(&shelf);
    free(table);
    return err->count > 0 ? print_problems(err, strcmp(file, "-") == 0 ? "standard input" : file) : EXIT_DONE;
}

static int parse(struct args *args, const char **dir)
{
    int kind;

    while ((kind = args_next(args)) != 0) {
        if (kind == 'a')
            continue;
        if (!args_is(args, "-r", "--rules"))
            return args_unknown(args);
        if ((*dir = args_value(args)) == NULL)
            return EXIT_USAGE;
    }
    if (args->noperands == 0 || (strcmp(args->operands[0], "export") != 0 && strcmp(args->operands[0], "import") != 0))
        return usage_error(args->command, "export or import?");
    if (strcmp(args->operands[0], "import") == 0 && args->noperands != 2)
        return usage_error(args->command, "import needs one table");
    return EXIT_DONE;
}

int command_phrases(const struct command *self, int argc, char **argv)
{
    const char *dir = "patterns";
    struct args args;
    struct err err;
    int code;

    err_init(&err);
    args_init(&args, self, argc, argv);
    code = parse(&args, &dir);
    if (code == EXIT_DONE)
        code = strcmp(args.operands[0], "export") == 0 ? run_export(dir, args.operands + 1, &err)
                                                       : run_import(dir, args.operands[1], &err);
    err_fini(&err);
    return code;
}
