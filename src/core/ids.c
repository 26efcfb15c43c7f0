/* ids.c - sorted, then the repeats are left out. */
#include "core/ids.h"

#include <stdlib.h>

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

size_t ids_unite(uint32_t *ids, size_t n)
{
    size_t kept = 0;

    if (n > 1)
        qsort(ids, n, sizeof(*ids), by_number);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || ids[kept - 1] != ids[i])
            ids[kept++] = ids[i];
    return kept;
}
