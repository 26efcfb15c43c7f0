/* breaker.h - the circuit breaker: a rule that warns of too much is set back to shadow, on this node, and comes back
 * after a while or when it is told to.
 *
 * Two budgets, each off at 0. breaker.rule_per_minute: the worker whose warning is one too many demotes the rule for
 * all workers before the next record (match/evidence.h); here it is only told. breaker.rule_share, of the warnings of
 * the last ten minutes, is looked at here, twice a second. What a demoted rule hits goes to the shadow topic. After
 * breaker.cool_ms it is live again, with a clean slate; when it is above its budget again, so is its demotion.
 *
 * Threads: the main thread. */
#ifndef TELSIEVE_DAEMON_BREAKER_H
#define TELSIEVE_DAEMON_BREAKER_H

#include "config/config.h"
#include "match/evidence.h"

#include <stdio.h>

enum breaker_cause { BREAKER_RATE, BREAKER_SHARE, BREAKER_COOLED, BREAKER_RESET, BREAKER_CAUSES };
const char *breaker_cause_name(enum breaker_cause cause); /* "rate", "share": demoted; "cooled", "reset": restored */

struct breaker_event {
    char rule[64], library[64];
    bool demoted; /* else restored */
    enum breaker_cause cause;
    uint64_t warnings; /* of the rule, in the worse of the last two minutes (rate) or in ten; */
    uint64_t all;      /* records that any rule warned of in ten */
    const char *who;   /* asked for a reset; else "" */
};

struct breaker;

/* `told` is called once per change. NULL: out of memory. */
struct breaker *breaker_new(const struct config *config, struct evidence *evidence,
                            void (*told)(void *ctx, const struct breaker_event *event), void *ctx);
void breaker_free(struct breaker **breaker);

void breaker_tick(struct breaker *breaker, int64_t now_mono_ms);

/* Make a demoted rule live again. Returns 0, or -TS_ENOENT: none of this id is demoted. */
int breaker_reset(struct breaker *breaker, const char *rule, const char *who, int64_t now_mono_ms);

/* Its part of /metrics. */
void breaker_write_metrics(const struct breaker *breaker, FILE *out);

#endif
