/* bench.c - the cost of a record by stage, beside two limits measured in the same run: simdjson reading the payload and
 * Hyperscan scanning the canonical text, each alone. Rounds are interleaved and medians taken, because machines are
 * noisy; only ratios of one run mean something. */
#include "cli/command.h"
#include "cli/demo.h"
#include "cli/generate.h"
#include "cli/tally.h"
#include "core/clock.h"
#include "match/floor.h"
#include "match/session.h"
#include "record/floor.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 15

/* What the engine cost when it knew little: common families, and the number rules. None may rest on a library that is
 * not among them or shared. */
static const char *const few_libraries[] = {"brushing", "loan", "numbers", "refund", "safe-account", NULL};

enum bench_stage { RAW_PARSE, RAW_SCAN, DECODE, NUMBERS, CANON, SCAN, EVALUATE, ENGINE, ENGINE_FEW, STAGES };
static const char *const stage_names[STAGES] = {"raw_parse", "raw_scan", "decode", "numbers",   "canon",
                                                "scan",      "evaluate", "engine", "engine_few"};
static const char *const stage_notes[STAGES] = {
    "limit: simdjson On-Demand, every field read once", "limit: hs_scan of the canonical records",
    "payload to record", "caller and callee classified", "text folded", "Hyperscan",
    "fragments, facts, rules", "payload to verdict, all of it", "the same with four libraries only"};

struct bench {
    const char *rules_dir;
    long count;
    bool json, engine, pipeline;
    struct ruleset *ruleset, *few;
    struct feed *feed;
    struct session *session, *few_session;
    struct decoder *decoder;
    struct parse_floor *parse_floor;
    struct floor_scan *scan_floor;
    char *pool;             /* all payloads, one behind the other */
    struct str *payloads;
    struct str *canonical;  /* malloc'ed */
    size_t bytes;
    double ns[STAGES][ROUNDS];
    double median[STAGES];
    double ratio, few_ratio; /* engine to floor, to engine_few: medians of the rounds' own, so that drift cancels out */
    double clock_ns;        /* cost of reading the clock once */
    uint64_t hits, outcomes[OUTCOME_COUNT];
    double pipeline_rate;   /* records/s, 0 when not measured */
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), by_size);
    return values[n / 2];
}

static int make_payloads(struct bench *bench)
{
    struct generator generator;
    char buf[GENERATED_MAX_BYTES];
    size_t at = 0;

    bench->pool = malloc((size_t)bench->count * GENERATED_MAX_BYTES / 2);
    bench->payloads = calloc((size_t)bench->count, sizeof(*bench->payloads));
    bench->canonical = calloc((size_t)bench->count, sizeof(*bench->canonical));
    if (bench->pool == NULL || bench->payloads == NULL || bench->canonical == NULL)
        return -TS_ENOMEM;
    generator_init(&generator, 20261122, clock_wall_ms());
    for (long i = 0; i < bench->count; i++) {
        struct generated made = generator_next(&generator, true, buf);
        memcpy(bench->pool + at, made.payload.p, made.payload.n);
        bench->payloads[i] = (struct str){bench->pool + at, made.payload.n};
        at += made.payload.n;
    }
    bench->bytes = at;
    return 0;
}

/* Judge everything once: warms up, keeps the canonical texts for the raw scan, counts the verdicts. */
static int first_round(struct bench *bench)
{
    struct alert_source source = {.file = STR_LIT("bench")};
    struct session_result result;

    for (long i = 0; i < bench->count; i++) {
        session_begin(bench->session, bench->feed, bench->payloads[i], &source);
        while (session_next(bench->session, &result)) {
            const struct canon *canon;
            bench->outcomes[result.outcome]++;
            if (result.verdict == NULL)
                return -TS_EINVAL;
            canon = result.verdict->subject->canon;
            bench->canonical[i].p = memcpy(malloc(canon->len + 1), canon->buf, canon->len);
            bench->canonical[i].n = canon->len;
        }
    }
    return 0;
}

static double time_raw_parse(struct bench *bench)
{
    int64_t start = clock_mono_ns();

    for (long i = 0; i < bench->count; i++)
        parse_floor_run(bench->parse_floor, bench->payloads[i], &bench->hits);
    return (double)(clock_mono_ns() - start);
}

static double time_raw_scan(struct bench *bench)
{
    int64_t start = clock_mono_ns();

    for (long i = 0; i < bench->count; i++)
        floor_scan_run(bench->scan_floor, bench->canonical[i], &bench->hits);
    return (double)(clock_mono_ns() - start);
}

