/* ruleset_index.c - number, then bind names (ruleset_bind.c), then scores; what is asked of a record's hits is inverted
 * last (ruleset_invert.c). */
#include "match/ruleset_index.h"

#include "match/anchor.h"
#include "match/library_link.h"

#include <math.h>
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

static void check_library_names(const struct ruleset *ruleset, struct err *err)
{
    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;
        for (size_t k = 0; k < i; k++)
            if (strcmp(ruleset->libraries[k].library->name, library->name) == 0)
                document_error(&library->document, err, "library", false, "library \"%s\" is also in %s",
                               library->name, ruleset->libraries[k].library->document.file);
    }
}

/* By id, then as they are numbered. */
static int compare_ids(const void *a, const void *b)
{
    const struct rule_entry *const *x = a, *const *y = b;
    int order = strcmp((*x)->rule->id, (*y)->rule->id);

    return order != 0 ? order : (*x > *y) - (*x < *y);
}

/* Of one library they were told when it was read. */
static int check_ids(const struct ruleset *ruleset, struct err *err)
{
    const struct rule_entry **sorted = calloc(ruleset->nrules + 1, sizeof(*sorted));

    if (sorted == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < ruleset->nrules; i++)
        sorted[i] = &ruleset->rules[i];
    qsort(sorted, ruleset->nrules, sizeof(*sorted), compare_ids);
    for (size_t i = 1; i < ruleset->nrules; i++) {
        const struct rule_entry *before = sorted[i - 1], *entry = sorted[i];
        if (strcmp(before->rule->id, entry->rule->id) == 0 && before->library != entry->library)
            err_at(err, entry->library->document.file, entry->rule->line, entry->rule->col,
                   "rule %s: the same id is at %s:%u", entry->rule->id, before->library->document.file,
                   before->rule->line);
    }
    free(sorted);
    return 0;
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

static void mark_set(void *ctx, uint32_t set)
{
    uint64_t *mask = ctx;

    mask[set / 64] |= UINT64_C(1) << set % 64;
}

static int prepare_scores(struct ruleset *ruleset)
{
    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        struct library_entry *entry = &ruleset->libraries[i];
        uint32_t *scoring = arena_calloc(&ruleset->arena, ruleset->nsets + 1, sizeof(*scoring));
        uint64_t *mask = arena_calloc(&ruleset->arena, RULESET_SET_WORDS(ruleset) + 1, sizeof(*mask));

        if (scoring == NULL || mask == NULL)
            return -TS_ENOMEM;
        for (uint32_t k = 0; k < ruleset->nsets; k++)
            if (scores_for(&ruleset->sets[k], entry->library)) {
                scoring[entry->nscoring++] = k;
                mark_set(mask, k);
            }
        entry->scoring = scoring;
        entry->scoring_mask = mask;
        for (int role = 0; role < ROLE_COUNT; role++)
            entry->weight[role] = isnan(entry->library->weight_override[role]) ? ruleset->options.weight[role]
                                                                               : entry->library->weight_override[role];
        for (int tier = 0; tier <= TIER_HIGH; tier++)
            entry->score_tier[tier] = isnan(entry->library->tier_override[tier]) ? ruleset->options.score_tier[tier]
                                                                                 : entry->library->tier_override[tier];
    }
    return 0;
}

static int mark_suppressor_sets(struct ruleset *ruleset)
{
    uint64_t *mask = arena_calloc(&ruleset->arena, RULESET_SET_WORDS(ruleset) + 1, sizeof(*mask));

    if (mask == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < ruleset->nsuppressors; i++) {
        const struct suppressor *suppressor = ruleset->suppressors[i].suppressor;

        expression_sets(suppressor->when, mark_set, mask);
        if (suppressor->unless != NULL)
            expression_sets(suppressor->unless, mark_set, mask);
    }
    ruleset->suppressor_mask = mask;
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
    check_library_names(ruleset, err);
    if ((rc = check_ids(ruleset, err)) != 0)
        return rc;
    for (size_t i = 0; i < ruleset->nlibraries; i++)
        check_retired(ruleset, ruleset->libraries[i].library, err);
    rc = ruleset_bind(ruleset, err);
    for (size_t i = 0; i < ruleset->nlibraries && rc == 0; i++)
        library_check(ruleset->libraries[i].library, err);
    if (rc == 0)
        rc = prepare_scores(ruleset);
    if (rc == 0)
        rc = mark_suppressor_sets(ruleset);
    if (rc == 0)
        rc = ruleset_invert(ruleset);
    return rc;
}
