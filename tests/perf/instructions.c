/* instructions.c - every stage over the same generated records, for callgrind to count: run by instructions.py.
 *
 * One pass a stage: counting is on only while it runs; at the end of the pass the counts are dumped under its name. The
 * first line of output says what the counts depend on. Clock, seed and records are fixed. */
#include "lib/rig.h"
#include "record/contact.h"
#include "record/floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <valgrind/callgrind.h>

#define CLEAN 2000
#define FRAUDS 100
#define LONG 200

struct counted {
    struct session *session;
    struct decoder *decoder;
    const struct feed *feed;
    struct contact_list contacts;
    uint64_t sum;
};

/* Counting is on during the stage that `ctx` points to. */
static void mark(void *ctx, enum judge_stage next)
{
    int stage = *(const int *)ctx;

    if ((int)next == stage || (int)next == stage + 1)
        CALLGRIND_TOGGLE_COLLECT;
}

static void judge_all(struct counted *counted, const struct corpus *corpus)
{
    struct session_result result;

    for (size_t i = 0; i < corpus->n; i++) {
        session_begin(counted->session, counted->feed, corpus->payloads[i], &rig_source);
        while (session_next(counted->session, &result))
            counted->sum += result.outcome;
    }
}

static void decode_all(struct counted *counted, const struct corpus *corpus)
{
    struct record record;
    struct decode_fault fault;

    for (size_t i = 0; i < corpus->n; i++) {
        CALLGRIND_TOGGLE_COLLECT;
        decoder_begin(counted->decoder, counted->feed, corpus->payloads[i]);
        while (decoder_next(counted->decoder, &record, &fault) != DECODE_END)
            counted->sum += record.present;
        CALLGRIND_TOGGLE_COLLECT;
    }
}

static void contacts_all(struct counted *counted, const struct corpus *corpus)
{
    struct session_result result;

    for (size_t i = 0; i < corpus->n; i++) {
        session_begin(counted->session, counted->feed, corpus->payloads[i], &rig_source);
        while (session_next(counted->session, &result)) {
            const struct subject *subject = result.verdict->subject;
            CALLGRIND_TOGGLE_COLLECT;
            counted->sum += (uint64_t)contact_extract(subject->contact_tables, subject->plan, subject->canon,
                                                      &subject->caller, &counted->contacts);
            CALLGRIND_TOGGLE_COLLECT;
        }
    }
}

static void engine_all(struct counted *counted, const struct corpus *corpus)
{
    CALLGRIND_TOGGLE_COLLECT;
    judge_all(counted, corpus);
    CALLGRIND_TOGGLE_COLLECT;
}

static void warn_all(struct counted *counted, const struct corpus *corpus)
{
    struct session_result result;
    size_t len;

    for (size_t i = 0; i < corpus->n; i++) {
        session_begin(counted->session, counted->feed, corpus->payloads[i], &rig_source);
        while (session_next(counted->session, &result)) {
            if (result.outcome != OUTCOME_WARNED)
                continue;
            CALLGRIND_TOGGLE_COLLECT;
            free(session_warning(counted->session, false, RIG_TIME_MS, &len, NULL));
            CALLGRIND_TOGGLE_COLLECT;
        }
    }
}

static void pass(struct counted *counted, const char *name, size_t n, const struct corpus *corpus,
                 void (*run)(struct counted *, const struct corpus *))
{
    printf("%s %zu\n", name, n);
    run(counted, corpus);
    CALLGRIND_DUMP_STATS_AT(name);
}

static const char *instructions_seen(void)
{
#ifdef __x86_64__
    return __builtin_cpu_supports("avx512bw") ? "x86-64 avx512" : __builtin_cpu_supports("avx2") ? "x86-64 avx2"
                                                                                                : "x86-64";
#else
    return "other";
#endif
}

int main(int argc, char **argv)
{
    static const char *const stages[JUDGE_STAGES] = {"numbers", "canon", "scan", "evaluate"};
    const struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    const struct ruleset *ruleset = rig_ruleset(argc == 2 ? argv[1] : "patterns");
    struct counted counted = {
        .feed = rig_feed(), .session = rig_session(ruleset), .decoder = decoder_new(&limits)};
    struct corpus *clean = rig_corpus("clean", CLEAN, counted.session, counted.feed);
    struct corpus *letters = rig_corpus("long", LONG, counted.session, counted.feed);
    struct corpus *fraud = rig_corpus("fraud", FRAUDS, counted.session, counted.feed);

    if (counted.decoder == NULL)
        rig_fail("out of memory");
    contact_list_init(&counted.contacts);
    decode_all(&counted, clean); /* both warm up */
    contacts_all(&counted, clean);
    warn_all(&counted, fraud);
    printf("gcc %d, %s, simdjson %s\n", __GNUC__, instructions_seen(), parse_floor_implementation());
    CALLGRIND_START_INSTRUMENTATION;
    CALLGRIND_ZERO_STATS;
    pass(&counted, "decode", CLEAN, clean, decode_all);
    for (int stage = 0; stage < JUDGE_STAGES; stage++) {
        judge_watch(session_judge(counted.session), mark, &stage);
        pass(&counted, stages[stage], CLEAN, clean, judge_all);
    }
    judge_watch(session_judge(counted.session), NULL, NULL);
    pass(&counted, "contacts", CLEAN, clean, contacts_all);
    rig_remember(counted.session, clean, counted.feed);
    judge_all(&counted, clean); /* what is met twice is learned */
    pass(&counted, "remembered", CLEAN, clean, engine_all);
    if (judge_remember(session_judge(counted.session), 0) != 0)
        rig_fail("out of memory");
    pass(&counted, "long", LONG, letters, engine_all);
    pass(&counted, "fraud", FRAUDS, fraud, engine_all);
    pass(&counted, "warning", FRAUDS, fraud, warn_all);
    CALLGRIND_STOP_INSTRUMENTATION;
    return counted.sum == UINT64_MAX; /* never: it only keeps the work */
}
