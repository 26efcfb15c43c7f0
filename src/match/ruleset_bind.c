/* ruleset_bind.c - names to sets and conditions, library by library: its own bare, those of others behind the name of
 * their library. */
#include "match/ruleset_index.h"

#include <stdio.h>
#include <stdlib.h>

struct named_set {
    const char *name;
    uint32_t set;
};

struct library_names { /* what a library calls its own */
    const struct named_set *sets; /* by name */
    size_t nsets;
    bool *entered;      /* per condition: bound, or being bound */
    const char **known; /* all names it can use, NULL-terminated; made when one is unknown */
};

struct binder {
    struct ruleset *ruleset;
    struct err *err;
    struct library_names *libraries;
    int rc;
};

struct binder_scope { /* names as one library sees them */
    struct binder *binder;
    uint32_t library;
};

static struct symbol lookup(void *ctx, struct str name);
static const char *const *known_names(void *ctx);
static bool number_list(void *ctx, struct str name, uint32_t *number);

static void bind_in(struct binder *binder, uint32_t library, struct expression *expression, const char *path)
{
    struct binder_scope ctx = {binder, library};
    struct expression_scope scope = {&ctx, lookup, known_names, number_list};
    const struct document *document = &binder->ruleset->libraries[library].library->document;

    if (expression != NULL && expression_resolve(expression, &scope, document, path, &binder->ruleset->arena,
                                                 binder->err) != 0)
        binder->rc = -TS_EINVAL;
}

/* A condition is bound in its own library's names, whoever reaches it first. */
static void bind_condition(struct binder *binder, uint32_t library, size_t index)
{
    const struct condition *condition = &binder->ruleset->libraries[library].library->conditions[index];
    char path[128];

    if (binder->libraries[library].entered[index])
        return;
    binder->libraries[library].entered[index] = true;
    snprintf(path, sizeof(path), "conditions.%s", condition->name);
    bind_in(binder, library, condition->expression, path);
}

static int compare_name(const void *key, const void *element)
{
    const struct str *name = key;
    const struct named_set *named = element;
    int order = strncmp(name->p, named->name, name->n);

    return order != 0 ? order : named->name[name->n] == '\0' ? 0 : -1;
}

static struct symbol lookup_in(struct binder *binder, uint32_t library, struct str name)
{
    const struct library *in = binder->ruleset->libraries[library].library;
    const struct library_names *names = &binder->libraries[library];
    const struct named_set *named =
        names->nsets > 0 ? bsearch(&name, names->sets, names->nsets, sizeof(*named), compare_name) : NULL;

    if (named != NULL)
        return (struct symbol){.kind = SYMBOL_SET, .set = named->set,
                               .whole = binder->ruleset->sets[named->set].set->role == ROLE_WARNING};
    for (size_t i = 0; i < in->nconditions; i++) {
        if (!str_eqz(name, in->conditions[i].name))
            continue;
        bind_condition(binder, library, i);
        return (struct symbol){.kind = SYMBOL_CONDITION, .condition = in->conditions[i].expression};
    }
    return (struct symbol){.kind = SYMBOL_NONE};
}

static struct symbol lookup(void *ctx, struct str name)
{
    const struct binder_scope *scope = ctx;
    const struct ruleset *ruleset = scope->binder->ruleset;
    struct symbol symbol = lookup_in(scope->binder, scope->library, name);
    const char *dot = name.n > 0 ? memchr(name.p, '.', name.n) : NULL;

    for (uint32_t i = 0; symbol.kind == SYMBOL_NONE && dot != NULL && i < ruleset->nlibraries; i++)
        if (str_eqz(str_range(name.p, dot), ruleset->libraries[i].library->name))
            symbol = lookup_in(scope->binder, i, str_range(dot + 1, name.p + name.n));
    return symbol;
}

