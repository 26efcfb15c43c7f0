/* library_size.c - what a library of some size costs: to load, in its own process, and per record, several libraries
 * side by side in one process, so that their ratios hold on a noisy machine.
 *
 *     library_size load DIR            one JSON object: phrases, rules, literals, times, memory
 *     library_size prove DIR           the same with the self-test, as the daemon loads it
 *     library_size time ROUNDS DIR...  one JSON object a line: a round of one folder, ns per record */
#include "cli/stage_timer.h"
#include "lib/memory.h"
#include "lib/rig.h"
#include "match/floor.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS 4000
#define MAX_DIRS 16

struct subject_library {
    const char *dir;
    const struct ruleset *ruleset;
    struct session *session;
    struct floor_scan *floor;
    struct corpus *corpus;
};

static int fail(const struct err *err, const char *what)
{
    fprintf(stderr, "%slibrary_size: %s\n", err->count > 0 ? err->text : "", what);
    return 1;
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
    struct err err;
    int64_t began = stage_timer_cpu_ns();
    double load_ms;

    err_init(&err);
    ruleset_options_default(&options);
    options.skip_self_test = !prove;
    ruleset = ruleset_load(dir, &options, &err);
    load_ms = (double)(stage_timer_cpu_ns() - began) / 1e6;
    if (ruleset == NULL)
        return fail(&err, "the libraries cannot be loaded");
    printf("{\"phrases\": %zu, \"sets\": %zu, \"rules\": %zu, \"literals\": %zu, \"load_ms\": %.3f, "
           "\"compile_ms\": %.3f, \"self_test_ms\": %.3f, \"peak_mib\": %.2f, \"database_kib\": %.1f}\n",
           count_phrases(ruleset), ruleset_set_count(ruleset), ruleset_rule_count(ruleset),
           ruleset_literal_count(ruleset), load_ms, ruleset_compile_ms(ruleset), ruleset_self_test_ms(ruleset),
           memory_peak_mib(), (double)ruleset_database_bytes(ruleset) / 1024);
    ruleset_free(&ruleset);
    err_fini(&err);
    return 0;
}

/* ---- time -------------------------------------------------------------------------------------------------- */

static struct subject_library open_library(const char *dir, const struct feed *feed)
{
    struct subject_library library = {.dir = dir, .ruleset = rig_ruleset(dir)};

    library.session = rig_session(library.ruleset);
    library.floor = floor_scan_new(library.ruleset);
    library.corpus = rig_corpus("clean", RECORDS, library.session, feed);
    if (library.floor == NULL)
        rig_fail("out of memory");
    return library;
}

static double time_engine(struct subject_library *library, const struct feed *feed, uint64_t *sum)
{
    int64_t start = stage_timer_cpu_ns();

    *sum += rig_judge(library->corpus, library->session, feed);
    return (double)(stage_timer_cpu_ns() - start) / RECORDS;
}

static double time_raw_scan(struct subject_library *library, uint64_t *sum)
{
    int64_t start = stage_timer_cpu_ns();

    for (size_t i = 0; i < RECORDS; i++)
        *sum += (uint64_t)floor_scan_run(library->floor, library->corpus->canonical[i]);
    return (double)(stage_timer_cpu_ns() - start) / RECORDS;
}

static void run_round(struct subject_library *library, const struct feed *feed, struct stage_timer *timer, uint64_t *sum)
{
    double ns[JUDGE_STAGES], engine = time_engine(library, feed, sum), raw = time_raw_scan(library, sum);

    judge_watch(session_judge(library->session), stage_timer_mark, timer);
    stage_timer_begin(timer);
    *sum += rig_judge(library->corpus, library->session, feed);
    stage_timer_end(timer, ns);
    judge_watch(session_judge(library->session), NULL, NULL);
    printf("{\"dir\": \"%s\", \"engine_ns\": %.2f, \"raw_scan_ns\": %.2f, \"scan_ns\": %.2f, \"evaluate_ns\": %.2f, "
           "\"clean\": %.5f}\n", library->dir, engine, raw, ns[JUDGE_SCAN] / RECORDS, ns[JUDGE_EVALUATE] / RECORDS,
           (double)library->corpus->outcomes[OUTCOME_CLEAN] / RECORDS);
}

static int time_all(long rounds, char **dirs, size_t n)
{
    const struct feed *feed = rig_feed();
    struct subject_library libraries[MAX_DIRS];
    struct stage_timer timer;
    uint64_t sum = 0;

    stage_timer_init(&timer);
    for (size_t i = 0; i < n; i++)
        libraries[i] = open_library(dirs[i], feed);
    for (long round = 0; round < rounds; round++)
        for (size_t i = 0; i < n; i++)
            run_round(&libraries[i], feed, &timer, &sum);
    return sum == UINT64_MAX; /* never: it only keeps the work */
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
