/* evaluate_rule.c - one rule: its condition or score, what it rests on, who speaks against it. */
#include "match/evaluate_scope.h"
#include "match/span.h"

#include <stdio.h>
#include <stdlib.h>

/* Facts that can carry a rule beside or instead of a phrase: about numbers, the call, contacts. */
#define BIT(id) (UINT64_C(1) << FACT_##id)
#define SUPPORTING_FACTS                                                                                      \
    (BIT(CALLER_KIND) | BIT(CALLER_COUNTRY) | BIT(CALLER_FLAGS) | BIT(CALLER_TRUST) | BIT(CALLER_INTERNATIONAL) | \
     BIT(CALLER_PERSONAL) | BIT(CALLER_AGE_DAYS) | BIT(CALLER_ROAMING) | BIT(CALLER_VPLMN) |                  \
     BIT(CALLER_SAME_PREFIX) | BIT(CALLER_USER_CLASS) | BIT(CALLEE_KIND) | BIT(CALLEE_COUNTRY) |              \
     BIT(CALLEE_FLAGS) | BIT(CALLEE_INTERNATIONAL) | BIT(CALL_DUR) | BIT(CALL_ANSWERED) | BIT(CALL_RING_MS) | \
     BIT(CALL_RELEASED_BY) | BIT(CALL_REDIRECTED) | BIT(TEXT_URL) | BIT(TEXT_URLS) | BIT(TEXT_PHONES) |       \
     BIT(TEXT_CONTACT) | BIT(TEXT_AMOUNT_MAX) | BIT(URL_SHORTENER) | BIT(URL_IPHOST) | BIT(URL_LOOKALIKE) | \
     BIT(CONTACT_UNOFFICIAL) | BIT(CONTACT_OTHER_PHONE) | BIT(CLAIM_MISMATCH) | BIT(CLAIM_URL_MISMATCH))

enum suppressor_state { SUPPRESSOR_UNASKED, SUPPRESSOR_SILENT, SUPPRESSOR_SPEAKS, SUPPRESSOR_OVERRULED };

/* ---- score ------------------------------------------------------------------------------------------------- */

static bool is_true(struct subject *subject, enum fact fact)
{
    struct fact_value value;

    return fact_get(subject, fact, &value) && value.b;
}

/* The matches of a set that count in the stretch asked about; a set has one field. */
static struct span counted(const struct evaluator *evaluator, uint32_t set)
{
    const struct eval *eval = &evaluator->eval;

    if (!eval_is_narrow(eval) || evaluator->ruleset->sets[set].set->field != CANON_TEXT)
        return span_of_set(&eval->view, set);
    return span_text(eval, set);
}

static bool has_live(const struct evaluator *evaluator, uint32_t set)
{
    return evaluator->set_count[set] > 0 && span_has(&evaluator->eval, set, POLARITY_LIVE);
}

/* The heaviest live phrase of a set: its own weight, else the role's. */
static double set_weight(const struct evaluator *evaluator, const struct library_entry *library, uint32_t set)
{
    const struct set_entry *entry = &evaluator->ruleset->sets[set];
    struct span span = counted(evaluator, set);
    double heaviest = 0;

    for (; span.p < span.end; span.p++) {
        double own = evaluator->ruleset->phrases[span.p->fragment].fragment->weight;
        double weight = own > 0 ? own : library->weight[entry->set->role];

        if (span.p->polarity == POLARITY_LIVE && weight > heaviest)
            heaviest = weight;
    }
    return heaviest;
}

/* For disguise and the sender; both are of the whole record, so it is found once. */
static double bonus(struct evaluator *evaluator)
{
    const struct ruleset_options *options = &evaluator->ruleset->options;
    struct subject *subject = evaluator->eval.subject;
    bool disguised;

    if (evaluator->bonus.done)
        return evaluator->bonus.sum;
    evaluator->bonus.done = true;
    disguised = subject->canon->changed + subject->rewritten >= FACT_DISGUISED_CHARS;
    for (size_t i = 0; i < evaluator->nmatches; i++)
        disguised |= evaluator->matches[i].disguised;
    evaluator->bonus.sum = disguised ? options->bonus_disguise : 0;
    if (is_true(subject, FACT_CALLER_INTERNATIONAL))
        evaluator->bonus.sum +=
            is_true(subject, FACT_TEXT_URL) ? options->bonus_international_url : options->bonus_international;
    else if (is_true(subject, FACT_CALLER_PERSONAL) && is_true(subject, FACT_TEXT_URL))
        evaluator->bonus.sum += options->bonus_personal_url;
    return evaluator->bonus.sum;
}

