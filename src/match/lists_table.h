/* lists_table.h - a map from 64-bit keys to 64-bit values that is changed in place while others read it.
 *
 * Values are never 0, which stands for "not there"; keys may be anything. A byte per slot, all of them together the
 * filter, tells 98 of 100 keys that are not there after one look at memory; a key that is there mostly takes two, which
 * are begun together. Room is 17 bytes a slot; between 3/8 and 3/4 of the slots are in use.
 *
 * Threads: one writer, any number of readers, wait-free. A table that is full moves into a larger one bit by bit, a few
 * slots with each change; readers use the old one, which is kept up to date, until the new one is whole.
 * Ownership: the arrays that readers may still use are handed to the epoch. */
#ifndef TELSIEVE_MATCH_LISTS_TABLE_H
#define TELSIEVE_MATCH_LISTS_TABLE_H

#include "match/lists_epoch.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct table_array;

struct table {
    _Atomic(struct table_array *) active; /* NULL: never anything in it */
    struct epoch *epoch;                  /* the writer's from here on */
    struct table_array *next;             /* being filled; NULL: none */
    size_t moved;                         /* groups of `active` that `next` has */
    size_t n;                             /* keys with a value */
};

void table_init(struct table *table, struct epoch *epoch);
void table_fini(struct table *table); /* no readers */

/* ---- any thread, pinned ---- */

/* 0: not there. */
uint64_t table_get(const struct table *table, uint64_t key);

/* It will be looked for soon. */
void table_expect(const struct table *table, uint64_t key);

/* Call fn for each key with a value. A reader sees what was there at some time while it looked. Stops when fn returns
 * false, which it then returns itself. */
bool table_each(const struct table *table, bool (*fn)(void *ctx, uint64_t key, uint64_t value), void *ctx);

/* ---- the writer ---- */

/* Set, or with value 0 remove. Returns 0 or -TS_ENOMEM. */
int table_set(struct table *table, uint64_t key, uint64_t value);

/* Make room for `n` keys at once. Returns 0 or -TS_ENOMEM. */
int table_reserve(struct table *table, size_t n);

size_t table_bytes(const struct table *table);
size_t table_filter_bytes(const struct table *table); /* of them, those of the filter that readers use */

#endif
