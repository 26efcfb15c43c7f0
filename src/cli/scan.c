/* scan.c - the engine over files: a crew judges blocks of whole lines, and their output is written in order. */
#include "cli/command.h"
#include "cli/crew.h"
#include "cli/file_lines.h"
#include "cli/scan_line.h"
#include "cli/tally.h"
#include "core/clock.h"
#include "match/lists_file.h"

#include <stdlib.h>
#include <unistd.h>

struct scan {
    const char *rules_dir, *model;
    struct file_lines lines;
    bool all, quiet;
    struct ruleset *ruleset;
    struct lists *lists;
    struct feed *feed;
    struct alert_options alert;
    struct crew crew;
    struct tally tally;
};

static int judge_block(struct scan *scan, struct session *session, const struct block *block, struct tally *tally,
                       FILE *out)
{
    struct str rest = {block->data, block->n};
    struct alert_source source = {.file = str_of(block->file), .line = block->line};
    struct session_result result;
    struct file_line_buffer buffer = {0};
    int code = 0;

    while (rest.n > 0 && code == 0) {
        uint64_t newlines;
        struct str line = file_lines_next(&scan->lines, &rest, &newlines);
        if (line.n > 0) {
            session_begin(session, scan->feed, file_lines_payload(&scan->lines, block, line, source.line, &buffer),
                          &source);
            while (code == 0 && session_next(session, &result)) {
                tally_add(tally, &result);
                code = scan_line_write(session, &result, &source, scan->all, out);
            }
        }
        source.line += newlines;
    }
    free(buffer.p);
    return code;
}

struct judged { /* a block's result */
    struct tally tally;
    char *text;
    size_t n;
};

static void *begin(void *context)
{
    struct scan *scan = context;
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct session *session = session_new(&limits, &scan->alert);

    if (session != NULL && session_use(session, scan->ruleset) != 0)
        session_free(&session);
    if (session != NULL)
        judge_lists(session_judge(session), scan->lists, false);
    return session;
}

static void end(void *mine)
{
    struct session *session = mine;
    session_free(&session);
}

static void free_judged(void *result)
{
    struct judged *judged = result;

    free(judged->text);
    free(judged);
}

static void *judge(void *context, void *mine, struct block *block)
{
    struct judged *judged = calloc(1, sizeof(*judged));
    FILE *out = judged != NULL ? open_memstream(&judged->text, &judged->n) : NULL;
    bool ok = out != NULL && judge_block(context, mine, block, &judged->tally, out) == 0;

    if (out != NULL && fclose(out) != 0)
        ok = false;
    block_fini(block);
    if (!ok && judged != NULL) {
        free_judged(judged);
        return NULL;
    }
    return judged;
}

/* A failure needs no message here: main.c has one for every command whose output fails. */
static bool write_judged(void *context, void *result, struct err *err)
{
    struct scan *scan = context;
    struct judged *judged = result;
    bool ok = judged->n == 0 || (fwrite(judged->text, 1, judged->n, stdout) == judged->n && fflush(stdout) == 0);

    (void)err;
    tally_merge(&scan->tally, &judged->tally);
    scan->crew.records = scan->tally.records;
    scan->crew.warned = scan->tally.outcome[OUTCOME_WARNED];
    free_judged(judged);
    return ok;
}

static void print_summary(const struct scan *scan, int64_t took_ms)
{
    const struct tally *t = &scan->tally;
    char a[32], b[32];

    fprintf(stderr, "%s records in %.1f s (%s/s): %llu clean, %llu warned, %llu suppressed, %llu unreadable",
            tally_number(t->records, a), (double)took_ms / 1000,
            tally_number(took_ms > 0 ? t->records * 1000 / (uint64_t)took_ms : t->records, b),
            (unsigned long long)t->outcome[OUTCOME_CLEAN], (unsigned long long)t->outcome[OUTCOME_WARNED],
            (unsigned long long)t->outcome[OUTCOME_SUPPRESSED], (unsigned long long)t->outcome[OUTCOME_DEAD_LETTERED]);
    if (t->shadow > 0)
        fprintf(stderr, ", %llu hit by shadow rules only", (unsigned long long)t->shadow);
    fputc('\n', stderr);
    tally_print(t, stderr);
}

