/* fed_set.c - an array of copies with a count of references. */
#include "daemon/fed_set.h"
#include "core/err.h"

#include <stdatomic.h>
#include <stdlib.h>

struct fed_set *fed_set_new(size_t room)
{
    struct fed_set *set = calloc(1, sizeof(*set));

    if (set == NULL || (set->items = calloc(room + 1, sizeof(*set->items))) == NULL) {
        free(set);
        return NULL;
    }
    atomic_init(&set->references, 1);
    return set;
}

int fed_set_add(struct fed_set *set, const char *name, struct str text, const char *place, bool changed)
{
    struct fed_item *item = &set->items[set->n++];
    char *copy = text.p != NULL ? malloc(text.n + 1) : NULL;

    *item = (struct fed_item){strdup(name), {copy, text.n}, strdup(place), changed};
    if (item->name == NULL || item->place == NULL || (text.p != NULL && copy == NULL))
        return -TS_ENOMEM;
    if (copy != NULL) {
        memcpy(copy, text.p, text.n);
        copy[text.n] = '\0';
    }
    return 0;
}

struct fed_set *fed_set_ref(struct fed_set *set)
{
    atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
    return set;
}

void fed_set_unref(struct fed_set **set)
{
    struct fed_set *old = *set;

    *set = NULL;
    if (old == NULL || atomic_fetch_sub_explicit(&old->references, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < old->n; i++) {
        free(old->items[i].name);
        free((char *)old->items[i].text.p);
        free(old->items[i].place);
    }
    free(old->items);
    free(old);
}

const struct fed_item *fed_set_find(const struct fed_set *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (strcmp(set->items[i].name, name) == 0)
            return &set->items[i];
    return NULL;
}
