/* candidates.c - a hit has leads, each perhaps a phrase of a set; sets keep a tally of these and of the trials
 * not yet made. A trial, the search for the rest of a phrase, is made when the first rule asks for it. */
#include "match/candidates.h"

#include "match/digits.h"
#include "match/evaluate_scope.h"
#include "match/fact_signal.h"
#include "match/undisguise.h"

#include <stdlib.h>

#define NO_TRIAL UINT32_MAX
#define ANY_NUMBER 1000000 /* phrases, more than any rule asks for */

/* ---- tallies ----------------------------------------------------------------------------------------------- */

/* Without a branch: whether a set is hit for the first time is anybody's guess. */
static inline struct tally *tally_set(struct evaluator *evaluator, uint32_t set)
{
    struct tally *tally = &evaluator->tallies[set];
    bool first = tally->hits++ == 0;

    tally->next = first ? NO_TRIAL : tally->next;
    evaluator->sets_hit[evaluator->nsets_hit] = set; /* room for one more than all */
    evaluator->nsets_hit += first;
    evaluator->hit_mask[set / 64] |= UINT64_C(1) << set % 64;
    return tally;
}

/* Room for `n` more. */
static int reserve_trials(struct evaluator *evaluator, size_t n)
{
    size_t cap = 2 * (evaluator->ntrials + n);
    struct trial *trials;

    if (evaluator->ntrials + n <= evaluator->trials_cap)
        return 0;
    if ((trials = realloc(evaluator->trials, cap * sizeof(*trials))) == NULL)
        return -TS_ENOMEM;
    evaluator->trials = trials;
    evaluator->trials_cap = cap;
    return 0;
}

/* What the hit leads to, as far as the words of the text allow it. */
static inline void tally_hit(struct evaluator *evaluator, const struct scan_hit *hit, const struct lead *lead,
                             const struct lead *end, const struct text_words *words)
{
    uint32_t n = (uint32_t)evaluator->ntrials;

    for (; lead < end; lead++) {
        struct tally *tally;

        if (!text_words_meet(words, lead->needs))
            continue;
        tally = tally_set(evaluator, lead->set);
        evaluator->trials[n] = (struct trial){hit, lead->phrase, tally->next};
        tally->next = n++;
    }
    evaluator->ntrials = n;
}

/* The phrases that may be there, by all that the hits lead to. */
static int tally_hits(struct evaluator *evaluator)
{
    const struct leads *leads = &evaluator->ruleset->leads[evaluator->eval.subject->record->kind];
    const struct scan *scan = evaluator->scan;
    const struct text_words *words;

    evaluator->ntrials = 0;
    if (scan->nhits == 0)
        return 0;
    words = scan_words(evaluator->scan, evaluator->eval.subject->canon);
    for (const struct scan_hit *hit = scan->hits, *last = hit + scan->nhits; hit < last; hit++) {
        uint32_t first = leads->first[hit->pattern], end = leads->first[hit->pattern + 1];

        if (reserve_trials(evaluator, end - first) != 0)
            return -TS_ENOMEM;
        tally_hit(evaluator, hit, leads->all + first, leads->all + end, words);
    }
    return 0;
}

static void tally_found(struct evaluator *evaluator)
{
    for (size_t i = 0; i < evaluator->scan->nfound; i++) {
        const struct phrase *phrase = &evaluator->ruleset->phrases[evaluator->scan->found[i].phrase];
        if (!phrase->allow)
            tally_set(evaluator, phrase->set)->there++;
    }
}

static void forget_tallies(struct evaluator *evaluator)
{
    for (uint32_t i = 0; i < evaluator->nsets_hit; i++) {
        evaluator->tallies[evaluator->sets_hit[i]] = (struct tally){0};
        evaluator->hit_mask[evaluator->sets_hit[i] / 64] = 0;
    }
    evaluator->nsets_hit = 0;
}

/* ---- rules ------------------------------------------------------------------------------------------------- */

/* No branch either. */
static inline bool may_hold(uint64_t signals, uint32_t flags, uint64_t against, uint32_t flags_any)
{
    return ((signals & against) == 0) & ((flags_any == 0) | ((flags & flags_any) != 0));
}

