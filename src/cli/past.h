/* past.h - what commands that read topics of the past share: times and partitions as people write them, and what of
 * these times is not there any more. */
#ifndef TELSIEVE_CLI_PAST_H
#define TELSIEVE_CLI_PAST_H

#include "cli/command.h"
#include "kafka/history.h"

#include <jansson.h>
#include <stdio.h>

/* A moment as milliseconds since the epoch: "2026-11-22", "2026-11-22T09:00", "…:30", "…:30.250", each with a zone
 * ("Z", "+08:00") or in Asia/Shanghai; "-90s", "-15m", "-2h", "-7d" before now_ms; "now"; milliseconds since the epoch,
 * or 14 digits. False when it is none. */
bool past_time_read(const char *text, int64_t now_ms, int64_t *out_ms);

/* The same as the value of the option just found; false after an error message. */
bool past_time_option(struct args *args, int64_t now_ms, int64_t *out_ms);

/* "2026-11-22T09:00:00.250+08:00". Returns `out`. */
#define PAST_TIME_BYTES 48
const char *past_time_write(int64_t ms, char out[PAST_TIME_BYTES]);

/* "0,3-5": malloc'ed. NULL when it is no such list. */
struct history_range *past_ranges_read(const char *text, size_t *n);

/* A note for each partition whose beginning is deleted. */
void past_print_cut(const struct history_partition *partitions, size_t n, const char *const *topics, FILE *out);

/* What was read, as an array. */
json_t *past_partitions_json(const struct history_partition *partitions, size_t n, const char *const *topics);

#endif
