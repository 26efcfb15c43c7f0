/* keys.h - from a name in a payload to the field it means: a small hash table made once per feed.
 *
 * A name is known by its length and its first and last eight bytes, so the look-up is two loads and a multiplication
 * and an unknown name mostly ends at an empty slot. Threads: immutable once filled. */
#ifndef TELSIEVE_RECORD_KEYS_H
#define TELSIEVE_RECORD_KEYS_H

#include "core/str.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
    uint64_t seed;            /* odd; chosen by keys_seal so that the names do not collide */
    uint8_t slot[KEYS_SLOTS]; /* index of the name + 1, 0 = empty */
    struct key_name name[KEYS_MAX];
    size_t n;
};

/* A name as the table keeps it, to be looked up. */
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

static inline size_t key_slot(const struct keys *keys, const struct key_name *key)
{
    return (size_t)((key->head + (key->tail ^ key->n) * UINT64_C(0xD6E8FEB86659FD93)) * keys->seed >> 55);
}

/* The known name, or NULL. */
static inline const struct key_name *keys_find(const struct keys *keys, const struct key_name *key)
{
    for (size_t i = key_slot(keys, key); keys->slot[i] != 0; i = (i + 1) % KEYS_SLOTS) {
        const struct key_name *known = &keys->name[keys->slot[i] - 1];
        if (known->n == key->n && known->head == key->head && known->tail == key->tail &&
            (key->n <= 16 || memcmp(known->p, key->p, key->n) == 0))
            return known;
    }
    return NULL;
}

/* Whether the known name and a closing quote stand at p, where 17 bytes may be read. False for names over 16 bytes. */
static inline bool key_stands_at(const struct key_name *known, const char *p)
{
    uint64_t head, tail;

    memcpy(&head, p, 8);
    if (known->n < 8)
        return (head & ((UINT64_C(1) << (8 * known->n)) - 1)) == known->head && p[known->n] == '"';
    if (known->n > 16 || head != known->head)
        return false;
    memcpy(&tail, p + known->n - 8, 8);
    return tail == known->tail && p[known->n] == '"';
}

/* Add a name (borrowed) that means `target` (≥ 0). False when it is known already or KEYS_MAX are in. Not found before
 * keys_seal. */
bool keys_add(struct keys *keys, struct str name, int target);

/* No more names: build the table. */
void keys_seal(struct keys *keys);

#ifdef __cplusplus
}
#endif

#endif
