/* follower.h - reads a compacted topic whole, every partition from its beginning, and then follows it.
 *
 * A full read is `begin`, a message for each that the topic holds, and `caught_up` once all that was there at `begin`
 * has been read; what is written later comes as it is written. A new full read begins by itself whenever it is
 * doubtful that what was read is still what the topic holds: it was deleted and made anew (with any messages), its
 * number of partitions changed, a position is gone, or the brokers were away for so long that tombstones may be too.
 * Messages of one key come in the order of its partition; where the number of partitions was changed, a key may stand
 * in two, and the newer timestamp is the newer message.
 *
 * No group is joined and nothing is committed; the group id is unique and starts with input.group.
 *
 * Threads: a follower belongs to one thread; callbacks happen inside follower_serve and follower_tend, which never
 * block. A callback must not free the follower. */
#ifndef TELSIEVE_KAFKA_FOLLOWER_H
#define TELSIEVE_KAFKA_FOLLOWER_H

#include "config/config.h"
#include "core/err.h"
#include "core/metrics.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct follower;

struct follower_message {
    struct str key;       /* a message without one has an empty key; p is never NULL */
    struct str value;     /* p NULL: a tombstone; a value of no bytes is not one */
    bool tombstone;
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* -1 when there is none */
    const void *raw;      /* for follower_header */
};

/* A header of the message; p NULL when it has none of this name, the last one when it has several. */
struct str follower_header(const struct follower_message *message, const char *name);

struct follower_setup {
    const struct config *config; /* outlives the follower */
    const char *topic;           /* outlives the follower */
    struct metrics *metrics;     /* of the calling thread; NULL: nothing is counted */
    void *ctx;
    void (*begin)(void *ctx);
    void (*message)(void *ctx, const struct follower_message *message); /* lent until it returns */
    void (*caught_up)(void *ctx);
    /* Why the topic cannot be read, for a person, told when it changes; NULL: all is well again. */
    void (*trouble)(void *ctx, const char *why);
};

/* NULL on problems (to err). Connects in the background. */
struct follower *follower_new(const struct follower_setup *setup, struct err *err);
/* Takes up to 4 s while brokers do not answer. */
void follower_free(struct follower **follower);

/* Readable when there is something to serve. */
int follower_fd(const struct follower *follower);

/* Hand on what came, at most `max` messages; what is left keeps the descriptor readable. */
void follower_serve(struct follower *follower, size_t max);

/* Look after the topic; call about twice a second. */
void follower_tend(struct follower *follower, int64_t now_mono_ms);

/* All that the topic held at the last `begin` has been read. */
bool follower_is_caught_up(const struct follower *follower);

#endif
