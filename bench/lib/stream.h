/* stream.h - the records that the broker benches feed: the generator's lawful ones, and one fraud in so many.
 *
 * The same seed gives the same stream. Several records may be packed into one payload, a line each (NDJSON). */
#ifndef TELSIEVE_BENCH_STREAM_H
#define TELSIEVE_BENCH_STREAM_H

#include "cli/generate.h"

#include <stdbool.h>

struct stream {
    struct generator lawful, frauds;
    unsigned fraud_every; /* 0: none */
    unsigned pack;        /* records to a payload, at least 1 */
    bool plain;           /* nothing disguised */
    uint64_t count;       /* records made */
    char *buf;            /* room for one payload */
};

/* Returns false when memory is exhausted. */
bool stream_init(struct stream *stream, uint64_t seed, unsigned fraud_every, unsigned pack);
void stream_fini(struct stream *stream);

/* From now on what a plain matcher judges as telsieve does: no calls, nothing disguised. */
void stream_only_plain(struct stream *stream);

/* The next payload, valid until the next call; at most `limit` records of a packed one. */
struct str stream_next(struct stream *stream, uint64_t limit);

#endif
