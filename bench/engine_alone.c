/* engine_alone.c - the engine over the stream that fill_topic sends: payloads in memory, warnings encoded, no Kafka.
 *
 *   engine_alone RULES CACHE RECORDS PACK FRAUD_EVERY ROUNDS TEMPLATES
 *
 * So many templates are remembered (rules.templates); each round begins anew.
 *
 * Prints, as JSON, CPU nanoseconds per record of each round and the warnings of one. */
#include "lib/stream.h"

#include "core/clock.h"
#include "match/ruleset.h"
#include "match/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    struct str *payloads;
    size_t npayloads;
    uint64_t records, warned;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "engine_alone: %s: %s\n", what, why);
    exit(1);
}

static void make_payloads(struct run *run, uint64_t records, unsigned pack, unsigned fraud_every)
{
    struct stream stream;

    run->payloads = calloc(records / pack + 1, sizeof(*run->payloads));
    if (run->payloads == NULL || !stream_init(&stream, 20261122, fraud_every, pack))
        die("payloads", "no memory");
    for (uint64_t made = 0; made < records; made += pack) {
        struct str payload = stream_next(&stream, records - made);
        char *copy = malloc(payload.n);
        if (copy == NULL)
            die("payloads", "no memory");
        memcpy(copy, payload.p, payload.n);
        run->payloads[run->npayloads++] = (struct str){copy, payload.n};
    }
    run->records = records;
    stream_fini(&stream);
}

static void judge_all(struct run *run, struct session *session, const struct feed *feed)
{
    struct alert_source source = {.topic = STR_LIT("bench"), .cluster = STR_LIT("bench")};
    struct session_result result;
    size_t n;

    run->warned = 0;
    for (size_t i = 0; i < run->npayloads; i++) {
        source.offset = (int64_t)i;
        session_begin(session, feed, run->payloads[i], &source);
        while (session_next(session, &result)) {
            if (result.outcome != OUTCOME_WARNED)
                continue;
            free(session_warning(session, false, clock_wall_ms(), &n, NULL));
            run->warned++;
        }
    }
}

int main(int argc, char **argv)
{
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct alert_options alert = {.excerpt_chars = 120, .engine_version = TELSIEVE_VERSION};
    struct ruleset_options options;
    struct run run = {0};
    struct ruleset *ruleset;
    struct session *session;
    struct feed *feed;
    struct err err;
    unsigned pack;

    if (argc != 8 || (pack = (unsigned)atoi(argv[4])) < 1)
        die("usage", "engine_alone RULES CACHE RECORDS PACK FRAUD_EVERY ROUNDS TEMPLATES");
    err_init(&err);
    ruleset_options_default(&options);
    options.cache = argv[2]; /* as rules.cache of the daemon beside it */
    ruleset = ruleset_load(argv[1], &options, &err);
    feed = feed_new(NULL, "bench", &err);
    session = session_new(&limits, &alert);
    if (ruleset == NULL || feed == NULL || session == NULL || session_use(session, ruleset) != 0)
        die(argv[1], "cannot be used: see telsieve check");
    make_payloads(&run, strtoull(argv[3], NULL, 10), pack, (unsigned)atoi(argv[5]));
    judge_all(&run, session, feed); /* warm */
    printf("{\"ns_per_record\": [");
    for (int round = 0; round < atoi(argv[6]); round++) {
        int64_t start = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
        if (judge_remember(session_judge(session), strtoul(argv[7], NULL, 10)) != 0)
            die("templates", "no memory");
        judge_all(&run, session, feed);
        printf("%s%.1f", round > 0 ? ", " : "",
               (double)(clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start) / (double)run.records);
    }
    printf("], \"warned\": %llu, \"records\": %llu}\n", (unsigned long long)run.warned,
           (unsigned long long)run.records);
    return 0;
}
