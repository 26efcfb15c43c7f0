/* lists_parts.h - the inside of lists, shared by lists.c (changes), lists_find.c (look-ups), lists_sweep.c and
 * lists_snapshot.c. */
#ifndef TELSIEVE_MATCH_LISTS_PARTS_H
#define TELSIEVE_MATCH_LISTS_PARTS_H

#include "match/lists.h"
#include "match/lists_origin.h"
#include "match/lists_spans.h"
#include "match/lists_table.h"

#include <pthread.h>

/* What is kept with an entry, never 0: when it expires (seconds, 0: never), the number of its origin, and in which
 * reading of everything it was last seen. */
#define VALUE_SEEN_BITS 4

static inline uint64_t value_make(uint32_t expires_s, uint32_t origin, unsigned seen)
{
    return expires_s | (uint64_t)origin << 32 | (uint64_t)seen << (32 + ORIGIN_BITS);
}

static inline uint32_t value_expires_s(uint64_t value)
{
    return (uint32_t)value;
}

static inline uint32_t value_origin(uint64_t value)
{
    return (uint32_t)(value >> 32) & ((UINT32_C(1) << ORIGIN_BITS) - 1);
}

static inline unsigned value_seen(uint64_t value)
{
    return (unsigned)(value >> (32 + ORIGIN_BITS));
}

_Static_assert(ORIGIN_BITS + VALUE_SEEN_BITS == 32, "a value is one word");

/* A host or a word. Found by the hash of its text; readers load `value` as it is changed in place. */
struct list_text {
    _Atomic uint64_t value;
    uint16_t n;
    uint8_t kind;
    char text[]; /* ended by NUL */
};

struct list_part {
    struct table numbers; /* by list_number_key */
    struct table texts;   /* by text_hash: the address of a struct list_text */
    struct spans spans;
    _Atomic size_t n;     /* entries */
};

struct list {
    struct lists *lists;
    uint64_t hash; /* of the name, */
    size_t name_n; /* and its length */
    char name[LIST_NAME_MAX + 1];
    struct list_part parts[LIST_LAYERS];
};

struct lists {
    pthread_mutex_t mutex; /* of those who change */
    const struct number_plan *plan;
    struct number_plan *own_plan; /* freed with it, or NULL */
    struct epoch *epoch;
    struct origins *origins;
    unsigned seen[LIST_LAYERS]; /* number of the present reading of everything */
    bool reading[LIST_LAYERS];
    _Atomic uint64_t version, digest;
    _Atomic size_t n;
    struct list *list[LISTS_MAX];
};

uint64_t list_text_hash(enum list_kind kind, struct str text);

/* Below: with the mutex held. The list with this name, made when there is none. NULL and *why: a bad name, too many,
 * no memory (*rc tells). */
struct list *lists_make(struct lists *lists, struct str name, int *rc, const char **why);

/* Around every change that readers can see. */
void lists_begin_change(struct lists *lists);
void lists_end_change(struct lists *lists);

/* Exchange the value of an entry, everything that goes with it included; 0 removes. Returns 0 or -TS_E…. */
int list_exchange(struct list *list, enum list_layer layer, const struct list_key *key, uint64_t old, uint64_t value);

/* Put an entry whose origin was taken; takes that over whatever becomes of it. Returns as lists_set. */
int list_put(struct list *list, enum list_layer layer, const struct list_key *key, uint32_t expires_s, uint32_t origin);

#endif
