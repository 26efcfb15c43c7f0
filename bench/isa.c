/* isa.c - the two engines that choose by CPU, forced to one instruction set: simdjson by SIMDJSON_FORCE_IMPLEMENTATION,
 * which the caller sets, Hyperscan by its own function for it and a database compiled for it. A round for every line on
 * stdin.
 *
 *     isa sse4.2|avx2|avx512|avx512vbmi
 *
 * Prints {"missing": "…"} when the CPU or Hyperscan cannot, else {"simdjson", "hyperscan", "hits"}, then a round
 * {"parse_ns", "decode_ns", "scan_ns"} a line: per record, CPU time. */
#include "cli/stage_timer.h"
#include "lib/rig.h"
#include "match/compiled.h"
#include "record/floor.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORDS 10000

typedef hs_error_t scan_function(const hs_database_t *, const char *, unsigned, unsigned, hs_scratch_t *,
                                 match_event_handler, void *);

struct isa {
    const char *name, *symbol, *lacks;
    hs_platform_info_t platform;
};

struct bench {
    const struct corpus *corpus;
    const struct feed *feed;
    struct decoder *decoder;
    struct parse_floor *floor;
    scan_function *scan;
    hs_database_t *database;
    hs_scratch_t *scratch;
    uint64_t sum;
};

static const struct isa isas[] = {
    {"sse4.2", "corei7_hs_scan", "sse4.2", {.tune = HS_TUNE_FAMILY_GENERIC}},
    {"avx2", "avx2_hs_scan", "avx2", {.tune = HS_TUNE_FAMILY_HSW, .cpu_features = HS_CPU_FEATURES_AVX2}},
    {"avx512", "avx512_hs_scan", "avx512bw",
     {.tune = HS_TUNE_FAMILY_SKX, .cpu_features = HS_CPU_FEATURES_AVX2 | HS_CPU_FEATURES_AVX512}},
    {"avx512vbmi", "avx512vbmi_hs_scan", "avx512vbmi",
     {.tune = HS_TUNE_FAMILY_ICL,
      .cpu_features = HS_CPU_FEATURES_AVX2 | HS_CPU_FEATURES_AVX512 | HS_CPU_FEATURES_AVX512VBMI}},
};

static bool cpu_has(const char *what)
{
#ifdef __x86_64__
    return (strcmp(what, "sse4.2") == 0 && __builtin_cpu_supports("sse4.2")) ||
           (strcmp(what, "avx2") == 0 && __builtin_cpu_supports("avx2")) ||
           (strcmp(what, "avx512bw") == 0 && __builtin_cpu_supports("avx512bw")) ||
           (strcmp(what, "avx512vbmi") == 0 && __builtin_cpu_supports("avx512vbmi"));
#else
    (void)what;
    return false;
#endif
}

static hs_database_t *compile(const struct ruleset *ruleset, const hs_platform_info_t *platform)
{
    char **texts = calloc(ruleset->nliterals, sizeof(*texts));
    unsigned *ids = calloc(ruleset->nliterals, sizeof(*ids));
    hs_compile_error_t *error = NULL;
    hs_database_t *out = NULL;

    for (size_t i = 0; texts != NULL && ids != NULL && i < ruleset->nliterals; i++) {
        struct str literal = ruleset->patterns[i].literal;
        if ((texts[i] = malloc(4 * literal.n + 1)) == NULL)
            return NULL;
        for (size_t k = 0; k < literal.n; k++)
            sprintf(texts[i] + 4 * k, "\\x%02x", (unsigned char)literal.p[k]);
        ids[i] = (unsigned)i;
    }
    if (hs_compile_multi((const char *const *)texts, NULL, ids, (unsigned)ruleset->nliterals, HS_MODE_BLOCK, platform,
                         &out, &error) != HS_SUCCESS)
        rig_fail(error != NULL ? error->message : "Hyperscan refuses the literals");
    return out;
}

static int count_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    (void)id, (void)from, (void)to, (void)flags;
    ++*(uint64_t *)ctx;
    return 0;
}

static uint64_t scan_all(struct bench *bench)
{
    uint64_t hits = 0;

    for (size_t i = 0; i < bench->corpus->n; i++) {
        struct str text = bench->corpus->canonical[i];
        if (bench->scan(bench->database, text.p, (unsigned)text.n, 0, bench->scratch, count_hit, &hits) != HS_SUCCESS)
            rig_fail("a scan failed");
    }
    return hits;
}

static void parse_all(struct bench *bench)
{
    for (size_t i = 0; i < bench->corpus->n; i++)
        if (!parse_floor_run(bench->floor, bench->corpus->payloads[i], &bench->sum))
            rig_fail("a payload cannot be parsed");
}

static void decode_all(struct bench *bench)
{
    bench->sum += corpus_decode(bench->corpus, bench->decoder, bench->feed);
}

static void run_round(struct bench *bench)
{
    int64_t start = stage_timer_cpu_ns(), parsed, decoded;

    parse_all(bench);
    parsed = stage_timer_cpu_ns();
    decode_all(bench);
    decoded = stage_timer_cpu_ns();
    bench->sum += scan_all(bench);
    printf("{\"parse_ns\": %.2f, \"decode_ns\": %.2f, \"scan_ns\": %.2f}\n", (double)(parsed - start) / RECORDS,
           (double)(decoded - parsed) / RECORDS, (double)(stage_timer_cpu_ns() - decoded) / RECORDS);
    fflush(stdout);
}

static void run(struct bench *bench, const struct isa *isa)
{
    const struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    const struct ruleset *ruleset = rig_ruleset("patterns");
    char line[16], *info = NULL;

    bench->feed = rig_feed();
    bench->corpus = rig_corpus("clean", RECORDS, rig_session(ruleset), bench->feed);
    bench->decoder = decoder_new(&limits);
    bench->floor = parse_floor_new(limits.max_payload_bytes);
    bench->database = compile(ruleset, &isa->platform);
    if (bench->decoder == NULL || bench->floor == NULL || hs_database_info(bench->database, &info) != HS_SUCCESS ||
        hs_alloc_scratch(bench->database, &bench->scratch) != HS_SUCCESS)
        rig_fail("out of memory");
    printf("{\"simdjson\": \"%s\", \"hyperscan\": \"%s\", \"hits\": %llu}\n", parse_floor_implementation(), info,
           (unsigned long long)scan_all(bench));
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin) != NULL)
        run_round(bench);
}

int main(int argc, char **argv)
{
    struct bench bench = {0};

    for (size_t i = 0; argc == 2 && i < sizeof(isas) / sizeof(*isas); i++) {
        if (strcmp(argv[1], isas[i].name) != 0)
            continue;
        bench.scan = (scan_function *)dlsym(RTLD_DEFAULT, isas[i].symbol);
        if (!cpu_has(isas[i].lacks))
            printf("{\"missing\": \"the CPU has no %s\"}\n", isas[i].lacks);
        else if (bench.scan == NULL)
            printf("{\"missing\": \"this Hyperscan has no %s\"}\n", isas[i].symbol);
        else
            run(&bench, &isas[i]);
        return 0;
    }
    fputs("usage: isa sse4.2|avx2|avx512|avx512vbmi\n", stderr);
    return 2;
}
