/* library_sets.c - sets and their phrases; the same phrase twice in a set is an error, told at the second. Phrases out
 * of their time are checked like all others and then left out. */
#include "match/library_read.h"

#include "core/day.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const set_keys[] = {"role", "field", "phrases", "allow", NULL};
static const char *const phrase_keys[] = {"p", "weight", "since", "until", NULL};
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

/* A day as a number; `otherwise` when absent or wrong. */
static unsigned read_day(struct reader *reader, const json_t *object, const char *path, const char *key,
                         unsigned otherwise)
{
    const char *text = read_string(reader, object, path, key, false);
    unsigned day = 0;

    if (text == NULL)
        return otherwise;
    if (day_read(str_of(text), &day))
        return day;
    read_problem(reader, path_key(path, key).text, false, "\"%s\": a day such as \"2026-11-22\" expected", key);
    return otherwise;
}

static void read_phrase_object(struct reader *reader, const json_t *value, const char *path, struct str *source,
                               struct fragment *out, bool *in_force)
{
    unsigned since, until, today = day_today();

    if (!read_object(reader, value, path, phrase_keys))
        return;
    *source = str_of(read_string(reader, value, path, "p", true));
    out->weight = read_weight(reader, value, path, "weight");
    since = read_day(reader, value, path, "since", 0);
    out->dated = json_object_get(value, "since") != NULL || json_object_get(value, "until") != NULL;
    until = read_day(reader, value, path, "until", UINT32_MAX);
    if (since > until)
        read_problem(reader, path_key(path, "until").text, false, "\"until\" is before \"since\"");
    *in_force = since <= today && today <= until;
}

/* Returns whether the phrase is in force. */
static bool read_phrase(struct reader *reader, const json_t *value, const char *path, struct read_place at,
                        struct fragment *out)
{
    struct fragment said = {0};
    struct str source = {0};
    bool in_force = true;
    char why[500];
    int rc;

    if (json_is_string(value))
        source = (struct str){json_string_value(value), json_string_length(value)};
    else if (json_is_object(value))
        read_phrase_object(reader, value, path, &source, &said, &in_force);
    else
        read_problem(reader, path, false, "a phrase is a string, or an object {\"p\": …, \"weight\": …}");
    if (source.p == NULL)
        return true;
    rc = fragment_parse(&reader->library->arena, reader->folding, source, out, why, sizeof(why));
    if (rc != 0)
        read_problem(reader, path, false, "%s", rc == -TS_ESYNTAX ? why : ts_strerror(rc));
    out->weight = said.weight;
    out->dated = said.dated;
    out->line = at.line;
    out->col = at.col;
    return in_force;
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
        out[n++] = step->kind == STEP_NUMBER ? '#' : step->set.p != NULL ? '{' : step->optional ? '?' : '=';
        if (step->set.p != NULL)
            memcpy(out + n, step->set.p, step->set.n);
        n += step->set.n;
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
        n += 2 + fragment->steps[i].set.n;
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

/* Take those out that are not in force; all of them have been checked. */
static size_t keep_in_force(struct fragment *fragments, const bool *in_force, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (in_force[i])
            fragments[kept++] = fragments[i];
    }
    return kept;
}

static struct fragment *read_phrases(struct reader *reader, const json_t *set, const char *set_path,
                                     const struct read_place *at, const char *key, bool required, size_t *n,
                                     size_t *nexpired)
{
    json_t *array = read_array(reader, set, set_path, key, required), *value;
    size_t count = json_array_size(array), i;
    struct path path = path_key(set_path, key);
    struct fragment *fragments;
    struct read_place *places;
    bool *in_force;

    *n = 0;
    if (array == NULL || count == 0) {
        if (array != NULL)
            read_problem(reader, path.text, false, "\"%s\" is empty", key);
        return NULL;
    }
    fragments = read_alloc(reader, count, sizeof(*fragments));
    in_force = read_alloc(reader, count, sizeof(*in_force));
    places = calloc(count, sizeof(*places));
    if (fragments == NULL || in_force == NULL || places == NULL) {
        free(places);
        return NULL;
    }
    read_places(reader, at, key, places, count);
    json_array_foreach(array, i, value)
        in_force[i] = read_phrase(reader, value, path_index(path.text, i).text, places[i], &fragments[i]);
    free(places);
    check_duplicates(reader, fragments, count, path.text);
    *n = keep_in_force(fragments, in_force, count);
    *nexpired += count - *n;
    return fragments;
}

/* ---- sets ---- */

static void read_set(struct reader *reader, const char *name, const json_t *value, const char *path,
                     const struct read_place *at, struct set *set)
{
    set->name = name;
    set->line = at->line;
    set->col = at->col;
    read_check_name(reader, name, path, true, "set", false);
    if (!read_object(reader, value, path, set_keys))
        return;
    set->role = (enum role)(read_word(reader, value, path, "role", role_words, ROLE_NONE - 1, false) + 1);
    set->field = (enum canon_field)read_word(reader, value, path, "field", field_words, CANON_TEXT, false);
    set->fragments = read_phrases(reader, value, path, at, "phrases", true, &set->nfragments, &set->nexpired);
    set->allow = read_phrases(reader, value, path, at, "allow", false, &set->nallow, &set->nexpired);
    set->dated = set->nexpired > 0;
}

void library_read_sets(struct reader *reader, const json_t *root)
{
    json_t *object = json_object_get(root, "sets"), *value;
    size_t room = json_object_size(object), n = 0;
    struct set *sets;
    struct read_place *places;
    const char *name;

    if (object != NULL && !json_is_object(object))
        read_problem(reader, "sets", false, "\"sets\": an object {NAME: {…}} expected");
    sets = read_alloc(reader, room, sizeof(*sets));
    places = calloc(room + 1, sizeof(*places));
    if (sets == NULL || places == NULL) {
        free(places);
        return;
    }
    read_places(reader, &READ_ROOT, "sets", places, room);
    json_object_foreach(object, name, value)
    {
        read_set(reader, name, value, path_key("sets", name).text, &places[n], &sets[n]);
        n++;
    }
    free(places);
    reader->library->sets = sets;
    reader->library->nsets = n;
}
