/* evidence_parts.h - what the parts of evidence share. Private to evidence*.c. */
#ifndef TELSIEVE_MATCH_EVIDENCE_PARTS_H
#define TELSIEVE_MATCH_EVIDENCE_PARTS_H

#include "core/distinct.h"
#include "match/evidence.h"

#include <pthread.h>
#include <stdatomic.h>

#define EVIDENCE_MINUTES 60
#define EVIDENCE_BUCKETS 1024

struct rule_entry; /* compiled.h */

/* Counts of the last hour, each with its minute in the upper half. */
struct evidence_minutes {
    _Atomic uint64_t slot[EVIDENCE_MINUTES];
};

struct evidence_cell { /* of one worker */
    _Alignas(64) _Atomic uint64_t hits;
    _Atomic uint64_t warnings, overlap;
    struct evidence_minutes hit_minutes, warning_minutes;
    struct distinct victims;
};

struct evidence_worker {
    _Alignas(64) struct evidence_minutes warned; /* records, by any rule */
};

struct evidence_rule {
    struct evidence *evidence;
    struct evidence_rule *next;
    unsigned char digest[EVIDENCE_DIGEST];
    char *id, *library;
    unsigned nsets, nwarning; /* that have it, and that have it as live or canary; under the mutex, as the next two */
    uint64_t judged_before; /* by sets that are gone */
    uint64_t judged;        /* while figures are made */
    int64_t since_ms;
    _Atomic int64_t demoted_ms; /* monotonic, and above 0; 0: it is not */
    _Atomic int demotion;
    _Atomic uint64_t forgiven; /* since its restoration: that minute, and in the lower half what it had in it */
    bool told;
    _Atomic(struct evidence_cell *) cells[]; /* per worker; NULL: it has not fired there */
};

struct evidence_set {
    struct evidence *evidence;
    struct evidence_set *next;
    size_t nrules;
    struct evidence_rule **rules;                               /* by their number */
    bool *may_warn;                                             /* likewise: live or canary here */
    struct { _Alignas(64) _Atomic uint64_t n; } *judged;        /* per worker */
};

struct evidence {
    unsigned nworkers;
    uint64_t rule_per_minute;
    struct evidence_worker *workers;
    pthread_mutex_t mutex;
    struct evidence_rule *buckets[EVIDENCE_BUCKETS]; /* by digest */
    struct evidence_set *sets;
    struct evidence_verdicts *verdicts; /* ascending by digest */
    size_t nverdicts;
};

static inline uint64_t evidence_minute(int64_t now_ms)
{
    return (uint64_t)(now_ms / 60000);
}

static inline uint64_t evidence_minutes_get(const struct evidence_minutes *minutes, uint64_t minute)
{
    uint64_t slot = atomic_load_explicit(&minutes->slot[minute % EVIDENCE_MINUTES], memory_order_relaxed);

    return slot >> 32 == minute ? slot & UINT32_MAX : 0;
}

static inline const struct evidence_cell *evidence_cell_of(const struct evidence_rule *rule, unsigned worker)
{
    return atomic_load_explicit(&rule->cells[worker], memory_order_acquire);
}

/* Its warnings in one minute, without those before it was restored. */
uint64_t evidence_warnings_in(const struct evidence_rule *rule, uint64_t minute);

/* What a library says, but for its version and what its rules say of their states, reasons and advice. Returns 0 or
 * -TS_ENOMEM, as the next. */
int evidence_digest_library(const struct library *library, unsigned char out[EVIDENCE_DIGEST]);
/* The rule's id, with the digests of its library and of those whose sets it asks, and of the model when it asks for a
 * score. */
int evidence_digest_rule(const struct ruleset *ruleset, const struct rule_entry *entry,
                         unsigned char (*libraries)[EVIDENCE_DIGEST], unsigned char out[EVIDENCE_DIGEST]);

/* Records judged by the rule set, so far. */
uint64_t evidence_judged_by(const struct evidence_set *set);

#endif
