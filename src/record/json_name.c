/* json_name.c - known names are filled in once per feed, unknown ones when they are first seen. The stamp is a hash of
 * all that is known: it tells for whom a name is unknown, also when a feed takes the place of another in memory. */
#include "record/json_name.h"

#include "record/record.h"

#include <xxhash.h>

/* Set what is to be compared; nothing will be equal when the name is too long for it. */
static void set_bytes(struct json_name *name, struct str text)
{
    memset(name->bytes, 0xFF, JSON_NAME_BYTES);
    name->count = UINT32_MAX;
    name->n = 0;
    if (text.n + 3 >= JSON_NAME_BYTES)
        return;
    name->n = (uint8_t)(text.n + 3);
    name->count = (UINT32_C(1) << name->n) - 1;
    name->bytes[0] = '"';
    memcpy(name->bytes + 1, text.p, text.n);
    memcpy(name->bytes + 1 + text.n, "\":", 2);
}

static void set_known(struct json_name *name, const struct key_name *key)
{
    bool nested = key->target >= KEYS_PARENT;

    set_bytes(name, (struct str){key->p, key->n});
    name->target = (uint8_t)(nested ? key->target - KEYS_PARENT : key->target);
    name->bit = nested ? 0 : FIELD_BIT(key->target);
    name->kind = nested                                              ? JSON_NAME_NESTED
                 : record_fields[key->target].type == FIELD_TYPE_STR ? JSON_NAME_STRING
                                                                     : JSON_NAME_NUMBER;
}

void json_names_fill(struct json_names *names, const struct keys *keys, unsigned level)
{
    names->stamp = level;
    for (size_t k = 0; k < keys->n; k++) {
        const struct key_name *key = &keys->name[k];
        names->stamp = XXH64(key->p, key->n, names->stamp ^ XXH64(&key->target, sizeof(key->target), 0));
    }
    for (size_t k = 0; k <= KEYS_MAX; k++) {
        names->name[k] = (struct json_name){.kind = JSON_NAME_UNKNOWN, .stamp = names->stamp};
        set_bytes(&names->name[k], (struct str){NULL, JSON_NAME_BYTES});
        if (k < keys->n)
            set_known(&names->name[k], &keys->name[k]);
    }
}

void json_name_learn(struct json_name *name, const struct json_names *names, struct str text)
{
    *name = (struct json_name){.kind = JSON_NAME_UNKNOWN, .stamp = names->stamp};
    set_bytes(name, text);
}