static int scan_files(struct scan *scan, char *const *files, size_t nfiles, long jobs)
{
    static const struct crew_work work = {begin, end, judge, write_judged, free_judged};
    bool csv = scan->lines.format == FILE_CSV;
    int64_t started_ms = clock_mono_ms();
    int code;

    scan->lines.wall_ms = clock_wall_ms();
    scan->crew.work = &work;
    scan->crew.context = scan;
    blocks_init(&scan->crew.blocks, files, nfiles, csv, csv ? blocks_any_header : NULL);
    code = crew_run(&scan->crew, jobs);
    if (!scan->quiet && !ferror(stdout))
        print_summary(scan, clock_mono_ms() - started_ms);
    if (scan->crew.err.count > 0)
        fputs(scan->crew.err.text, stderr);
    if (code != EXIT_DONE)
        return code;
    return scan->tally.outcome[OUTCOME_DEAD_LETTERED] > 0 ? EXIT_BAD_DATA : EXIT_DONE;
}

static int load_and_scan(struct scan *scan, char *const *files, size_t nfiles, long jobs)
{
    struct ruleset_options options;
    int code;

    ruleset_options_default(&options);
    options.model = scan->model;
    scan->ruleset = ruleset_load(scan->rules_dir, &options, &scan->crew.err);
    scan->lists = lists_open(scan->rules_dir, 0, &scan->crew.err);
    scan->feed = file_lines_feed(&scan->lines, &scan->crew.err);
    if (scan->ruleset == NULL || scan->lists == NULL || scan->feed == NULL)
        code = print_problems(&scan->crew.err, scan->rules_dir);
    else
        code = scan_files(scan, files, nfiles, jobs);
    feed_free(&scan->feed);
    lists_free(&scan->lists);
    ruleset_free(&scan->ruleset);
    return code;
}

static bool parse_option(struct args *args, struct scan *scan, long *jobs)
{
    if (args_is(args, "-r", "--rules"))
        return (scan->rules_dir = args_value(args)) != NULL;
    if (args_is(args, NULL, "--model"))
        return (scan->model = args_value(args)) != NULL;
    if (args_is(args, NULL, "--format"))
        return file_lines_parse_format(&scan->lines, args);
    if (args_is(args, NULL, "--caller"))
        return file_lines_parse_caller(&scan->lines, args);
    if (args_is(args, "-j", "--jobs"))
        return args_number(args, 1, jobs);
    if (args_is(args, NULL, "--all"))
        return scan->all = true;
    if (args_is(args, "-q", "--quiet"))
        return scan->quiet = true;
    args_unknown(args);
    return false;
}

int command_scan(const struct command *self, int argc, char **argv)
{
    struct scan scan = {.rules_dir = "patterns",
                        .lines = FILE_LINES_DEFAULT,
                        .alert = {.excerpt_chars = 120, .engine_version = TELSIEVE_VERSION}};
    char *standard_input[] = {(char[]){"-"}};
    long jobs = crew_jobs();
    struct args args;
    int kind, code = EXIT_DONE;

    args_init(&args, self, argc, argv);
    while (code == EXIT_DONE && (kind = args_next(&args)) != 0)
        if (kind == 'o')
            code = parse_option(&args, &scan, &jobs) ? EXIT_DONE : EXIT_USAGE;
    scan.crew.progress = !scan.quiet && isatty(STDERR_FILENO);
    err_init(&scan.crew.err);
    if (code == EXIT_DONE && args.noperands == 0)
        code = load_and_scan(&scan, standard_input, 1, jobs);
    else if (code == EXIT_DONE)
        code = load_and_scan(&scan, args.operands, args.noperands, jobs);
    err_fini(&scan.crew.err);
    return code;
}
