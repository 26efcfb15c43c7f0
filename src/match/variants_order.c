/* variants_order.c - the lists of the file by a character, so that a word is held only against what can be in it. */
#include "match/variants_parts.h"

#include <stdlib.h>

static int compare_places(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static int add(struct variant_list *order, uint32_t cp, size_t item)
{
    uint64_t *added = variant_list_add(order, sizeof(*added));

    if (added == NULL)
        return -TS_ENOMEM;
    *added = (uint64_t)cp << 32 | item;
    return 0;
}

uint32_t variant_beginning(struct str text)
{
    return text.n >= 3 ? variant_char(text.p) : 0;
}

int variants_order(struct variants *variants)
{
    const struct variant_shape *shapes = variants->shapes.items;
    const struct variant_parts *parts = variants->parts.items;
    const struct variant_listed *listed = variants->listed.items;
    const struct str *plain = variants->plain.items;
    struct variant_list *orders = variants->orders;
    int rc = 0;

    for (size_t i = 0; i < variants->shapes.n && rc == 0; i++)
        rc = add(&orders[VARIANT_SHAPES], shapes[i].cp, i);
    for (size_t i = 0; i < variants->parts.n && rc == 0; i++)
        rc = add(&orders[VARIANT_PARTS], parts[i].cp, i);
    for (size_t i = 0; i < variants->listed.n && rc == 0; i++)
        rc = add(&orders[VARIANT_LISTED], variant_beginning(listed[i].to), i);
    for (size_t i = 0; i < variants->plain.n && rc == 0; i++)
        rc = add(&orders[VARIANT_PLAIN], variant_beginning(plain[i]), i);
    for (int i = 0; i < VARIANT_ORDERS; i++)
        if (orders[i].n > 1)
            qsort(orders[i].items, orders[i].n, sizeof(uint64_t), compare_places);
    return rc;
}

size_t variants_of(const struct variants *variants, enum variant_order which, uint32_t cp, size_t k)
{
    const struct variant_list *order = &variants->orders[which];
    const uint64_t *places = order->items;
    size_t low = 0, high = order->n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (places[middle] >> 32 < cp)
            low = middle + 1;
        else
            high = middle;
    }
    return low + k < order->n && places[low + k] >> 32 == cp ? (uint32_t)places[low + k] : VARIANT_NO_ITEM;
}
