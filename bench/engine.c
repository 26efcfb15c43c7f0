/* engine.c - payload to verdict (and warning) for every mix of records, each beside raw parse and raw scan of the same
 * records; then one thread against two. Rounds go over all mixes until the time is over.
 *
 * Each mix is judged twice: looking at every text, and as a worker does who remembers templates (template.h) since
 * EARLIER other records of the mix. He begins anew in each round: no record is judged that he has seen.
 *
 * usage: engine RULES SECONDS RECORDS; samples as JSON, in ns of CPU time per record, and records per
 * second of wall time for the threads. */
#include "lib/rig.h"

#include "cli/stage_timer.h"
#include "core/clock.h"
#include "match/floor.h"
#include "record/floor.h"

#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS_MIN 3
#define ROUNDS_MAX 101
#define THREADS 2
#define THREAD_PASSES 8
#define EARLIER 20000

struct engine {
    const struct ruleset *ruleset;
    const struct feed *feed;
    struct session *session[THREADS], *worker; /* the latter remembers */
    struct parse_floor *parse;
    struct floor_scan *scan;
    uint64_t sum;
};

struct load {
    struct corpus *corpus, *earlier;
    json_t *raw_parse, *raw_scan, *engine, *worker;
    size_t remembered; /* of the corpus */
};

static void add(json_t *samples, const struct load *load, int64_t start_ns)
{
    json_array_append_new(samples, json_real((double)(stage_timer_cpu_ns() - start_ns) / (double)load->corpus->n));
}

static void measure(struct engine *engine, struct load *load)
{
    int64_t start_ns = stage_timer_cpu_ns();

    for (size_t i = 0; i < load->corpus->n; i++)
        parse_floor_run(engine->parse, load->corpus->payloads[i], &engine->sum);
    add(load->raw_parse, load, start_ns);
    start_ns = stage_timer_cpu_ns();
    for (size_t i = 0; i < load->corpus->n; i++)
        engine->sum += (uint64_t)floor_scan_run(engine->scan, load->corpus->canonical[i]);
    add(load->raw_scan, load, start_ns);
    start_ns = stage_timer_cpu_ns();
    engine->sum += rig_judge(load->corpus, engine->session[0], engine->feed);
    add(load->engine, load, start_ns);
    rig_remember(engine->worker, load->earlier, engine->feed);
    start_ns = stage_timer_cpu_ns();
    engine->sum += rig_judge(load->corpus, engine->worker, engine->feed);
    add(load->worker, load, start_ns);
}

/* Of the corpus, by a worker who has only seen the earlier ones and those before it. */
static size_t count_remembered(struct engine *engine, const struct load *load)
{
    struct session_result result;
    size_t n = 0;

    rig_remember(engine->worker, load->earlier, engine->feed);
    for (size_t i = 0; i < load->corpus->n; i++) {
        session_begin(engine->worker, engine->feed, load->corpus->payloads[i], &rig_source);
        while (session_next(engine->worker, &result))
            n += judge_remembered(session_judge(engine->worker));
    }
    return n;
}

/* ---- threads ----------------------------------------------------------------------------------------------- */

struct runner {
    const struct engine *engine;
    const struct corpus *corpus;
    struct session *session;
    uint64_t sum;
    int64_t cpu_ns;
};

static void *run_passes(void *arg)
{
    struct runner *runner = arg;
    int64_t start_ns = stage_timer_cpu_ns();

    for (int pass = 0; pass < THREAD_PASSES; pass++)
        runner->sum += rig_judge(runner->corpus, runner->session, runner->engine->feed);
    runner->cpu_ns = stage_timer_cpu_ns() - start_ns;
    return NULL;
}

struct throughput {
    json_t *records_per_s, *cpu_ns; /* of all threads together, by the clock on the wall; per record of one */
};

