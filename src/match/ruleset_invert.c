/* ruleset_invert.c - from a set to the rules that need it, and from facts to the rules that no set can bring about:
 * what a record's hits are asked (candidates.h). */
#include "match/ruleset_index.h"

#include "match/fact_signal.h"

#include <stdlib.h>

/* The sets of the rule looked at, each once. */
struct set_list {
    uint32_t *sets; /* room for every set */
    bool *has;      /* per set */
    uint32_t n;
};

static void add_set(void *ctx, uint32_t set)
{
    struct set_list *list = ctx;

    if (!list->has[set])
        list->sets[list->n++] = set;
    list->has[set] = true;
}

/* A copy of the list, which is then empty again; NULL when memory is exhausted. */
static const uint32_t *keep_sets(struct arena *arena, struct set_list *list)
{
    uint32_t *sets = arena_alloc(arena, (list->n + 1) * sizeof(*sets));

    if (sets != NULL)
        memcpy(sets, list->sets, list->n * sizeof(*sets));
    for (uint32_t i = 0; i < list->n; i++)
        list->has[list->sets[i]] = false;
    list->n = 0;
    return sets;
}

/* What is asked of lists, each once. */
struct question_list {
    struct list_question *questions; /* in an arena */
    uint32_t n, cap;
    struct arena *arena;
    bool out_of_memory;
};

static void add_question(void *ctx, struct list_question question)
{
    struct question_list *list = ctx;

    for (uint32_t i = 0; i < list->n; i++)
        if (list->questions[i].what == question.what && list->questions[i].list == question.list)
            return;
    if (list->n == list->cap) {
        uint32_t cap = 2 * list->cap + 4;
        struct list_question *questions = arena_calloc(list->arena, cap, sizeof(*questions));
        if ((list->out_of_memory = list->out_of_memory || questions == NULL))
            return;
        if (list->n > 0)
            memcpy(questions, list->questions, list->n * sizeof(*questions));
        list->questions = questions;
        list->cap = cap;
    }
    list->questions[list->n++] = question;
}

static int list_questions(struct ruleset *ruleset, struct rule_entry *entry)
{
    struct question_list list = {.arena = &ruleset->arena};

    expression_lists(entry->rule->when, add_question, &list);
    entry->lists = list.questions;
    entry->nlists = list.n;
    return list.out_of_memory ? -TS_ENOMEM : 0;
}

static bool mentions_disguise(const struct expression *expression)
{
    return expression != NULL && (expression_facts(expression) >> FACT_TEXT_DISGUISE & 1) != 0;
}

static bool asks_disguise(const struct ruleset *ruleset, const struct rule_entry *entry)
{
    for (size_t i = 0; i < ruleset->nsuppressors; i++) {
        const struct suppressor *suppressor = ruleset->suppressors[i].suppressor;
        if (mentions_disguise(suppressor->when) || mentions_disguise(suppressor->unless))
            return true;
    }
    return entry->scored || mentions_disguise(entry->rule->when);
}

static int describe_rule(struct ruleset *ruleset, struct rule_entry *entry, struct set_list *list,
                         struct trigger *trigger)
{
    const struct library_entry *library = &ruleset->libraries[entry->library_index];

    if (entry->rule->when != NULL) {
        expression_sets(entry->rule->when, add_set, list);
        entry->nsets = list->n;
        if ((entry->sets = keep_sets(&ruleset->arena, list)) == NULL)
            return -TS_ENOMEM;
        entry->facts = expression_facts(entry->rule->when);
        if (list_questions(ruleset, entry) != 0)
            return -TS_ENOMEM;
        entry->scored = entry->rule->tier == TIER_NONE || expression_is_scored(entry->rule->when);
        entry->asks_disguise = asks_disguise(ruleset, entry);
        entry->opening = expression_opening(entry->rule->when, &entry->opening_sets);
        if (expression_trigger(entry->rule->when, &ruleset->arena, trigger) != 0)
            return -TS_ENOMEM;
        if (expression_demands(entry->rule->when, &ruleset->arena, &entry->demands) != 0)
            return -TS_ENOMEM;
        entry->when = entry->rule->when;
        entry->against = trigger->against;
        entry->need_flags_any = trigger->need_flags_any;
        return 0;
    }
    /* by score: only a set of its own library brings a rule up, so that shared sets alone do not fire every family */
    entry->scored = entry->asks_disguise = true;
    entry->sets = library->scoring;
    entry->nsets = library->nscoring;
    for (uint32_t i = 0; i < library->nscoring; i++)
        if (ruleset->sets[library->scoring[i]].library == entry->library)
            add_set(list, library->scoring[i]);
    *trigger = (struct trigger){.nsets = list->n};
    return (trigger->sets = keep_sets(&ruleset->arena, list)) != NULL ? 0 : -TS_ENOMEM;
}

/* The words from `word` up to the last of their demand, when they are few enough; returns the one behind them. */
static const struct demand_word *read_demand(const struct demand_word *word, uint32_t set, struct narrow_demand *out)
{
    uint32_t n = 0;
    bool own = false;

    *out = (struct narrow_demand){0};
    do {
        own = own || (word->word == set / 64 && (word->mask & EXPRESSION_SET_BIT(set)) != 0);
        if (n < 2) {
            out->mask[n] = word->mask;
            out->word[n] = word->word;
        }
        n++;
    } while (!word++->last);
    if (own || n > 2)
        out->mask[0] = 0;
    return word;
}

/* A rule in the list of a set that triggers it, with the narrowest of its other demands. The set itself is always a
 * demand that is met. */
