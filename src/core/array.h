/* array.h - arrays that grow by one at a time. */
#ifndef TELSIEVE_CORE_ARRAY_H
#define TELSIEVE_CORE_ARRAY_H

#include <stddef.h>

/* Room for one more item of `size` bytes behind the n that there are, of *cap at most: the array, wherever it stands
 * now. NULL when out of memory: then it is as it was. `array` may be NULL, with *cap 0; free() it in the end. */
void *array_grow(void *array, size_t n, size_t *cap, size_t size);

#endif
