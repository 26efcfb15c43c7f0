/* lists_table.c - groups of eight slots; a word of eight tag bytes per group, a tag being 0 where the slot is free and
 * else a part of the key's hash. A key is looked for in its group and those behind it, until a group with a free slot.
 *
 * A slot's key is written once and never changes, removed keys keep their slots (with value 0) until the table moves
 * into a new array: so a reader that has found a key needs one load for its value, and no second look. The order is
 * key and value first, then (release) the tag, which readers load (acquire) before all else. */
#include "match/lists_table.h"

#include "core/err.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GROUP 8
#define MIN_GROUPS 8
#define MOVE_GROUPS 16 /* with each change; the room left when moving begins is for more than that */
#define HUGE_PAGE_BYTES (2u << 20)

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

struct slot {
    _Atomic uint64_t key, value;
};

struct table_array {
    size_t mask;       /* groups - 1 */
    size_t used;       /* slots with a key; the writer's */
    size_t bytes;      /* of the mapping, which begins here */
    _Atomic uint64_t *tags;
    struct slot *slots;
};

/* ---- arrays ------------------------------------------------------------------------------------------------ */

/* From the system and in large pages where it has them: a look-up then rarely waits for the page tables. Zeroed. */
static struct table_array *array_new(size_t ngroups)
{
    size_t head = (sizeof(struct table_array) + 63) & ~(size_t)63;
    size_t bytes = head + ngroups * (sizeof(uint64_t) + GROUP * sizeof(struct slot));
    struct table_array *array = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (array == MAP_FAILED)
        return NULL;
    if (bytes >= 4 * (size_t)HUGE_PAGE_BYTES)
        (void)madvise(array, bytes, MADV_HUGEPAGE);
    array->mask = ngroups - 1;
    array->bytes = bytes;
    array->slots = (struct slot *)((char *)array + head);
    array->tags = (_Atomic uint64_t *)(array->slots + ngroups * GROUP);
    return array;
}

static void array_free(void *ctx, void *p)
{
    struct table_array *array = p;

    (void)ctx;
    munmap(array, array->bytes);
}

static size_t array_slots(const struct table_array *array)
{
    return (array->mask + 1) * GROUP;
}