/* The number of a list's name; numbered when it is named for the first time. */
static bool number_list(void *ctx, struct str name, uint32_t *number)
{
    const struct binder_scope *scope = ctx;
    struct ruleset *ruleset = scope->binder->ruleset;
    const char **lists;

    for (*number = 0; *number < ruleset->nlists; ++*number)
        if (str_eqz(name, ruleset->lists[*number]))
            return true;
    if (ruleset->nlists == ruleset->lists_cap) {
        size_t cap = 2 * ruleset->lists_cap + 8;
        if ((lists = arena_calloc(&ruleset->arena, cap, sizeof(*lists))) == NULL)
            return false;
        if (ruleset->nlists > 0)
            memcpy(lists, ruleset->lists, ruleset->nlists * sizeof(*lists));
        ruleset->lists = lists;
        ruleset->lists_cap = cap;
    }
    return (ruleset->lists[ruleset->nlists++] = arena_strdup(&ruleset->arena, name).p) != NULL;
}

static const char *qualified(struct arena *arena, const char *library, const char *name)
{
    size_t n = strlen(library) + strlen(name) + 2;
    char *out = arena_alloc(arena, n);

    if (out != NULL)
        snprintf(out, n, "%s.%s", library, name);
    return out;
}

/* What library `own` can write: its names bare, all names with their library, facts. */
static const char **list_names(struct ruleset *ruleset, uint32_t own)
{
    size_t n = ruleset->nsets, used = 0;
    const char **names;

    for (size_t i = 0; i < ruleset->nlibraries; i++)
        n += ruleset->libraries[i].library->nconditions;
    names = arena_calloc(&ruleset->arena, 2 * n + FACT_COUNT + 1, sizeof(*names));
    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;

        for (size_t k = 0; k < library->nsets + library->nconditions; k++) {
            const char *name =
                k < library->nsets ? library->sets[k].name : library->conditions[k - library->nsets].name;

            if (i == own)
                names[used++] = name;
            if ((names[used++] = qualified(&ruleset->arena, library->name, name)) == NULL)
                return NULL;
        }
    }
    for (size_t i = 0; i < FACT_COUNT; i++)
        names[used++] = fact_defs[i].name;
    return names;
}

static const char *const *known_names(void *ctx)
{
    const struct binder_scope *scope = ctx;
    struct library_names *names = &scope->binder->libraries[scope->library];

    if (names->known == NULL)
        names->known = list_names(scope->binder->ruleset, scope->library);
    return (const char *const *)names->known;
}

static void bind_library(struct binder *binder, uint32_t index)
{
    const struct library *library = binder->ruleset->libraries[index].library;
    char path[64];

    for (size_t i = 0; i < library->nconditions; i++)
        bind_condition(binder, index, i);
    for (size_t i = 0; i < library->nsuppressors; i++) {
        snprintf(path, sizeof(path), "suppress[%zu].when", i);
        bind_in(binder, index, library->suppressors[i].when, path);
        snprintf(path, sizeof(path), "suppress[%zu].unless", i);
        bind_in(binder, index, library->suppressors[i].unless, path);
    }
    for (size_t i = 0; i < library->nrules; i++) {
        snprintf(path, sizeof(path), "rules[%zu].when", i);
        bind_in(binder, index, library->rules[i].when, path);
    }
}

static int compare_named(const void *a, const void *b)
{
    const struct named_set *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* Sets of a library are numbered one behind the other from `first` on. */
static int take_names(struct ruleset *ruleset, const struct library *library, uint32_t first,
                      struct library_names *out)
{
    struct named_set *sets = arena_calloc(&ruleset->arena, library->nsets + 1, sizeof(*sets));

    out->entered = arena_calloc(&ruleset->arena, library->nconditions + 1, sizeof(bool));
    if (sets == NULL || out->entered == NULL)
        return -TS_ENOMEM;
    for (uint32_t i = 0; i < library->nsets; i++)
        sets[i] = (struct named_set){library->sets[i].name, first + i};
    qsort(sets, library->nsets, sizeof(*sets), compare_named);
    out->sets = sets;
    out->nsets = library->nsets;
    return 0;
}

int ruleset_bind(struct ruleset *ruleset, struct err *err)
{
    struct binder binder = {.ruleset = ruleset, .err = err};
    uint32_t set = 0;

    binder.libraries = arena_calloc(&ruleset->arena, ruleset->nlibraries + 1, sizeof(*binder.libraries));
    if (binder.libraries == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;
        if (take_names(ruleset, library, set, &binder.libraries[i]) != 0)
            return -TS_ENOMEM;
        set += (uint32_t)library->nsets;
    }
    for (uint32_t i = 0; i < ruleset->nlibraries; i++)
        bind_library(&binder, i);
    return binder.rc;
}
