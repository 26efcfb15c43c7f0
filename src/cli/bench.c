/* bench.c - the cost of a record by stage, beside limits measured in the same run: simdjson reading the payload and
 * Hyperscan scanning the canonical text, each alone. Machines are noisy; only ratios of one run mean something. */
#include "cli/bench_stages.h"
#include "cli/command.h"
#include "cli/demo.h"
#include "cli/tally.h"
#include "core/clock.h"
#include "record/floor.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

struct bench {
    const char *rules_dir;
    const struct generator_mix *mix;
    long count;
    bool json, engine, pipeline;
    struct ruleset *ruleset;
    struct feed *feed;
    struct corpus *corpus, *earlier; /* earlier: for the worker to learn from */
    struct bench_figures figures;
    double pipeline_rate; /* records/s, 0 when not measured */
};

static double bytes_per_record(const struct bench *bench)
{
    return (double)bench->corpus->bytes / (double)bench->count;
}

static double rate(const struct bench *bench, enum bench_stage stage)
{
    return 1e9 / bench->figures.ns[stage].median;
}

static json_t *spread_json(const char *name, struct bench_spread spread)
{
    return json_pack("{s:f, s:f, s:f, s:i}", name, spread.median, "min", spread.min, "max", spread.max, "rounds",
                     BENCH_ROUNDS);
}

static json_t *stages_json(const struct bench_figures *figures)
{
    json_t *stages = json_object();

    for (int s = 0; s < BENCH_STAGES; s++) {
        json_t *stage = spread_json("ns_per_record", figures->ns[s]);
        if (figures->ns[s].median > 0) {
            json_object_set_new(stage, "reference_cycles", json_real(figures->ns[s].median * figures->ticks_per_ns));
            if (figures->cycles_per_tick > 0)
                json_object_set_new(stage, "cycles", json_real(figures->ns[s].median * figures->ticks_per_ns *
                                                               figures->cycles_per_tick));
            json_object_set_new(stage, "bytes", json_real(figures->bytes[s]));
            json_object_set(stages, bench_stage_defs[s].name, stage);
        }
        json_decref(stage);
    }
    return stages;
}

static void put_ratio(json_t *ratios, const char *name, struct bench_spread spread)
{
    char key[64];

    json_object_set_new(ratios, name, json_real(spread.median));
    snprintf(key, sizeof(key), "%s_min", name);
    json_object_set_new(ratios, key, json_real(spread.min));
    snprintf(key, sizeof(key), "%s_max", name);
    json_object_set_new(ratios, key, json_real(spread.max));
}

static void print_json(const struct bench *bench)
{
    const struct bench_figures *figures = &bench->figures;
    json_t *ratios = json_object(), *rates = json_object(), *all;

    if (bench->engine) {
        put_ratio(ratios, "engine_to_floor", figures->engine_to_floor);
        put_ratio(ratios, "worker_to_floor", figures->worker_to_floor);
        json_object_set_new(ratios, "contacts_asked", json_real(figures->contacts_asked));
        json_object_set_new(rates, "engine_one_core", json_real(rate(bench, BENCH_ENGINE)));
        json_object_set_new(rates, "worker_one_core", json_real(rate(bench, BENCH_WORKER)));
    }
    if (bench->pipeline_rate > 0)
        json_object_set_new(rates, "pipeline_mock_broker", json_real(bench->pipeline_rate));
    all = json_pack("{s:o, s:o, s:o, s:s, s:f, s:I, s:f, s:f, s:s, s:s}", "stages", stages_json(figures), "ratios",
                    ratios, "records_per_second", rates, "mix", bench->mix->name, "bytes_per_record",
                    bytes_per_record(bench), "expressions", (json_int_t)ruleset_literal_count(bench->ruleset),
                    "compile_ms", ruleset_compile_ms(bench->ruleset), "self_test_ms",
                    ruleset_self_test_ms(bench->ruleset), "simdjson", parse_floor_implementation(), "version",
                    TELSIEVE_VERSION);
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(all);
}

static void print_ratio(const char *what, struct bench_spread spread, double rate)
{
    char n[32];

    printf("  %s / (raw_parse + raw_scan)   %.2f  (%.2f, %.2f)   %10s records/s on one core\n", what, spread.median,
           spread.min, spread.max, tally_number((uint64_t)rate, n));
}

