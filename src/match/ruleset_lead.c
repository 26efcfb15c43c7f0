/* ruleset_lead.c - the postings of each pattern once more, without those that candidates need not look at. */
#include "match/fact_signal.h"
#include "match/ruleset_index.h"

/* Per set, signals with which no rule has a use for it: what only rules of calls ask for brings up no rule for an SMS,
 * and what only excludes brings up none at all. (Suppressors and scores look at all that is found.) */
struct useless {
    uint64_t *against;
    uint64_t rule; /* against the one looked at */
};

static void use_set(void *ctx, uint32_t set)
{
    struct useless *useless = ctx;

    useless->against[set] &= useless->rule;
}

/* NULL when memory is out. */
static uint64_t *find_useless(struct ruleset *ruleset)
{
    size_t bytes = (ruleset->nsets + 1) * sizeof(uint64_t);
    struct useless useless = {.against = arena_alloc(&ruleset->arena, bytes)};

    if (useless.against == NULL)
        return NULL;
    memset(useless.against, 0xFF, bytes);
    for (size_t i = 0; i < ruleset->nrules; i++) {
        const struct rule_entry *rule = &ruleset->rules[i];

        useless.rule = rule->against;
        if (rule->rule->state == RULE_OFF)
            continue;
        if (rule->when != NULL)
            expression_helping_sets(rule->when, use_set, &useless);
        for (uint32_t k = 0; rule->when == NULL && k < rule->nsets; k++)
            if (ruleset->sets[rule->sets[k]].library == rule->library)
                use_set(&useless, rule->sets[k]);
    }
    return useless.against;
}

static struct lead lead_of(const struct posting *posting)
{
    static const text_need nothing = 0;

    return (struct lead){posting->phrase, posting->set, posting->needs != NULL ? posting->needs : &nothing};
}

static void list_leads(const struct ruleset *ruleset, uint64_t signals, const uint64_t *against, struct leads *leads)
{
    uint32_t n = 0;

    for (size_t i = 0; i < ruleset->npatterns; i++) {
        const struct posting *posting = &ruleset->postings[ruleset->patterns[i].first];

        leads->first[i] = n;
        for (uint32_t k = 0; k < ruleset->patterns[i].n; k++, posting++)
            if (posting->phrase < ruleset->nfragments && (against[posting->set] & signals) == 0)
                leads->all[n++] = lead_of(posting);
    }
    leads->first[ruleset->npatterns] = n;
}

int ruleset_lead(struct ruleset *ruleset)
{
    const uint64_t *against = find_useless(ruleset);
    size_t all = 0;

    for (size_t i = 0; i < ruleset->npatterns; i++)
        all += ruleset->patterns[i].n;
    for (int kind = 0; kind < RECORD_KINDS; kind++) {
        struct leads *leads = &ruleset->leads[kind];

        leads->all = arena_calloc(&ruleset->arena, all + 1, sizeof(*leads->all));
        leads->first = arena_calloc(&ruleset->arena, ruleset->npatterns + 1, sizeof(*leads->first));
        if (against == NULL || leads->all == NULL || leads->first == NULL)
            return -TS_ENOMEM;
        list_leads(ruleset, fact_signals_of_kind((enum record_kind)kind), against, leads);
    }
    return 0;
}
