/* library.c - head, conditions, suppressors and numbers of a library; sets and rules have files of their own.
 * Reading goes on after a problem, so that all of them are told. */
#include "match/library_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BLOCK_BYTES 65536
#define MAX_CONDITIONS 256 /* they may rest on each other: bounds the depth of resolving them */

static const char *const library_keys[] = {"telsieve", "library", "family", "title", "version", "sets",
                                           "conditions", "suppress", "weights", "thresholds", "rules", "retired", NULL};
static const char *const suppress_keys[] = {"name", "when", "unless", "why", NULL};

char role_letter(enum role role)
{
    static const char letters[ROLE_COUNT] = {
        '-',
#define X(name, letter) letter,
        ROLES(X)
#undef X
    };

    return letters[role];
}

/* ---- head ---- */

/* Names that begin the names of facts, so that LIBRARY.set could not be told from a fact. */
static bool is_reserved(const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (strncmp(fact_defs[i].name, name, n) == 0 && fact_defs[i].name[n] == '.')
            return true;
    }
    return strcmp(name, "list") == 0;
}

static void read_head(struct reader *reader, const json_t *root)
{
    struct library *library = reader->library;
    const json_t *format = json_object_get(root, "telsieve");

    if (format == NULL)
        read_problem(reader, "", false, "\"telsieve\": 1 is missing: the version of this file's form");
    else if (!json_is_integer(format) || json_integer_value(format) != 1)
        read_problem(reader, "telsieve", false, "\"telsieve\": 1 expected; this program reads no other form");
    library->name = read_string(reader, root, "", "library", true);
    library->family = read_string(reader, root, "", "family", true);
    library->title = read_string(reader, root, "", "title", true);
    library->version = read_string(reader, root, "", "version", true);
    if (library->name != NULL && read_check_name(reader, library->name, "library", false, "library", false) &&
        is_reserved(library->name))
        read_problem(reader, "library", false,
                     "\"%s\" is how names of facts or lists begin; choose another name", library->name);
    if (library->family != NULL && strcmp(library->family, "-") != 0 &&
        (library->family[0] < 'A' || library->family[0] > 'Z' || library->family[1] != '\0'))
        read_problem(reader, "family", false,
                     "\"family\": one letter A to Z expected, or \"-\" for a library that serves all");
}

/* ---- conditions and suppressors ---- */

static bool is_set(const struct library *library, const char *name)
{
    for (size_t i = 0; i < library->nsets; i++) {
        if (strcmp(library->sets[i].name, name) == 0)
            return true;
    }
    return false;
}

static void check_free_name(struct reader *reader, const char *name, const char *path)
{
    static const char *const words[] = {"and", "or", "not", "of", "in", "score", NULL};

    for (const char *const *word = words; *word != NULL; word++) {
        if (strcmp(name, *word) == 0)
            read_problem(reader, path, true, "\"%s\" is a word of conditions; choose another name", name);
    }
}

static void read_conditions(struct reader *reader, const json_t *root)
{
    json_t *object = json_object_get(root, "conditions"), *value;
    struct condition *conditions = read_alloc(reader, json_object_size(object), sizeof(*conditions));
    const char *name;
    size_t n = 0;

    if (object != NULL && !json_is_object(object))
        read_problem(reader, "conditions", false, "\"conditions\": an object {NAME: \"condition\"} expected");
    if (json_object_size(object) > MAX_CONDITIONS)
        read_problem(reader, "conditions", false, "more than %d conditions", MAX_CONDITIONS);
    if (conditions == NULL)
        return;
    json_object_foreach(object, name, value)
    {
        struct path path = path_key("conditions", name);
        read_check_name(reader, name, path.text, true, "condition", false);
        check_free_name(reader, name, path.text);
        if (is_set(reader->library, name))
            read_problem(reader, path.text, true, "\"%s\" is already a set; choose another name", name);
        conditions[n++] = (struct condition){name, read_expression(reader, object, "conditions", name, true)};
    }
    reader->library->conditions = conditions;
    reader->library->nconditions = n;
}

