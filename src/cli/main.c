/* main.c - which command, its help, its exit code. */
#include "cli/command.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPTION_RULES "  -r, --rules DIR       rule libraries (default: patterns)\n"
#define OPTION_MODEL "      --model FILE      a learned model (default: none)\n"

static const struct command commands[] = {
    {"run", command_run, "[-c FILE] [--set KEY=VALUE]…", "the daemon: Kafka in, Kafka out, admin HTTP",
     "  -c, --config FILE     configuration (default: conf/telsieve.json)\n"
     "      --set KEY=VALUE   override one option, e.g. --set workers=2 (may be repeated)\n"},
    {"scan", command_scan, "[OPTION]… [FILE…|-]", "judge the records of files; warnings as JSON lines on stdout",
     OPTION_RULES OPTION_MODEL
     "      --format FORMAT   jsonl (default), csv (with a header line) or text (one SMS text a line)\n"
     "      --all             a line for every record, not only for warnings\n"
     "      --jobs N          threads (default: one per core)\n"
     "      --caller N        with --format text: the sender of every text\n"
     "  -q, --quiet           no progress and no summary\n"},
    {"check", command_check,
     "[-r DIR] [--model FILE] [-c FILE] [--set KEY=VALUE]… [--strict] [--background FILE] [--watch]",
     "validate configuration and libraries, run every rule's samples",
     OPTION_RULES OPTION_MODEL
                  "  -c, --config FILE     also check this configuration (its rules.dir is used unless -r is given)\n"
                  "      --set KEY=VALUE   override one option of it\n"
                  "      --strict          warnings are failures too\n"
                  "      --background FILE ordinary texts, one a line: warn of phrases in more than 1 in 1,000 of "
                  "them\n"
                  "      --watch           again whenever a file of the rules changes, until Ctrl-C\n"},
    {"fmt", command_fmt, "[-w] FILE…", "lay out rule libraries: keys in order, a phrase a line",
     "  -w, --write           replace the files and name those that changed (default: to stdout)\n"},
    {"phrases", command_phrases, "[-r DIR] export [LIBRARY…] | import FILE|-",
     "phrases of libraries to a table for spreadsheets, and back",
     OPTION_RULES
     "  export                write the phrases of all (or these) libraries as CSV to stdout\n"
     "  import                put the sets of a table in the place of those of the libraries\n"
     "  columns: library set role phrase weight source since until note\n"},
    {"explain", command_explain, "[OPTION]… TEXT|- | --record JSON", "every stage for one record, and what was missing",
     OPTION_RULES OPTION_MODEL
                  "      --caller N        calling number (default: 13912345678)\n"
                  "      --callee N        called number (default: 13812345678)\n"
                  "      --ingress X       onnet (default), interconnect, intl, voip\n"
                  "      -                 the text is read from standard input\n"
                  "      --call            TEXT is the transcript of a call, not an SMS\n"
                  "      --record JSON     a whole record instead of TEXT\n"
                  "      --with FILE:RULE  try a rule of a library that is not in DIR (or another version of one "
                  "that is)\n"
                  "      --lang en|zh      language of what is printed (default: en)\n"
                  "      --json            for programs\n"},
    {"eval", command_eval, "[OPTION]… LABELLED…", "recall and false alarms of the libraries on labelled texts",
     OPTION_RULES OPTION_MODEL
     "      --sender-map FILE who sends which class (default: an ordinary mobile, by SMS)\n"
     "      --prevalence P    share of fraud in the traffic, for precision (default: 0.0005)\n"
     "      --budget [TIER:]FPR  exit 1 when a negative class has a greater share of false alarms\n"
     "                        (of TIER and above: low, medium, high; may be repeated)\n"
     "      --compare DIR     what changes against the rules of this folder, record by record\n"
     "      --show N          texts and explanations of up to N false alarms and misses a class\n"
     "      --errors FILE     all false alarms and misses as TSV for a spreadsheet\n"
     "      --suggest         phrases that missed frauds have and ham has not\n"
     "      --unlabelled      no labels: warnings per 100,000; --errors writes a sample to label\n"
     "      --by-file         classes of different files apart\n"
     "      --brief           only the classes and the base-rate arithmetic\n"
     "      --json            for programs\n"
     "  -j, --jobs N          threads (default: one per core)\n"
     "  -q, --quiet           no progress, no notes\n"},
    {"learn", command_learn, "--out MODEL [OPTION]… LABELLED… | --check MODEL --holdout FILE… [OPTION]…",
     "a score from labelled texts, and what it is worth on texts of another source",
     OPTION_RULES
     "  -o, --out MODEL       where the model goes; its state is always shadow\n"
     "      --feedback FILE   records with a verdict of the platform, one a line (may be repeated)\n"
     "      --holdout FILE    labelled texts of another source, to measure by (may be repeated)\n"
     "      --check MODEL     only measure this model, and exit 1 when it must not go live\n"
     "      --sender-map FILE who sends which class, as of telsieve eval\n"
     "      --grams N         try at most N runs of 2 to 4 characters (default and most: 20000)\n"
     "      --l1 C            the greater, the more terms (default: by cross-validation)\n"
     "      --version V       of the model (default: today, such as 2026.11.22)\n"
     "  -j, --jobs N          threads to judge the texts (default: one per core)\n"
     "  -q, --quiet           no progress\n"},
    {"replay", command_replay, "--rules DIR [--against DIR] --from TIME [OPTION]… | --rules DIR [OPTION]… FILE…",
     "what other rules would have warned of: the history of topics, or files",
     "  -r, --rules DIR       the rules that are tried (default: those of the configuration)\n"
     "      --against DIR     what they are compared with; none: with nothing (default: those of the configuration,\n"
     "                        with the libraries fed to this machine)\n"
     "  -c, --config FILE     configuration (default: conf/telsieve.json; for files: none)\n"
     "      --set KEY=VALUE   override one option of it\n"
     "      --from TIME       2026-11-22T09:00:00 (Asia/Shanghai, or with +08:00 or Z), -2h, epoch milliseconds\n"
     "      --to TIME         up to but without this one (default: now)\n"
     "      --topic NAME      one of input.topics (default: all; may be repeated)\n"
     "      --partitions LIST such as 0,3-5 (default: all)\n"
     "      --rate N          read at most N messages a second\n"
     "      --format, --caller  of files, as of telsieve scan\n"
     "      --show N          whole numbers and the excerpts of the first N changes; with --json the whole warnings\n"
     "      --json            a line for each change, at the end the summary\n"
     "      --dead-letters    judge the records of the dead-letter topic again; --from and --to may be left out\n"
     "      --emit            send the added warnings to output.warnings, after a question; --yes: without\n"
     "      --withdraw        take the removed ones back: those that stand in output.warnings; asks likewise\n"
     "  -j, --jobs N          threads for files (default: one per core)\n"
     "  -q, --quiet           no progress\n"},
    {"rules", command_rules, "WORD [OPTION]…", "feed libraries to nodes, see what is live where, sign them", NULL},
    {"demo", command_demo, "[--records N] [--workers N] [-r DIR]",
     "the whole daemon on an embedded broker, with a sample stream",
     OPTION_RULES "      --records N       length of the sample stream (default: 200000)\n"
                  "      --workers N       workers (default: 2)\n"},
    {"bench", command_bench, "[--json] [-r DIR] [--records N] [--mix NAME] [STAGE…]",
     "cost per record, stage by stage, beside the limits measured in the same run",
     OPTION_RULES "      --json            for programs\n"
                  "      --records N       records per round (default: 20000)\n"
                  "      --mix NAME        clean (default), sample, hits_0.2, hits_1, hits_10, short, typical,\n"
                  "                        long, disguised, calls or fraud\n"
                  "  stages: floor engine pipeline (default: all)\n"},
    {"compile", command_compile, "", NULL, ""},
};