static double sum_score(struct evaluator *evaluator, uint32_t index, uint32_t *roles)
{
    const struct library_entry *library = &evaluator->ruleset->libraries[index];
    double role_weight[ROLE_COUNT] = {0}, score = 0;

    *roles = 0;
    for (uint32_t i = 0; i < library->nscoring; i++) {
        uint32_t set = library->scoring[i];
        enum role role = evaluator->ruleset->sets[set].set->role;
        double weight = evaluator->set_count[set] > 0 ? set_weight(evaluator, library, set) : 0;

        if (weight <= 0)
            continue;
        *roles |= 1u << role;
        if (weight > role_weight[role])
            role_weight[role] = weight;
    }
    for (int role = 0; role < ROLE_COUNT; role++)
        score += role_weight[role];
    return score > 0 ? score + bonus(evaluator) : 0;
}

/* Of the whole text it is kept, for other rules ask again. */
static double score_of(struct evaluator *evaluator, uint32_t index, uint32_t *roles)
{
    *roles = evaluator->scores[index].roles;
    if (eval_is_narrow(&evaluator->eval))
        return sum_score(evaluator, index, roles);
    if (!evaluator->scores[index].done && evaluator->nmatches > 0) {
        evaluator->scores_used = evaluator->scores[index].done = true;
        evaluator->scores[index].score = sum_score(evaluator, index, roles);
        evaluator->scores[index].roles = *roles;
    }
    return evaluator->scores[index].score;
}

static enum tier tier_of(const struct library_entry *library, double score)
{
    for (int tier = TIER_HIGH; tier > TIER_NONE; tier--)
        if (score >= library->score_tier[tier])
            return (enum tier)tier;
    return TIER_NONE;
}

static bool roles_suffice(uint32_t roles)
{
    return __builtin_popcount(roles) >= 2 &&
           (roles & (1u << ROLE_ACTION | 1u << ROLE_CONTACT | 1u << ROLE_THREAT)) != 0;
}

static bool own_phrase(const struct evaluator *evaluator, const struct rule_entry *entry)
{
    for (uint32_t i = 0; i < entry->nsets; i++)
        if (evaluator->ruleset->sets[entry->sets[i]].library == entry->library && has_live(evaluator, entry->sets[i]))
            return true;
    return false;
}

/* ---- condition --------------------------------------------------------------------------------------------- */

bool evaluate_holds(struct evaluator *evaluator, const struct rule_entry *entry)
{
    const struct library_entry *library = &evaluator->ruleset->libraries[entry->library_index];
    uint32_t roles = 0;

    if (entry->scored || !eval_is_narrow(&evaluator->eval))
        evaluator->eval.score = score_of(evaluator, entry->library_index, &roles);
    if (entry->rule->when == NULL)
        return tier_of(library, evaluator->eval.score) != TIER_NONE && roles_suffice(roles) &&
               own_phrase(evaluator, entry);
    return expression_eval(entry->rule->when, &evaluator->eval) == TRI_TRUE;
}

/* ---- support ----------------------------------------------------------------------------------------------- */

static size_t collect(struct evaluator *evaluator, struct span span, size_t n)
{
    for (; span.p < span.end; span.p++)
        if (span.p->polarity == POLARITY_LIVE)
            evaluator->evidence[evaluator->nevidence + n++] = (uint32_t)(span.p - evaluator->matches);
    return n;
}

