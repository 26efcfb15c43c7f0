/* topic_reader.h - a control topic read by a command: to its end of now, and on for as long as it likes to listen. */
#ifndef TELSIEVE_CLI_TOPIC_READER_H
#define TELSIEVE_CLI_TOPIC_READER_H

#include "kafka/follower.h"

struct topic_reader;

/* `message` as in follower.h. NULL on problems (to err). */
struct topic_reader *topic_reader_new(const struct config *config, const char *topic,
                                      void (*message)(void *ctx, const struct follower_message *message), void *ctx,
                                      struct err *err);
void topic_reader_free(struct topic_reader **reader);

/* Read what is there. Returns 0, or -TS_EKAFKA (with err) when it cannot be read, or not by `deadline_mono_ms`. */
int topic_reader_catch_up(struct topic_reader *reader, int64_t deadline_mono_ms, struct err *err);

/* Hand on what comes, for at most `ms`. */
void topic_reader_listen(struct topic_reader *reader, int ms);

#endif
