/* bench_stages.c - each round measures every stage once, so that what disturbs the machine hits all alike. The judge's
 * stages are told apart by marks between them. Loops are CPU time. */
#include "cli/bench_stages.h"

#include "cli/stage_timer.h"
#include "core/clock.h"
#include "match/floor.h"
#include "record/floor.h"

#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct bench_stage_def bench_stage_defs[BENCH_STAGES] = {
#define X(name, word, note) {word, note},
    BENCH_STAGES_OF(X)
#undef X
};

#define FRAUDS 200

struct bench {
    const struct corpus *corpus, *earlier;
    struct corpus *frauds; /* for warnings */
    const struct feed *feed;
    struct session *session, *worker;
    struct decoder *decoder;
    struct parse_floor *parse;
    struct floor_scan *scan;
    char *copy;
    struct contact_list contacts;
    uint64_t sum; /* of what was read, so that nothing is optimised away */
    struct stage_timer timer;
    double ns[BENCH_STAGES][BENCH_ROUNDS]; /* of all records */
    size_t warnings, warning_bytes, asked;
};

static const struct alert_source source = {.file = STR_LIT("bench")};

/* ---- limits ------------------------------------------------------------------------------------------------ */

static void copy_all(struct bench *bench)
{
    for (size_t i = 0; i < bench->corpus->n; i++) {
        memcpy(bench->copy, bench->corpus->payloads[i].p, bench->corpus->payloads[i].n);
        __asm__ volatile("" : : "r"(bench->copy) : "memory");
    }
}

static void parse_all(struct bench *bench)
{
    for (size_t i = 0; i < bench->corpus->n; i++)
        parse_floor_run(bench->parse, bench->corpus->payloads[i], &bench->sum);
}

static void scan_all(struct bench *bench)
{
    for (size_t i = 0; i < bench->corpus->n; i++)
        bench->sum += (uint64_t)floor_scan_run(bench->scan, bench->corpus->canonical[i]);
}

/* ---- stages ------------------------------------------------------------------------------------------------ */

static void decode_all(struct bench *bench)
{
    bench->sum += corpus_decode(bench->corpus, bench->decoder, bench->feed);
}

static void judge_all(struct bench *bench, const struct corpus *corpus, struct session *session)
{
    struct session_result result;

    for (size_t i = 0; i < corpus->n; i++) {
        session_begin(session, bench->feed, corpus->payloads[i], &source);
        while (session_next(session, &result))
            bench->sum += result.outcome;
    }
}

static void engine_all(struct bench *bench)
{
    judge_all(bench, bench->corpus, bench->session);
}

static void worker_all(struct bench *bench)
{
    judge_all(bench, bench->corpus, bench->worker);
}

static void time_judge(struct bench *bench, int round)
{
    double ns[JUDGE_STAGES];

    judge_watch(session_judge(bench->session), stage_timer_mark, &bench->timer);
    stage_timer_begin(&bench->timer);
    engine_all(bench);
    stage_timer_end(&bench->timer, ns);
    judge_watch(session_judge(bench->session), NULL, NULL);
    for (int s = 0; s < JUDGE_STAGES; s++)
        bench->ns[BENCH_NUMBERS + s][round] = ns[s];
}

/* What stands between these two is timed as if it were the judge's first stage. */
static void start_timing(struct bench *bench)
{
    stage_timer_mark(&bench->timer, 0);
}

static void stop_timing(struct bench *bench)
{
    stage_timer_mark(&bench->timer, 1);
}

static void time_contacts(struct bench *bench, int round)
{
    struct session_result result;
    double ns[JUDGE_STAGES];

    bench->asked = 0;
    stage_timer_begin(&bench->timer);
    for (size_t i = 0; i < bench->corpus->n; i++) {
        session_begin(bench->session, bench->feed, bench->corpus->payloads[i], &source);
        while (session_next(bench->session, &result)) {
            const struct subject *subject = result.verdict != NULL ? result.verdict->subject : NULL;
            if (subject == NULL)
                continue;
            bench->asked += subject->contacts_done;
            start_timing(bench);
            bench->sum += (uint64_t)contact_extract(subject->contact_tables, subject->plan, subject->canon,
                                                    &subject->caller, &bench->contacts);
            stop_timing(bench);
        }
    }
    stage_timer_end(&bench->timer, ns);
    bench->ns[BENCH_CONTACTS][round] = ns[0];
}

static void time_warnings(struct bench *bench, int round)
{
    struct session_result result;
    int64_t now_ms = clock_wall_ms();
    double ns[JUDGE_STAGES];
    size_t len;

    bench->warnings = bench->warning_bytes = 0;
    stage_timer_begin(&bench->timer);
    for (size_t i = 0; i < bench->frauds->n; i++) {
        session_begin(bench->session, bench->feed, bench->frauds->payloads[i], &source);
        while (session_next(bench->session, &result)) {
            if (result.outcome != OUTCOME_WARNED)
                continue;
            start_timing(bench);
            free(session_warning(bench->session, false, now_ms, &len, NULL));
            stop_timing(bench);
            bench->warnings++;
            bench->warning_bytes += len;
        }
    }
    stage_timer_end(&bench->timer, ns);
    bench->ns[BENCH_WARNING][round] = ns[0];
}

static const struct {
    enum bench_stage stage;
    void (*run)(struct bench *bench);
} loops[] = {{BENCH_MEMCPY, copy_all},   {BENCH_RAW_PARSE, parse_all}, {BENCH_RAW_SCAN, scan_all},
             {BENCH_DECODE, decode_all}, {BENCH_ENGINE, engine_all},   {BENCH_WORKER, worker_all}};

