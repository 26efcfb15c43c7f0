/* bench_stages.h - what a record costs, stage by stage, beside the limits: rounds over generated records, interleaved.
 *
 * One thread. The rule sets are the caller's. */
#ifndef TELSIEVE_CLI_BENCH_STAGES_H
#define TELSIEVE_CLI_BENCH_STAGES_H

#include "cli/corpus.h"

#define BENCH_STAGES_OF(X)                                                                                         \
    X(MEMCPY, "memcpy", "limit: the payload copied into a buffer")                                                 \
    X(RAW_PARSE, "raw_parse", "limit: simdjson On-Demand, every field read once")                                  \
    X(RAW_SCAN, "raw_scan", "limit: hs_scan of the canonical records, same literals")                              \
    X(DECODE, "decode", "payload to record")                                                                       \
    X(NUMBERS, "numbers", "caller and callee classified")                                                          \
    X(CANON, "canon", "text folded")                                                                               \
    X(SCAN, "scan", "words written otherwise put right, Hyperscan")                                                \
    X(EVALUATE, "evaluate", "fragments, facts, rules")                                                             \
    X(CONTACTS, "contacts", "extracted from every text; evaluate asks only for few")                               \
    X(WARNING, "warning", "built and encoded; per warning")                                                        \
    X(ENGINE, "engine", "payload to verdict, every text looked at as if it were new")                              \
    X(WORKER, "worker", "the same as the daemon does it: templates are remembered")

enum bench_stage {
#define X(name, word, note) BENCH_##name,
    BENCH_STAGES_OF(X)
#undef X
    BENCH_STAGES
};

struct bench_stage_def {
    const char *name, *note;
};
extern const struct bench_stage_def bench_stage_defs[BENCH_STAGES];

#define BENCH_ROUNDS 15

struct bench_spread {
    double median, min, max;
};

struct bench_figures {
    struct bench_spread ns[BENCH_STAGES]; /* per record (a warning: per warning); 0: not measured */
    double bytes[BENCH_STAGES];           /* per record, that the stage reads; a warning: written */
    struct bench_spread engine_to_floor, worker_to_floor; /* to raw_parse + raw_scan: of the rounds' own */
    double ticks_per_ns;                  /* reference cycles, see clock_ticks */
    double cycles_per_tick;               /* core cycles of this program, where the kernel tells them; else 0 */
    double contacts_asked;                /* share of records whose contacts evaluate asked for */
};

/* Judge the corpus, then measure. `earlier`: what the worker has met before, records of the same mix. `only_floor`:
 * nothing of the engine, and `earlier` may be NULL. Returns 0, -TS_ENOMEM, or -TS_EINVAL when a record had no
 * verdict. */
int bench_stages_run(struct corpus *corpus, const struct corpus *earlier, const struct ruleset *ruleset,
                     const struct alert_options *alert, const struct feed *feed, bool only_floor,
                     struct bench_figures *out);

#endif
