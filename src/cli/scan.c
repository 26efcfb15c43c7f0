/* scan.c - the engine over files. Every thread takes a block of whole lines under the reader's mutex, judges it by
 * itself, and waits for its turn to write, so that the output has the order of the input. */
#include "cli/blocks.h"
#include "cli/command.h"
#include "cli/scan_line.h"
#include "cli/tally.h"
#include "core/clock.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_JOBS 256

enum scan_format { SCAN_JSONL, SCAN_CSV, SCAN_TEXT };

struct scan {
    const char *rules_dir, *caller;
    enum scan_format format;
    bool all, quiet, progress;
    struct ruleset *ruleset;
    struct feed *feed;
    struct alert_options alert;

    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t turn;
    struct blocks blocks;
    struct err err;        /* of reading and writing */
    uint64_t next_read, next_write;
    int failed;            /* exit code of the first failure, 0 = none */
    struct tally tally;
    int64_t wall_ms, started_ms, shown_ms; /* wall_ms: the ts of plain texts */
};

/* A text line as the JSON record it stands for; control characters cannot be in a line of text but tabs. */
static size_t wrap_text(const struct scan *scan, struct str line, uint64_t number, char *out)
{
    size_t n = (size_t)sprintf(out,
                               "{\"v\":1,\"kind\":\"sms\",\"id\":\"line-%llu\",\"ts\":%lld,\"calling\":\"%s\","
                               "\"called\":\"13812345678\",\"ingress\":\"onnet\",\"text\":\"",
                               (unsigned long long)number, (long long)scan->wall_ms, scan->caller);

    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == '"' || line.p[i] == '\\')
            out[n++] = '\\';
        out[n++] = line.p[i] == '\t' ? ' ' : line.p[i];
    }
    memcpy(out + n, "\"}", 2);
    return n + 2;
}

static struct str trim_line(struct str line)
{
    while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    return line;
}

/* What is given to the decoder for one line: itself, the header and it, or the record around a text. */
static struct str payload_of(const struct scan *scan, const struct block *block, struct str line, uint64_t number,
                             char **buf, size_t *cap)
{
    size_t need = 2 * line.n + block->head_n + strlen(scan->caller) + 256;
    size_t n = 0;

    if (scan->format == SCAN_JSONL)
        return line;
    if (need > *cap) {
        char *bigger = realloc(*buf, need);
        if (bigger == NULL)
            return line;
        *buf = bigger;
        *cap = need;
    }
    if (scan->format == SCAN_TEXT)
        return (struct str){*buf, wrap_text(scan, line, number, *buf)};
    memcpy(*buf, block->head, block->head_n);
    n = block->head_n;
    memcpy(*buf + n, line.p, line.n);
    return (struct str){*buf, n + line.n};
}

static int judge_block(struct scan *scan, struct session *session, const struct block *block, struct tally *tally,
                       FILE *out)
{
    struct str rest = {block->data, block->n};
    struct alert_source source = {.file = str_of(block->file), .line = block->line};
    struct session_result result;
    char *buf = NULL;
    size_t cap = 0;
    int code = 0;

    while (rest.n > 0 && code == 0) {
        uint64_t newlines;
        struct str line = trim_line(block_line(&rest, scan->format == SCAN_CSV, &newlines));
        if (line.n > 0) {
            session_begin(session, scan->feed, payload_of(scan, block, line, source.line, &buf, &cap), &source);
            while (code == 0 && session_next(session, &result)) {
                tally_add(tally, &result);
                code = scan_line_write(session, &result, &source, scan->all, out);
            }
        }
        source.line += newlines;
    }
    free(buf);
    return code;
}

static void show_progress(struct scan *scan)
{
    int64_t now_ms = clock_mono_ms();
    double seconds = (double)(now_ms - scan->started_ms) / 1000;
    char records[32];

    if (!scan->progress || now_ms - scan->shown_ms < 200)
        return;
    scan->shown_ms = now_ms;
    fprintf(stderr, "\r  %s records, %.0f/s", tally_number(scan->tally.records, records),
            seconds > 0 ? (double)scan->tally.records / seconds : 0);
    if (scan->blocks.bytes_total > 0) {
        int filled = (int)(30 * scan->blocks.bytes_read / scan->blocks.bytes_total);
        fprintf(stderr, " [%.*s%*s]", filled, "##############################", 30 - filled, "");
    }
    fprintf(stderr, ", %llu warned ", (unsigned long long)scan->tally.outcome[OUTCOME_WARNED]);
}