/* The halves of a product, folded: what differs anywhere in the key differs everywhere. */
static uint64_t hash_of(uint64_t key)
{
    __extension__ unsigned __int128 product =
        (unsigned __int128)(key ^ UINT64_C(0xE7037ED1A0B428DB)) * UINT64_C(0xA0761D6478BD642F);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t tag_of(uint64_t hash)
{
    uint64_t tag = hash >> 56;

    return tag != 0 ? tag : 1;
}

/* The high bit of each byte that is 0. Above the first such byte a 1 may be marked too. */
static uint64_t zero_bytes(uint64_t word)
{
    return (word - ONES) & ~word & HIGHS;
}

static struct slot *find(const struct table_array *array, uint64_t key)
{
    uint64_t hash = hash_of(key), tags = ONES * tag_of(hash);

    for (size_t group = hash & array->mask;; group = (group + 1) & array->mask) {
        uint64_t word = atomic_load_explicit(&array->tags[group], memory_order_acquire);

        for (uint64_t hits = zero_bytes(word ^ tags); hits != 0; hits &= hits - 1) {
            struct slot *slot = &array->slots[group * GROUP + (size_t)__builtin_ctzll(hits) / 8];
            if (atomic_load_explicit(&slot->key, memory_order_relaxed) == key)
                return slot;
        }
        if (zero_bytes(word) != 0)
            return NULL;
    }
}

/* The key is not there, and there is a free slot. */
static void append(struct table_array *array, uint64_t key, uint64_t value)
{
    uint64_t hash = hash_of(key), word;
    size_t group = hash & array->mask;
    unsigned at;
    struct slot *slot;

    while (zero_bytes(word = atomic_load_explicit(&array->tags[group], memory_order_relaxed)) == 0)
        group = (group + 1) & array->mask;
    at = (unsigned)__builtin_ctzll(zero_bytes(word)) / 8;
    slot = &array->slots[group * GROUP + at];
    atomic_store_explicit(&slot->key, key, memory_order_relaxed);
    atomic_store_explicit(&slot->value, value, memory_order_relaxed);
    /* release: key and value before the tag that leads to them */
    atomic_store_explicit(&array->tags[group], word | tag_of(hash) << 8 * at, memory_order_release);
    array->used++;
}

/* Returns whether it was there. */
static bool put(struct table_array *array, uint64_t key, uint64_t value)
{
    struct slot *slot = find(array, key);
    bool was = slot != NULL && atomic_load_explicit(&slot->value, memory_order_relaxed) != 0;

    if (slot != NULL) /* release: what the value leads to */
        atomic_store_explicit(&slot->value, value, memory_order_release);
    else if (value != 0)
        append(array, key, value);
    return was;
}

/* ---- growing ----------------------------------------------------------------------------------------------- */

static struct table_array *active_of(const struct table *table)
{
    return atomic_load_explicit(&table->active, memory_order_relaxed);
}

static size_t groups_for(size_t n)
{
    size_t groups = MIN_GROUPS;

    while (groups * GROUP * 5 / 8 < n)
        groups *= 2;
    return groups;
}

static void publish(struct table *table, struct table_array *array)
{
    struct table_array *old = active_of(table);

    atomic_store_explicit(&table->active, array, memory_order_release);
    if (old != NULL)
        epoch_retire(table->epoch, array_free, NULL, old);
}

/* Take the next groups over; their keys may be there already. */
static void move(struct table *table, size_t ngroups)
{
    struct table_array *old = active_of(table);

    for (; ngroups > 0 && table->moved <= old->mask; ngroups--, table->moved++) {
        for (size_t i = table->moved * GROUP; i < (table->moved + 1) * GROUP; i++) {
            uint64_t value = atomic_load_explicit(&old->slots[i].value, memory_order_relaxed);
            if (value != 0)
                put(table->next, atomic_load_explicit(&old->slots[i].key, memory_order_relaxed), value);
        }
    }
    if (table->moved <= old->mask)
        return;
    publish(table, table->next);
    table->next = NULL;
}

/* Begin to move as long as a quarter of the slots is free. What is set while it moves must fit too. */
static int make_room(struct table *table)
{
    struct table_array *active = active_of(table);
    size_t room;

    if (table->next != NULL) {
        move(table, MOVE_GROUPS);
        return 0;
    }
    if (active != NULL && active->used < array_slots(active) / 4 * 3)
        return 0;
    room = table->n + table->n / 8 + (active != NULL ? array_slots(active) / 64 : 0) + 1;
    if ((table->next = array_new(groups_for(room))) == NULL)
        return -TS_ENOMEM;
    table->moved = 0;
    if (active == NULL) {
        publish(table, table->next);
        table->next = NULL;
    }
    return 0;
}

int table_reserve(struct table *table, size_t n)
{
    struct table_array *active = active_of(table), *array;

    n = n > table->n ? n : table->n;
    if (active != NULL && array_slots(active) * 5 / 8 >= n)
        return 0;
    while (table->next != NULL)
        move(table, MOVE_GROUPS);
    if ((array = array_new(groups_for(n))) == NULL)
        return -TS_ENOMEM;
    if ((active = active_of(table)) == NULL) {
        publish(table, array);
        return 0;
    }
    table->next = array;
    table->moved = 0;
    move(table, active->mask + 1);
    return 0;
}

/* ---- all of it --------------------------------------------------------------------------------------------- */

void table_init(struct table *table, struct epoch *epoch)
{
    *table = (struct table){.epoch = epoch};
    atomic_init(&table->active, NULL);
}

void table_fini(struct table *table)
{
    struct table_array *active = active_of(table);

    if (active != NULL)
        array_free(NULL, active);
    if (table->next != NULL)
        array_free(NULL, table->next);
    table_init(table, table->epoch);
}

uint64_t table_get(const struct table *table, uint64_t key)
{
    const struct table_array *array = atomic_load_explicit(&table->active, memory_order_acquire);
    const struct slot *slot = array != NULL ? find(array, key) : NULL;

    return slot != NULL ? atomic_load_explicit(&slot->value, memory_order_acquire) : 0;
}

void table_expect(const struct table *table, uint64_t key)
{
    const struct table_array *array = atomic_load_explicit(&table->active, memory_order_acquire);

    if (array != NULL)
        __builtin_prefetch((const void *)&array->tags[hash_of(key) & array->mask]);
}

int table_set(struct table *table, uint64_t key, uint64_t value)
{
    struct table_array *active;

    if (value != 0 && make_room(table) != 0)
        return -TS_ENOMEM;
    if ((active = active_of(table)) == NULL)
        return 0;
    table->n = table->n - put(active, key, value) + (value != 0);
    if (table->next != NULL)
        put(table->next, key, value);
    return 0;
}

bool table_each(const struct table *table, bool (*fn)(void *ctx, uint64_t key, uint64_t value), void *ctx)
{
    const struct table_array *array = atomic_load_explicit(&table->active, memory_order_acquire);

    for (size_t group = 0; array != NULL && group <= array->mask; group++) {
        uint64_t word = atomic_load_explicit(&array->tags[group], memory_order_acquire);

        for (unsigned i = 0; i < GROUP && (word >> 8 * i & 0xFF) != 0; i++) {
            const struct slot *slot = &array->slots[group * GROUP + i];
            uint64_t value = atomic_load_explicit(&slot->value, memory_order_acquire);
            if (value != 0 && !fn(ctx, atomic_load_explicit(&slot->key, memory_order_relaxed), value))
                return false;
        }
    }
    return true;
}

size_t table_bytes(const struct table *table)
{
    const struct table_array *active = active_of(table);

    return (active != NULL ? active->bytes : 0) + (table->next != NULL ? table->next->bytes : 0);
}

size_t table_filter_bytes(const struct table *table)
{
    const struct table_array *active = active_of(table);

    return active != NULL ? (active->mask + 1) * sizeof(uint64_t) : 0;
}
