/* library_feed.c - names are noted while the topic is read from its beginning, to know what it does not hold; and their
 * times, since a name can stand in two partitions after their number was changed: the newer message counts. */
#include "daemon/library_feed.h"
#include "core/array.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/followed.h"

#include <stdio.h>
#include <stdlib.h>

#define SERVE_MOST 16 /* messages in one turn of the loop: each may be of 20 MB, and an answer is forced to disk */

struct seen {
    char name[DEPOT_NAME_BYTES];
    int32_t partition;
    int64_t timestamp_ms;
};

struct library_feed {
    const struct config *config;
    const struct depot *depot;
    struct offers *offers;
    struct followed followed;
    bool reading;  /* from its beginning */
    bool was_read; /* to its end, once */
    struct seen *seen; /* while it is read */
    size_t nseen, seen_cap;
    bool unsure;         /* a name could not be noted: nothing is taken for absent */
    int64_t held_mono_ms; /* since when offers are held for the topic to be read */
    char empty[300]; /* what is wrong with what it holds */
};

/* What is offered waits for the whole topic, for so long as a start does. */
static bool may_hold(const struct library_feed *feed)
{
    return clock_mono_ms() - feed->held_mono_ms <= feed->config->control.ready_wait_ms;
}

static void on_begin(void *ctx)
{
    struct library_feed *feed = ctx;

    if (!feed->reading) /* else the one before was broken off: nobody waits for ever */
        feed->held_mono_ms = clock_mono_ms();
    feed->reading = true;
    feed->unsure = false;
    feed->nseen = 0;
    offers_hold(feed->offers, may_hold(feed));
    log_info("control_read", "topic=%s state=begun", feed->config->control.rules);
}

static struct seen *find_seen(const struct library_feed *feed, const char *name)
{
    for (size_t i = 0; i < feed->nseen; i++)
        if (strcmp(feed->seen[i].name, name) == 0)
            return &feed->seen[i];
    return NULL;
}

/* Has a newer message of this name been read, from another partition? */
static bool note_seen(struct library_feed *feed, const struct follower_message *message)
{
    char name[DEPOT_NAME_BYTES];
    struct seen *seen;

    if (!feed->reading || message->key.n >= sizeof(name))
        return false;
    snprintf(name, sizeof(name), "%.*s", STR_FMT(message->key));
    seen = find_seen(feed, name);
    if (seen != NULL && message->partition != seen->partition && message->timestamp_ms < seen->timestamp_ms)
        return true;
    if (seen == NULL) {
        struct seen *grown = array_grow(feed->seen, feed->nseen, &feed->seen_cap, sizeof(*grown));
        if (grown == NULL) {
            feed->unsure = true;
            return false;
        }
        feed->seen = grown;
        seen = &feed->seen[feed->nseen++];
    }
    memcpy(seen->name, name, sizeof(name));
    seen->partition = message->partition;
    seen->timestamp_ms = message->timestamp_ms;
    return false;
}

/* A tombstone that is read from the beginning says no more than its absence would: what came by HTTP stays. */
static bool is_old_tombstone(const struct library_feed *feed, const struct follower_message *message)
{
    char name[DEPOT_NAME_BYTES];

    snprintf(name, sizeof(name), "%.*s", STR_FMT(message->key));
    return feed->reading && message->tombstone && offers_is_by(feed->offers, name, DEPOT_BY_HTTP);
}

static void on_message(void *ctx, const struct follower_message *message)
{
    struct library_feed *feed = ctx;
    struct offer offer = {
        .name = message->key,
        .text = message->tombstone ? (struct str){0} : message->value,
        .rollback = str_eqz(follower_header(message, "telsieve.action"), "rollback"),
        .way = DEPOT_BY_TOPIC,
        .who = feed->config->control.rules,
        .signature = follower_header(message, "telsieve.signature"),
        .partition = message->partition,
        .offset = message->offset,
        .quiet = feed->reading,
    };

    feed->empty[0] = '\0';
    if (!message->tombstone && offer.text.p == NULL)
        offer.text = STR_LIT("");
    if (!note_seen(feed, message) && !is_old_tombstone(feed, message))
        offers_make(feed->offers, &offer);
}

/* What the depot has from the topic and the topic does not hold. */
static void withdraw_absent(struct library_feed *feed)
{
    size_t n = 0, missing = 0;
    char (*names)[DEPOT_NAME_BYTES] = calloc(depot_count(feed->depot) + 1, sizeof(*names));

    for (size_t i = 0; names != NULL && i < depot_count(feed->depot); i++) {
        const struct depot_item *item = depot_at(feed->depot, i);
        if (!offers_is_by(feed->offers, item->name, DEPOT_BY_TOPIC) || find_seen(feed, item->name) != NULL)
            continue;
        memcpy(names[n++], item->name, sizeof(item->name));
    }
    missing = n;
    feed->empty[0] = '\0';
    if (feed->nseen == 0 && missing > 0) {
        snprintf(feed->empty, sizeof(feed->empty),
                 "control.rules: topic %s is empty, but %zu libraries were fed from it: nothing is withdrawn",
                 feed->config->control.rules, missing);
        log_warn("control_read", "msg=\"%s\"", feed->empty);
        n = 0;
    }
    for (size_t i = 0; i < n; i++) {
        const struct offer offer = {.name = str_of(names[i]), .way = DEPOT_BY_TOPIC,
                                    .who = feed->config->control.rules, .partition = -1, .offset = -1};
        offers_make(feed->offers, &offer);
    }
    free(names);
}

static void on_caught_up(void *ctx)
{
    struct library_feed *feed = ctx;

    feed->reading = false;
    feed->was_read = true;
    if (!feed->unsure)
        withdraw_absent(feed);
    log_info("control_read", "topic=%s state=done libraries=%zu", feed->config->control.rules,
             feed->nseen);
    offers_hold(feed->offers, false);
}

static void on_trouble(void *ctx, const char *why)
{
    struct library_feed *feed = ctx;

    followed_trouble(&feed->followed, why);
}

void library_feed_tick(struct library_feed *feed)
{
    follower_tend(feed->followed.follower, clock_mono_ms());
    if (feed->reading && !may_hold(feed))
        offers_hold(feed->offers, false);
}

bool library_feed_was_read(const struct library_feed *feed)
{
    return feed->was_read;
}

const char *library_feed_trouble(const struct library_feed *feed)
{
    return feed->followed.trouble[0] != '\0' ? feed->followed.trouble : feed->empty;
}

/* ---- made and freed ---------------------------------------------------------------------------------------------- */

struct library_feed *library_feed_new(const struct config *config, const struct depot *depot, struct offers *offers,
                                      struct err *err)
{
    struct library_feed *feed = calloc(1, sizeof(*feed));
    const struct follower_setup setup = {.config = config, .topic = config->control.rules, .ctx = feed,
                                         .begin = on_begin, .message = on_message, .caught_up = on_caught_up,
                                         .trouble = on_trouble};

    if (feed == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    feed->config = config;
    feed->depot = depot;
    feed->offers = offers;
    if (followed_open(&feed->followed, &setup, "control", SERVE_MOST, err) != 0)
        library_feed_free(&feed);
    return feed;
}

void library_feed_start(struct library_feed *feed, struct ev_loop *loop)
{
    followed_start(&feed->followed, loop);
}

void library_feed_free(struct library_feed **feed)
{
    if (*feed == NULL)
        return;
    followed_close(&(*feed)->followed);
    free((*feed)->seen);
    free(*feed);
    *feed = NULL;
}
