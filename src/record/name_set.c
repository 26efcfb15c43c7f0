/* name_set.c - read, sort, find by bisection. */
#include "record/name_set.h"

#include <stdio.h>
#include <stdlib.h>

int name_compare(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_names(const void *a, const void *b)
{
    return name_compare(*(const struct str *)a, *(const struct str *)b);
}

bool name_set_has(const struct name_set *set, struct str name)
{
    return set->n > 0 && bsearch(&name, set->names, set->n, sizeof(name), compare_names) != NULL;
}

bool name_set_read(struct name_set *set, const struct document *doc, const json_t *in, const char *key,
                   const char *path, bool optional, struct err *err)
{
    const json_t *array = json_object_get(in, key);
    size_t n = json_array_size(array);
    struct str *grown;

    if (optional && (array == NULL || (json_is_array(array) && n == 0)))
        return true;
    if (!json_is_array(array) || n == 0) {
        document_error(doc, err, path, false, "needs an array \"%s\" of names", key);
        return false;
    }
    grown = realloc(set->names, (set->n + n) * sizeof(*grown));
    if (grown == NULL) {
        document_error(doc, err, path, false, "%s", ts_strerror(TS_ENOMEM));
        return false;
    }
    set->names = grown;
    for (size_t i = 0; i < n; i++) {
        const char *name = json_string_value(json_array_get(array, i));
        char *copy = name != NULL && *name != '\0' ? strdup(name) : NULL;
        char at[128];
        snprintf(at, sizeof(at), "%s%s%s[%zu]", path, *path != '\0' ? "." : "", key, i);
        if (copy == NULL)
            document_error(doc, err, at, false, "must be a name that is not empty");
        else
            set->names[set->n++] = str_of(copy);
    }
    return true;
}

void name_set_sort(struct name_set *set, const struct document *doc, const char *what, struct err *err)
{
    size_t kept = 0;

    if (set->n > 0)
        qsort(set->names, set->n, sizeof(*set->names), compare_names);
    for (size_t i = 0; i < set->n; i++) {
        if (kept == 0 || !str_eq(set->names[kept - 1], set->names[i])) {
            set->names[kept++] = set->names[i];
            continue;
        }
        if (what != NULL)
            document_error(doc, err, what, false, "\"%s\" occurs twice", set->names[i].p);
        free((char *)set->names[i].p);
    }
    set->n = kept;
}

void name_set_fini(struct name_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        free((char *)set->names[i].p);
    free(set->names);
    *set = (struct name_set){0};
}
