/* lists_spans.h - prefixes and ranges of numbers of one list: few (up to LIST_SPANS_MAX), often asked, seldom changed.
 *
 * Threads: one writer; spans_find from any thread that has pinned the epoch. A change makes a new array for readers,
 * which costs its length, so many changes are made known at once by spans_publish. */
#ifndef TELSIEVE_MATCH_LISTS_SPANS_H
#define TELSIEVE_MATCH_LISTS_SPANS_H

#include "match/lists_epoch.h"
#include "match/lists_key.h"

#include <stdatomic.h>

#define LIST_SPANS_MAX 10000

struct span_entry {
    struct list_span span;
    uint64_t value; /* what the list keeps with it (lists_parts.h) */
    uint32_t up;    /* the nearest before it that reaches farther, 1 + its index; 0: none */
    char text[2 * LIST_NUMBER_TEXT];
};

struct span_array {
    size_t n;
    struct span_entry entries[];
};

struct spans {
    _Atomic(struct span_array *) active; /* NULL: none */
    struct epoch *epoch;                 /* the writer's from here on */
    struct span_entry *entries;          /* ascending by where they begin; of those that begin there, the wider first */
    size_t n, cap;
    bool changed;
};

void spans_init(struct spans *spans, struct epoch *epoch);
void spans_fini(struct spans *spans);

/* ---- any thread, pinned ---- */

static inline bool spans_any(const struct spans *spans)
{
    return atomic_load_explicit(&spans->active, memory_order_acquire) != NULL;
}

/* The narrowest of those that lie within each other around the number, else the one that begins last, for which
 * `accept` says yes. A local number is in none: what its area is, nobody says. NULL: none. */
const struct span_entry *spans_find(const struct spans *spans, const struct number *number,
                                    bool (*accept)(const void *ctx, uint64_t value), const void *ctx);

/* ---- the writer ---- */

struct span_entry *spans_at(struct spans *spans, const struct list_key *key); /* NULL: not there */

/* Set, or with value 0 remove. Returns 0, -TS_ENOMEM or -TS_ELIMIT. */
int spans_set(struct spans *spans, const struct list_key *key, uint64_t value);

/* Show readers what was changed. Returns 0 or -TS_ENOMEM: then it is still to be shown. */
int spans_publish(struct spans *spans);

#endif