static bool meets_demands(const struct evaluator *evaluator, const struct demands *demands)
{
    uint64_t met = 0;

    for (const struct demand_word *word = demands->words; word < demands->words + demands->n; word++) {
        met |= word->mask & evaluator->hit_mask[word->word];
        if (!word->last)
            continue;
        if (met == 0)
            return false;
        met = 0;
    }
    return true;
}

static uint32_t count_hits(void *ctx, uint32_t set, uint32_t need)
{
    const struct evaluator *evaluator = ctx;

    (void)need;
    return evaluator->tallies[set].hits;
}

/* Makes as many trials as it takes. */
static uint32_t count_there(void *ctx, uint32_t set, uint32_t need)
{
    struct evaluator *evaluator = ctx;
    struct tally *tally = &evaluator->tallies[set];

    while (tally->there < need && tally->hits > 0 && tally->next != NO_TRIAL) {
        const struct trial *trial = &evaluator->trials[tally->next];
        tally->next = trial->next;
        tally->there += (evaluator->whatever_digits && digits_decide(evaluator->ruleset, trial->phrase)) ||
                        scan_holds(evaluator->scan, evaluator->ruleset, evaluator->eval.subject->canon, *trial->hit,
                                   trial->phrase);
    }
    return tally->there;
}

/* Before it is asked how much is disguised: all phrases are looked for. Few records get so far. */
static void count_disguise(struct evaluator *evaluator)
{
    struct subject *subject = evaluator->eval.subject;

    if (evaluator->disguise_counted || evaluator->rc != 0)
        return;
    evaluator->disguise_counted = true;
    if (evaluator->scan->nrewrites > 0)
        evaluator->rc = undisguise_count(evaluator->scan, evaluator->ruleset, subject->canon, &subject->rewritten);
}

/* By the hits, by what is really there, then by the facts too. A rule without condition asks for a set of its own
 * library. */
static bool is_possible(struct evaluator *evaluator, const struct rule_entry *rule, uint32_t trigger)
{
    struct presence presence = {.hit_mask = evaluator->hit_mask, .there = count_hits, .ctx = evaluator,
                                .signals = evaluator->signals, .flags = evaluator->eval.subject->caller.flags,
                                .sure = evaluator->whatever_digits ? evaluator->sure : FACTS_ALL};

    if (rule->when == NULL)
        return count_there(evaluator, trigger, 1) > 0;
    if (!expression_possible(rule->when, &presence))
        return false;
    presence.there = count_there;
    if (!expression_possible(rule->when, &presence))
        return false;
    if (rule->asks_disguise && !evaluator->whatever_digits)
        count_disguise(evaluator);
    presence.facts = &evaluator->eval;
    return expression_possible(rule->when, &presence);
}

static bool agrees(const struct evaluator *evaluator, const struct rule_entry *rule)
{
    return may_hold(evaluator->signals, evaluator->eval.subject->caller.flags, rule->against, rule->need_flags_any);
}

/* What the rule demands of sets and cheap facts; the text is read for URLs when the first rule has all else. */
static bool has_a_chance(struct evaluator *evaluator, const struct rule_entry *rule)
{
    if (!meets_demands(evaluator, &rule->demands) || !agrees(evaluator, rule))
        return false;
    if (evaluator->urls_signalled)
        return true;
    evaluator->signals |= fact_signals_of_urls(evaluator->eval.subject);
    evaluator->urls_signalled = true;
    return agrees(evaluator, rule);
}

/* `trigger`: the set because of which. */
static void ask(struct evaluator *evaluator, uint32_t index, uint32_t trigger)
{
    const struct rule_entry *rule = &evaluator->ruleset->rules[index];

    if (evaluator->is_asked[index] || !has_a_chance(evaluator, rule))
        return;
    if (is_possible(evaluator, rule, trigger)) {
        evaluator->is_asked[index] = true;
        evaluator->candidates[evaluator->ncandidates++] = index;
    } else if (rule->when != NULL) {
        evaluator->is_asked[index] = true;
        evaluator->candidates[evaluator->ruleset->nrules - ++evaluator->nrejected] = index;
    }
}

