/* json_name.c - made once per feed. */
#include "record/json_name.h"

#include "record/record.h"

static void fill(struct json_name *name, const struct key_name *key)
{
    bool nested = key->target >= KEYS_PARENT;

    name->target = (uint8_t)(nested ? key->target - KEYS_PARENT : key->target);
    name->bit = nested ? 0 : FIELD_BIT(key->target);
    name->kind = nested                                              ? JSON_NAME_NESTED
                 : record_fields[key->target].type == FIELD_TYPE_STR ? JSON_NAME_STRING
                                                                     : JSON_NAME_NUMBER;
    if (key->n + 3 >= JSON_NAME_BYTES)
        return;
    name->n = (uint8_t)(key->n + 3);
    name->count = (UINT32_C(1) << name->n) - 1;
    name->bytes[0] = '"';
    memcpy(name->bytes + 1, key->p, key->n);
    memcpy(name->bytes + 1 + key->n, "\":", 2);
}

void json_names_fill(struct json_names *names, const struct keys *keys)
{
    for (size_t k = 0; k <= KEYS_MAX; k++) {
        names->name[k] = (struct json_name){.count = UINT32_MAX, .kind = JSON_NAME_UNKNOWN};
        memset(names->name[k].bytes, 0xFF, JSON_NAME_BYTES);
    }
    for (size_t k = 0; k < keys->n; k++)
        fill(&names->name[k], &keys->name[k]);
}
