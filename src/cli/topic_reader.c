/* topic_reader.c - the follower's descriptor and clock, turned by hand. Trouble that lasts ends a catching up. */
#include "cli/topic_reader.h"
#include "core/clock.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define SERVE_MOST 1000
#define TEND_MS 250
#define TROUBLE_MS 5000

struct topic_reader {
    struct follower *follower;
    const char *topic;
    void (*message)(void *ctx, const struct follower_message *message);
    void *ctx;
    int64_t tended_mono_ms, trouble_mono_ms;
    char trouble[400]; /* "": none */
};

static void on_edge(void *ctx)
{
    (void)ctx;
}

static void on_message(void *ctx, const struct follower_message *message)
{
    const struct topic_reader *reader = ctx;

    reader->message(reader->ctx, message);
}

static void on_trouble(void *ctx, const char *why)
{
    struct topic_reader *reader = ctx;

    if (reader->trouble[0] == '\0')
        reader->trouble_mono_ms = clock_mono_ms();
    snprintf(reader->trouble, sizeof(reader->trouble), "%s", why != NULL ? why : "");
}

struct topic_reader *topic_reader_new(const struct config *config, const char *topic,
                                      void (*message)(void *ctx, const struct follower_message *message), void *ctx,
                                      struct err *err)
{
    struct topic_reader *reader = calloc(1, sizeof(*reader));
    const struct follower_setup setup = {.config = config, .topic = topic, .ctx = reader, .begin = on_edge,
                                         .message = on_message, .caught_up = on_edge, .trouble = on_trouble};

    if (reader == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    reader->topic = topic;
    reader->message = message;
    reader->ctx = ctx;
    reader->follower = follower_new(&setup, err);
    if (reader->follower == NULL)
        topic_reader_free(&reader);
    return reader;
}

void topic_reader_free(struct topic_reader **reader)
{
    if (*reader == NULL)
        return;
    follower_free(&(*reader)->follower);
    free(*reader);
    *reader = NULL;
}

void topic_reader_listen(struct topic_reader *reader, int ms)
{
    struct pollfd wait = {.fd = follower_fd(reader->follower), .events = POLLIN};
    int64_t now;

    if (poll(&wait, 1, ms < TEND_MS ? ms : TEND_MS) > 0)
        follower_serve(reader->follower, SERVE_MOST);
    now = clock_mono_ms();
    if (now - reader->tended_mono_ms < TEND_MS)
        return;
    follower_tend(reader->follower, now);
    reader->tended_mono_ms = now;
}

static bool is_hopeless(const struct topic_reader *reader, int64_t now)
{
    return reader->trouble[0] != '\0' && now - reader->trouble_mono_ms > TROUBLE_MS;
}

int topic_reader_catch_up(struct topic_reader *reader, int64_t deadline_mono_ms, struct err *err)
{
    while (!follower_is_caught_up(reader->follower)) {
        int64_t now = clock_mono_ms();

        if (now >= deadline_mono_ms || is_hopeless(reader, now)) {
            const char *why = reader->trouble[0] != '\0' ? reader->trouble : "--timeout S was too short for it";
            err_add(err, "topic %s cannot be read: %s", reader->topic, why);
            return -TS_EKAFKA;
        }
        topic_reader_listen(reader, TEND_MS);
    }
    return 0;
}
