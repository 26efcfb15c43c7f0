/* ruleset_index.c - number, then bind names, then scores; what is asked of a record's hits is inverted last
 * (ruleset_invert.c). */
#include "match/ruleset_index.h"

#include "match/anchor.h"
#include "match/library_link.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- numbers ----------------------------------------------------------------------------------------------- */

static void count_all(struct ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;

        ruleset->nsets += library->nsets;
        ruleset->nrules += library->nrules;
        ruleset->nsuppressors += library->nsuppressors;
        for (size_t k = 0; k < library->nsets; k++) {
            ruleset->nfragments += library->sets[k].nfragments;
            ruleset->nphrases += library->sets[k].nfragments + library->sets[k].nallow;
        }
    }
}

static int allocate(struct ruleset *ruleset)
{
    struct arena *arena = &ruleset->arena;

    ruleset->sets = arena_calloc(arena, ruleset->nsets + 1, sizeof(*ruleset->sets));
    ruleset->phrases = arena_calloc(arena, ruleset->nphrases + 1, sizeof(*ruleset->phrases));
    ruleset->rules = arena_calloc(arena, ruleset->nrules + 1, sizeof(*ruleset->rules));
    ruleset->suppressors = arena_calloc(arena, ruleset->nsuppressors + 1, sizeof(*ruleset->suppressors));
    ruleset->fact_groups = arena_calloc(arena, ruleset->nrules + 1, sizeof(*ruleset->fact_groups));
    return ruleset->sets && ruleset->phrases && ruleset->rules && ruleset->suppressors && ruleset->fact_groups
               ? 0 : -TS_ENOMEM;
}

static void number_set(struct ruleset *ruleset, uint32_t index, uint32_t *fragment, uint32_t *allow)
{
    struct set_entry *entry = &ruleset->sets[index];
    const struct set *set = entry->set;

    entry->first_phrase = *fragment;
    entry->nphrases = (uint32_t)set->nfragments;
    for (size_t i = 0; i < set->nfragments; i++)
        ruleset->phrases[(*fragment)++] =
            (struct phrase){.fragment = &set->fragments[i], .set = index, .field = (uint8_t)set->field};
    for (size_t i = 0; i < set->nallow; i++)
        ruleset->phrases[(*allow)++] =
            (struct phrase){.fragment = &set->allow[i], .set = index, .field = (uint8_t)set->field, .allow = true};
}

static void number_all(struct ruleset *ruleset)
{
    uint32_t set = 0, rule = 0, suppressor = 0, fragment = 0, allow = (uint32_t)ruleset->nfragments;

    for (uint32_t i = 0; i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;

        for (size_t k = 0; k < library->nsets; k++, set++) {
            ruleset->sets[set] = (struct set_entry){.set = &library->sets[k], .library = library, .library_index = i};
            number_set(ruleset, set, &fragment, &allow);
        }
        for (size_t k = 0; k < library->nrules; k++)
            ruleset->rules[rule++] =
                (struct rule_entry){.rule = &library->rules[k], .library = library, .library_index = i};
        for (size_t k = 0; k < library->nsuppressors; k++)
            ruleset->suppressors[suppressor++] = (struct suppressor_entry){&library->suppressors[k], library};
    }
}

/* The id of a rule that is gone is in old warnings and in officers' notes: it never means another rule. */
static void check_retired(const struct ruleset *ruleset, const struct library *library, struct err *err)
{
    for (size_t k = 0; k < library->nretired; k++)
        for (size_t i = 0; i < ruleset->nrules; i++) {
            const struct rule_entry *entry = &ruleset->rules[i];
            if (strcmp(entry->rule->id, library->retired[k]) == 0)
                err_at(err, entry->library->document.file, entry->rule->line, entry->rule->col,
                       "rule %s: this id is retired (\"retired\" of %s); take one that was never used", entry->rule->id,
                       library->document.file);
        }
}

static void check_duplicates(const struct ruleset *ruleset, struct err *err)
{
    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;
        for (size_t k = 0; k < i; k++)
            if (strcmp(ruleset->libraries[k].library->name, library->name) == 0)
                document_error(&library->document, err, "library", false, "library \"%s\" is also in %s",
                               library->name, ruleset->libraries[k].library->document.file);
    }
    for (size_t i = 0; i < ruleset->nrules; i++) {
        const struct rule_entry *entry = &ruleset->rules[i];
        for (size_t k = 0; k < i; k++)
            if (strcmp(ruleset->rules[k].rule->id, entry->rule->id) == 0 && ruleset->rules[k].library != entry->library)
                err_at(err, entry->library->document.file, entry->rule->line, entry->rule->col,
                       "rule %s: the same id is at %s:%u", entry->rule->id,
                       ruleset->rules[k].library->document.file, ruleset->rules[k].rule->line);
    }
}

/* ---- names ------------------------------------------------------------------------------------------------- */

struct binder {
    struct ruleset *ruleset;
    struct err *err;
    const char ***names; /* per library: all it can see, NULL-terminated */
    bool **entered;      /* per library, per condition: bound, or being bound */
    int rc;
};