static void print_usage(FILE *out)
{
    fputs("telsieve - finds telecom fraud in SMS and call records on a carrier's gateway\n\n"
          "usage: telsieve COMMAND [OPTION]…\n\n",
          out);
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (commands[i].summary != NULL)
            fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
    fputs("\n  --help, --version     (each command has --help)\n"
          "exit codes: 0 done, 1 data or rules are bad, 2 wrong use, 3 failure at run time, 4 a deadline passed\n",
          out);
}

void print_help(const struct command *command)
{
    printf("telsieve %s - %s\n\nusage: telsieve %s %s\n\n%s", command->name, command->summary, command->name,
           command->arguments, command->help);
}

int usage_error(const struct command *command, const char *fmt, ...)
{
    va_list args;

    fprintf(stderr, "telsieve %s: ", command->name);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, " (telsieve %s --help)\n", command->name);
    return EXIT_USAGE;
}

int print_problems(const struct err *err, const char *where)
{
    if (err->text != NULL)
        fputs(err->text, stderr);
    if (err->suppressed > 0)
        fprintf(stderr, "… and %u more\n", err->suppressed);
    fprintf(stderr, "telsieve: %u problem%s in %s\n", err->count, err->count == 1 ? "" : "s", where);
    return EXIT_BAD_DATA;
}

static int wrong_command(const char *name)
{
    const char *names[sizeof(commands) / sizeof(*commands) + 1] = {0};
    char hint[ERR_HINT_BYTES];

    for (size_t i = 0, n = 0; i < sizeof(commands) / sizeof(*commands); i++)
        if (commands[i].summary != NULL)
            names[n++] = commands[i].name;
    fprintf(stderr, "telsieve: no command \"%s\"%s; telsieve --help lists them\n", name,
            err_hint(name, names, hint));
    return EXIT_USAGE;
}

bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* What could not be written must not pass for success; a reader that went away (| head) needs no message. */
static int finish(const char *command, int code)
{
    struct stat status;

    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (fstat(STDOUT_FILENO, &status) != 0 || !S_ISFIFO(status.st_mode))
        fprintf(stderr, "telsieve %s: standard output cannot be written\n", command);
    return code == EXIT_DONE ? EXIT_RUNTIME : code;
}

static int run_command(int argc, char **argv)
{
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("telsieve %s\n", TELSIEVE_VERSION);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (commands[i].summary != NULL && commands[i].help != NULL && asks_for_help(argc - 1, argv + 1)) {
            print_help(&commands[i]);
            return EXIT_DONE;
        }
        return commands[i].run(&commands[i], argc - 1, argv + 1);
    }
    return wrong_command(argv[1]);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an error of write, not a death */
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    return finish(argv[1], run_command(argc, argv));
}
