/* parcel.h - one delivery kept by the producer until it is acknowledged, and lists of them.
 *
 * Threads and ownership: as the producer that holds it. */
#ifndef TELSIEVE_KAFKA_PARCEL_H
#define TELSIEVE_KAFKA_PARCEL_H

#include "kafka/producer.h"

struct parcel {
    struct parcel *prev, *next;
    struct delivery delivery; /* its strings live behind the parcel */
    size_t bytes;             /* what it takes */
    int64_t sent_mono_ms;
    bool failed;              /* failed before, not acknowledged since */
    bool alone;               /* was in a batch that was too large: is sent with no other beside it */
};

struct parcel_list {
    struct parcel *first, *last;
    size_t n;
};

/* A copy of `delivery` with all its strings; NULL when memory is exhausted. Freed with free(). */
struct parcel *parcel_new(const struct delivery *delivery);

/* The same in its short form, which `parcel` has; as failed and as alone as that one, which stays the caller's.
 * NULL when memory is exhausted. */
struct parcel *parcel_shorten(const struct parcel *parcel);

void parcel_append(struct parcel_list *list, struct parcel *parcel);
void parcel_remove(struct parcel_list *list, struct parcel *parcel);
/* Put all of `from` behind what is in `to`. */
void parcel_move_all(struct parcel_list *to, struct parcel_list *from);
void parcel_free_all(struct parcel_list *list);

#endif
