/* rules_way.h - the two ways in which `telsieve rules` speaks: by HTTP to one node, by the control topics to all.
 *
 * The options are the same for all words: --node, --token-file, -c, --topic, --timeout. With -c and without --topic it
 * is the node of that configuration. */
#ifndef TELSIEVE_CLI_RULES_WAY_H
#define TELSIEVE_CLI_RULES_WAY_H

#include "cli/command.h"
#include "cli/node_http.h"
#include "config/config.h"

#include <stdint.h>

struct way {
    const char *url, *token_file, *config_file;
    bool topic;
    long timeout_s;
    /* from way_open on */
    char node[300], token[500];
    struct config *config; /* NULL without -c */
    int64_t deadline_mono_ms;
};

#define WAY_TIMEOUT_S 60
#define WAY_ARGUMENTS "[--node URL | --topic -c FILE]"
#define WAY_OPTIONS                                                                                                    \
    "      --node URL        admin HTTP of a node (default: http://127.0.0.1:9464)\n"                                  \
    "      --token-file FILE what stands in it is the node's admin.token\n"                                            \
    "      --topic           by the control topics instead, with all nodes at once\n"                                  \
    "  -c, --config FILE     configuration: of the topics, or (without --topic) of the node\n"                         \
    "      --timeout S       give up after so many seconds (default: 60)\n"

void way_init(struct way *way);

/* The option just found, if it is one of these: 1, else 0; -1 after an error message. */
int way_option(struct way *way, struct args *args);

/* Do the options fit together? Returns EXIT_DONE, or EXIT_USAGE after an error message. */
int way_check(const struct way *way, const struct command *command);

/* Read configuration and token. Returns 0 or -TS_E… with err. */
int way_open(struct way *way, struct err *err);
void way_close(struct way *way);

/* The name of a topic, "" being none: NULL with err, which names its option. */
const char *way_topic(const struct way *way, const char *option, const char *topic, struct err *err);

/* Ask the node. As node_ask. */
int way_ask(const struct way *way, const struct node_request *request, struct node_reply *reply, struct err *err);

/* A library as it is live at the node, or as the topic holds it; to be free()d. NULL with err; then *code is the exit
 * code. */
char *way_fetch(const struct way *way, const char *name, size_t *n, int *code, struct err *err);

/* Print the problems; returns `code`. */
int way_failed(const struct err *err, int code);

#endif
