/* list_feed.h - the topic control.lists, followed into the lists: entries count from the next record on. What was
 * fed is kept in control.state for the next start (lists.snapshot), which then has it before the topic is read.
 *
 * Threads: one thread (the main thread); callbacks happen on the loop and within list_feed_tend. The snapshot is
 * written by a thread of its own, as a reader of the lists. */
#ifndef TELSIEVE_DAEMON_LIST_FEED_H
#define TELSIEVE_DAEMON_LIST_FEED_H

#include "kafka/follower.h"
#include "match/lists.h"

struct list_feed;
struct ev_loop;

/* A message that changed nothing because something is wrong with it. */
struct list_refusal {
    struct str list;  /* its name; empty when the key has none */
    const char *why;  /* for a person; never has an entry in it */
    int32_t partition;
    int64_t offset;
};

/* A full read of the topic. */
struct list_reading {
    uint64_t entries; /* that it has */
    size_t removed;   /* entries that it has no more */
    bool kept;        /* it is empty: nothing was changed */
};

struct list_feed_setup {
    const struct config *config; /* control.lists, control.state; outlives the feed */
    struct metrics *metrics;     /* of the calling thread, or NULL */
    struct lists *lists;         /* outlives the feed */
    unsigned slot;               /* of a reader of the lists, for the snapshot */
    void *ctx;
    void (*refused)(void *ctx, const struct list_refusal *refusal);
    void (*read)(void *ctx, const struct list_reading *reading);
};

struct list_feed_status {
    bool caught_up, restored; /* the topic has been read whole once; a snapshot was found at the start */
    uint64_t changed, refused;
    size_t entries;           /* fed now */
    const char *trouble;      /* with the topic, for a person; "" none; lent until the next call of any */
    int64_t saved_mono_ms;    /* when the snapshot was written last; 0 not yet */
};

/* Takes what the snapshot has, then connects in the background. NULL on problems (to err); a damaged snapshot is none:
 * it is told in the log. */
struct list_feed *list_feed_new(const struct list_feed_setup *setup, struct err *err);

/* Writes the snapshot when something changed since the last one. */
void list_feed_free(struct list_feed **feed);

/* Serve it on the loop from now on. */
void list_feed_start(struct list_feed *feed, struct ev_loop *loop);
void list_feed_tend(struct list_feed *feed, int64_t now_mono_ms); /* about twice a second */

void list_feed_read_status(const struct list_feed *feed, struct list_feed_status *out);

#endif
