/* kcontrol.c - the follower and the announcer as programs, for the broker tests. Values are words without blanks.
 *
 *   kcontrol BOOTSTRAP follow TOPIC     a line for each thing that happens, until it is killed:
 *                                       begin | message KEY VALUE ACTION | tombstone KEY | caught_up |
 *                                       trouble WHY | well
 *   kcontrol BOOTSTRAP announce TOPIC   send the lines "KEY VALUE" of standard input (VALUE - is a tombstone), with the
 *                                       header telsieve.action; a line for each: sent KEY | failed KEY WHY */
#include "core/clock.h"
#include "kafka/announcer.h"
#include "kafka/follower.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_MS 60000

static void die(const char *what, const char *why)
{
    fprintf(stderr, "kcontrol: %s: %s\n", what, why);
    exit(1);
}

/* ---- follow ---------------------------------------------------------------------------------------------------- */

static void on_begin(void *ctx)
{
    (void)ctx;
    puts("begin");
}

static void on_message(void *ctx, const struct follower_message *message)
{
    struct str action = follower_header(message, "telsieve.action");

    (void)ctx;
    if (message->tombstone)
        printf("tombstone %.*s\n", STR_FMT(message->key));
    else
        printf("message %.*s %.*s %.*s\n", STR_FMT(message->key), STR_FMT(message->value), STR_FMT(action));
}

static void on_caught_up(void *ctx)
{
    (void)ctx;
    puts("caught_up");
}

static void on_trouble(void *ctx, const char *why)
{
    (void)ctx;
    if (why != NULL)
        printf("trouble %s\n", why);
    else
        puts("well");
}

static void follow(const struct config *config, const char *topic)
{
    const struct follower_setup setup = {config, topic, NULL, NULL, on_begin, on_message, on_caught_up, on_trouble};
    struct pollfd wait = {.events = POLLIN};
    int64_t tended = 0;
    struct err err;
    struct follower *follower;

    err_init(&err);
    follower = follower_new(&setup, &err);
    if (follower == NULL)
        die("follower", err.text);
    for (wait.fd = follower_fd(follower);; fflush(stdout)) {
        if (poll(&wait, 1, 500) > 0)
            follower_serve(follower, 1000);
        if (clock_mono_ms() - tended >= 500)
            follower_tend(follower, tended = clock_mono_ms());
    }
}

/* ---- announce -------------------------------------------------------------------------------------------------- */

static void on_result(void *ctx, void *opaque, const char *why)
{
    (void)ctx;
    if (why == NULL)
        printf("sent %s\n", (char *)opaque);
    else
        printf("failed %s %s\n", (char *)opaque, why);
    free(opaque);
}

static void announce(const struct config *config, const char *topic)
{
    const struct announcer_setup setup = {config, topic, NULL, false, on_result, NULL};
    const struct announcer_header header = {"telsieve.action", STR_LIT("put")};
    char key[200], value[200];
    struct err err;
    struct announcer *announcer;

    err_init(&err);
    announcer = announcer_new(&setup, &err);
    if (announcer == NULL)
        die("announcer", err.text);
    while (scanf("%199s %199s", key, value) == 2) {
        const struct announcement a = {.key = str_of(key), .value = str_of(strcmp(value, "-") != 0 ? value : NULL),
                                       .headers = &header, .nheaders = 1, .opaque = strdup(key)};
        if (announcer_send(announcer, &a) != 0)
            die("announce", ts_strerror(TS_ENOMEM));
    }
    if (announcer_flush(announcer, FLUSH_MS) > 0)
        die("announce", announcer_cause(announcer));
    announcer_free(&announcer);
    err_fini(&err);
}

int main(int argc, char **argv)
{
    char servers[300];
    const char *const sets[] = {servers, "log.level=warn"};
    struct err err;
    struct config *config;

    if (argc != 4)
        die("usage", "kcontrol BOOTSTRAP follow|announce TOPIC");
    snprintf(servers, sizeof(servers), "kafka.common.bootstrap.servers=%s", argv[1]);
    err_init(&err);
    config = config_load(NULL, sets, 2, &err);
    if (config == NULL)
        die("configuration", err.text);
    if (strcmp(argv[2], "follow") == 0)
        follow(config, argv[3]);
    announce(config, argv[3]);
    config_free(&config);
    return 0;
}
