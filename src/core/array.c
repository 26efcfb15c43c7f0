/* array.c - twice as large each time. */
#include "core/array.h"

#include <stdint.h>
#include <stdlib.h>

#define CAP_FIRST 16

void *array_grow(void *array, size_t n, size_t *cap, size_t size)
{
    size_t more = *cap > 0 ? 2 * *cap : CAP_FIRST;
    void *grown;

    if (n < *cap)
        return array;
    if (more > SIZE_MAX / size || (grown = realloc(array, more * size)) == NULL)
        return NULL;
    *cap = more;
    return grown;
}