static void forget_candidates(struct evaluator *evaluator)
{
    for (uint32_t i = 0; i < evaluator->ncandidates; i++)
        evaluator->is_asked[evaluator->candidates[i]] = false;
    for (uint32_t i = 1; i <= evaluator->nrejected; i++)
        evaluator->is_asked[evaluator->candidates[evaluator->ruleset->nrules - i]] = false;
    evaluator->ncandidates = evaluator->nrejected = 0;
}

/* No branch either. */
static inline bool may_be_asked(const struct rule_by_set *rule, const uint64_t *mask, uint64_t signals)
{
    const struct narrow_demand *a = &rule->demands[0], *b = &rule->demands[1];

    return (((mask[a->word[0]] & a->mask[0]) | (mask[a->word[1]] & a->mask[1])) != 0) &
           (((mask[b->word[0]] & b->mask[0]) | (mask[b->word[1]] & b->mask[1])) != 0) &
           ((signals & rule->against) == 0);
}

static void ask_by_sets(struct evaluator *evaluator)
{
    const struct ruleset *ruleset = evaluator->ruleset;
    const uint64_t *mask = evaluator->hit_mask;

    for (uint32_t i = 0; i < evaluator->nsets_hit; i++) {
        uint32_t set = evaluator->sets_hit[i], end = ruleset->first_by_set[set + 1];

        for (uint32_t k = ruleset->first_by_set[set]; k < end; k++)
            if (may_be_asked(&ruleset->rules_by_set[k], mask, evaluator->signals))
                ask(evaluator, ruleset->rules_by_set[k].rule, set);
    }
}

static void ask_by_facts(struct evaluator *evaluator)
{
    const struct ruleset *ruleset = evaluator->ruleset;
    uint64_t signals = evaluator->signals;
    uint32_t flags = evaluator->eval.subject->caller.flags;
    const struct fact_group *end = ruleset->fact_groups + (flags != 0 ? ruleset->nfact_groups : ruleset->nunflagged);

    for (const struct fact_group *group = ruleset->fact_groups; group < end; group++)
        if (may_hold(signals, flags, group->against, group->need_flags_any))
            for (uint32_t k = 0; k < group->nrules; k++)
                ask(evaluator, group->rules[k], 0);
}

/* The rules that the tallies could make true; these are forgotten. */
static void ask_rules(struct evaluator *evaluator)
{
    forget_candidates(evaluator);
    ask_by_sets(evaluator);
    ask_by_facts(evaluator);
    forget_tallies(evaluator);
}

static void need_sets(struct evaluator *evaluator, const uint64_t *mask)
{
    for (size_t i = 0; i < RULESET_SET_WORDS(evaluator->ruleset); i++)
        evaluator->sets_needed[i] |= mask[i];
}

/* What the candidates rest on, what their scores are made of, what may speak against them. */
static void gather_needed(struct evaluator *evaluator)
{
    const struct ruleset *ruleset = evaluator->ruleset;

    memset(evaluator->sets_needed, 0, RULESET_SET_WORDS(ruleset) * sizeof(*evaluator->sets_needed));
    need_sets(evaluator, ruleset->suppressor_mask);
    for (uint32_t i = 0; i < evaluator->ncandidates; i++) {
        const struct rule_entry *rule = &ruleset->rules[evaluator->candidates[i]];

        need_sets(evaluator, ruleset->libraries[rule->library_index].scoring_mask);
        for (uint32_t k = 0; k < rule->nsets; k++)
            evaluator->sets_needed[rule->sets[k] / 64] |= UINT64_C(1) << rule->sets[k] % 64;
    }
}

/* Where the windows of a long text begin depends on all matches (a set's bit may be another's too). */
static bool any_has_windows(const struct evaluator *evaluator)
{
    for (uint32_t i = 0; i < evaluator->ncandidates; i++) {
        enum scope scope = evaluator->ruleset->rules[evaluator->candidates[i]].rule->scope;

        if (scope == SCOPE_WINDOW && !scope_is_whole(evaluator, scope))
            return true;
    }
    return false;
}