static void print_table(const struct bench *bench)
{
    const struct bench_figures *figures = &bench->figures;
    char n[32];

    printf("%ld %s records of %.0f bytes on average, %zu expressions compiled in %.0f ms and proved in %.0f ms of "
           "CPU, simdjson %s, medians of %d rounds\n\n"
           "  stage       ns/record  (least, most)      cycles\n",
           bench->count, bench->mix->name, bytes_per_record(bench), ruleset_literal_count(bench->ruleset),
           ruleset_compile_ms(bench->ruleset), ruleset_self_test_ms(bench->ruleset), parse_floor_implementation(),
           BENCH_ROUNDS);
    for (int s = 0; s < BENCH_STAGES; s++) {
        const struct bench_spread *ns = &figures->ns[s];
        double cycles = figures->ticks_per_ns * (figures->cycles_per_tick > 0 ? figures->cycles_per_tick : 1);
        if (ns->median > 0)
            printf("  %-10s  %9.0f  (%6.0f, %6.0f)  %10.0f  %s\n", bench_stage_defs[s].name, ns->median, ns->min,
                   ns->max, ns->median * cycles, bench_stage_defs[s].note);
    }
    puts(figures->cycles_per_tick > 0 ? "  (cycles of the core)"
                                      : "  (reference cycles: the kernel tells no others here)");
    if (bench->engine) {
        putchar('\n');
        print_ratio("engine", figures->engine_to_floor, rate(bench, BENCH_ENGINE));
        print_ratio("worker", figures->worker_to_floor, rate(bench, BENCH_WORKER));
    }
    if (bench->pipeline_rate > 0)
        printf("  daemon on the embedded broker     %s records/s (generator and broker on the same cores)\n",
               tally_number((uint64_t)bench->pipeline_rate, n));
}

static int measure(struct bench *bench, struct err *err)
{
    const struct alert_options alert = {.excerpt_chars = 120, .engine_version = TELSIEVE_VERSION};
    struct ruleset_options options;

    ruleset_options_default(&options);
    bench->ruleset = ruleset_load(bench->rules_dir, &options, err);
    bench->feed = feed_new(NULL, "bench", err);
    if (bench->ruleset == NULL || bench->feed == NULL)
        return print_problems(err, bench->rules_dir);
    bench->corpus = corpus_new(bench->mix, (size_t)bench->count, clock_wall_ms(), CORPUS_SEED);
    if (bench->engine)
        bench->earlier = corpus_new(bench->mix, (size_t)bench->count, clock_wall_ms(), CORPUS_SEED + 1);
    if (bench->corpus == NULL || (bench->engine && bench->earlier == NULL) ||
        bench_stages_run(bench->corpus, bench->earlier, bench->ruleset, &alert, bench->feed, !bench->engine,
                         &bench->figures) != 0) {
        fputs("telsieve bench: out of memory, or a generated record could not be judged\n", stderr);
        return EXIT_RUNTIME;
    }
    if (bench->pipeline)
        bench->pipeline_rate = demo_measure_pipeline(bench->rules_dir, bench->count * 10);
    return EXIT_DONE;
}

static int parse_mix(struct bench *bench, struct args *args)
{
    const char *name = args_value(args);

    if (name == NULL)
        return EXIT_USAGE;
    if ((bench->mix = generator_mix(name)) == NULL)
        return usage_error(args->command, "no mix \"%s\"", name);
    return EXIT_DONE;
}

static int parse_stage(struct bench *bench, const struct args *args)
{
    if (strcmp(args->option, "engine") == 0)
        bench->engine = true;
    else if (strcmp(args->option, "pipeline") == 0)
        bench->pipeline = true;
    else if (strcmp(args->option, "floor") != 0)
        return usage_error(args->command, "no stage \"%s\": floor, engine or pipeline", args->option);
    return EXIT_DONE;
}

static int parse(struct bench *bench, const struct command *self, int argc, char **argv)
{
    struct args args;
    int kind, code = EXIT_DONE;
    bool named = false;

    args_init(&args, self, argc, argv);
    while (code == EXIT_DONE && (kind = args_next(&args)) != 0) {
        if (kind == 'a') {
            named = true;
            code = parse_stage(bench, &args);
        } else if (args_is(&args, "-r", "--rules")) {
            code = (bench->rules_dir = args_value(&args)) != NULL ? EXIT_DONE : EXIT_USAGE;
        } else if (args_is(&args, NULL, "--records")) {
            code = args_number(&args, 100, &bench->count) ? EXIT_DONE : EXIT_USAGE;
        } else if (args_is(&args, NULL, "--mix")) {
            code = parse_mix(bench, &args);
        } else if (args_is(&args, NULL, "--json")) {
            bench->json = true;
        } else {
            code = args_unknown(&args);
        }
    }
    if (!named)
        bench->engine = bench->pipeline = true;
    return code;
}

int command_bench(const struct command *self, int argc, char **argv)
{
    struct bench bench = {.rules_dir = "patterns", .count = 20000, .mix = generator_mix("clean")};
    struct err err;
    int code = parse(&bench, self, argc, argv);

    err_init(&err);
    if (code == EXIT_DONE)
        code = measure(&bench, &err);
    if (code == EXIT_DONE)
        bench.json ? print_json(&bench) : print_table(&bench);
    corpus_free(&bench.corpus);
    corpus_free(&bench.earlier);
    feed_free(&bench.feed);
    ruleset_free(&bench.ruleset);
    err_fini(&err);
    return code;
}
