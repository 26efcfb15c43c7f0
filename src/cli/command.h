/* command.h - the subcommands: one table (main.c), one file each.
 *
 * A command gets its own arguments (argv[0] is its name) and returns the process's exit code. */
#ifndef TELSIEVE_CLI_COMMAND_H
#define TELSIEVE_CLI_COMMAND_H

#include "core/err.h"
#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

enum exit_code {
    EXIT_DONE = 0,
    EXIT_BAD_DATA = 1,  /* data, rules or configuration are bad */
    EXIT_USAGE = 2,     /* wrong use */
    EXIT_RUNTIME = 3,   /* Kafka, input/output */
    EXIT_DEADLINE = 4,  /* passed with work left */
};

struct command {
    const char *name;
    int (*run)(const struct command *self, int argc, char **argv);
    const char *arguments; /* for the usage line */
    const char *summary;   /* one line; NULL: not for people, in no list */
    const char *help;      /* the options, a line each; NULL: `run` is asked for help, too */
};

int command_run(const struct command *self, int argc, char **argv);
int command_scan(const struct command *self, int argc, char **argv);
int command_check(const struct command *self, int argc, char **argv);
int command_fmt(const struct command *self, int argc, char **argv);
int command_phrases(const struct command *self, int argc, char **argv);
int command_explain(const struct command *self, int argc, char **argv);
int command_demo(const struct command *self, int argc, char **argv);
int command_eval(const struct command *self, int argc, char **argv);
int command_learn(const struct command *self, int argc, char **argv);
int command_replay(const struct command *self, int argc, char **argv);
int command_compile(const struct command *self, int argc, char **argv);
int command_bench(const struct command *self, int argc, char **argv);

/* `telsieve rules WORD …`: the words are the rows of a table in rules.c. */
int command_rules(const struct command *self, int argc, char **argv);
int command_rules_list(const struct command *self, int argc, char **argv);
int command_rules_show(const struct command *self, int argc, char **argv);
int command_rules_push(const struct command *self, int argc, char **argv);
int command_rules_withdraw(const struct command *self, int argc, char **argv);
int command_rules_rollback(const struct command *self, int argc, char **argv);
int command_rules_promote(const struct command *self, int argc, char **argv);
int command_rules_diff(const struct command *self, int argc, char **argv);
int command_rules_history(const struct command *self, int argc, char **argv);
int command_rules_recall(const struct command *self, int argc, char **argv);
int command_rules_keygen(const struct command *self, int argc, char **argv);
int command_rules_sign(const struct command *self, int argc, char **argv);
int command_rules_verify(const struct command *self, int argc, char **argv);

/* Walks the options of one command: `--name value`, `--name=value`, `-n value`, and operands. */
struct args {
    const struct command *command;
    int argc, at;
    char **argv;
    const char *option; /* the option just found, with its dashes */
    const char *value;  /* of `--name=value` */
    bool only_operands; /* after `--` */
    char **operands;    /* those met so far, moved to the front of argv; a NULL behind them at the end */
    size_t noperands;
};
void args_init(struct args *args, const struct command *command, int argc, char **argv);

/* The next argument: 'o' an option (ask args_is), 'a' an operand (args->option holds it), 0 the end. */
int args_next(struct args *args);
bool args_is(const struct args *args, const char *short_name, const char *long_name);

/* The value of the option just found; NULL (after an error message) when there is none. */
const char *args_value(struct args *args);

/* A value that must be a whole number of at least `low`; false (after an error message) when it is not. */
bool args_number(struct args *args, long low, long *out);

/* Is --help or -h among the arguments? */
bool asks_for_help(int argc, char **argv);
void print_help(const struct command *command);

/* Say what is wrong and how to get help; returns EXIT_USAGE. */
int usage_error(const struct command *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int args_unknown(const struct args *args);

/* Print the problems found and a closing line such as "2 problems in patterns"; returns EXIT_BAD_DATA. */
int print_problems(const struct err *err, const char *where);

#endif
