/* followed.c - a descriptor on the loop. */
#include "daemon/followed.h"
#include "core/log.h"

#include <stdio.h>

int followed_open(struct followed *followed, const struct follower_setup *setup, const char *event, size_t most,
                  struct err *err)
{
    followed->topic = setup->topic;
    followed->event = event;
    followed->most = most;
    followed->follower = follower_new(setup, err);
    return followed->follower != NULL ? 0 : -TS_EIO;
}

void followed_close(struct followed *followed)
{
    if (followed->loop != NULL)
        ev_io_stop(followed->loop, &followed->readable);
    followed->loop = NULL;
    follower_free(&followed->follower);
}

static void on_readable(struct ev_loop *loop, ev_io *watcher, int events)
{
    struct followed *followed = watcher->data;

    (void)loop;
    (void)events;
    follower_serve(followed->follower, followed->most);
}

void followed_start(struct followed *followed, struct ev_loop *loop)
{
    followed->loop = loop;
    ev_io_init(&followed->readable, on_readable, follower_fd(followed->follower), EV_READ);
    followed->readable.data = followed;
    ev_io_start(loop, &followed->readable);
}

void followed_trouble(struct followed *followed, const char *why)
{
    char quoted[400];

    snprintf(followed->trouble, sizeof(followed->trouble), "%s", why != NULL ? why : "");
    if (why != NULL)
        log_warn(followed->event, "msg=%s", log_quote(why, quoted, sizeof(quoted)));
    else
        log_info(followed->event, "topic=%s state=well", followed->topic);
}