static void read_suppressors(struct reader *reader, const json_t *root)
{
    json_t *array = read_array(reader, root, "", "suppress", false), *value;
    struct suppressor *suppressors = read_alloc(reader, json_array_size(array), sizeof(*suppressors));
    size_t i;

    if (suppressors == NULL)
        return;
    json_array_foreach(array, i, value)
    {
        struct path path = path_index("suppress", i);
        if (!read_object(reader, value, path.text, suppress_keys))
            continue;
        suppressors[i].name = read_string(reader, value, path.text, "name", true);
        suppressors[i].when = read_expression(reader, value, path.text, "when", true);
        suppressors[i].unless = read_expression(reader, value, path.text, "unless", false);
        suppressors[i].why = read_string(reader, value, path.text, "why", true);
    }
    reader->library->suppressors = suppressors;
    reader->library->nsuppressors = json_array_size(array);
}

/* ---- numbers ---- */

static void read_numbers(struct reader *reader, const json_t *root, const char *key, const char *const *names,
                         double *out)
{
    const json_t *object = json_object_get(root, key);

    if (object == NULL || !read_object(reader, object, key, names))
        return;
    for (size_t i = 0; names[i] != NULL; i++) {
        double number = read_weight(reader, object, key, names[i]);
        if (number > 0)
            out[i] = number;
    }
}

static void read_overrides(struct reader *reader, const json_t *root)
{
    static const char *const tiers[] = {"low", "medium", "high", NULL};
    struct library *library = reader->library;

    for (size_t i = 0; i < ROLE_COUNT; i++)
        library->weight_override[i] = NAN;
    for (size_t i = 0; i < sizeof(library->tier_override) / sizeof(*library->tier_override); i++)
        library->tier_override[i] = NAN;
    read_numbers(reader, root, "weights", library_role_words(), library->weight_override + ROLE_NONE + 1);
    read_numbers(reader, root, "thresholds", tiers, library->tier_override + TIER_LOW);
}

static void read_retired(struct reader *reader, const json_t *root)
{
    json_t *array = read_array(reader, root, "", "retired", false), *value;
    const char **ids = read_alloc(reader, json_array_size(array), sizeof(*ids));
    size_t i;

    json_array_foreach(array, i, value)
    {
        if (!json_is_string(value))
            read_problem(reader, path_index("retired", i).text, false, "the id of a rule, in quotes, expected");
        else if (ids != NULL && read_check_name(reader, json_string_value(value), path_index("retired", i).text, false,
                                                "rule id", true))
            ids[reader->library->nretired++] = json_string_value(value);
    }
    reader->library->retired = ids;
}

/* ---- the whole ---- */

static void check_set_names(struct reader *reader)
{
    for (size_t i = 0; i < reader->library->nsets; i++)
        check_free_name(reader, reader->library->sets[i].name,
                        path_key("sets", reader->library->sets[i].name).text);
}

/* Takes the document. */
static struct library *read_library(struct document *document, const struct folding *folding, struct err *err)
{
    struct library *library = calloc(1, sizeof(*library));
    struct reader reader = {library, folding, err, false};
    const json_t *root = document->root;

    if (library == NULL) {
        err_add(err, "%s: out of memory", document->file);
        document_fini(document);
        return NULL;
    }
    library->document = *document;
    arena_init(&library->arena, ARENA_BLOCK_BYTES);
    read_object(&reader, root, "", library_keys);
    read_head(&reader, root);
    library_read_sets(&reader, root);
    check_set_names(&reader);
    read_conditions(&reader, root);
    read_suppressors(&reader, root);
    read_overrides(&reader, root);
    library_read_rules(&reader, root);
    read_retired(&reader, root);
    if (reader.failed)
        library_free(&library);
    return library;
}

struct library *library_load(const char *file, const struct folding *folding, struct err *err)
{
    struct document document;

    return document_load(&document, file, err) == 0 ? read_library(&document, folding, err) : NULL;
}

struct library *library_parse(const char *name, struct str text, const struct folding *folding,
                              struct err *err)
{
    struct document document;

    return document_parse(&document, name, text, err) == 0 ? read_library(&document, folding, err) : NULL;
}

void library_free(struct library **library)
{
    if (*library == NULL)
        return;
    document_fini(&(*library)->document);
    arena_fini(&(*library)->arena);
    free(*library);
    *library = NULL;
}
