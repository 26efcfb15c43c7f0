/* demo.c - three threads besides the daemon's own: this one feeds, one runs the daemon, one shows the warnings.
 *
 * The embedded broker keeps 5 MiB a partition and drops what is older without a word, so the feeder never runs further
 * ahead of what the daemon has consumed than fits there. */
#include "cli/demo.h"

#include "cli/command.h"
#include "cli/generate.h"
#include "cli/show.h"
#include "core/clock.h"
#include "daemon/daemon.h"
#include "kafka/mock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SMS_PARTITIONS 4
#define CDR_PARTITIONS 2
#define WINDOW 20000         /* records ahead of the daemon: 20,000 × 0.5 KiB over 6 partitions, a third of what fits */
#define PATIENCE_MS 60000    /* without any progress the demo gives up */

struct demo {
    const char *rules_dir;
    long count, workers;
    bool progress; /* false: shows nothing at all */
    int width; /* of the terminal on stdout; 0: JSON lines */

    struct mock_cluster *cluster;
    struct mock_writer *writer;
    struct config *config;
    struct daemon *daemon;
    struct mock_reader *reader;
    pthread_t daemon_thread, viewer_thread;
    int daemon_code;
    _Atomic bool viewing; /* cleared when no more warnings will come */

    struct tally tally;          /* of the viewer, read after it ended */
    uint64_t produced, planted, disguised, advice, malformed;
    int64_t started_ms, consumed_ms, shown_ms;
    struct daemon_books books;
};

static void rest_ms(int ms)
{
    struct timespec pause = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&pause, NULL);
}

static struct config *configure(const struct demo *demo, struct err *err)
{
    char kafka[256], workers[32], rules[512];
    const char *sets[] = {kafka,
                          workers,
                          rules,
                          "input.topics=[\"sms\",\"cdr\"]",
                          "input.group=telsieve-demo",
                          "output.warnings=fraud-warnings",
                          "output.dead_letter=telsieve-dead-letters",
                          "output.shadow=telsieve-shadow",
                          "output.digest_key=demo",
                          "admin.listen=",
                          "quarantine.file=",
                          "log.level=error"};

    snprintf(kafka, sizeof(kafka), "kafka.common={\"bootstrap.servers\":\"%s\"}",
             mock_cluster_bootstrap(demo->cluster));
    snprintf(workers, sizeof(workers), "workers=%ld", demo->workers);
    snprintf(rules, sizeof(rules), "rules.dir=%s", demo->rules_dir);
    return config_load(NULL, sets, sizeof(sets) / sizeof(*sets), err);
}

static int create_topics(struct mock_cluster *cluster)
{
    return mock_cluster_create_topic(cluster, "sms", SMS_PARTITIONS) != 0 ||
                   mock_cluster_create_topic(cluster, "cdr", CDR_PARTITIONS) != 0 ||
                   mock_cluster_create_topic(cluster, "fraud-warnings", 2) != 0 ||
                   mock_cluster_create_topic(cluster, "telsieve-dead-letters", 1) != 0 ||
                   mock_cluster_create_topic(cluster, "telsieve-shadow", 1) != 0
               ? -TS_EKAFKA
               : 0;
}

static void *run_daemon(void *arg)
{
    struct demo *demo = arg;

    demo->daemon_code = daemon_run(demo->daemon);
    return NULL;
}

static void *view_warnings(void *arg)
{
    struct demo *demo = arg;
    struct mock_message message;

    for (;;) {
        bool last_look = !atomic_load(&demo->viewing);
        if (mock_reader_next(demo->reader, last_look ? 1000 : 100, &message)) {
            flockfile(stdout);
            if (demo->progress && demo->width > 0)
                fputs("\r\033[K", stdout);
            if (demo->progress)
                show_warning(stdout, message.value, demo->width, &demo->tally);
            funlockfile(stdout);
        } else {
            fflush(stdout);
            if (last_look)
                return NULL;
        }
    }
}

static void show_progress(struct demo *demo)
{
    int64_t now_ms = clock_mono_ms();
    uint64_t every_ms = isatty(STDERR_FILENO) ? 100 : 2000;
    char consumed[32], count[32];

    if (!demo->progress || now_ms - demo->shown_ms < (int64_t)every_ms)
        return;
    demo->shown_ms = now_ms;
    fprintf(stderr, "%s%s of %s records, %llu warned, %llu suppressed, %llu dead letters%s",
            isatty(STDERR_FILENO) ? "\r\033[K" : "", tally_number(demo->books.consumed, consumed),
            tally_number((uint64_t)demo->count, count), (unsigned long long)demo->books.warned,
            (unsigned long long)demo->books.suppressed, (unsigned long long)demo->books.dead_lettered,
            isatty(STDERR_FILENO) ? "" : "\n");
}