/* What starts() may have seen of a set, where the stretch does not reach back to it. */
static size_t collect_opening(struct evaluator *evaluator, const struct rule_entry *entry, uint32_t set, size_t n)
{
    struct eval opening = evaluator->eval;
    uint32_t end = opening.view.greeting_chars + entry->opening;

    if ((entry->opening_sets & EXPRESSION_SET_BIT(set)) == 0 || opening.from == 0)
        return n;
    opening.to = opening.from < end ? opening.from : end;
    opening.from = 0;
    return collect(evaluator, span_text(&opening, set), n);
}

/* The live matches of the sets the rule mentions (within the stretch); what warns against fraud is no evidence. */
static size_t collect_evidence(struct evaluator *evaluator, const struct rule_entry *entry)
{
    size_t n = 0;

    for (uint32_t i = 0; i < entry->nsets; i++) {
        uint32_t set = entry->sets[i];

        if (evaluator->set_count[set] == 0 || evaluator->ruleset->sets[set].set->role == ROLE_WARNING)
            continue;
        n = collect_opening(evaluator, entry, set, n);
        n = collect(evaluator, counted(evaluator, set), n);
    }
    return n;
}

/* One, or two when two matches differ in phrase and place; zero without any. */
static unsigned different_phrases(const struct evaluator *evaluator, size_t n)
{
    const uint32_t *evidence = evaluator->evidence + evaluator->nevidence;

    for (size_t i = 1; i < n; i++) {
        const struct match *a = &evaluator->matches[evidence[0]], *b = &evaluator->matches[evidence[i]];
        if (a->fragment != b->fragment && (a->start != b->start || a->end != b->end))
            return 2;
    }
    return n > 0 ? 1 : 0;
}

/* Facts of the condition that hold: a truth when true, a compared value when known. */
static uint64_t supporting_facts(const struct evaluator *evaluator, const struct rule_entry *entry)
{
    uint64_t held = 0;

    for (uint64_t facts = entry->facts & SUPPORTING_FACTS; facts != 0; facts &= facts - 1) {
        enum fact fact = (enum fact)__builtin_ctzll(facts);
        struct fact_value value;
        if (fact_get(evaluator->eval.subject, fact, &value) && (fact_defs[fact].type != FACT_TYPE_BOOL || value.b))
            held |= UINT64_C(1) << fact;
    }
    return held;
}

/* Something of the record is in a list that the condition asks. */
static bool is_listed(const struct evaluator *evaluator, const struct rule_entry *entry)
{
    for (uint32_t i = 0; i < entry->nlists; i++)
        if (subject_listed(evaluator->eval.subject, entry->lists[i]) == TRI_TRUE)
            return true;
    return false;
}

static bool is_supported(const struct evaluator *evaluator, const struct rule_entry *entry, size_t nevidence)
{
    unsigned phrases = different_phrases(evaluator, nevidence);
    uint64_t facts;

    if (phrases >= 2 || (phrases == 1 && entry->rule->alone))
        return true;
    if (is_listed(evaluator, entry))
        return true;
    facts = supporting_facts(evaluator, entry);
    if (phrases == 1)
        return facts != 0;
    return (facts & ~BIT(CALLER_INTERNATIONAL)) != 0;
}

/* ---- against ----------------------------------------------------------------------------------------------- */

static enum suppressor_state ask_suppressor(struct evaluator *evaluator, size_t index)
{
    const struct suppressor *suppressor = evaluator->ruleset->suppressors[index].suppressor;
    struct eval eval = evaluator->eval;
    enum suppressor_state state = SUPPRESSOR_SILENT;

    eval.from = 0;
    eval.to = UINT32_MAX;
    if (expression_eval(suppressor->when, &eval) == TRI_TRUE) {
        state = SUPPRESSOR_SPEAKS;
        if (suppressor->unless != NULL && expression_eval(suppressor->unless, &eval) == TRI_TRUE) {
            state = SUPPRESSOR_OVERRULED;
            evaluator->against[evaluator->nagainst++] = (struct against){suppressor->name, suppressor->why};
        }
    }
    return state;
}

