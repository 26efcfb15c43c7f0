/* rules_push.c - push, withdraw and rollback. */
#include "cli/rules_delivery.h"

#include <stdio.h>

struct push {
    struct delivery delivery;
    const char *signature_file, *key_file;
    bool withdraw;
};

static int run(struct push *push, char *const *operands, size_t n)
{
    struct delivery *delivery = &push->delivery;
    struct err err;
    int code = EXIT_BAD_DATA, rc;

    err_init(&err);
    rc = push->withdraw ? parcels_withdraw(&delivery->parcels, operands, n, push->signature_file, &err)
                        : parcels_load(&delivery->parcels, operands, n, push->signature_file, &err);
    if (rc == 0 && push->key_file != NULL)
        rc = parcels_sign(&delivery->parcels, push->key_file, &err);
    if (rc == 0 && way_open(&delivery->way, &err) == 0)
        code = delivery_send(delivery, &err);
    parcels_free(&delivery->parcels);
    way_close(&delivery->way);
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
        return push->delivery.wait = true;
    if (args_is(args, NULL, "--json"))
        return push->delivery.json = true;
    if (args_is(args, NULL, "--rollback") && !push->withdraw)
        return push->delivery.parcels.rollback = true;
    args_unknown(args);
    return -1;
}

static int parse_and_run(const struct command *self, int argc, char **argv, bool withdraw)
{
    struct push push = {.withdraw = withdraw};
    struct args args;
    int kind;

    way_init(&push.delivery.way);
    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        int taken = kind == 'o' ? way_option(&push.delivery.way, &args) : 1;
        if (taken < 0 || (taken == 0 && own_option(&push, &args) < 0))
            return EXIT_USAGE;
    }
    if (args.noperands == 0)
        return usage_error(self, withdraw ? "which library?" : "which files?");
    if (args.noperands > 1 && push.signature_file != NULL)
        return usage_error(self, "--signature is for one library; several have theirs in FILE.sig each");
    if (push.key_file != NULL && push.delivery.parcels.rollback)
        return usage_error(self, "--sign is for libraries that go forward; for a rollback: telsieve rules sign "
                                 "--rollback VERSION");
    if (way_check(&push.delivery.way, self) != EXIT_DONE)
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
