/* selftest_changed.c - a phrase by its own library, or because it names a set of the shared one; a rule by its own
 * library and those of the sets it rests on. */
#include "match/selftest_changed.h"

#include "match/ruleset_index.h"

#include <stdlib.h>

static bool is_among(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

int changed_init(struct changed *changed, const struct ruleset *ruleset, const char *const *names)
{
    *changed = (struct changed){.ruleset = ruleset};
    changed->libraries = calloc(ruleset->nlibraries + 1, sizeof(*changed->libraries));
    if (changed->libraries == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;

        if (!is_among(library->name, names))
            continue;
        changed->libraries[i] = true;
        changed->shared |= strcmp(library->name, SHARED_LIBRARY) == 0;
        changed->every_rule |= changed->shared || library->nsuppressors > 0;
    }
    return 0;
}

void changed_fini(struct changed *changed)
{
    free(changed->libraries);
    changed->libraries = NULL;
}

bool changed_has_phrase(const struct changed *changed, uint32_t phrase)
{
    const struct phrase *at;

    if (changed == NULL)
        return true;
    at = &changed->ruleset->phrases[phrase];
    return changed->libraries[changed->ruleset->sets[at->set].library_index] ||
           (changed->shared && at->fragment->named);
}

bool changed_has_rule(const struct changed *changed, uint32_t rule)
{
    const struct rule_entry *entry;

    if (changed == NULL || changed->every_rule)
        return true;
    entry = &changed->ruleset->rules[rule];
    if (changed->libraries[entry->library_index])
        return true;
    for (uint32_t i = 0; i < entry->nsets; i++)
        if (changed->libraries[changed->ruleset->sets[entry->sets[i]].library_index])
            return true;
    return false;
}
