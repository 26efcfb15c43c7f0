/* evaluate.c - a record for which no rule is a candidate (candidates.h) is clean. Only when there is one are the
 * phrases found that bear on it, polarity, sentences and characters worked out and conditions read. */
#include "match/evaluate.h"

#include "core/utf8.h"
#include "match/candidates.h"
#include "match/evidence.h"
#include "match/fact_signal.h"
#include "match/model_view.h"
#include "match/victim.h"

#include <stdlib.h>

void evaluator_init(struct evaluator *evaluator)
{
    *evaluator = (struct evaluator){0};
    segments_init(&evaluator->segments);
    polarity_work_init(&evaluator->polarity);
}

static void free_arrays(struct evaluator *evaluator)
{
    free(evaluator->set_first);
    free(evaluator->set_count);
    free(evaluator->tallies);
    free(evaluator->sets_hit);
    free(evaluator->hit_mask);
    free(evaluator->sets_needed);
    free(evaluator->candidates);
    free(evaluator->is_asked);
    free(evaluator->fired);
    free(evaluator->shadow);
    free(evaluator->against);
    free(evaluator->suppressor_state);
    free(evaluator->scores);
    evaluator->set_first = evaluator->set_count = evaluator->sets_hit = NULL;
    evaluator->tallies = NULL;
    evaluator->hit_mask = evaluator->sets_needed = NULL;
    evaluator->candidates = NULL;
    evaluator->is_asked = NULL;
    evaluator->fired = evaluator->shadow = NULL;
    evaluator->against = NULL;
    evaluator->suppressor_state = NULL;
    evaluator->scores = NULL;
}

void evaluator_fini(struct evaluator *evaluator)
{
    free_arrays(evaluator);
    free(evaluator->matches);
    free(evaluator->evidence);
    free(evaluator->order);
    free(evaluator->trials);
    segments_fini(&evaluator->segments);
    polarity_work_fini(&evaluator->polarity);
    *evaluator = (struct evaluator){0};
}

int evaluator_use(struct evaluator *evaluator, const struct ruleset *ruleset)
{
    size_t nsets = ruleset->nsets + 1, nrules = ruleset->nrules + 1, nsuppressors = ruleset->nsuppressors + 1;

    free_arrays(evaluator);
    evaluator->ruleset = NULL;
    evaluator->nmatches = evaluator->ncandidates = evaluator->nrejected = evaluator->nsets_hit = 0;
    evaluator->scores_used = false;
    evaluator->set_first = calloc(nsets, sizeof(*evaluator->set_first));
    evaluator->set_count = calloc(nsets, sizeof(*evaluator->set_count));
    evaluator->tallies = calloc(nsets, sizeof(*evaluator->tallies));
    evaluator->sets_hit = calloc(nsets, sizeof(*evaluator->sets_hit));
    evaluator->hit_mask = calloc(RULESET_SET_WORDS(ruleset) + 1, sizeof(*evaluator->hit_mask));
    evaluator->sets_needed = calloc(RULESET_SET_WORDS(ruleset) + 1, sizeof(*evaluator->sets_needed));
    evaluator->candidates = calloc(nrules, sizeof(*evaluator->candidates));
    evaluator->is_asked = calloc(nrules, sizeof(*evaluator->is_asked));
    evaluator->fired = calloc(nrules, sizeof(*evaluator->fired));
    evaluator->shadow = calloc(nrules, sizeof(*evaluator->shadow));
    evaluator->against = calloc(nsuppressors, sizeof(*evaluator->against));
    evaluator->suppressor_state = calloc(nsuppressors, sizeof(*evaluator->suppressor_state));
    evaluator->scores = calloc(ruleset->nlibraries + 1, sizeof(*evaluator->scores));
    if (!evaluator->set_first || !evaluator->set_count || !evaluator->tallies || !evaluator->sets_hit ||
        !evaluator->hit_mask || !evaluator->sets_needed || !evaluator->candidates || !evaluator->is_asked ||
        !evaluator->fired || !evaluator->shadow || !evaluator->against || !evaluator->suppressor_state ||
        !evaluator->scores)
        return -TS_ENOMEM;
    evaluator->ruleset = ruleset;
    return 0;
}

/* ---- matches ----------------------------------------------------------------------------------------------- */

/* How far the allow phrases of the set go that begin no later than the hit looked at. Hits of a set ascend: one
 * walk. */
struct allowed {
    uint32_t set, reach;
    size_t next;
};

static bool is_allowed(const struct ruleset *ruleset, const struct scan *scan, struct allowed *allowed, size_t i)
{
    const struct found *hit = &scan->found[i];
    uint32_t set = ruleset->phrases[hit->phrase].set;

    if (allowed->set != set)
        *allowed = (struct allowed){set, 0, i};
    for (; allowed->next < scan->nfound; allowed->next++) {
        const struct found *found = &scan->found[allowed->next];
        const struct phrase *phrase = &ruleset->phrases[found->phrase];
        if (phrase->set != set || found->start > hit->start)
            break;
        if (phrase->allow && found->end > allowed->reach)
            allowed->reach = found->end;
    }
    return hit->end <= allowed->reach;
}

