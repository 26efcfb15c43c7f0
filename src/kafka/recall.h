/* recall.h - single messages of topics by their coordinates. No group is joined, nothing is committed.
 *
 * Threads: a recall belongs to one thread; recall_get waits for brokers, HISTORY_PATIENCE_MS at most. Asking in the
 * order of offsets is cheap. */
#ifndef TELSIEVE_KAFKA_RECALL_H
#define TELSIEVE_KAFKA_RECALL_H

#include "kafka/history.h"

struct recall;

/* NULL on problems (to err). Connects in the background. */
struct recall *recall_new(const struct config *config, struct err *err);
void recall_free(struct recall **recall);

/* The message at this place, lent until the next call (`out->topic` is 0). 1: it is there; 0: it is not, or not any
 * more; -TS_EKAFKA with err. */
int recall_get(struct recall *recall, const char *topic, int32_t partition, int64_t offset,
               struct history_message *out, struct err *err);

#endif