struct binder_scope { /* names as one library sees them */
    struct binder *binder;
    uint32_t library;
};

static struct symbol lookup(void *ctx, struct str name);

static void bind_in(struct binder *binder, uint32_t library, struct expression *expression, const char *path)
{
    struct binder_scope ctx = {binder, library};
    struct expression_scope scope = {&ctx, lookup, (const char *const *)binder->names[library]};
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

    if (binder->entered[library][index])
        return;
    binder->entered[library][index] = true;
    snprintf(path, sizeof(path), "conditions.%s", condition->name);
    bind_in(binder, library, condition->expression, path);
}

static struct symbol lookup_in(struct binder *binder, uint32_t library, struct str name)
{
    const struct library *in = binder->ruleset->libraries[library].library;

    for (uint32_t i = 0; i < binder->ruleset->nsets; i++)
        if (binder->ruleset->sets[i].library == in && str_eqz(name, binder->ruleset->sets[i].set->name))
            return (struct symbol){
                .kind = SYMBOL_SET, .set = i, .whole = binder->ruleset->sets[i].set->role == ROLE_WARNING};
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

static int bind_all(struct ruleset *ruleset, struct err *err)
{
    struct binder binder = {.ruleset = ruleset, .err = err};
    size_t n = ruleset->nlibraries;

    binder.names = arena_calloc(&ruleset->arena, n + 1, sizeof(*binder.names));
    binder.entered = arena_calloc(&ruleset->arena, n + 1, sizeof(*binder.entered));
    if (binder.names == NULL || binder.entered == NULL)
        return -TS_ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        binder.names[i] = list_names(ruleset, i);
        binder.entered[i] = arena_calloc(&ruleset->arena, ruleset->libraries[i].library->nconditions + 1, sizeof(bool));
        if (binder.names[i] == NULL || binder.entered[i] == NULL)
            return -TS_ENOMEM;
    }
    for (uint32_t i = 0; i < n; i++)
        bind_library(&binder, i);
    return binder.rc;
}

/* ---- scores ------------------------------------------------------------------------------------------------ */

static bool scores_for(const struct set_entry *set, const struct library *library)
{
    enum role role = set->set->role;

    if (role == ROLE_NONE || role == ROLE_WARNING)
        return false;
    if (set->library == library)
        return true;
    return strcmp(set->library->name, SHARED_LIBRARY) == 0 &&
           (role == ROLE_THREAT || role == ROLE_IDENTITY || role == ROLE_CONTACT);
}

static int prepare_scores(struct ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        struct library_entry *entry = &ruleset->libraries[i];
        uint32_t *scoring = arena_calloc(&ruleset->arena, ruleset->nsets + 1, sizeof(*scoring));

        if (scoring == NULL)
            return -TS_ENOMEM;
        for (uint32_t k = 0; k < ruleset->nsets; k++)
            if (scores_for(&ruleset->sets[k], entry->library))
                scoring[entry->nscoring++] = k;
        entry->scoring = scoring;
        for (int role = 0; role < ROLE_COUNT; role++)
            entry->weight[role] = isnan(entry->library->weight_override[role]) ? ruleset->options.weight[role]
                                                                               : entry->library->weight_override[role];
        for (int tier = 0; tier <= TIER_HIGH; tier++)
            entry->score_tier[tier] = isnan(entry->library->tier_override[tier]) ? ruleset->options.score_tier[tier]
                                                                                 : entry->library->tier_override[tier];
    }
    return 0;
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

/* The shared library first, then those that may name its sets. */
static int link_all(struct ruleset *ruleset, struct err *err)
{
    struct library *shared = NULL;
    int rc = 0, one;

    for (size_t i = 0; i < ruleset->nlibraries; i++)
        if (strcmp(ruleset->libraries[i].library->name, SHARED_LIBRARY) == 0)
            shared = ruleset->libraries[i].library;
    if (shared != NULL)
        rc = library_link(shared, shared, err);
    for (size_t i = 0; i < ruleset->nlibraries; i++)
        if (ruleset->libraries[i].library != shared &&
            (one = library_link(ruleset->libraries[i].library, shared, err)) != 0)
            rc = one;
    return rc;
}

int ruleset_index(struct ruleset *ruleset, struct err *err)
{
    int rc = link_all(ruleset, err);

    if (rc != 0 || (rc = anchor_choose(ruleset)) != 0)
        return rc;
    count_all(ruleset);
    if ((rc = allocate(ruleset)) != 0)
        return rc;
    number_all(ruleset);
    check_duplicates(ruleset, err);
    for (size_t i = 0; i < ruleset->nlibraries; i++)
        check_retired(ruleset, ruleset->libraries[i].library, err);
    rc = bind_all(ruleset, err);
    for (size_t i = 0; i < ruleset->nlibraries && rc == 0; i++)
        library_check(ruleset->libraries[i].library, err);
    if (rc == 0)
        rc = prepare_scores(ruleset);
    if (rc == 0)
        rc = ruleset_invert(ruleset);
    return rc;
}
