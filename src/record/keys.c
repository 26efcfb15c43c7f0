/* keys.c - filling the table. Sealing tries multipliers until no two names share a slot, or keeps the best of many: a
 * look-up then compares once. */
#include "record/keys.h"

#define SEEDS 200

bool keys_add(struct keys *keys, struct str name, int target)
{
    struct key_name key = key_of(name.p, name.n);

    if (keys->n == KEYS_MAX)
        return false;
    for (size_t i = 0; i < keys->n; i++)
        if (keys->name[i].n == key.n && memcmp(keys->name[i].p, name.p, name.n) == 0)
            return false;
    key.target = target;
    keys->name[keys->n++] = key;
    return true;
}

/* Fill the slots with this seed; returns how many names stand behind another one. */
static size_t fill(struct keys *keys, uint64_t seed)
{
    size_t collisions = 0;

    keys->seed = seed;
    memset(keys->slot, 0, sizeof(keys->slot));
    for (size_t k = 0; k < keys->n; k++) {
        size_t i = key_slot(keys, &keys->name[k]);
        collisions += keys->slot[i] != 0;
        while (keys->slot[i] != 0)
            i = (i + 1) % KEYS_SLOTS;
        keys->slot[i] = (uint8_t)(k + 1);
    }
    return collisions;
}

void keys_seal(struct keys *keys)
{
    uint64_t seed = UINT64_C(0x9E3779B97F4A7C15), best = seed;
    size_t least = KEYS_MAX;

    for (int i = 0; i < SEEDS && least > 0; i++) {
        size_t collisions = fill(keys, seed);
        if (collisions < least) {
            least = collisions;
            best = seed;
        }
        seed = seed * UINT64_C(0x5851F42D4C957F2D) + 2; /* stays odd */
    }
    fill(keys, best);
}
