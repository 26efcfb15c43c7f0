/* log.h - key=value lines on stderr, levels, rate limits. Never message text or a whole number (DESIGN 6.6).
 *
 * Line: `2026-11-22T09:00:00.123+08:00 level=warn event=delivery_failed topic=… msg="…"`; under systemd (JOURNAL_STREAM
 * set) the time is left out and "<4>" priorities are written. Threads: any; a line is one write(2). */
#ifndef TELSIEVE_CORE_LOG_H
#define TELSIEVE_CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* Process-wide level, set once at start before threads (default info). */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* Write `event=EVENT` followed by the formatted key=value pairs. Quote free text with log_quote or "%s" of words
 * that need none. */
void log_line(enum log_level level, const char *event, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)

/* Copy `text` into out (size ≥ 3) as a quoted value: quotes, backslashes and control characters escaped, cut with
 * "…" when it does not fit. Returns out. */
const char *log_quote(const char *text, char *out, unsigned long size);

/* A per-place rate limit: at most `burst` lines per `period_ms`; the first line after a silence tells how many were
 * left out. Belongs to one thread; zero-initialise with the two numbers. */
struct log_limit {
    uint32_t burst, period_ms;
    int64_t window_start_ms;
    uint32_t used;
    uint64_t left_out;
};
#define LOG_LIMIT(burst_, period_ms_) {.burst = (burst_), .period_ms = (period_ms_)}

/* True when a line may be written now (now_ms: a monotonic clock). *left_out = lines suppressed before it. */
bool log_limit_pass(struct log_limit *limit, int64_t now_ms, uint64_t *left_out);

#endif
