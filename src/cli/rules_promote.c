/* rules_promote.c - the node that has the evidence is asked: it weighs it and offers the promoted library to itself,
 * or, when all nodes are to have it, gives the text away to be signed and sent by topic. */
#include "cli/grid.h"
#include "cli/rules_delivery.h"
#include "cli/write_file.h"

#include <stdio.h>
#include <stdlib.h>

struct promote {
    struct delivery delivery; /* by topic to all nodes, or the node's own */
    struct way node;          /* whose evidence counts */
    const char *rule, *why, *key_file, *out_file;
    bool force, try;
};

/* To be free()d; NULL: out of memory. */
static char *path_of(const struct promote *promote)
{
    bool try = promote->try || promote->out_file != NULL || promote->delivery.way.topic;
    char *rule = node_escape(promote->rule), *why = node_escape(promote->force ? promote->why : ""), *path = NULL;

    if (rule == NULL || why == NULL ||
        asprintf(&path, "/rules/promote?rule=%s%s%s%s", rule, promote->force ? "&force=1&why=" : "", why,
                 try ? "&try=1" : "") < 0)
        path = NULL;
    free(rule);
    free(why);
    return path;
}

/* The node's page, and whether it says no; NULL with err, then *code is the exit code. */
static json_t *ask(const struct promote *promote, bool *refused, int *code, struct err *err)
{
    struct node_request request = {.method = "POST"};
    struct node_reply reply;
    char *path = path_of(promote);
    json_t *page = NULL;

    *code = EXIT_RUNTIME;
    request.path = path;
    if (path == NULL)
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
    else if (way_ask(&promote->node, &request, &reply, err) == 0) {
        page = json_loadb(reply.text, reply.n, 0, NULL);
        *refused = reply.status == 404 || reply.status == 409;
        if (page == NULL || (reply.status != 200 && reply.status != 202 && reply.status != 422 && !*refused)) {
            node_refused(promote->node.node, promote->node.token[0] != '\0', &reply, err);
            json_decref(page);
            page = NULL;
        }
        node_reply_free(&reply);
    }
    free(path);
    return page;
}

/* Counts as they are, rates to four digits. */
static const char *write_number(const json_t *row, const char *key, char out[40])
{
    double number = json_number_value(json_object_get(row, key));

    snprintf(out, 40, number >= 1 ? "%.0f" : "%.4g", number);
    return out;
}

static void print_criteria(const json_t *criteria)
{
    struct grid grid;
    size_t i;
    json_t *row;

    grid_init(&grid, 5);
    json_array_foreach(criteria, i, row)
    {
        char have[40], number[40], want[80];
        snprintf(want, sizeof(want), "%.30s %s", json_text(row, "need"), write_number(row, "want", number));
        grid_add(&grid, (const char *const[]){json_text(row, "what"), write_number(row, "have", have), want,
                                              json_is_true(json_object_get(row, "ok")) ? "ok" : "no",
                                              json_text(row, "how")});
    }
    grid_print(&grid, stdout);
    grid_fini(&grid);
}

/* The node offers it to itself. */
static int follow(struct promote *promote, const json_t *page, struct err *err)
{
    const json_t *answer = json_object_get(page, "answer"), *next = json_object_get(page, "next");
    struct parcel parcel = {0};

    snprintf(parcel.file.name, sizeof(parcel.file.name), "%s", json_text(page, "library"));
    snprintf(parcel.file.version, sizeof(parcel.file.version), "%s", json_text(next, "version"));
    snprintf(parcel.sha256, sizeof(parcel.sha256), "%s", json_text(next, "sha256"));
    if (promote->delivery.wait || strcmp(json_text(answer, "result"), "refused") == 0) {
        int code;
        promote->delivery.parcels = (struct parcels){.items = &parcel, .n = 1};
        code = delivery_follow(&promote->delivery, err);
        promote->delivery.parcels = (struct parcels){0};
        return code;
    }
    printf("%s %s, with %s live, is offered to %s; --wait waits for what becomes of it\n", parcel.file.name,
           parcel.file.version, promote->rule, promote->node.node);
    return EXIT_DONE;
}

static int write_out(const struct promote *promote, const json_t *page, struct err *err)
{
    if (!write_file(promote->out_file, json_text(page, "text"), err))
        return EXIT_RUNTIME;
    printf("%s: %s %s, with %s live; sign it, and push it\n", promote->out_file, json_text(page, "library"),
           json_text(json_object_get(page, "next"), "version"), promote->rule);
    return EXIT_DONE;
}