/* To a score any phrase adds that is disguised: then all are found. */
static int find_needed(struct evaluator *evaluator)
{
    const struct canon *canon = evaluator->eval.subject->canon;
    int rc;

    if (any_has_windows(evaluator))
        return scan_find(evaluator->scan, evaluator->ruleset, canon, NULL);
    gather_needed(evaluator);
    rc = scan_find(evaluator->scan, evaluator->ruleset, canon, evaluator->sets_needed);
    if (rc == 0 && (rc = scan_more_disguised(evaluator->scan, evaluator->ruleset, canon)) > 0)
        rc = scan_find(evaluator->scan, evaluator->ruleset, canon, NULL);
    return rc;
}

int candidates_by_hits(struct evaluator *evaluator)
{
    int rc = tally_hits(evaluator);

    if (rc != 0) {
        forget_tallies(evaluator);
        return rc;
    }
    ask_rules(evaluator);
    if (evaluator->ncandidates > 0)
        count_disguise(evaluator);
    if (evaluator->ncandidates == 0 || evaluator->rc != 0)
        return evaluator->rc;
    return find_needed(evaluator);
}

static void tally_any(struct evaluator *evaluator, uint32_t set)
{
    struct tally *tally = tally_set(evaluator, set);

    tally->hits = tally->there = ANY_NUMBER;
}

static void tally_digits(void *ctx, uint32_t pattern)
{
    struct evaluator *evaluator = ctx;
    const struct leads *leads = &evaluator->ruleset->leads[evaluator->eval.subject->record->kind];

    for (uint32_t i = leads->first[pattern]; i < leads->first[pattern + 1]; i++)
        if (digits_decide(evaluator->ruleset, leads->all[i].phrase) &&
            text_words_meet(&evaluator->scan->words, leads->all[i].needs))
            tally_any(evaluator, leads->all[i].set);
}

/* All that other digits, in the text or in the numbers, could lead to. False: more than can be told. */
static bool tally_whatever(struct evaluator *evaluator)
{
    const struct digit_words *digits = &evaluator->ruleset->digits;

    for (size_t i = 0; i < digits->nnumber_sets; i++)
        tally_any(evaluator, digits->number_sets[i]);
    return tally_hits(evaluator) == 0 &&
           digits_hits(evaluator->ruleset, evaluator->eval.subject->canon, tally_digits, evaluator);
}

bool candidates_whatever_digits(struct evaluator *evaluator, uint64_t signals)
{
    struct subject *subject = evaluator->eval.subject;
    bool any;

    if (!digits_fold_alike(evaluator->ruleset, subject->canon))
        return true;
    evaluator->signals = fact_signals(subject) | signals;
    evaluator->sure = FACTS_OF_WORDS;
    if (digits_make_no_url(subject->canon)) {
        evaluator->signals |= fact_signals_of_urls(subject);
        evaluator->sure |= digits_make_no_contact(subject) ? FACTS_OF_CONTACTS : FACTS_OF_URLS;
    }
    evaluator->urls_signalled = evaluator->whatever_digits = true;
    scan_ask_again(evaluator->scan, evaluator->ruleset);
    scan_words(evaluator->scan, subject->canon);
    text_words_mark(&evaluator->scan->words, &evaluator->ruleset->digits.words);
    any = !tally_whatever(evaluator);
    ask_rules(evaluator);
    any = any || evaluator->ncandidates > 0;
    forget_candidates(evaluator);
    evaluator->whatever_digits = false;
    return any;
}

int candidates_by_phrases(struct evaluator *evaluator)
{
    int rc;

    count_disguise(evaluator);
    rc = evaluator->rc == 0
             ? scan_find(evaluator->scan, evaluator->ruleset, evaluator->eval.subject->canon, NULL) : evaluator->rc;
    if (rc != 0)
        return rc;
    tally_found(evaluator);
    ask_rules(evaluator);
    return evaluator->rc;
}