static double time_decode(struct bench *bench)
{
    struct record record;
    struct decode_fault fault;
    int64_t start = clock_mono_ns();

    for (long i = 0; i < bench->count; i++) {
        decoder_begin(bench->decoder, bench->feed, bench->payloads[i]);
        while (decoder_next(bench->decoder, &record, &fault) != DECODE_END)
            bench->hits += record.present;
    }
    return (double)(clock_mono_ns() - start);
}

static double time_engine(struct bench *bench, struct session *session)
{
    struct alert_source source = {.file = STR_LIT("bench")};
    struct session_result result;
    int64_t start = clock_mono_ns();

    for (long i = 0; i < bench->count; i++) {
        session_begin(session, bench->feed, bench->payloads[i], &source);
        while (session_next(session, &result))
            bench->hits += result.outcome;
    }
    return (double)(clock_mono_ns() - start);
}

/* The judge's own stages, each less the clock reading that ends it. */
static void time_stages(struct bench *bench, int round)
{
    struct alert_source source = {.file = STR_LIT("bench")};
    struct session_result result;
    int64_t ns[JUDGE_STAGES], sum[JUDGE_STAGES] = {0};

    judge_measure(session_judge(bench->session), ns);
    for (long i = 0; i < bench->count; i++) {
        session_begin(bench->session, bench->feed, bench->payloads[i], &source);
        while (session_next(bench->session, &result))
            for (int s = 0; s < JUDGE_STAGES; s++)
                sum[s] += ns[s];
    }
    judge_measure(session_judge(bench->session), NULL);
    for (int s = 0; s < JUDGE_STAGES; s++) {
        double cost = (double)sum[s] - bench->clock_ns * (double)bench->count;
        bench->ns[NUMBERS + s][round] = cost > 0 ? cost : 0;
    }
}

static void measure_clock(struct bench *bench)
{
    int64_t start = clock_mono_ns();

    for (int i = 0; i < 100000; i++)
        bench->hits += (uint64_t)clock_mono_ns();
    bench->clock_ns = (double)(clock_mono_ns() - start) / 100000;
}

static double median_ratio(const struct bench *bench, const double *limit)
{
    double ratios[ROUNDS];

    for (int round = 0; round < ROUNDS; round++)
        ratios[round] = bench->ns[ENGINE][round] / limit[round];
    return median_of(ratios, ROUNDS);
}

static void run_rounds(struct bench *bench)
{
    double floors[ROUNDS];

    measure_clock(bench);
    for (int round = 0; round < ROUNDS; round++) {
        bench->ns[RAW_PARSE][round] = time_raw_parse(bench);
        bench->ns[RAW_SCAN][round] = time_raw_scan(bench);
        if (!bench->engine)
            continue;
        bench->ns[ENGINE][round] = time_engine(bench, bench->session);
        bench->ns[ENGINE_FEW][round] = time_engine(bench, bench->few_session);
        bench->ns[DECODE][round] = time_decode(bench);
        time_stages(bench, round);
    }
    for (int round = 0; round < ROUNDS; round++)
        floors[round] = bench->ns[RAW_PARSE][round] + bench->ns[RAW_SCAN][round];
    bench->ratio = median_ratio(bench, floors);
    bench->few_ratio = median_ratio(bench, bench->ns[ENGINE_FEW]);
    for (int s = 0; s < STAGES; s++)
        bench->median[s] = median_of(bench->ns[s], ROUNDS) / (double)bench->count;
}

static void print_json(const struct bench *bench)
{
    json_t *stages = json_object(), *ratios = json_object(), *rates = json_object(), *all;

    for (int s = 0; s < (bench->engine ? STAGES : DECODE); s++)
        json_object_set_new(stages, stage_names[s], json_pack("{s:f}", "ns_per_record", bench->median[s]));
    if (bench->engine) {
        json_object_set_new(ratios, "engine_to_floor", json_real(bench->ratio));
        json_object_set_new(ratios, "engine_to_engine_few", json_real(bench->few_ratio));
        json_object_set_new(rates, "engine_one_core", json_real(1e9 / bench->median[ENGINE]));
    }
    if (bench->pipeline_rate > 0)
        json_object_set_new(rates, "pipeline_mock_broker", json_real(bench->pipeline_rate));
    all = json_pack("{s:o, s:o, s:o, s:f, s:I, s:f, s:f, s:s, s:s}", "stages", stages, "ratios", ratios,
                    "records_per_second", rates, "bytes_per_record", (double)bench->bytes / (double)bench->count,
                    "expressions", (json_int_t)ruleset_literal_count(bench->ruleset), "compile_ms",
                    ruleset_compile_ms(bench->ruleset), "self_test_ms", ruleset_self_test_ms(bench->ruleset),
                    "simdjson", parse_floor_implementation(), "version", TELSIEVE_VERSION);
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(all);
}

