/* evidence_read.c - what the cells of all workers say together. */
#include "core/metrics.h"
#include "match/compiled.h"
#include "match/evidence_parts.h"

#include <stdlib.h>

/* The last n minutes, this one included. */
static uint64_t minutes_sum(const struct evidence_minutes *minutes, uint64_t minute, unsigned n)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < n && i <= minute; i++)
        sum += evidence_minutes_get(minutes, minute - i);
    return sum;
}

/* ---- figures ----------------------------------------------------------------------------------------------------- */

uint64_t evidence_judged_by(const struct evidence_set *set)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < set->evidence->nworkers; i++)
        sum += atomic_load_explicit(&set->judged[i].n, memory_order_relaxed);
    return sum;
}

static void add_judged(const struct evidence *evidence, const struct evidence_set *of)
{
    for (size_t i = 0; i < of->nrules; i++)
        of->rules[i]->judged = of->rules[i]->judged_before;
    for (const struct evidence_set *set = evidence->sets; set != NULL; set = set->next) {
        uint64_t judged = evidence_judged_by(set);
        for (size_t i = 0; i < set->nrules; i++)
            set->rules[i]->judged += judged;
    }
}

static void add_cells(const struct evidence_rule *rule, uint64_t minute, struct evidence_figures *out)
{
    struct distinct_sum victims = {{0}};

    for (unsigned i = 0; i < rule->evidence->nworkers; i++) {
        const struct evidence_cell *cell = evidence_cell_of(rule, i);

        if (cell == NULL)
            continue;
        out->hits += atomic_load_explicit(&cell->hits, memory_order_relaxed);
        out->warnings += atomic_load_explicit(&cell->warnings, memory_order_relaxed);
        out->overlap += atomic_load_explicit(&cell->overlap, memory_order_relaxed);
        out->hits_hour += minutes_sum(&cell->hit_minutes, minute, EVIDENCE_MINUTES);
        distinct_merge(&victims, &cell->victims);
    }
    if (out->hits > 0)
        out->victims = distinct_count(&victims);
}

static int by_digest(const void *digest, const void *verdicts)
{
    return memcmp(digest, ((const struct evidence_verdicts *)verdicts)->digest, EVIDENCE_DIGEST);
}

static void add_verdicts(const struct evidence_rule *rule, struct evidence_figures *out)
{
    const struct evidence *evidence = rule->evidence;
    const struct evidence_verdicts *verdicts = NULL;

    if (evidence->nverdicts > 0)
        verdicts = bsearch(rule->digest, evidence->verdicts, evidence->nverdicts, sizeof(*verdicts), by_digest);
    if (verdicts == NULL)
        return;
    out->confirmed = verdicts->confirmed;
    out->refuted = verdicts->refuted;
    out->unknown = verdicts->unknown;
}

void evidence_take_verdicts(struct evidence *evidence, struct evidence_verdicts *all, size_t n)
{
    struct evidence_verdicts *old;

    pthread_mutex_lock(&evidence->mutex);
    old = evidence->verdicts;
    evidence->verdicts = all;
    evidence->nverdicts = n;
    pthread_mutex_unlock(&evidence->mutex);
    free(old);
}

static enum demotion demotion_of(const struct evidence_rule *rule)
{
    if (atomic_load(&rule->demoted_ms) == 0)
        return DEMOTION_NONE;
    return atomic_load(&rule->demotion) == DEMOTION_SHARE ? DEMOTION_SHARE : DEMOTION_RATE;
}

struct evidence_figures *evidence_read(const struct ruleset *ruleset, int64_t now_ms)
{
    const struct evidence_set *set = ruleset->evidence;
    struct evidence_figures *figures = set != NULL ? calloc(set->nrules + 1, sizeof(*figures)) : NULL;

    if (figures == NULL)
        return NULL;
    pthread_mutex_lock(&set->evidence->mutex);
    add_judged(set->evidence, set);
    for (size_t i = 0; i < set->nrules; i++) {
        figures[i] = (struct evidence_figures){.since_ms = set->rules[i]->since_ms, .judged = set->rules[i]->judged,
                                               .demotion = demotion_of(set->rules[i])};
        add_cells(set->rules[i], evidence_minute(now_ms), &figures[i]);
        add_verdicts(set->rules[i], &figures[i]);
    }
    pthread_mutex_unlock(&set->evidence->mutex);
    return figures;
}

/* ---- the breaker ------------------------------------------------------------------------------------------------- */

static void stand(const struct evidence_rule *rule, uint64_t minute, struct evidence_standing *out)
{
    *out = (struct evidence_standing){.id = rule->id, .library = rule->library,
                                      .demotion = demotion_of(rule), .told = rule->told,
                                      .demoted_ms = atomic_load(&rule->demoted_ms)};
    for (unsigned i = 0; i < EVIDENCE_SHARE_MINUTES && i <= minute; i++) {
        uint64_t n = evidence_warnings_in(rule, minute - i);
        out->warnings += n;
        if (i < 2 && n > out->minute)
            out->minute = n;
    }
    for (unsigned i = 0; i < rule->evidence->nworkers; i++)
        out->all += minutes_sum(&rule->evidence->workers[i].warned, minute, EVIDENCE_SHARE_MINUTES);
}

void evidence_each(struct evidence *evidence, int64_t now_ms,
                   void (*fn)(void *ctx, struct evidence_rule *rule, const struct evidence_standing *standing),
                   void *ctx)
{
    struct evidence_standing standing;

    pthread_mutex_lock(&evidence->mutex);
    for (size_t i = 0; i < EVIDENCE_BUCKETS; i++)
        for (struct evidence_rule *rule = evidence->buckets[i]; rule != NULL; rule = rule->next) {
            if (rule->nwarning == 0)
                continue;
            stand(rule, evidence_minute(now_ms), &standing);
            fn(ctx, rule, &standing);
        }
    pthread_mutex_unlock(&evidence->mutex);
}

void evidence_demote(struct evidence_rule *rule, enum demotion why, int64_t now_ms)
{
    int64_t none = 0;

    if (atomic_compare_exchange_strong(&rule->demoted_ms, &none, now_ms > 0 ? now_ms : 1))
        atomic_store(&rule->demotion, (int)why);
}

void evidence_restore(struct evidence_rule *rule, int64_t now_ms)
{
    uint64_t minute = evidence_minute(now_ms);

    atomic_store(&rule->forgiven, 0);
    atomic_store(&rule->forgiven, minute << 32 | (evidence_warnings_in(rule, minute) & UINT32_MAX));
    rule->told = false;
    atomic_store(&rule->demoted_ms, 0);
}

void evidence_set_told(struct evidence_rule *rule)
{
    rule->told = true;
}
