/* prefetch.h - keeps librdkafka fetching while its local queue is short.
 *
 * Before 2.2.0 a broker's thread that found the queue full (queued.min.messages, queued.max.messages.kbytes) looks
 * again only when something wakes it, else after a second: a fast reader then stands still for most of that second,
 * unless the queue holds a second's worth of records. A request to the broker wakes it: as the queue falls below half
 * of its limit, a thread of our own asks for the newest offset of each assigned partition, and drops the answer.
 * From 2.2.0 on fetch.queue.backoff.ms does the same, and there is nothing of this.
 *
 * Threads: all functions belong to the worker's thread. All take NULL and then do nothing. */
#ifndef TELSIEVE_KAFKA_PREFETCH_H
#define TELSIEVE_KAFKA_PREFETCH_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

struct rd_kafka_s;
struct rd_kafka_topic_partition_list_s;
struct prefetch;

/* Does this librdkafka need it? */
bool prefetch_needed(void);

/* For a consumer, which outlives it. NULL when memory is exhausted or no thread can be made. */
struct prefetch *prefetch_new(struct rd_kafka_s *rk);
/* Waits for a request on its way, for a second at most. */
void prefetch_free(struct prefetch **prefetch);

/* The partitions assigned now; takes the list over. */
void prefetch_assign(struct prefetch *prefetch, struct rd_kafka_topic_partition_list_s *list);

/* Call for each message read, with the size of its payload. */
void prefetch_note(struct prefetch *prefetch, size_t bytes);

/* Call when there was no message. */
void prefetch_dry(struct prefetch *prefetch);

#endif
