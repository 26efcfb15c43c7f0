/* library_promote.c - three members are found by their paths and cut out or replaced; what comes of it must mean the
 * same as the library with these members changed, or it is not given away. */
#include "match/library_promote.h"
#include "config/place.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_CUTS 3

/* Bytes [from, to) that something else takes the place of. */
struct cut {
    size_t from, to;
    const char *by;
};

struct cuts {
    struct str text;
    struct cut all[MAX_CUTS];
    size_t n;
};

/* Where the string, number or word that begins at `at` ends. */
static size_t end_of(struct str text, size_t at)
{
    size_t i = at;

    if (text.p[at] != '"') {
        while (i < text.n && !str_is_space(text.p[i]) && memchr(",]}", text.p[i], 3) == NULL)
            i++;
        return i;
    }
    for (i++; i < text.n && text.p[i] != '"'; i++)
        i += text.p[i] == '\\';
    return i < text.n ? i + 1 : text.n;
}

static void replace(struct cuts *cuts, const struct document_step *path, size_t nsteps, const char *by)
{
    size_t at = place_find(cuts->text, path, nsteps, false);

    cuts->all[cuts->n++] = (struct cut){at, end_of(cuts->text, at), by};
}

/* A member with its comma: the one behind it and the white space there, or of the last one the comma before. */
static void take_out(struct cuts *cuts, const struct document_step *path, size_t nsteps)
{
    struct str text = cuts->text;
    size_t from = place_find(text, path, nsteps, true), to = end_of(text, place_find(text, path, nsteps, false));
    size_t next = to;

    while (next < text.n && str_is_space(text.p[next]))
        next++;
    if (next < text.n && text.p[next] == ',') {
        for (to = next + 1; to < text.n && str_is_space(text.p[to]);)
            to++;
    } else {
        do
            from--;
        while (from > 0 && text.p[from] != ',');
    }
    cuts->all[cuts->n++] = (struct cut){from, to, ""};
}

static int compare_cuts(const void *a, const void *b)
{
    const struct cut *x = a, *y = b;

    return (x->from > y->from) - (x->from < y->from);
}

static char *apply(struct cuts *cuts, size_t *n)
{
    char *out = NULL;
    FILE *stream = open_memstream(&out, n);
    size_t at = 0;

    if (stream == NULL)
        return NULL;
    qsort(cuts->all, cuts->n, sizeof(*cuts->all), compare_cuts);
    for (size_t i = 0; i < cuts->n; i++) {
        const struct cut *cut = &cuts->all[i];
        fwrite(cuts->text.p + at, 1, cut->from - at, stream);
        fputs(cut->by, stream);
        at = cut->to;
    }
    fwrite(cuts->text.p + at, 1, cuts->text.n - at, stream);
    if (fclose(stream) == 0)
        return out;
    free(out);
    return NULL;
}

/* Does `out` say what `root` does, but for the three members? */
static bool means(struct str out, json_t *root, json_t *rule, const char *version)
{
    json_t *made = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL);
    bool same;

    json_object_set_new(root, "version", json_string(version));
    json_object_set_new(rule, "state", json_string("live"));
    json_object_del(rule, "share");
    same = json_equal(made, root) == 1;
    json_decref(made);
    return same;
}

char *library_promote(struct str text, size_t rule, const char *version, size_t *n, struct err *err)
{
    const struct document_step in_root[] = {{.key = "version"}};
    const struct document_step state[] = {{.key = "rules"}, {.index = rule}, {.key = "state"}};
    const struct document_step share[] = {{.key = "rules"}, {.index = rule}, {.key = "share"}};
    json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
    json_t *object = json_array_get(json_object_get(root, "rules"), rule);
    struct cuts cuts = {.text = text};
    char quoted[200], *out = NULL;

    snprintf(quoted, sizeof(quoted), "\"%s\"", version);
    if (json_object_get(object, "state") != NULL && json_object_get(root, "version") != NULL) {
        replace(&cuts, in_root, 1, quoted);
        replace(&cuts, state, 3, "\"live\"");
        if (json_object_get(object, "share") != NULL)
            take_out(&cuts, share, 3);
        out = apply(&cuts, n);
    }
    if (out == NULL || !means((struct str){out, *n}, root, object, version)) {
        err_add(err, "the library cannot be edited in place: change the rule's \"state\" by hand, and feed it");
        free(out);
        out = NULL;
    }
    json_decref(root);
    return out;
}