/* It begins anew in each round: no record is judged that it has seen. */
static int teach(struct bench *bench)
{
    int rc = judge_remember(session_judge(bench->worker), CORPUS_TEMPLATES);

    if (rc == 0)
        judge_all(bench, bench->earlier, bench->worker);
    return rc;
}

static int run_round(struct bench *bench, int round, bool only_floor)
{
    for (size_t i = 0; i < sizeof(loops) / sizeof(*loops); i++) {
        int64_t start;
        if (only_floor && loops[i].stage >= BENCH_DECODE)
            return 0;
        if (loops[i].stage == BENCH_WORKER && teach(bench) != 0)
            return -TS_ENOMEM;
        start = stage_timer_cpu_ns();
        loops[i].run(bench);
        bench->ns[loops[i].stage][round] = (double)(stage_timer_cpu_ns() - start);
    }
    time_judge(bench, round);
    time_contacts(bench, round);
    time_warnings(bench, round);
    return 0;
}

/* ---- figures ----------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct bench_spread spread_of(const double *values, double per)
{
    double sorted[BENCH_ROUNDS];

    memcpy(sorted, values, sizeof(sorted));
    qsort(sorted, BENCH_ROUNDS, sizeof(*sorted), by_size);
    return (struct bench_spread){sorted[BENCH_ROUNDS / 2] / per, sorted[0] / per, sorted[BENCH_ROUNDS - 1] / per};
}

static void tell_figures(const struct bench *bench, struct bench_figures *out)
{
    double records = (double)bench->corpus->n, warnings = (double)(bench->warnings > 0 ? bench->warnings : 1);
    double engine[BENCH_ROUNDS], worker[BENCH_ROUNDS];

    for (int r = 0; r < BENCH_ROUNDS; r++) {
        double floor = bench->ns[BENCH_RAW_PARSE][r] + bench->ns[BENCH_RAW_SCAN][r];
        engine[r] = bench->ns[BENCH_ENGINE][r] / floor;
        worker[r] = bench->ns[BENCH_WORKER][r] / floor;
    }
    out->engine_to_floor = spread_of(engine, 1);
    out->worker_to_floor = spread_of(worker, 1);
    for (int s = 0; s < BENCH_STAGES; s++) {
        bool folded = s == BENCH_RAW_SCAN || s == BENCH_SCAN || s == BENCH_EVALUATE || s == BENCH_CONTACTS;
        out->ns[s] = spread_of(bench->ns[s], s == BENCH_WARNING ? warnings : records);
        out->bytes[s] = (double)(folded ? bench->corpus->canonical_bytes : bench->corpus->bytes) / records;
    }
    out->bytes[BENCH_WARNING] = (double)bench->warning_bytes / warnings;
    out->contacts_asked = (double)bench->asked / records;
}

/* A counter of this thread's core cycles in user mode, or -1: many virtual machines have none. */
static int open_cycles(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof(attr),
                                   .config = PERF_COUNT_HW_CPU_CYCLES,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};

    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static void measure_cycles(struct bench *bench, struct bench_figures *out)
{
    uint64_t before, after, ticks;
    int counter = open_cycles();

    if (counter < 0)
        return;
    if (read(counter, &before, sizeof(before)) == sizeof(before)) {
        ticks = clock_ticks();
        engine_all(bench);
        ticks = clock_ticks() - ticks;
        if (read(counter, &after, sizeof(after)) == sizeof(after))
            out->cycles_per_tick = (double)(after - before) / (double)ticks;
    }
    close(counter);
}

/* ---- one run ----------------------------------------------------------------------------------------------- */

static int open_bench(struct bench *bench, const struct ruleset *ruleset, const struct alert_options *alert)
{
    const struct decode_limits limits = DECODE_LIMITS_DEFAULT;

    bench->session = session_new(&limits, alert);
    bench->worker = session_new(&limits, alert);
    bench->decoder = decoder_new(&limits);
    bench->parse = parse_floor_new(limits.max_payload_bytes);
    bench->scan = floor_scan_new(ruleset);
    bench->copy = malloc(limits.max_payload_bytes);
    bench->frauds = corpus_new(generator_mix("fraud"), FRAUDS, clock_wall_ms(), CORPUS_SEED);
    contact_list_init(&bench->contacts);
    if (bench->session == NULL || bench->worker == NULL || bench->decoder == NULL || bench->parse == NULL ||
        bench->scan == NULL || bench->copy == NULL || bench->frauds == NULL ||
        session_use(bench->session, ruleset) != 0 || session_use(bench->worker, ruleset) != 0)
        return -TS_ENOMEM;
    return 0;
}

static void close_bench(struct bench *bench)
{
    session_free(&bench->session);
    session_free(&bench->worker);
    decoder_free(&bench->decoder);
    parse_floor_free(&bench->parse);
    floor_scan_free(&bench->scan);
    corpus_free(&bench->frauds);
    contact_list_fini(&bench->contacts);
    free(bench->copy);
}

int bench_stages_run(struct corpus *corpus, const struct corpus *earlier, const struct ruleset *ruleset,
                     const struct alert_options *alert, const struct feed *feed, bool only_floor,
                     struct bench_figures *out)
{
    struct bench bench = {.corpus = corpus, .earlier = earlier, .feed = feed};
    int rc = open_bench(&bench, ruleset, alert);

    *out = (struct bench_figures){0};
    if (rc == 0)
        rc = corpus_judge(corpus, bench.session, feed);
    if (rc == 0) {
        stage_timer_init(&bench.timer);
        for (int round = 0; round < BENCH_ROUNDS && rc == 0; round++)
            rc = run_round(&bench, round, only_floor);
    }
    if (rc == 0) {
        out->ticks_per_ns = bench.timer.ticks_per_ns;
        measure_cycles(&bench, out);
        tell_figures(&bench, out);
    }
    close_bench(&bench);
    return rc;
}