static bool fail(struct scan *scan, int exit_code)
{
    if (scan->failed == 0)
        scan->failed = exit_code;
    pthread_cond_broadcast(&scan->turn);
    return false;
}

/* Take the next block; false at the end or after a failure. */
static bool take(struct scan *scan, struct block *block)
{
    int code;

    pthread_mutex_lock(&scan->mutex);
    code = scan->failed != 0 ? 0 : blocks_next(&scan->blocks, block, &scan->err);
    if (code > 0)
        block->sequence = scan->next_read++;
    if (code < 0)
        fail(scan, EXIT_RUNTIME);
    pthread_mutex_unlock(&scan->mutex);
    return code > 0;
}

/* Write one block's output when it is its turn; false after a failure. */
static bool put(struct scan *scan, const struct block *block, const struct tally *tally, const char *text, size_t n)
{
    bool ok;

    pthread_mutex_lock(&scan->mutex);
    while (scan->next_write != block->sequence && scan->failed == 0)
        pthread_cond_wait(&scan->turn, &scan->mutex);
    ok = scan->failed == 0;
    if (ok && n > 0 && (fwrite(text, 1, n, stdout) != n || fflush(stdout) != 0)) {
        err_add(&scan->err, "standard output: %s", strerror(errno));
        ok = fail(scan, EXIT_RUNTIME);
    }
    if (ok) {
        tally_merge(&scan->tally, tally);
        show_progress(scan);
        scan->next_write++;
        pthread_cond_broadcast(&scan->turn);
    }
    pthread_mutex_unlock(&scan->mutex);
    return ok;
}

static void *scan_thread(void *arg)
{
    struct scan *scan = arg;
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct session *session = session_new(&limits, &scan->alert);
    struct block block;
    bool ok = session != NULL && session_use(session, scan->ruleset) == 0, wanted = true;

    while (ok && wanted && take(scan, &block)) {
        struct tally tally = {0};
        char *text = NULL;
        size_t n = 0;
        FILE *out = open_memstream(&text, &n);
        ok = out != NULL && judge_block(scan, session, &block, &tally, out) == 0;
        if (out != NULL && fclose(out) != 0)
            ok = false;
        wanted = ok && put(scan, &block, &tally, text, n);
        free(text);
        block_fini(&block);
    }
    if (!ok) {
        pthread_mutex_lock(&scan->mutex);
        err_add(&scan->err, "out of memory");
        fail(scan, EXIT_RUNTIME);
        pthread_mutex_unlock(&scan->mutex);
    }
    session_free(&session);
    return NULL;
}

static void print_summary(const struct scan *scan, int64_t took_ms)
{
    const struct tally *t = &scan->tally;
    char a[32], b[32];

    fprintf(stderr, "%s%s records in %.1f s (%s/s): %llu clean, %llu warned, %llu suppressed, %llu unreadable",
            scan->progress ? "\r\033[K" : "", tally_number(t->records, a), (double)took_ms / 1000,
            tally_number(took_ms > 0 ? t->records * 1000 / (uint64_t)took_ms : t->records, b),
            (unsigned long long)t->outcome[OUTCOME_CLEAN], (unsigned long long)t->outcome[OUTCOME_WARNED],
            (unsigned long long)t->outcome[OUTCOME_SUPPRESSED], (unsigned long long)t->outcome[OUTCOME_DEAD_LETTERED]);
    if (t->shadow > 0)
        fprintf(stderr, ", %llu hit by shadow rules only", (unsigned long long)t->shadow);
    fputc('\n', stderr);
    tally_print(t, stderr);
}