static struct rule_by_set ask_by_set(const struct ruleset *ruleset, uint32_t rule, uint32_t set)
{
    const struct demands *demands = &ruleset->rules[rule].demands;
    const struct demand_word *word = demands->words, *end = word + demands->n;
    const struct narrow_demand met = {{EXPRESSION_SET_BIT(set), 0}, {set / 64, 0}};
    struct rule_by_set out = {.demands = {met, met}, .against = ruleset->rules[rule].against, .rule = rule};

    for (size_t n = 0; word < end && n < 2; ) {
        struct narrow_demand demand;

        word = read_demand(word, set, &demand);
        if (demand.mask[0] != 0)
            out.demands[n++] = demand;
    }
    return out;
}

/* Called for every rule twice: to count, then to fill. */
static void enter_rule(struct ruleset *ruleset, uint32_t rule, const struct trigger *trigger, bool fill)
{
    struct fact_group key = {.against = trigger->against, .need_flags_any = trigger->need_flags_any};
    struct fact_group *group = ruleset->fact_groups;

    for (size_t i = 0; i < trigger->nsets; i++) {
        struct set_entry *set = &ruleset->sets[trigger->sets[i]];
        if (fill)
            ruleset->rules_by_set[ruleset->first_by_set[trigger->sets[i]] + set->nrules] =
                ask_by_set(ruleset, rule, trigger->sets[i]);
        set->nrules++;
    }
    if (trigger->nsets > 0 || ruleset->rules[rule].rule->when == NULL)
        return;
    if (trigger->always)
        key = (struct fact_group){0};
    while (group < ruleset->fact_groups + ruleset->nfact_groups &&
           (group->against != key.against || group->need_flags_any != key.need_flags_any))
        group++;
    if (group == ruleset->fact_groups + ruleset->nfact_groups) {
        *group = key;
        ruleset->nfact_groups++;
    }
    if (fill)
        group->rules[group->nrules] = rule;
    group->nrules++;
}

static int make_room(struct ruleset *ruleset)
{
    uint32_t n = 0;

    ruleset->first_by_set = arena_calloc(&ruleset->arena, ruleset->nsets + 1, sizeof(*ruleset->first_by_set));
    if (ruleset->first_by_set == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < ruleset->nsets; i++) {
        ruleset->first_by_set[i] = n;
        n += ruleset->sets[i].nrules;
        ruleset->sets[i].nrules = 0;
    }
    ruleset->first_by_set[ruleset->nsets] = n;
    if ((ruleset->rules_by_set = arena_calloc(&ruleset->arena, n + 1, sizeof(*ruleset->rules_by_set))) == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < ruleset->nfact_groups; i++) {
        ruleset->fact_groups[i].rules =
            arena_calloc(&ruleset->arena, ruleset->fact_groups[i].nrules + 1, sizeof(uint32_t));
        ruleset->fact_groups[i].nrules = 0;
        if (ruleset->fact_groups[i].rules == NULL)
            return -TS_ENOMEM;
    }
    return 0;
}

static int describe_rules(struct ruleset *ruleset, struct trigger *triggers)
{
    struct set_list list = {.sets = calloc(ruleset->nsets + 1, sizeof(*list.sets)),
                            .has = calloc(ruleset->nsets + 1, sizeof(*list.has))};
    int rc = list.sets != NULL && list.has != NULL ? 0 : -TS_ENOMEM;

    for (size_t i = 0; i < ruleset->nrules && rc == 0; i++)
        rc = describe_rule(ruleset, &ruleset->rules[i], &list, &triggers[i]);
    free(list.sets);
    free(list.has);
    return rc;
}

static int compare_groups(const void *a, const void *b)
{
    const struct fact_group *x = a, *y = b;

    return (x->need_flags_any != 0) - (y->need_flags_any != 0);
}

/* Most callers have no flag. */
static void sort_groups(struct ruleset *ruleset)
{
    qsort(ruleset->fact_groups, ruleset->nfact_groups, sizeof(*ruleset->fact_groups), compare_groups);
    while (ruleset->nunflagged < ruleset->nfact_groups &&
           ruleset->fact_groups[ruleset->nunflagged].need_flags_any == 0)
        ruleset->nunflagged++;
}

/* Only rules that a number's being listed can bring about are worth a look-up for every record; then the answer must be
 * of all rules. */
static int gather_number_questions(struct ruleset *ruleset)
{
    const uint64_t listed = fact_against_listed(LISTABLE_CALLER, true) | fact_against_listed(LISTABLE_CALLEE, true);
    struct question_list list = {.arena = &ruleset->arena};
    bool wanted = false;

    for (size_t i = 0; i < ruleset->nfact_groups; i++)
        wanted |= (ruleset->fact_groups[i].against & listed) != 0;
    for (size_t i = 0; wanted && i < ruleset->nrules; i++)
        for (uint32_t k = 0; k < ruleset->rules[i].nlists; k++)
            if (!listable_needs_contacts(ruleset->rules[i].lists[k].what))
                add_question(&list, ruleset->rules[i].lists[k]);
    ruleset->number_questions = list.questions;
    ruleset->nnumber_questions = list.n;
    return list.out_of_memory ? -TS_ENOMEM : 0;
}

int ruleset_invert(struct ruleset *ruleset)
{
    struct trigger *triggers = calloc(ruleset->nrules + 1, sizeof(*triggers));
    int rc = triggers != NULL ? describe_rules(ruleset, triggers) : -TS_ENOMEM;

    for (int fill = 0; fill < 2 && rc == 0; fill++) {
        for (uint32_t i = 0; i < ruleset->nrules; i++)
            if (ruleset->rules[i].rule->state != RULE_OFF)
                enter_rule(ruleset, i, &triggers[i], fill != 0);
        if (!fill)
            rc = make_room(ruleset);
    }
    sort_groups(ruleset);
    free(triggers);
    return rc == 0 ? gather_number_questions(ruleset) : rc;
}
