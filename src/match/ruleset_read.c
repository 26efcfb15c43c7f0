/* ruleset_read.c - tables by their names, then libraries in the order of their file names; what came otherwise is put
 * in the place of the file whose library has its name. */
#include "match/ruleset_read.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_BYTES 4096

/* ---- tables ------------------------------------------------------------------------------------------------ */

static const char *path_in(const char *dir, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", dir, name);
    return path;
}

/* Variants are optional: without the file words are found only as they are folded. */
static void load_variants(struct ruleset *ruleset, const char *dir, struct err *err)
{
    char path[PATH_BYTES], ordinary[PATH_BYTES];

    if (access(path_in(dir, "variants.json", path), F_OK) == 0)
        ruleset->variants = variants_load(path, path_in(dir, "ordinary.txt", ordinary), ruleset->folding, err);
}

void ruleset_read_tables(struct ruleset *ruleset, const char *dir, struct cache *cache, struct err *err)
{
    char path[PATH_BYTES];

    ruleset->folding = folding_load(path_in(dir, "folding.json", path), err);
    ruleset->plan = number_plan_load(path_in(dir, "numbers", path), err);
    ruleset->contact_tables = contact_tables_load(path, err);
    if (ruleset->folding == NULL)
        return;
    ruleset->polarity = polarity_load(path_in(dir, "polarity.json", path), ruleset->folding, cache, err);
    load_variants(ruleset, dir, err);
    if (ruleset->options.model != NULL)
        ruleset->model = model_load(ruleset->options.model, err);
}

/* ---- libraries --------------------------------------------------------------------------------------------- */

static int is_library_file(const struct dirent *entry)
{
    const char *name = entry->d_name;

    return name[0] != '.' && str_ends(str_of(name), STR_LIT(".json")) && strcmp(name, "folding.json") != 0 &&
           strcmp(name, "polarity.json") != 0 && strcmp(name, "variants.json") != 0;
}

/* By bytes, so that the order does not depend on the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_wanted(const struct library *library, const char *const *only)
{
    if (only == NULL || strcmp(library->name, "shared") == 0)
        return true;
    while (*only != NULL && strcmp(*only, library->name) != 0)
        only++;
    return *only != NULL;
}

/* In the place of the library with its name, if there is one. */
static void put_library(struct ruleset *ruleset, struct library *library)
{
    size_t i = 0;

    if (library == NULL)
        return;
    while (i < ruleset->nlibraries && strcmp(ruleset->libraries[i].library->name, library->name) != 0)
        i++;
    if (i == ruleset->nlibraries)
        ruleset->nlibraries++;
    else
        library_free(&ruleset->libraries[i].library);
    ruleset->libraries[i].library = library;
}

static struct library *parse_fed(const struct ruleset *ruleset, const struct fed_library *fed, struct err *err)
{
    struct library *library = library_parse(fed->place, fed->text, ruleset->folding, err);

    if (library == NULL || strcmp(library->name, fed->name) == 0)
        return library;
    document_error(&library->document, err, "library", false, "\"%s\" expected: that is the name it came under",
                   fed->name);
    library_free(&library);
    return NULL;
}

static void read_files(struct ruleset *ruleset, const char *dir, struct dirent **entries, size_t n, struct err *err)
{
    char path[PATH_BYTES];

    for (size_t i = 0; i < n; i++) {
        struct library *library = library_load(path_in(dir, entries[i]->d_name, path), ruleset->folding, err);

        if (library != NULL && is_wanted(library, ruleset->options.only))
            ruleset->libraries[ruleset->nlibraries++].library = library;
        else
            library_free(&library);
    }
}

static void free_entries(struct dirent **entries, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(entries[i]);
    free(entries);
}

void ruleset_read_libraries(struct ruleset *ruleset, const char *dir, struct err *err)
{
    const struct ruleset_options *options = &ruleset->options;
    struct dirent **entries;
    int n = scandir(dir, &entries, is_library_file, by_name);

    if (n < 0) {
        err_add(err, "%s: cannot be read: %m", dir);
        return;
    }
    if (n == 0 && options->nfed == 0)
        err_add(err, "%s: there is no library (*.json) in this directory", dir);
    ruleset->libraries = calloc((size_t)n + options->nfed + 1, sizeof(*ruleset->libraries)); /* one more: the draft */
    if (ruleset->libraries == NULL)
        err_add(err, "out of memory while reading %s", dir);
    else
        read_files(ruleset, dir, entries, (size_t)n, err);
    free_entries(entries, (size_t)n);
    for (size_t i = 0; i < options->nfed && ruleset->libraries != NULL; i++)
        put_library(ruleset, parse_fed(ruleset, &options->fed[i], err));
    if (options->draft != NULL && ruleset->libraries != NULL)
        put_library(ruleset, library_load(options->draft, ruleset->folding, err));
}