/* Wait until the daemon has consumed `wanted` records (and, with `settled`, nothing is in flight). */
static bool wait_consumed(struct demo *demo, uint64_t wanted, bool settled)
{
    int64_t since_ms = clock_mono_ms();
    uint64_t last = 0;

    for (;;) {
        daemon_read_books(demo->daemon, &demo->books);
        show_progress(demo);
        if (demo->books.consumed >= wanted && (!settled || demo->books.in_flight == 0))
            return true;
        if (demo->books.consumed != last) {
            last = demo->books.consumed;
            since_ms = clock_mono_ms();
        }
        if (clock_mono_ms() - since_ms > PATIENCE_MS)
            return false;
        rest_ms(1);
    }
}

static bool feed(struct demo *demo)
{
    struct generator generator;
    char buf[GENERATED_MAX_BYTES];

    generator_init(&generator, generator_mix("sample"), 20261122, clock_wall_ms());
    demo->started_ms = clock_mono_ms();
    while (demo->produced < (uint64_t)demo->count) {
        struct generated made;
        if (demo->produced % 100 == 0)
            generator.ts_ms = clock_wall_ms();
        made = generator_next(&generator, buf);
        int32_t partition = (int32_t)(demo->produced % (made.is_call ? CDR_PARTITIONS : SMS_PARTITIONS));
        if (mock_writer_send(demo->writer, made.is_call ? "cdr" : "sms", partition, (struct str){0}, made.payload) != 0)
            return false;
        demo->produced++;
        demo->planted += made.kind == GENERATED_FRAUD || made.kind == GENERATED_DISGUISED;
        demo->disguised += made.kind == GENERATED_DISGUISED;
        demo->advice += made.kind == GENERATED_ADVICE;
        demo->malformed += made.kind == GENERATED_MALFORMED;
        if (demo->produced % 1000 == 0 && demo->produced > WINDOW &&
            !wait_consumed(demo, demo->produced - WINDOW, false))
            return false;
    }
    return mock_writer_flush(demo->writer, PATIENCE_MS) == 0;
}

static bool start(struct demo *demo, struct err *err)
{
    struct daemon_options options = {0};

    demo->cluster = mock_cluster_new(1, err);
    if (demo->cluster == NULL || create_topics(demo->cluster) != 0)
        return false;
    demo->config = configure(demo, err);
    if (demo->config == NULL)
        return false;
    log_set_level(LOG_LEVEL_ERROR);
    options.config = demo->config;
    demo->daemon = daemon_new(&options, err);
    demo->writer = mock_writer_new(mock_cluster_bootstrap(demo->cluster), err);
    demo->reader = mock_reader_new(mock_cluster_bootstrap(demo->cluster), "fraud-warnings", err);
    return demo->daemon != NULL && demo->writer != NULL && demo->reader != NULL;
}

/* Until the workers have joined the group and have their partitions: joining is no part of the rate. */
static bool wait_ready(struct demo *demo)
{
    int64_t since_ms = clock_mono_ms();
    char why[256];

    while (!daemon_is_ready(demo->daemon, why, sizeof(why))) {
        if (clock_mono_ms() - since_ms > PATIENCE_MS) {
            fprintf(stderr, "telsieve demo: the daemon is not ready: %s\n", why);
            return false;
        }
        rest_ms(10);
    }
    return true;
}

/* Feed, wait for the end, stop everything. True when all that was produced was consumed and settled. */
static bool play(struct demo *demo)
{
    bool complete;

    atomic_store(&demo->viewing, true);
    if (pthread_create(&demo->daemon_thread, NULL, run_daemon, demo) != 0)
        return false;
    if (pthread_create(&demo->viewer_thread, NULL, view_warnings, demo) != 0) {
        daemon_stop(demo->daemon);
        pthread_join(demo->daemon_thread, NULL);
        return false;
    }
    complete = wait_ready(demo) && feed(demo) && wait_consumed(demo, demo->produced, false);
    demo->consumed_ms = clock_mono_ms();
    complete = complete && wait_consumed(demo, demo->produced, true);
    daemon_stop(demo->daemon);
    pthread_join(demo->daemon_thread, NULL);
    atomic_store(&demo->viewing, false);
    pthread_join(demo->viewer_thread, NULL);
    daemon_read_books(demo->daemon, &demo->books);
    return complete;
}

static void finish(struct demo *demo)
{
    mock_reader_free(&demo->reader);
    mock_writer_free(&demo->writer);
    daemon_free(&demo->daemon);
    config_free(&demo->config);
    mock_cluster_free(&demo->cluster);
}

