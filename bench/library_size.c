/* library_size.c - what a library of some size costs: to load, in its own process, and per record, several libraries
 * side by side in one process, so that their ratios hold on a noisy machine.
 *
 *     library_size load DIR            one JSON object: phrases, rules, literals, times, memory
 *     library_size prove DIR           the same with the self-test, as the daemon loads it
 *     library_size time ROUNDS DIR...  one JSON object a line: a round of one folder, ns per record */
#include "cli/generate.h"
#include "core/clock.h"
#include "match/floor.h"
#include "match/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define RECORDS 4000
#define MAX_DIRS 16

struct subject_library {
    const char *dir;
    struct ruleset *ruleset;
    struct session *session;
    struct floor_scan *floor;
    struct str canonical[RECORDS]; /* malloc'ed; p NULL: nothing to scan */
    uint64_t hits, outcomes[OUTCOME_COUNT];
};

static const struct alert_source source = {.file = STR_LIT("bench")};

static int fail(const struct err *err, const char *what)
{
    fprintf(stderr, "%slibrary_size: %s\n", err->count > 0 ? err->text : "", what);
    return 1;
}

/* CPU time: what else runs on the machine does not count. */
static int64_t cpu_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* ---- load -------------------------------------------------------------------------------------------------- */

static size_t count_phrases(const struct ruleset *ruleset)
{
    size_t n = 0;

    for (size_t i = 0; i < ruleset_set_count(ruleset); i++)
        n += ruleset_set(ruleset, i, NULL)->nfragments;
    return n;
}

static int load(const char *dir, bool prove)
{
    struct ruleset_options options;
    struct ruleset *ruleset;
    struct rusage usage;
    struct err err;
    int64_t began = cpu_ns();
    double load_ms;

    err_init(&err);
    ruleset_options_default(&options);
    options.skip_self_test = !prove;
    ruleset = ruleset_load(dir, &options, &err);
    load_ms = (double)(cpu_ns() - began) / 1e6;
    if (ruleset == NULL)
        return fail(&err, "the libraries cannot be loaded");
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"phrases\": %zu, \"sets\": %zu, \"rules\": %zu, \"literals\": %zu, \"load_ms\": %.3f, "
           "\"compile_ms\": %.3f, \"self_test_ms\": %.3f, \"peak_mib\": %.2f, \"database_kib\": %.1f}\n",
           count_phrases(ruleset), ruleset_set_count(ruleset), ruleset_rule_count(ruleset),
           ruleset_literal_count(ruleset), load_ms, ruleset_compile_ms(ruleset), ruleset_self_test_ms(ruleset),
           (double)usage.ru_maxrss / 1024, (double)ruleset_database_bytes(ruleset) / 1024);
    ruleset_free(&ruleset);
    err_fini(&err);
    return 0;
}

/* ---- time -------------------------------------------------------------------------------------------------- */

static int make_payloads(struct str payloads[RECORDS])
{
    struct generator generator;
    char buf[GENERATED_MAX_BYTES];

    generator_init(&generator, 20261122, clock_wall_ms());
    for (size_t i = 0; i < RECORDS; i++) {
        struct generated made = generator_next(&generator, true, buf);
        char *copy = malloc(made.payload.n);

        if (copy == NULL)
            return -TS_ENOMEM;
        payloads[i] = (struct str){memcpy(copy, made.payload.p, made.payload.n), made.payload.n};
    }
    return 0;
}

/* Judge everything once: warms up and keeps the canonical records for the raw scan. */
static int first_round(struct subject_library *library, const struct feed *feed, const struct str *payloads)
{
    struct session_result result;

    for (size_t i = 0; i < RECORDS; i++) {
        session_begin(library->session, feed, payloads[i], &source);
        while (session_next(library->session, &result)) {
            const struct canon *canon = result.verdict != NULL ? result.verdict->subject->canon : NULL;
            char *copy = canon != NULL ? malloc(canon->len + 1) : NULL;

            if (copy == NULL)
                return -TS_ENOMEM;
            library->canonical[i] = (struct str){memcpy(copy, canon->buf, canon->len), canon->len};
            library->outcomes[result.outcome]++;
            if (floor_scan_run(library->floor, library->canonical[i], &library->hits) != 0)
                return -TS_EENGINE;
        }
    }
    return 0;
}

static int open_library(struct subject_library *library, const char *dir, const struct feed *feed,
                        const struct str *payloads, struct err *err)
{
    static const struct alert_options alert = {.excerpt_chars = 120, .engine_version = "bench"};
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct ruleset_options options;

    ruleset_options_default(&options);
    options.skip_self_test = true;
    library->dir = dir;
    library->ruleset = ruleset_load(dir, &options, err);
    if (library->ruleset == NULL)
        return -TS_EINVAL;
    library->session = session_new(&limits, &alert);
    library->floor = floor_scan_new(library->ruleset);
    if (library->session == NULL || library->floor == NULL || session_use(library->session, library->ruleset) != 0)
        return -TS_ENOMEM;
    return first_round(library, feed, payloads);
}

