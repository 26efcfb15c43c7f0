/* list_feed.c - the follower's messages to list_intake; a snapshot some time after a change, the longer it takes the
 * more seldom. */
#include "daemon/list_feed.h"

#include "core/clock.h"
#include "core/log.h"
#include "daemon/followed.h"
#include "daemon/list_intake.h"
#include "match/lists_snapshot.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SAVE_EVERY_MS 10000
#define SAVE_REST 50 /* of the time it took */
#define PATH_BYTES 4096
#define SERVE_MOST 10000 /* messages in one turn of the loop */

struct list_feed {
    struct list_feed_setup setup;
    struct list_intake intake;
    struct followed followed;
    char file[PATH_BYTES]; /* "": nothing is kept */
    bool restored;
    uint64_t saved_version; /* of the lists when the last snapshot began */
    int64_t saved_mono_ms, due_mono_ms;
    pthread_t saver;
    bool saving;
    _Atomic bool saved; /* the saver has ended */
    int64_t save_began_ms;
    struct log_limit refusals;
    bool was_read;
    char empty[300]; /* what is wrong with what it holds */
};

/* ---- snapshot ---------------------------------------------------------------------------------------------- */

static void save(struct list_feed *feed)
{
    char quoted[400];
    struct err err;

    err_init(&err);
    lists_pin(feed->setup.lists, feed->setup.slot);
    if (lists_save(feed->setup.lists, feed->file, &err) != 0)
        log_error("lists_snapshot", "result=failed msg=%s", log_quote(err.text, quoted, sizeof(quoted)));
    lists_unpin(feed->setup.lists, feed->setup.slot);
    err_fini(&err);
}

static void *run_saver(void *arg)
{
    struct list_feed *feed = arg;

    pthread_setname_np(pthread_self(), "lists");
    save(feed);
    atomic_store_explicit(&feed->saved, true, memory_order_release);
    return NULL;
}

static void end_save(struct list_feed *feed, int64_t now)
{
    pthread_join(feed->saver, NULL);
    feed->saving = false;
    feed->saved_mono_ms = now;
    feed->due_mono_ms = now + SAVE_EVERY_MS + SAVE_REST * (now - feed->save_began_ms);
}

static void begin_save(struct list_feed *feed, int64_t now)
{
    feed->saved_version = lists_version(feed->setup.lists);
    feed->save_began_ms = now;
    atomic_store_explicit(&feed->saved, false, memory_order_relaxed);
    feed->saving = pthread_create(&feed->saver, NULL, run_saver, feed) == 0;
    feed->due_mono_ms = now + SAVE_EVERY_MS;
}

static bool is_changed(const struct list_feed *feed)
{
    return feed->file[0] != '\0' && lists_version(feed->setup.lists) != feed->saved_version;
}

/* In the middle of a full read, too: what is there no more is found out by the next one. */
static void tend_snapshot(struct list_feed *feed, int64_t now)
{
    if (feed->saving && atomic_load_explicit(&feed->saved, memory_order_acquire))
        end_save(feed, now);
    if (!feed->saving && is_changed(feed) && now >= feed->due_mono_ms)
        begin_save(feed, now);
}

static int restore(struct list_feed *feed, struct err *err)
{
    const char *folder = feed->setup.config->control.state;
    struct err problems;
    char quoted[400];
    int rc;

    if (folder[0] == '\0')
        return 0;
    if (snprintf(feed->file, sizeof(feed->file), "%s/lists.snapshot", folder) >= (int)sizeof(feed->file) ||
        (mkdir(folder, 0700) != 0 && errno != EEXIST)) {
        err_add(err, "control.state: %s: %s", folder, strerror(errno));
        return -TS_EIO;
    }
    err_init(&problems);
    rc = lists_restore(feed->setup.lists, feed->file, &problems);
    feed->restored = rc == 0;
    if (feed->restored)
        log_info("lists_snapshot", "result=restored entries=%zu", list_intake_count(&feed->intake));
    else if (rc != -TS_ENOENT)
        log_error("lists_snapshot", "result=unusable msg=%s", log_quote(problems.text, quoted, sizeof(quoted)));
    err_fini(&problems);
    feed->saved_version = lists_version(feed->setup.lists);
    return 0;
}

