/* survey.h - inside kafka/: asks the cluster, on a thread of its own, what a topic looks like now; librdkafka can only
 * wait for such answers.
 *
 * Threads: one asks and takes; the thread inside only answers. One question at a time. */
#ifndef TELSIEVE_KAFKA_SURVEY_H
#define TELSIEVE_KAFKA_SURVEY_H

#include "kafka/client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct survey;

/* Of one partition: times that are asked for, in ms; -1: not asked. */
struct survey_times {
    int64_t first, second;
};

struct survey_partition {
    int64_t low, high;      /* offsets: the first there is, and the next to be written */
    int64_t first, second;  /* of the first message at or behind the time asked for; -1: there is none, or not asked */
};

struct survey_answer {
    int code; /* 0, or librdkafka's error, in words in `cause`; then there are no partitions */
    char cause[CLIENT_CAUSE];
    struct survey_partition *partitions;
    size_t n;
};

/* `fd` is an eventfd that becomes readable with an answer. NULL when memory or threads are out. */
struct survey *survey_new(struct rd_kafka_s *rk, const char *topic, int fd);
/* Waits for the answer under way: some seconds while brokers are silent. */
void survey_free(struct survey **survey);

/* Ask; `times` are copied, of the first n partitions. False when the last question has no answer yet, or memory is
 * out. */
bool survey_ask(struct survey *survey, const struct survey_times *times, size_t n);

/* The answer when there is one, once; free its partitions. */
bool survey_take(struct survey *survey, struct survey_answer *out);

#endif