static double time_engine(struct subject_library *library, const struct feed *feed, const struct str *payloads,
                          uint64_t *sum)
{
    struct session_result result;
    int64_t start = cpu_ns();

    for (size_t i = 0; i < RECORDS; i++) {
        session_begin(library->session, feed, payloads[i], &source);
        while (session_next(library->session, &result))
            *sum += result.outcome;
    }
    return (double)(cpu_ns() - start) / RECORDS;
}

static double time_raw_scan(struct subject_library *library, uint64_t *sum)
{
    int64_t start = cpu_ns();

    for (size_t i = 0; i < RECORDS; i++)
        floor_scan_run(library->floor, library->canonical[i], sum);
    return (double)(cpu_ns() - start) / RECORDS;
}

/* The judge's own stages, each less the reading of the clock that ends it. */
static void time_stages(struct subject_library *library, const struct feed *feed, const struct str *payloads,
                        double clock, double ns[JUDGE_STAGES])
{
    struct session_result result;
    int64_t one[JUDGE_STAGES], sum[JUDGE_STAGES] = {0};

    judge_measure(session_judge(library->session), one);
    for (size_t i = 0; i < RECORDS; i++) {
        session_begin(library->session, feed, payloads[i], &source);
        while (session_next(library->session, &result))
            for (int s = 0; s < JUDGE_STAGES; s++)
                sum[s] += one[s];
    }
    judge_measure(session_judge(library->session), NULL);
    for (int s = 0; s < JUDGE_STAGES; s++)
        ns[s] = (double)sum[s] / RECORDS > clock ? (double)sum[s] / RECORDS - clock : 0;
}

static double clock_cost(uint64_t *sum)
{
    int64_t start = clock_mono_ns();

    for (int i = 0; i < 100000; i++)
        *sum += (uint64_t)clock_mono_ns();
    return (double)(clock_mono_ns() - start) / 100000;
}

static void run_round(struct subject_library *library, const struct feed *feed, const struct str *payloads,
                      double clock, uint64_t *sum)
{
    double ns[JUDGE_STAGES], engine = time_engine(library, feed, payloads, sum), raw = time_raw_scan(library, sum);

    time_stages(library, feed, payloads, clock, ns);
    printf("{\"dir\": \"%s\", \"engine_ns\": %.2f, \"raw_scan_ns\": %.2f, \"scan_ns\": %.2f, \"evaluate_ns\": %.2f, "
           "\"hits\": %.4f, \"clean\": %.5f}\n", library->dir, engine, raw, ns[JUDGE_SCAN], ns[JUDGE_EVALUATE],
           (double)library->hits / RECORDS, (double)library->outcomes[OUTCOME_CLEAN] / RECORDS);
}

static void close_library(struct subject_library *library)
{
    for (size_t i = 0; i < RECORDS; i++)
        free((char *)library->canonical[i].p);
    floor_scan_free(&library->floor);
    session_free(&library->session);
    ruleset_free(&library->ruleset);
}

static int time_all(long rounds, char **dirs, size_t n)
{
    struct subject_library *libraries = calloc(MAX_DIRS, sizeof(*libraries));
    struct str *payloads = calloc(RECORDS, sizeof(*payloads));
    struct feed *feed;
    struct err err;
    uint64_t sum = 0;
    double clock = clock_cost(&sum);
    int rc = libraries != NULL && payloads != NULL ? make_payloads(payloads) : -TS_ENOMEM;

    err_init(&err);
    feed = feed_new(NULL, "bench", &err);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = feed != NULL ? open_library(&libraries[i], dirs[i], feed, payloads, &err) : -TS_ENOMEM;
    for (long round = 0; round < rounds && rc == 0; round++)
        for (size_t i = 0; i < n; i++)
            run_round(&libraries[i], feed, payloads, clock, &sum);
    if (rc != 0)
        fail(&err, ts_strerror(rc));
    for (size_t i = 0; i < MAX_DIRS && libraries != NULL; i++)
        close_library(&libraries[i]);
    for (size_t i = 0; i < RECORDS && payloads != NULL; i++)
        free((char *)payloads[i].p);
    free(libraries);
    free(payloads);
    feed_free(&feed);
    err_fini(&err);
    return rc != 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && (strcmp(argv[1], "load") == 0 || strcmp(argv[1], "prove") == 0))
        return load(argv[2], strcmp(argv[1], "prove") == 0);
    if (argc >= 4 && argc - 3 <= MAX_DIRS && strcmp(argv[1], "time") == 0)
        return time_all(strtol(argv[2], NULL, 10), argv + 3, (size_t)argc - 3);
    fputs("usage: library_size load|prove DIR | time ROUNDS DIR...\n", stderr);
    return 2;
}
