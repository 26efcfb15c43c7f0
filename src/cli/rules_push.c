/* rules_push.c - push, withdraw and rollback. By topic one listens before one speaks, so that no answer is missed. */
#include "cli/rules_parcel.h"

#include <stdio.h>

struct push {
    struct way way;
    struct parcels parcels;
    const char *signature_file, *key_file;
    bool wait, json, withdraw;
};

static bool is_settled(void *ctx, const struct fleet *fleet)
{
    const struct push *push = ctx;

    return parcels_are_settled(&push->parcels, fleet);
}

static void print_sent(const struct push *push)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < push->parcels.n; i++) {
        const struct parcel *parcel = &push->parcels.items[i];
        const char *version = parcel->file.version;
        json_array_append_new(rows, json_pack("{s:s,s:s*,s:s*,s:s}", "library", parcel->file.name, "version",
                                              version[0] != '\0' ? version : NULL, "sha256",
                                              parcel->sha256[0] != '\0' ? parcel->sha256 : NULL, "result", "sent"));
        if (!push->json)
            printf("%s %s%ssent to topic %s; --wait waits for what the nodes say\n", parcel->file.name, version,
                   push->withdraw ? "withdrawal " : " ", push->way.config->control.rules);
    }
    if (push->json) {
        json_dumpf(rows, stdout, JSON_INDENT(1));
        putchar('\n');
    }
    json_decref(rows);
}

/* Until all have answered, when that is asked for; then tell. */
static int settle(struct push *push, struct watch_fleet *watch, struct err *err)
{
    int code = push->wait ? watch_fleet_until(watch, is_settled, push, err) : EXIT_DONE, report;

    if (code != EXIT_DONE && code != EXIT_DEADLINE)
        return code;
    report = parcels_report(&push->parcels, &watch->fleet, push->json);
    if (code == EXIT_DEADLINE && fleet_count_present(&watch->fleet) == 0)
        err_add(err, "no node sends heartbeats on topic %s: there is nobody to wait for",
                push->way.config->control.status);
    else if (code == EXIT_DEADLINE)
        err_add(err, "after %ld s not every node has answered", push->way.timeout_s);
    return report == EXIT_DONE ? code : report;
}

static int send_and_settle(struct push *push, struct err *err)
{
    struct watch_fleet watch = {0};
    bool listen_first = push->way.topic && push->wait;
    int code = listen_first ? watch_fleet_open(&watch, &push->way, err) : EXIT_DONE;

    for (size_t i = 0; i < push->parcels.n && listen_first; i++)
        fleet_forget(&watch.fleet, push->parcels.items[i].file.name);
    if (code == EXIT_DONE)
        code = parcels_send(&push->parcels, &push->way, err);
    if (code == EXIT_DONE && !push->way.topic)
        code = watch_fleet_open(&watch, &push->way, err);
    if (code == EXIT_DONE && push->way.topic && !push->wait)
        print_sent(push);
    else if (code == EXIT_DONE)
        code = settle(push, &watch, err);
    watch_fleet_close(&watch);
    return code;
}

static int run(struct push *push, char *const *operands, size_t n)
{
    struct err err;
    int code = EXIT_BAD_DATA, rc;

    err_init(&err);
    rc = push->withdraw ? parcels_withdraw(&push->parcels, operands, n, push->signature_file, &err)
                        : parcels_load(&push->parcels, operands, n, push->signature_file, &err);
    if (rc == 0 && push->key_file != NULL)
        rc = parcels_sign(&push->parcels, push->key_file, &err);
    if (rc == 0 && way_open(&push->way, &err) == 0)
        code = send_and_settle(push, &err);
    parcels_free(&push->parcels);
    way_close(&push->way);
    way_failed(&err, code);
    err_fini(&err);
    return code;
}

/* One of its own options; -1 after an error message. */
static int own_option(struct push *push, struct args *args)
{
    if (args_is(args, NULL, "--signature"))
        return (push->signature_file = args_value(args)) != NULL ? 1 : -1;
    if (args_is(args, NULL, "--sign") && !push->withdraw)
        return (push->key_file = args_value(args)) != NULL ? 1 : -1;
    if (args_is(args, NULL, "--wait"))
        return push->wait = true;
    if (args_is(args, NULL, "--json"))
        return push->json = true;
    if (args_is(args, NULL, "--rollback") && !push->withdraw)
        return push->parcels.rollback = true;
    args_unknown(args);
    return -1;
}

static int parse_and_run(const struct command *self, int argc, char **argv, bool withdraw)
{
    struct push push = {.withdraw = withdraw};
    struct args args;
    int kind;

    way_init(&push.way);
    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        int taken = kind == 'o' ? way_option(&push.way, &args) : 1;
        if (taken < 0 || (taken == 0 && own_option(&push, &args) < 0))
            return EXIT_USAGE;
    }
    if (args.noperands == 0)
        return usage_error(self, withdraw ? "which library?" : "which files?");
    if (args.noperands > 1 && push.signature_file != NULL)
        return usage_error(self, "--signature is for one library; several have theirs in FILE.sig each");
    if (push.key_file != NULL && push.parcels.rollback)
        return usage_error(self, "--sign is for libraries that go forward; for a rollback: telsieve rules sign "
                                 "--rollback VERSION");
    if (way_check(&push.way, self) != EXIT_DONE)
        return EXIT_USAGE;
    return run(&push, args.operands, args.noperands);
}

int command_rules_push(const struct command *self, int argc, char **argv)
{
    return parse_and_run(self, argc, argv, false);
}

int command_rules_withdraw(const struct command *self, int argc, char **argv)
{
    return parse_and_run(self, argc, argv, true);
}

/* ---- rollback ---------------------------------------------------------------------------------------------------- */

static int roll_back(const struct way *way, struct err *err)
{
    const struct node_request request = {.method = "POST", .path = "/rules/rollback"};
    struct node_reply reply;
    int code = EXIT_DONE;

    if (way_ask(way, &request, &reply, err) != 0)
        return EXIT_RUNTIME;
    if (reply.status == 200)
        fputs(reply.text, stdout);
    else if (reply.status == 409) {
        err_add(err, "%s: %.*s", way->node, (int)strcspn(reply.text, "\n"), reply.text);
        code = EXIT_BAD_DATA;
    } else {
        node_refused(way->node, way->token[0] != '\0', &reply, err);
        code = EXIT_RUNTIME;
    }
    node_reply_free(&reply);
    return code;
}

int command_rules_rollback(const struct command *self, int argc, char **argv)
{
    struct way way;
    struct args args;
    struct err err;
    int kind, code = EXIT_BAD_DATA;

    way_init(&way);
    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        int taken = kind == 'o' ? way_option(&way, &args) : 0;
        if (taken < 0)
            return EXIT_USAGE;
        if (taken == 0)
            return kind == 'a' ? usage_error(self, "unexpected \"%s\": all libraries go back; for one of them push "
                                                   "--rollback FILE", args.option)
                               : args_unknown(&args);
    }
    if (way.topic)
        return usage_error(self, "by topic a library goes back alone: telsieve rules push --rollback --topic FILE");
    if (way_check(&way, self) != EXIT_DONE)
        return EXIT_USAGE;
    err_init(&err);
    if (way_open(&way, &err) == 0)
        code = roll_back(&way, &err);
    way_close(&way);
    way_failed(&err, code);
    err_fini(&err);
    return code;
}
