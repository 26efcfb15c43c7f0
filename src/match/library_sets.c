/* library_sets.c - sets and their phrases; the same phrase twice in a set is an error, told at the second. */
#include "match/library_read.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const set_keys[] = {"role", "field", "phrases", "allow", NULL};
static const char *const phrase_keys[] = {"p", "weight", NULL};
static const char *const field_words[] = {"caller", "callee", "signature", "text", NULL}; /* enum canon_field */
static const char *const role_words[] = {
#define X(name, letter) (const char[]){letter, '\0'},
    ROLES(X)
#undef X
        NULL};

const char *const *library_role_words(void)
{
    return role_words;
}

/* ---- phrases ---- */

static void read_phrase_object(struct reader *reader, const json_t *value, const char *path,
                               struct str *source, double *weight)
{
    if (json_object_get(value, "since") != NULL || json_object_get(value, "until") != NULL) {
        read_problem(reader, path, false, "\"since\" and \"until\" are not in this version; leave them out");
        return;
    }
    if (!read_object(reader, value, path, phrase_keys))
        return;
    *source = str_of(read_string(reader, value, path, "p", true));
    *weight = read_weight(reader, value, path, "weight");
}

static void read_phrase(struct reader *reader, const json_t *value, const char *path, struct fragment *out)
{
    struct str source = {0};
    char why[500];
    double weight = 0;
    int rc;

    if (json_is_string(value))
        source = (struct str){json_string_value(value), json_string_length(value)};
    else if (json_is_object(value))
        read_phrase_object(reader, value, path, &source, &weight);
    else
        read_problem(reader, path, false, "a phrase is a string, or an object {\"p\": …, \"weight\": …}");
    if (source.p == NULL)
        return;
    rc = fragment_parse(&reader->library->arena, reader->folding, source, out, why, sizeof(why));
    if (rc != 0)
        read_problem(reader, path, false, "%s", rc == -TS_ESYNTAX ? why : ts_strerror(rc));
    out->weight = weight;
}

/* The canonical form of a phrase, equal for phrases that find the same. */
struct form {
    const char *text;
    size_t index;
};

static size_t write_form(const struct fragment *fragment, char *out)
{
    size_t n = 0;

    if (fragment->kind == FRAGMENT_REGEX) {
        memcpy(out, fragment->source.p, fragment->source.n);
        return fragment->source.n;
    }
    for (size_t i = 0; i < fragment->nsteps; i++) {
        const struct step *step = &fragment->steps[i];
        out[n++] = (char)(step->gap + 2);
        out[n++] = step->kind == STEP_NUMBER ? '#' : step->optional ? '?' : '=';
        for (size_t k = 0; k < step->nalt; k++) {
            memcpy(out + n, step->alt[k].p, step->alt[k].n);
            n += step->alt[k].n;
            out[n++] = '|';
        }
    }
    return n;
}

static size_t form_size(const struct fragment *fragment)
{
    size_t n = fragment->source.n;

    for (size_t i = 0; i < fragment->nsteps; i++) {
        n += 2;
        for (size_t k = 0; k < fragment->steps[i].nalt; k++)
            n += fragment->steps[i].alt[k].n + 1;
    }
    return n;
}

static int compare_forms(const void *a, const void *b)
{
    const struct form *x = a, *y = b;
    int order = strcmp(x->text, y->text);

    return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

static void check_duplicates(struct reader *reader, const struct fragment *fragments, size_t n,
                             const char *path)
{
    struct form *forms = read_alloc(reader, n, sizeof(*forms));

    for (size_t i = 0; forms != NULL && i < n; i++) {
        char *text = read_alloc(reader, form_size(&fragments[i]) + 1, 1);
        if (text == NULL)
            return;
        write_form(&fragments[i], text);
        forms[i] = (struct form){text, i};
    }
    if (forms == NULL)
        return;
    qsort(forms, n, sizeof(*forms), compare_forms);
    for (size_t i = 1; i < n; i++) {
        if (forms[i].text[0] != '\0' && strcmp(forms[i].text, forms[i - 1].text) == 0)
            read_problem(reader, path_index(path, forms[i].index).text, false,
                         "the same phrase as [%zu] of this list; leave one out", forms[i - 1].index);
    }
}

static const struct fragment *read_phrases(struct reader *reader, const json_t *set, const char *set_path,
                                           const char *key, bool required, size_t *n)
{
    json_t *array = read_array(reader, set, set_path, key, required), *value;
    struct path path = path_key(set_path, key);
    struct fragment *fragments;
    struct read_place *places;
    size_t i;

    *n = json_array_size(array);
    if (array == NULL || *n == 0) {
        if (array != NULL)
            read_problem(reader, path.text, false, "\"%s\" is empty", key);
        return NULL;
    }
    fragments = read_alloc(reader, *n, sizeof(*fragments));
    places = calloc(*n, sizeof(*places));
    if (fragments == NULL || places == NULL) {
        free(places);
        return NULL;
    }
    read_places(reader, path.text, places, *n);
    json_array_foreach(array, i, value)
    {
        read_phrase(reader, value, path_index(path.text, i).text, &fragments[i]);
        fragments[i].line = places[i].line;
        fragments[i].col = places[i].col;
    }
    free(places);
    check_duplicates(reader, fragments, *n, path.text);
    return fragments;
}

/* ---- sets ---- */

static void read_set(struct reader *reader, const char *name, const json_t *value, const char *path,
                     struct set *set)
{
    set->name = name;
    read_check_name(reader, name, path, true, "set", false);
    if (!read_object(reader, value, path, set_keys))
        return;
    set->role = (enum role)(read_word(reader, value, path, "role", role_words, ROLE_NONE - 1, false) + 1);
    set->field = (enum canon_field)read_word(reader, value, path, "field", field_words, CANON_TEXT, false);
    set->fragments = read_phrases(reader, value, path, "phrases", true, &set->nfragments);
    set->allow = read_phrases(reader, value, path, "allow", false, &set->nallow);
}

void library_read_sets(struct reader *reader, const json_t *root)
{
    json_t *object = json_object_get(root, "sets"), *value;
    struct set *sets;
    const char *name;
    size_t n = 0;

    if (object != NULL && !json_is_object(object))
        read_problem(reader, "sets", false, "\"sets\": an object {NAME: {…}} expected");
    sets = read_alloc(reader, json_object_size(object), sizeof(*sets));
    if (sets == NULL)
        return;
    json_object_foreach(object, name, value)
    {
        struct path path = path_key("sets", name);
        document_find_path(&reader->library->document, path.text, true, &sets[n].line, &sets[n].col);
        read_set(reader, name, value, path.text, &sets[n++]);
    }
    reader->library->sets = sets;
    reader->library->nsets = n;
}