static int make_matches(struct evaluator *evaluator, const struct scan *scan)
{
    const struct ruleset *ruleset = evaluator->ruleset;
    struct allowed allowed = {.set = UINT32_MAX};

    if (scan->nfound > evaluator->matches_cap) {
        size_t cap = 2 * scan->nfound + 16;
        struct match *matches = realloc(evaluator->matches, cap * sizeof(*matches));
        if (matches == NULL)
            return -TS_ENOMEM;
        evaluator->matches = matches;
        struct place *order = realloc(evaluator->order, cap * sizeof(*order));
        if (order == NULL)
            return -TS_ENOMEM;
        evaluator->order = order;
        evaluator->matches_cap = cap;
    }
    for (size_t i = 0; i < scan->nfound; i++) {
        const struct found *found = &scan->found[i];
        const struct phrase *phrase = &ruleset->phrases[found->phrase];

        if (is_allowed(ruleset, scan, &allowed, i)) /* an allow phrase by itself */
            continue;
        if (evaluator->set_count[phrase->set]++ == 0)
            evaluator->set_first[phrase->set] = (uint32_t)evaluator->nmatches;
        evaluator->matches[evaluator->nmatches++] = (struct match){
            .fragment = found->phrase, .set = phrase->set, .field = phrase->field, .polarity = POLARITY_LIVE,
            .disguised = found->disguised, .start = found->start, .end = found->end};
    }
    return 0;
}

/* Characters and sentences. Matches of a set ascend, so counting goes on from the one before. */
static void place_matches(struct evaluator *evaluator, const struct canon *canon)
{
    const struct match *last = NULL;

    for (size_t i = 0; i < evaluator->nmatches; i++) {
        struct match *match = &evaluator->matches[i];
        uint32_t from = canon->start[match->field], chars = 0;

        if (last != NULL && last->field == match->field && last->start <= match->start) {
            from = last->start;
            chars = last->char_start;
        }
        match->char_start = chars + (uint32_t)utf8_count((struct str){canon->buf + from, match->start - from});
        match->char_end = match->char_start +
                          (uint32_t)utf8_count((struct str){canon->buf + match->start, match->end - match->start});
        if (match->field == CANON_TEXT)
            match->sentence = segments_sentence(&evaluator->segments, match->start);
        last = match;
    }
}

/* Advice is always said by whoever says it: 骗子…,切勿转账 is a caution, though 骗子 tells of what follows. */
static void keep_advice_live(struct evaluator *evaluator)
{
    for (size_t i = 0; i < evaluator->nmatches; i++)
        if (evaluator->ruleset->sets[evaluator->matches[i].set].set->role == ROLE_WARNING)
            evaluator->matches[i].polarity = POLARITY_LIVE;
}

static int prepare_matches(struct evaluator *evaluator, struct scan *scan)
{
    const struct canon *canon = evaluator->eval.subject->canon;
    bool text = false;
    int rc = make_matches(evaluator, scan);

    for (size_t i = 0; i < evaluator->nmatches; i++)
        text |= evaluator->matches[i].field == CANON_TEXT;
    if (rc == 0 && text)
        rc = segments_cut(&evaluator->segments, canon);
    if (rc == 0)
        place_matches(evaluator, canon);
    if (rc == 0 && text)
        rc = polarity_judge(&evaluator->polarity, evaluator->ruleset->polarity, scan->scratch, canon,
                            &evaluator->segments, evaluator->matches, evaluator->nmatches);
    keep_advice_live(evaluator);
    evaluator->eval.view = (struct match_view){evaluator->matches, evaluator->set_first, evaluator->set_count,
                                               text ? polarity_greeting(evaluator->ruleset->polarity, canon) : 0};
    return rc;
}

/* ---- verdict ----------------------------------------------------------------------------------------------- */

static bool ranks_before(const struct fired *a, const struct fired *b)
{
    if ((a->suppressed == NULL) != (b->suppressed == NULL))
        return a->suppressed == NULL;
    if (a->tier != b->tier)
        return a->tier > b->tier;
    if (a->score != b->score)
        return a->score > b->score;
    return a->rule_index < b->rule_index;
}

static void insert_ranked(struct fired *list, size_t *n, struct fired fired)
{
    size_t i = (*n)++;

    for (; i > 0 && ranks_before(&fired, &list[i - 1]); i--)
        list[i] = list[i - 1];
    list[i] = fired;
}