static double rate_of(const struct demo *demo)
{
    int64_t took_ms = demo->consumed_ms - demo->started_ms;
    return took_ms > 0 ? (double)demo->produced * 1000 / (double)took_ms : 0;
}

static bool balanced(const struct daemon_books *b)
{
    return b->consumed == b->clean + b->warned + b->suppressed + b->dead_lettered + b->in_flight;
}

static void print_summary(const struct demo *demo)
{
    const struct daemon_books *b = &demo->books;
    char n[32], rate[32];

    fprintf(stderr, "%s\nsummary\n", demo->progress && isatty(STDERR_FILENO) ? "\r\033[K" : "");
    fprintf(stderr, "  records                %10s in %.1f s, %s/s (generator, broker and daemon share this machine)\n",
            tally_number(b->consumed, n), (double)(demo->consumed_ms - demo->started_ms) / 1000,
            tally_number((uint64_t)rate_of(demo), rate));
    fprintf(stderr, "  produced = consumed    %10s  %s\n", tally_number(demo->produced, n),
            demo->produced == b->consumed ? "yes" : "NO");
    fprintf(stderr,
            "  books balanced         %10s  %s = %llu clean + %llu warned + %llu suppressed + %llu dead letters + "
            "%llu in flight\n",
            balanced(b) ? "yes" : "NO", tally_number(b->consumed, n), (unsigned long long)b->clean,
            (unsigned long long)b->warned, (unsigned long long)b->suppressed, (unsigned long long)b->dead_lettered,
            (unsigned long long)b->in_flight);
    fprintf(stderr,
            "  planted                %10llu frauds (%llu of them disguised), %llu warnings against fraud, "
            "%llu malformed\n",
            (unsigned long long)demo->planted, (unsigned long long)demo->disguised, (unsigned long long)demo->advice,
            (unsigned long long)demo->malformed);
    tally_print(&demo->tally, stderr);
}

static uint64_t warnings_seen(const struct tally *tally)
{
    uint64_t sum = 0;

    for (size_t f = 0; f < 26; f++)
        for (size_t t = 0; t < 4; t++)
            sum += tally->warnings[f][t];
    return sum;
}

static int show(struct demo *demo, struct err *err)
{
    bool complete, sound;

    if (!start(demo, err))
        return print_problems(err, "demo");
    if (demo->progress)
        fprintf(stderr, "telsieve %s on an embedded broker: %ld generated SMS and call records, %ld workers\n",
                TELSIEVE_VERSION, demo->count, demo->workers);
    complete = play(demo);
    print_summary(demo);
    sound = complete && demo->produced == demo->books.consumed && balanced(&demo->books) &&
            demo->books.in_flight == 0 && warnings_seen(&demo->tally) == demo->books.warned &&
            demo->daemon_code == EXIT_DONE;
    if (!complete)
        fputs("telsieve demo: gave up waiting for the daemon\n", stderr);
    else if (!sound)
        fputs("telsieve demo: the counts differ: something was lost or came twice\n", stderr);
    return sound ? EXIT_DONE : EXIT_RUNTIME;
}

double demo_measure_pipeline(const char *rules_dir, long count)
{
    struct demo demo = {.rules_dir = rules_dir, .count = count, .workers = 1};
    struct err err;
    double rate = 0;

    err_init(&err);
    if (start(&demo, &err) && play(&demo))
        rate = rate_of(&demo);
    finish(&demo);
    err_fini(&err);
    return rate;
}

int command_demo(const struct command *self, int argc, char **argv)
{
    struct demo demo = {.rules_dir = "patterns",
                        .count = 200000,
                        .workers = 2,
                        .width = show_width(STDOUT_FILENO),
                        .progress = true};
    struct args args;
    struct err err;
    int kind, code = EXIT_DONE;

    args_init(&args, self, argc, argv);
    while (code == EXIT_DONE && (kind = args_next(&args)) != 0) {
        if (kind == 'a')
            code = usage_error(self, "unexpected \"%s\"", args.option);
        else if (args_is(&args, "-r", "--rules"))
            code = (demo.rules_dir = args_value(&args)) != NULL ? EXIT_DONE : EXIT_USAGE;
        else if (args_is(&args, NULL, "--records"))
            code = args_number(&args, 1, &demo.count) ? EXIT_DONE : EXIT_USAGE;
        else if (args_is(&args, NULL, "--workers"))
            code = args_number(&args, 1, &demo.workers) ? EXIT_DONE : EXIT_USAGE;
        else
            code = args_unknown(&args);
    }
    err_init(&err);
    if (code == EXIT_DONE)
        code = show(&demo, &err);
    finish(&demo);
    err_fini(&err);
    return code;
}