static void run_threads(struct scan *scan, long jobs)
{
    pthread_t threads[MAX_JOBS];
    long started = 0;

    while (started < jobs && started < MAX_JOBS && pthread_create(&threads[started], NULL, scan_thread, scan) == 0)
        started++;
    if (started == 0)
        scan_thread(scan);
    for (long i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
}

static int scan_files(struct scan *scan, char *const *files, size_t nfiles, long jobs)
{
    blocks_init(&scan->blocks, files, nfiles, scan->format == SCAN_CSV, scan->format == SCAN_CSV);
    pthread_mutex_init(&scan->mutex, NULL);
    pthread_cond_init(&scan->turn, NULL);
    scan->wall_ms = clock_wall_ms();
    scan->started_ms = clock_mono_ms();
    run_threads(scan, jobs);
    if (!scan->quiet)
        print_summary(scan, clock_mono_ms() - scan->started_ms);
    if (scan->failed != 0)
        fputs(scan->err.text, stderr);
    pthread_cond_destroy(&scan->turn);
    pthread_mutex_destroy(&scan->mutex);
    blocks_fini(&scan->blocks);
    if (scan->failed != 0)
        return scan->failed;
    return scan->tally.outcome[OUTCOME_DEAD_LETTERED] > 0 ? EXIT_BAD_DATA : EXIT_DONE;
}

static int load_and_scan(struct scan *scan, char *const *files, size_t nfiles, long jobs)
{
    struct ruleset_options options;
    json_t *spec = scan->format == SCAN_CSV ? json_pack("{s:s, s:b}", "format", "csv", "header", 1) : NULL;
    int code;

    ruleset_options_default(&options);
    scan->ruleset = ruleset_load(scan->rules_dir, &options, &scan->err);
    scan->feed = feed_new(spec, "scan", &scan->err);
    if (scan->ruleset == NULL || scan->feed == NULL)
        code = print_problems(&scan->err, scan->rules_dir);
    else
        code = scan_files(scan, files, nfiles, jobs);
    feed_free(&scan->feed);
    ruleset_free(&scan->ruleset);
    json_decref(spec);
    return code;
}

static bool parse_format(struct args *args, enum scan_format *format)
{
    const char *word = args_value(args);

    if (word == NULL)
        return false;
    if (strcmp(word, "jsonl") == 0)
        *format = SCAN_JSONL;
    else if (strcmp(word, "csv") == 0)
        *format = SCAN_CSV;
    else if (strcmp(word, "text") == 0)
        *format = SCAN_TEXT;
    else
        return usage_error(args->command, "--format is jsonl, csv or text, not \"%s\"", word) == EXIT_DONE;
    return true;
}

/* A sender that can stand in a JSON string as it is. */
static bool parse_caller(struct args *args, const char **caller)
{
    *caller = args_value(args);
    if (*caller != NULL && strpbrk(*caller, "\"\\") != NULL) {
        usage_error(args->command, "--caller cannot contain quotes or backslashes");
        return false;
    }
    return *caller != NULL;
}

int command_scan(const struct command *self, int argc, char **argv)
{
    struct scan scan = {.rules_dir = "patterns",
                        .caller = "13912345678",
                        .alert = {.excerpt_chars = 120, .engine_version = TELSIEVE_VERSION}};
    long jobs = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t cpus;
    char **files = calloc((size_t)argc + 1, sizeof(*files)), standard_input[] = "-";
    size_t nfiles = 0;
    struct args args;
    int kind, code = EXIT_DONE;

    if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0)
        jobs = CPU_COUNT(&cpus);
    if (files == NULL)
        return EXIT_RUNTIME;
    args_init(&args, self, argc, argv);
    while (code == EXIT_DONE && (kind = args_next(&args)) != 0) {
        if (kind == 'a')
            files[nfiles++] = argv[args.at - 1];
        else if (args_is(&args, "-r", "--rules"))
            code = (scan.rules_dir = args_value(&args)) != NULL ? EXIT_DONE : EXIT_USAGE;
        else if (args_is(&args, NULL, "--format"))
            code = parse_format(&args, &scan.format) ? EXIT_DONE : EXIT_USAGE;
        else if (args_is(&args, NULL, "--caller"))
            code = parse_caller(&args, &scan.caller) ? EXIT_DONE : EXIT_USAGE;
        else if (args_is(&args, "-j", "--jobs"))
            code = args_number(&args, 1, &jobs) ? EXIT_DONE : EXIT_USAGE;
        else if (args_is(&args, NULL, "--all"))
            scan.all = true;
        else if (args_is(&args, "-q", "--quiet"))
            scan.quiet = true;
        else
            code = args_unknown(&args);
    }
    if (nfiles == 0)
        files[nfiles++] = standard_input;
    scan.progress = !scan.quiet && isatty(STDERR_FILENO);
    err_init(&scan.err);
    if (code == EXIT_DONE)
        code = load_and_scan(&scan, files, nfiles, jobs);
    err_fini(&scan.err);
    free(files);
    return code;
}
