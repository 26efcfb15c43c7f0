/* rules_watch.c - by topic one listens, by HTTP one asks again. */
#include "cli/rules_watch.h"
#include "cli/topic_reader.h"
#include "core/clock.h"

#include <time.h>

#define PAUSE_MS 200

static void on_message(void *ctx, const struct follower_message *message)
{
    struct watch_fleet *watch = ctx;

    fleet_take_message(&watch->fleet, message->value);
}

static int look_by_http(struct watch_fleet *watch, struct err *err)
{
    const struct node_request request = {.method = "GET", .path = "/rules"};
    struct node_reply reply;

    if (way_ask(watch->way, &request, &reply, err) != 0)
        return EXIT_RUNTIME;
    if (reply.status != 200)
        node_refused(watch->way->node, watch->way->token[0] != '\0', &reply, err);
    else if (!fleet_take_page(&watch->fleet, (struct str){reply.text, reply.n}))
        err_add(err, "%s: its page /rules is not that of a telsieve this command knows", watch->way->node);
    node_reply_free(&reply);
    return err->count == 0 ? EXIT_DONE : EXIT_RUNTIME;
}

static int look_by_topic(struct watch_fleet *watch, struct err *err)
{
    const struct config *config = watch->way->config;
    const char *topic = way_topic(watch->way, "control.status", config->control.status, err);

    if (topic == NULL)
        return EXIT_BAD_DATA;
    watch->reader = topic_reader_new(config, topic, on_message, watch, err);
    if (watch->reader == NULL || topic_reader_catch_up(watch->reader, watch->way->deadline_mono_ms, err) != 0)
        return EXIT_RUNTIME;
    return EXIT_DONE;
}

int watch_fleet_open(struct watch_fleet *watch, const struct way *way, struct err *err)
{
    *watch = (struct watch_fleet){.way = way};
    fleet_init(&watch->fleet, way->topic ? way->config->control.heartbeat_ms : 0);
    return way->topic ? look_by_topic(watch, err) : look_by_http(watch, err);
}

void watch_fleet_close(struct watch_fleet *watch)
{
    topic_reader_free(&watch->reader);
    fleet_fini(&watch->fleet);
}

int watch_fleet_until(struct watch_fleet *watch, bool (*done)(void *ctx, const struct fleet *fleet), void *ctx,
                      struct err *err)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    int code = EXIT_DONE;

    while (code == EXIT_DONE && !done(ctx, &watch->fleet)) {
        if (clock_mono_ms() >= watch->way->deadline_mono_ms)
            return EXIT_DEADLINE;
        if (watch->way->topic) {
            topic_reader_listen(watch->reader, PAUSE_MS);
            continue;
        }
        nanosleep(&pause, NULL);
        code = look_by_http(watch, err);
    }
    return code;
}
