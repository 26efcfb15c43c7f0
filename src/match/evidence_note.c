/* evidence_note.c - what workers do: a rule has a cell per worker, made when it first fires there. */
#include "core/metrics.h"
#include "match/compiled.h"
#include "match/evidence_parts.h"
#include "match/victim.h"

#include <stdlib.h>

static void minutes_add(struct evidence_minutes *minutes, uint64_t minute)
{
    _Atomic uint64_t *slot = &minutes->slot[minute % EVIDENCE_MINUTES];
    uint64_t was = atomic_load_explicit(slot, memory_order_relaxed);

    if (was >> 32 != minute)
        was = minute << 32;
    atomic_store_explicit(slot, was + 1, memory_order_relaxed); /* one writer */
}

void evidence_judged(struct evidence_set *set, unsigned worker, uint64_t records)
{
    if (set != NULL)
        metrics_cell_add(&set->judged[worker].n, records);
}

bool evidence_is_demoted(const struct evidence_set *set, uint32_t rule)
{
    return set != NULL && atomic_load_explicit(&set->rules[rule]->demoted_ms, memory_order_relaxed) != 0;
}

const unsigned char *evidence_digest(const struct evidence_set *set, uint32_t rule)
{
    return set != NULL ? set->rules[rule]->digest : NULL;
}

static struct evidence_cell *own_cell(struct evidence_rule *rule, unsigned worker)
{
    struct evidence_cell *cell = atomic_load_explicit(&rule->cells[worker], memory_order_relaxed);

    if (cell == NULL && (cell = aligned_alloc(_Alignof(struct evidence_cell), sizeof(*cell))) != NULL) {
        memset(cell, 0, sizeof(*cell));
        atomic_store_explicit(&rule->cells[worker], cell, memory_order_release); /* readers see it zeroed */
    }
    return cell;
}

uint64_t evidence_warnings_in(const struct evidence_rule *rule, uint64_t minute)
{
    uint64_t forgiven = atomic_load_explicit(&rule->forgiven, memory_order_relaxed), sum = 0;

    if (minute < forgiven >> 32)
        return 0;
    for (unsigned i = 0; i < rule->evidence->nworkers; i++) {
        const struct evidence_cell *cell = evidence_cell_of(rule, i);
        sum += cell != NULL ? evidence_minutes_get(&cell->warning_minutes, minute) : 0;
    }
    if (minute == forgiven >> 32)
        sum -= sum < (forgiven & UINT32_MAX) ? sum : forgiven & UINT32_MAX;
    return sum;
}

static void note(struct evidence_set *set, unsigned worker, const struct verdict *verdict, const struct fired *fired,
                 bool warned, int64_t now_ms)
{
    struct evidence_rule *rule = set->rules[fired->rule_index];
    struct evidence_cell *cell = own_cell(rule, worker);
    uint64_t limit = set->evidence->rule_per_minute;

    if (cell == NULL)
        return; /* out of memory: the verdict counts more than the count */
    metrics_cell_add(&cell->hits, 1);
    metrics_cell_add(&cell->overlap, verdict->nlive > (warned ? 1 : 0));
    minutes_add(&cell->hit_minutes, evidence_minute(now_ms));
    distinct_add(&cell->victims, victim_hash(verdict->subject, fired->rule, 0));
    if (!warned)
        return;
    metrics_cell_add(&cell->warnings, 1);
    minutes_add(&cell->warning_minutes, evidence_minute(now_ms));
    if (limit > 0 && evidence_warnings_in(rule, evidence_minute(now_ms)) > limit)
        evidence_demote(rule, DEMOTION_RATE, now_ms);
}

void evidence_note(struct evidence_set *set, unsigned worker, const struct verdict *verdict, int64_t now_ms)
{
    if (set == NULL)
        return;
    if (verdict->nlive > 0)
        minutes_add(&set->evidence->workers[worker].warned, evidence_minute(now_ms));
    for (size_t i = 0; i < verdict->nlive; i++)
        note(set, worker, verdict, &verdict->fired[i], true, now_ms);
    for (size_t i = 0; i < verdict->nshadow; i++)
        note(set, worker, verdict, &verdict->shadow[i], false, now_ms);
}