static const char *find_suppressor(struct evaluator *evaluator)
{
    const char *name = NULL;

    evaluator->scores_used = true;
    for (size_t i = 0; i < evaluator->ruleset->nsuppressors; i++) {
        uint8_t *state = &evaluator->suppressor_state[i];

        if (*state == SUPPRESSOR_UNASKED)
            *state = (uint8_t)ask_suppressor(evaluator, i);
        if (*state == SUPPRESSOR_SPEAKS && name == NULL)
            name = evaluator->ruleset->suppressors[i].suppressor->name;
    }
    return name;
}

/* ---- outcome ----------------------------------------------------------------------------------------------- */

/* Ask the stretch eval.from … eval.to; its evidence is left behind nevidence. */
static enum rule_outcome ask(struct evaluator *evaluator, const struct rule_entry *entry, struct fired *out)
{
    size_t nevidence;

    if (!evaluate_holds(evaluator, entry))
        return RULE_NOT_TRUE;
    nevidence = collect_evidence(evaluator, entry);
    if (!is_supported(evaluator, entry, nevidence))
        return RULE_UNSUPPORTED;
    out->score = evaluator->eval.score;
    out->nmatches = nevidence;
    out->from = evaluator->eval.from;
    out->to = evaluator->eval.to;
    return RULE_FIRED;
}

static void widen(struct evaluator *evaluator)
{
    evaluator->eval.from = 0;
    evaluator->eval.to = UINT32_MAX;
}

/* A rule that is true of the whole text, asked of its stretches. */
static enum rule_outcome ask_stretches(struct evaluator *evaluator, const struct rule_entry *entry, struct fired *out)
{
    enum rule_outcome outcome = RULE_NOT_TRUE;
    struct stretches stretches = scope_begin(evaluator, entry);
    struct fired best = {.score = -1}, found;

    while (scope_next(evaluator, &stretches)) {
        evaluator->eval.from = stretches.from;
        evaluator->eval.to = stretches.to;
        enum rule_outcome here = ask(evaluator, entry, &found);
        if (here == RULE_UNSUPPORTED && outcome == RULE_NOT_TRUE)
            outcome = here;
        if (here != RULE_FIRED || found.score <= best.score)
            continue;
        best = found;
        outcome = RULE_FIRED;
        if (entry->rule->tier != TIER_NONE)
            break;
    }
    if (outcome != RULE_FIRED)
        return outcome;
    evaluator->eval.from = best.from;
    evaluator->eval.to = best.to;
    return ask(evaluator, entry, out);
}

/* Of what is not in the text there are no stretches. */
static bool rests_on_text(const struct evaluator *evaluator, const struct fired *fired)
{
    for (size_t i = 0; i < fired->nmatches; i++)
        if (evaluator->matches[fired->matches[i]].field == CANON_TEXT)
            return true;
    return false;
}

enum rule_outcome evaluate_rule(struct evaluator *evaluator, uint32_t rule, struct fired *out)
{
    const struct rule_entry *entry = &evaluator->ruleset->rules[rule];
    const struct library_entry *library = &evaluator->ruleset->libraries[entry->library_index];
    enum rule_outcome outcome;

    if (entry->rule->state == RULE_OFF)
        return RULE_IS_OFF;
    evaluator->eval.subject->on_trial = entry->rule->state == RULE_SHADOW;
    *out = (struct fired){.rule = entry->rule, .library = entry->library, .rule_index = rule, .tier = entry->rule->tier,
                          .matches = evaluator->evidence + evaluator->nevidence};
    outcome = ask(evaluator, entry, out);
    if (outcome == RULE_FIRED && !scope_is_whole(evaluator, entry->rule->scope) && rests_on_text(evaluator, out))
        outcome = ask_stretches(evaluator, entry, out);
    widen(evaluator);
    if (outcome != RULE_FIRED)
        return outcome;
    evaluator->nevidence += out->nmatches;
    if (out->tier == TIER_NONE && (out->tier = tier_of(library, out->score)) == TIER_NONE)
        out->tier = TIER_LOW;
    if (!entry->rule->unsuppressed)
        out->suppressed = find_suppressor(evaluator);
    return out->suppressed != NULL ? RULE_SUPPRESSED : RULE_FIRED;
}
