/* ids.h - numbers of things, in arrays. */
#ifndef TELSIEVE_CORE_IDS_H
#define TELSIEVE_CORE_IDS_H

#include <stddef.h>
#include <stdint.h>

/* Each once, ascending, in place; `ids` may be NULL when n is 0. Returns how many are left. */
size_t ids_unite(uint32_t *ids, size_t n);

#endif