static void print_table(const struct bench *bench)
{
    char n[32];

    printf("%ld clean records of %.0f bytes on average, %zu expressions compiled in %.0f ms and proved in %.0f ms of "
           "CPU, simdjson %s, medians of %d rounds\n\n"
           "  stage       ns/record\n",
           bench->count, (double)bench->bytes / (double)bench->count, ruleset_literal_count(bench->ruleset),
           ruleset_compile_ms(bench->ruleset), ruleset_self_test_ms(bench->ruleset),
           parse_floor_implementation(), ROUNDS);
    for (int s = 0; s < (bench->engine ? STAGES : DECODE); s++)
        printf("  %-10s  %9.0f  %s\n", stage_names[s], bench->median[s], stage_notes[s]);
    if (bench->engine)
        printf("\n  engine / (raw_parse + raw_scan)   %.2f\n  engine / engine_few               %.2f\n"
               "  engine on one core                %s records/s\n",
               bench->ratio, bench->few_ratio, tally_number((uint64_t)(1e9 / bench->median[ENGINE]), n));
    if (bench->pipeline_rate > 0)
        printf("  daemon on the embedded broker     %s records/s (generator and broker on the same cores)\n",
               tally_number((uint64_t)bench->pipeline_rate, n));
}

static int prepare(struct bench *bench, const struct alert_options *alert, struct err *err)
{
    struct ruleset_options options;
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;

    ruleset_options_default(&options);
    bench->ruleset = ruleset_load(bench->rules_dir, &options, err);
    options.only = few_libraries;
    bench->few = ruleset_load(bench->rules_dir, &options, err);
    bench->feed = feed_new(NULL, "bench", err);
    if (bench->ruleset == NULL || bench->few == NULL || bench->feed == NULL)
        return print_problems(err, bench->rules_dir);
    bench->session = session_new(&limits, alert);
    bench->few_session = session_new(&limits, alert);
    bench->decoder = decoder_new(&limits);
    bench->parse_floor = parse_floor_new(limits.max_payload_bytes);
    bench->scan_floor = floor_scan_new(bench->ruleset);
    if (bench->session == NULL || bench->few_session == NULL || bench->decoder == NULL || bench->parse_floor == NULL ||
        bench->scan_floor == NULL || session_use(bench->session, bench->ruleset) != 0 ||
        session_use(bench->few_session, bench->few) != 0 || make_payloads(bench) != 0 || first_round(bench) != 0) {
        fputs("telsieve bench: out of memory, or a generated record could not be judged\n", stderr);
        return EXIT_RUNTIME;
    }
    return EXIT_DONE;
}

static void finish(struct bench *bench)
{
    for (long i = 0; bench->canonical != NULL && i < bench->count; i++)
        free((char *)bench->canonical[i].p);
    free(bench->canonical);
    free(bench->payloads);
    free(bench->pool);
    floor_scan_free(&bench->scan_floor);
    parse_floor_free(&bench->parse_floor);
    decoder_free(&bench->decoder);
    session_free(&bench->session);
    session_free(&bench->few_session);
    feed_free(&bench->feed);
    ruleset_free(&bench->ruleset);
    ruleset_free(&bench->few);
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
    struct bench bench = {.rules_dir = "patterns", .count = 20000};
    struct alert_options alert = {.excerpt_chars = 120, .engine_version = TELSIEVE_VERSION};
    struct err err;
    int code = parse(&bench, self, argc, argv);

    err_init(&err);
    if (code == EXIT_DONE)
        code = prepare(&bench, &alert, &err);
    if (code == EXIT_DONE) {
        run_rounds(&bench);
        if (bench.pipeline)
            bench.pipeline_rate = demo_measure_pipeline(bench.rules_dir, bench.count * 10);
        bench.json ? print_json(&bench) : print_table(&bench);
    }
    finish(&bench);
    err_fini(&err);
    return code;
}