/* ---- the topic --------------------------------------------------------------------------------------------- */

static void on_begin(void *ctx)
{
    struct list_feed *feed = ctx;

    list_intake_begin(&feed->intake);
}

static void on_message(void *ctx, const struct follower_message *message)
{
    struct list_feed *feed = ctx;
    struct list_refusal refusal = {.partition = message->partition, .offset = message->offset, .why = feed->intake.why};
    struct str value = message->tombstone ? (struct str){0} : message->value;
    char quoted[400];
    uint64_t left_out;

    if (!message->tombstone)
        feed->empty[0] = '\0';
    if (list_intake_take(&feed->intake, message->key, value, &refusal.list) != LIST_REFUSED)
        return;
    if (log_limit_pass(&feed->refusals, clock_mono_ms(), &left_out))
        log_warn("list_entry_refused", "list=%.*s partition=%d offset=%lld left_out=%llu msg=%s", STR_FMT(refusal.list),
                 (int)message->partition, (long long)message->offset, (unsigned long long)left_out,
                 log_quote(refusal.why, quoted, sizeof(quoted)));
    if (feed->setup.refused != NULL)
        feed->setup.refused(feed->setup.ctx, &refusal);
}

static void on_caught_up(void *ctx)
{
    struct list_feed *feed = ctx;
    struct list_reading reading = {.entries = feed->intake.seen};

    feed->was_read = true;
    feed->empty[0] = '\0';
    reading.removed = list_intake_end(&feed->intake, &reading.kept);
    if (reading.kept)
        snprintf(feed->empty, sizeof(feed->empty),
                 "control.lists: topic %s is empty, but entries were fed from it: none is removed",
                 feed->setup.config->control.lists);
    if (reading.kept)
        log_warn("lists_read", "msg=\"%s\"", feed->empty);
    else
        log_info("lists_read", "entries=%llu removed=%zu", (unsigned long long)reading.entries, reading.removed);
    if (feed->setup.read != NULL)
        feed->setup.read(feed->setup.ctx, &reading);
}

static void on_trouble(void *ctx, const char *why)
{
    struct list_feed *feed = ctx;

    followed_trouble(&feed->followed, why);
}

struct list_feed *list_feed_new(const struct list_feed_setup *setup, struct err *err)
{
    struct list_feed *feed = calloc(1, sizeof(*feed));
    const struct follower_setup follower = {
        .config = setup->config, .topic = setup->config->control.lists, .metrics = setup->metrics, .ctx = feed,
        .begin = on_begin, .message = on_message, .caught_up = on_caught_up, .trouble = on_trouble};

    if (feed == NULL) {
        err_add(err, "out of memory");
        return NULL;
    }
    feed->setup = *setup;
    feed->intake.lists = setup->lists;
    feed->refusals = (struct log_limit)LOG_LIMIT(5, 60000);
    if (restore(feed, err) != 0 || followed_open(&feed->followed, &follower, "lists", SERVE_MOST, err) != 0)
        list_feed_free(&feed);
    return feed;
}

void list_feed_free(struct list_feed **feed)
{
    struct list_feed *old = *feed;

    if (old == NULL)
        return;
    followed_close(&old->followed);
    if (old->saving)
        end_save(old, clock_mono_ms());
    if (is_changed(old))
        save(old);
    free(old);
    *feed = NULL;
}

void list_feed_start(struct list_feed *feed, struct ev_loop *loop)
{
    followed_start(&feed->followed, loop);
}

void list_feed_tend(struct list_feed *feed, int64_t now_mono_ms)
{
    follower_tend(feed->followed.follower, now_mono_ms);
    tend_snapshot(feed, now_mono_ms);
}

void list_feed_read_status(const struct list_feed *feed, struct list_feed_status *out)
{
    *out = (struct list_feed_status){
        .caught_up = feed->was_read, .restored = feed->restored,
        .changed = feed->intake.changed, .refused = feed->intake.refused,
        .entries = list_intake_count(&feed->intake),
        .trouble = feed->followed.trouble[0] != '\0' ? feed->followed.trouble : feed->empty,
        .saved_mono_ms = feed->saved_mono_ms};
}
