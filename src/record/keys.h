/* keys.h - from a name in a payload to the field it means: a small hash table made once per feed.
 *
 * A name is known by its length and its first and last eight bytes, so the look-up is two loads and a multiplication
 * and an unknown name mostly ends at an empty slot. Threads: immutable once filled. */
#ifndef TELSIEVE_RECORD_KEYS_H
#define TELSIEVE_RECORD_KEYS_H

#include "core/str.h"

#include <stdint.h>

#define KEYS_MAX 64
#define KEYS_SLOTS 512
#define KEYS_PARENT 64 /* targets from here on are nested objects, below it fields */

struct key_name {
    uint64_t head, tail; /* first and last eight bytes; a shorter name padded with zeros, the same in both */
    const char *p;       /* borrowed from whoever filled the table */
    uint32_t n;
    int target;
};

struct keys {
    uint8_t slot[KEYS_SLOTS]; /* index of the name + 1, 0 = empty */
    struct key_name name[KEYS_MAX];
    size_t n;
};

static inline struct key_name key_of(const char *p, size_t n)
{
    struct key_name key;

    key.head = 0;
    key.p = p;
    key.n = (uint32_t)n;
    key.target = -1;
    if (n >= 8) {
        memcpy(&key.head, p, 8);
        memcpy(&key.tail, p + n - 8, 8);
        return key;
    }
    for (size_t i = n; i > 0; i--)
        key.head = key.head << 8 | (unsigned char)p[i - 1];
    key.tail = key.head;
    return key;
}

/* The same where eight bytes may be read at p whatever the name's length. */
static inline struct key_name key_of_padded(const char *p, size_t n)
{
    struct key_name key;

    key.p = p;
    key.n = (uint32_t)n;
    key.target = -1;
    memcpy(&key.head, p, 8);
    if (n >= 8) {
        memcpy(&key.tail, p + n - 8, 8);
    } else {
        key.head &= (UINT64_C(1) << (8 * n)) - 1;
        key.tail = key.head;
    }
    return key;
}

static inline size_t key_slot(const struct key_name *key)
{
    uint64_t mixed = (key->head + (key->tail ^ key->n) * UINT64_C(0xD6E8FEB86659FD93)) * UINT64_C(0x9E3779B97F4A7C15);

    return (size_t)(mixed >> 55);
}

/* The target of the name, or -1. */
static inline int keys_find(const struct keys *keys, const struct key_name *key)
{
    for (size_t i = key_slot(key); keys->slot[i] != 0; i = (i + 1) % KEYS_SLOTS) {
        const struct key_name *known = &keys->name[keys->slot[i] - 1];
        if (known->n == key->n && known->head == key->head && known->tail == key->tail &&
            (key->n <= 16 || memcmp(known->p, key->p, key->n) == 0))
            return known->target;
    }
    return -1;
}

/* Add a name (borrowed) that means `target` (≥ 0). False when it is known already or KEYS_MAX are in. */
static inline bool keys_add(struct keys *keys, struct str name, int target)
{
    struct key_name key = key_of(name.p, name.n);
    size_t i = key_slot(&key);

    if (keys->n == KEYS_MAX || keys_find(keys, &key) >= 0)
        return false;
    while (keys->slot[i] != 0)
        i = (i + 1) % KEYS_SLOTS;
    key.target = target;
    keys->name[keys->n++] = key;
    keys->slot[i] = (uint8_t)keys->n;
    return true;
}

#endif