/* All nodes get what the node has made of its library. */
static int send_to_all(struct promote *promote, const json_t *page, struct err *err)
{
    const json_t *given = json_object_get(page, "text");
    size_t n = json_string_length(given);
    char *text = malloc(n + 1);
    int code = EXIT_BAD_DATA;

    if (text == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return EXIT_RUNTIME;
    }
    memcpy(text, given != NULL ? json_string_value(given) : "", n + 1);
    if (parcels_add(&promote->delivery.parcels, promote->node.node, text, n, err) == 0 &&
        (promote->key_file == NULL || parcels_sign(&promote->delivery.parcels, promote->key_file, err) == 0))
        code = delivery_send(&promote->delivery, err);
    parcels_free(&promote->delivery.parcels);
    return code;
}

static int act(struct promote *promote, struct err *err)
{
    bool refused = false;
    int code;
    json_t *page = ask(promote, &refused, &code, err);

    if (page == NULL)
        return code;
    print_criteria(json_object_get(page, "criteria"));
    if (refused) {
        err_add(err, "%s: %s", promote->node.node, json_text(page, "problem"));
        code = EXIT_BAD_DATA;
    } else if (promote->out_file != NULL) {
        code = write_out(promote, page, err);
    } else if (promote->try) {
        printf("%s may go live, as %s %s\n", promote->rule, json_text(page, "library"),
               json_text(json_object_get(page, "next"), "version"));
        code = EXIT_DONE;
    } else if (promote->delivery.way.topic)
        code = send_to_all(promote, page, err);
    else
        code = follow(promote, page, err);
    json_decref(page);
    return code;
}

static int run(struct promote *promote)
{
    struct err err;
    int code = EXIT_BAD_DATA;

    err_init(&err);
    if (way_open(&promote->node, &err) == 0 && way_open(&promote->delivery.way, &err) == 0)
        code = act(promote, &err);
    way_close(&promote->node);
    way_close(&promote->delivery.way);
    way_failed(&err, code);
    err_fini(&err);
    return code;
}

/* One of its own options; -1 after an error message. */
static int own_option(struct promote *promote, struct args *args)
{
    if (args_is(args, NULL, "--sign"))
        return (promote->key_file = args_value(args)) != NULL ? 1 : -1;
    if (args_is(args, NULL, "--why"))
        return (promote->why = args_value(args)) != NULL ? 1 : -1;
    if (args_is(args, NULL, "--out"))
        return (promote->out_file = args_value(args)) != NULL ? 1 : -1;
    if (args_is(args, NULL, "--force"))
        return promote->force = true;
    if (args_is(args, NULL, "--try"))
        return promote->try = true;
    if (args_is(args, NULL, "--wait"))
        return promote->delivery.wait = true;
    args_unknown(args);
    return -1;
}

/* With --topic the other options of the way are those of the node that is asked. */
static int split_ways(struct promote *promote, const struct command *self)
{
    promote->delivery.way = promote->node;
    if (promote->node.topic) {
        promote->delivery.way.url = promote->delivery.way.token_file = NULL;
        promote->node.topic = false;
    }
    return way_check(&promote->delivery.way, self);
}

int command_rules_promote(const struct command *self, int argc, char **argv)
{
    struct promote promote = {0};
    struct args args;
    int kind;

    way_init(&promote.node);
    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        int taken = kind == 'o' ? way_option(&promote.node, &args) : 1;
        if (taken < 0 || (taken == 0 && own_option(&promote, &args) < 0))
            return EXIT_USAGE;
    }
    if (args.noperands != 1)
        return usage_error(self, args.noperands == 0 ? "which rule?" : "one rule at a time");
    if (promote.force != (promote.why != NULL && promote.why[0] != '\0'))
        return usage_error(self, "--force and --why TEXT go together: against its evidence a rule goes live for a "
                                 "reason");
    if (promote.key_file != NULL && !promote.node.topic)
        return usage_error(self, "--sign goes with --topic: a node that is spoken to by HTTP promotes by itself");
    if (promote.out_file != NULL && promote.node.topic)
        return usage_error(self, "either --out, to sign and push the file later, or --topic");
    if (promote.delivery.wait && (promote.out_file != NULL || promote.try))
        return usage_error(self, "--wait waits for what is offered: with --out or --try nothing is");
    promote.rule = args.operands[0];
    return split_ways(&promote, self) == EXIT_DONE ? run(&promote) : EXIT_USAGE;
}