static void measure_threads(struct engine *engine, const struct corpus *corpus, int threads, struct throughput *out)
{
    pthread_t thread[THREADS];
    struct runner runner[THREADS];
    double records = (double)corpus->n * THREAD_PASSES * threads, cpu_ns = 0;
    int64_t start_ns = clock_mono_ns();

    for (int t = 0; t < threads; t++) {
        runner[t] = (struct runner){engine, corpus, engine->session[t], 0, 0};
        if (pthread_create(&thread[t], NULL, run_passes, &runner[t]) != 0)
            rig_fail("no thread");
    }
    for (int t = 0; t < threads; t++) {
        pthread_join(thread[t], NULL);
        engine->sum += runner[t].sum;
        cpu_ns += (double)runner[t].cpu_ns;
    }
    json_array_append_new(out->records_per_s, json_real(records * 1e9 / (double)(clock_mono_ns() - start_ns)));
    json_array_append_new(out->cpu_ns, json_real(cpu_ns / records));
}

/* ---- all --------------------------------------------------------------------------------------------------- */

static json_t *tell(const struct load *load)
{
    const struct corpus *corpus = load->corpus;

    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:o, s:o, s:o, s:o}", "name", corpus->mix->name, "bytes",
                     (double)corpus->bytes / (double)corpus->n, "canonical_bytes",
                     (double)corpus->canonical_bytes / (double)corpus->n, "warned",
                     (double)corpus->outcomes[OUTCOME_WARNED] / (double)corpus->n, "remembered",
                     (double)load->remembered / (double)corpus->n, "raw_parse", load->raw_parse,
                     "raw_scan", load->raw_scan, "engine", load->engine, "worker",
                     load->worker);
}

int main(int argc, char **argv)
{
    static const char *const mixes[] = {"clean", "hits_0.2", "hits_1",    "hits_10", "short",
                                        "typical", "long",   "disguised", "calls"};
    enum { MIXES = sizeof(mixes) / sizeof(*mixes) };
    struct load loads[MIXES];
    struct engine engine = {0};
    struct throughput one = {json_array(), json_array()}, two = {json_array(), json_array()};
    json_t *all = json_array();
    int64_t end_ms;

    if (argc != 4)
        rig_fail("usage: engine RULES SECONDS RECORDS");
    engine.ruleset = rig_ruleset(argv[1]);
    engine.feed = rig_feed();
    engine.parse = parse_floor_new(1u << 20);
    engine.scan = floor_scan_new(engine.ruleset);
    for (int t = 0; t < THREADS; t++)
        engine.session[t] = rig_session(engine.ruleset);
    if (engine.parse == NULL || engine.scan == NULL)
        rig_fail("out of memory");
    engine.worker = rig_session(engine.ruleset);
    for (int m = 0; m < MIXES; m++) {
        loads[m] = (struct load){
            .corpus = rig_corpus(mixes[m], strtoul(argv[3], NULL, 10), engine.session[0], engine.feed),
            .earlier = rig_earlier(mixes[m], EARLIER), .raw_parse = json_array(), .raw_scan = json_array(),
            .engine = json_array(), .worker = json_array()};
        loads[m].remembered = count_remembered(&engine, &loads[m]);
    }
    rig_judge(loads[0].corpus, engine.session[1], engine.feed);
    end_ms = clock_mono_ms() + (int64_t)(1000 * strtod(argv[2], NULL));
    for (int round = 0; round < ROUNDS_MIN || (round < ROUNDS_MAX && clock_mono_ms() < end_ms); round++) {
        for (int m = 0; m < MIXES; m++)
            measure(&engine, &loads[m]);
        measure_threads(&engine, loads[0].corpus, 1, &one);
        measure_threads(&engine, loads[0].corpus, THREADS, &two);
    }
    for (int m = 0; m < MIXES; m++)
        json_array_append_new(all, tell(&loads[m]));
    all = json_pack("{s:o, s:{s:o, s:o}, s:{s:o, s:o}, s:s}", "mixes", all, "one_thread", "records_per_s",
                    one.records_per_s, "cpu_ns", one.cpu_ns, "two_threads", "records_per_s", two.records_per_s, "cpu_ns",
                    two.cpu_ns, "simdjson", parse_floor_implementation());
    json_dumpf(all, stdout, JSON_REAL_PRECISION(6));
    putchar('\n');
    return 0;
}