/* Room for the evidence of every candidate, and of one rule more for evaluate_why. */
static int reserve_evidence(struct evaluator *evaluator)
{
    size_t need = (evaluator->ncandidates + (size_t)1) * evaluator->nmatches;
    uint32_t *evidence;

    if (need <= evaluator->evidence_cap)
        return 0;
    evidence = realloc(evaluator->evidence, 2 * need * sizeof(*evidence));
    if (evidence == NULL)
        return -TS_ENOMEM;
    evaluator->evidence = evidence;
    evaluator->evidence_cap = 2 * need;
    return 0;
}

/* Does the rule warn of this victim, now? Asked of rules that fired only. */
static bool acts_live(const struct evaluator *evaluator, struct fired *fired)
{
    enum rule_state state = fired->rule->state;

    if (state == RULE_SHADOW || (state == RULE_CANARY && !victim_in_share(evaluator->eval.subject, fired->rule)))
        return false;
    fired->demoted = evidence_is_demoted(evaluator->ruleset->evidence, fired->rule_index);
    return !fired->demoted;
}

static void judge_rules(struct evaluator *evaluator)
{
    for (uint32_t i = 0; i < evaluator->ncandidates; i++) {
        uint32_t rule = evaluator->candidates[i];
        struct fired fired;
        enum rule_outcome outcome = evaluate_rule(evaluator, rule, &fired);

        if (outcome != RULE_FIRED && outcome != RULE_SUPPRESSED)
            continue;
        if (acts_live(evaluator, &fired))
            insert_ranked(evaluator->fired, &evaluator->nfired, fired);
        else if (outcome == RULE_FIRED)
            insert_ranked(evaluator->shadow, &evaluator->nshadow, fired);
    }
}

static void fill_verdict(const struct evaluator *evaluator, struct verdict *out)
{
    *out = (struct verdict){
        .fired = evaluator->fired, .nfired = evaluator->nfired, .shadow = evaluator->shadow,
        .nshadow = evaluator->nshadow, .against = evaluator->against, .nagainst = evaluator->nagainst,
        .matches = evaluator->matches, .nmatches = evaluator->nmatches, .subject = evaluator->eval.subject,
        .view = evaluator->eval.view};
    while (out->nlive < out->nfired && out->fired[out->nlive].suppressed == NULL)
        out->nlive++;
    out->kind = out->nlive > 0 ? VERDICT_WARNED : out->nfired > 0 ? VERDICT_SUPPRESSED : VERDICT_CLEAN;
}

/* Undo what the last look at phrases left in the per-set and per-library cells. */
static void forget_matches(struct evaluator *evaluator)
{
    for (size_t i = 0; i < evaluator->nmatches; i++)
        evaluator->set_count[evaluator->matches[i].set] = 0;
    if (evaluator->scores_used) {
        memset(evaluator->scores, 0, evaluator->ruleset->nlibraries * sizeof(*evaluator->scores));
        memset(evaluator->suppressor_state, 0, evaluator->ruleset->nsuppressors);
    }
    evaluator->scores_used = false;
    evaluator->nmatches = evaluator->nfired = evaluator->nshadow = evaluator->nevidence = evaluator->nagainst = 0;
    evaluator->norder = 0;
    evaluator->ordered = evaluator->bonus.done = false;
}

/* The candidates' conditions by what scan_find found. */
static int judge_found(struct evaluator *evaluator, struct scan *scan)
{
    int rc = 0;

    forget_matches(evaluator);
    if (scan->nfound > 0)
        rc = prepare_matches(evaluator, scan);
    if (rc == 0)
        rc = reserve_evidence(evaluator);
    if (rc == 0)
        judge_rules(evaluator);
    return rc;
}

int evaluate(struct evaluator *evaluator, struct scan *scan, struct subject *subject, bool thorough,
             struct verdict *out)
{
    int rc;

    forget_matches(evaluator);
    evaluator->eval = (struct eval){.subject = subject, .to = UINT32_MAX,
                                    .view = {evaluator->matches, evaluator->set_first, evaluator->set_count, 0}};
    subject->put_right = scan->nrewrites > 0;
    evaluator->signals = fact_signals(subject);
    if (evaluator->ruleset->nnumber_questions > 0)
        evaluator->signals |= fact_signals_of_lists(subject, evaluator->ruleset->number_questions,
                                                    evaluator->ruleset->nnumber_questions);
    evaluator->scan = scan;
    evaluator->disguise_counted = evaluator->urls_signalled = false;
    evaluator->rc = 0;
    rc = thorough ? candidates_by_phrases(evaluator) : candidates_by_hits(evaluator);
    if (rc == 0 && (thorough || evaluator->ncandidates > 0))
        rc = judge_found(evaluator, scan);
    if (rc != 0)
        return rc;
    fill_verdict(evaluator, out);
    if ((out->nlive | out->nshadow) > 0)
        model_view_weigh(subject, out);
    return 0;
}
