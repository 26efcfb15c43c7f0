/* depot_parts.h - what depot.c (in memory) and depot_folder.c (on disk) share. Private to them. */
#ifndef TELSIEVE_DAEMON_DEPOT_PARTS_H
#define TELSIEVE_DAEMON_DEPOT_PARTS_H

#include "daemon/depot.h"

/* The highest version ever accepted under a name. */
struct depot_highest {
    char name[DEPOT_NAME_BYTES], version[DEPOT_VERSION_BYTES];
    bool lost; /* the library of this version, not withdrawn by anyone */
};

struct depot {
    int fd; /* of the folder; -1: memory only */
    struct depot_item *items; /* by name */
    size_t n, cap;
    struct depot_highest *highest;
    size_t nhighest, highest_cap;
    char *kept; /* the index that was written last; NULL: none by this process */
};

/* Returns 0 or -TS_ENOMEM. */
int depot_raise_highest(struct depot *depot, const char *name, const char *version);

/* All that the folder holds; what is damaged is told. */
void depot_read_back(struct depot *depot, struct err *damage);

#endif
