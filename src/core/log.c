/* log.c - a line is built in one buffer and written by one write(2), so that lines of threads do not mix. */
#include "core/log.h"
#include "core/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one process-wide setting; written once before threads start. */
static _Atomic int log_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_level, (int)level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&log_level, memory_order_relaxed);
}

/* "<4>" for the journal, else local time with offset as in ISO 8601. */
static size_t write_head(char *out, size_t size, enum log_level level)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    static const int priorities[] = {7, 6, 4, 3}; /* syslog(3) */
    int64_t now_ms;
    time_t seconds;
    struct tm local;
    char time_text[40], zone[8];

    if (getenv("JOURNAL_STREAM") != NULL)
        return (size_t)snprintf(out, size, "<%d>level=%s", priorities[level], names[level]);
    now_ms = clock_wall_ms();
    seconds = (time_t)(now_ms / 1000);
    localtime_r(&seconds, &local);
    strftime(time_text, sizeof(time_text), "%Y-%m-%dT%H:%M:%S", &local);
    strftime(zone, sizeof(zone), "%z", &local);
    return (size_t)snprintf(out, size, "%s.%03d%.3s:%s level=%s", time_text, (int)(now_ms % 1000), zone, zone + 3,
                            names[level]);
}

void log_line(enum log_level level, const char *event, const char *fmt, ...)
{
    char line[2048];
    size_t n;
    int more;
    va_list args;

    if (!log_enabled(level))
        return;
    n = write_head(line, sizeof(line), level);
    n += (size_t)snprintf(line + n, sizeof(line) - n, " event=%s ", event);
    va_start(args, fmt);
    more = vsnprintf(line + n, sizeof(line) - n - 1, fmt, args);
    va_end(args);
    if (more < 0)
        return;
    n += (size_t)more;
    if (n > sizeof(line) - 2)
        n = sizeof(line) - 2;
    while (n > 0 && line[n - 1] == ' ')
        n--;
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0)
        return; /* nobody reads the log any more: nothing better to do */
}

const char *log_quote(const char *text, char *out, unsigned long size)
{
    unsigned long n = 0;

    out[n++] = '"';
    /* an escape takes up to 4 bytes, "…", the quote and NUL another 5 */
    for (; *text != '\0' && n + 9 <= size; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            out[n++] = '\\';
        if (c < 0x20 || c == 0x7F)
            n += (unsigned long)snprintf(out + n, size - n, "\\x%02x", c);
        else
            out[n++] = (char)c;
    }
    if (*text != '\0') {
        while (n > 1 && ((unsigned char)out[n - 1] & 0xC0) == 0x80)
            n--; /* do not leave half a character */
        if (n > 1 && (unsigned char)out[n - 1] >= 0xC0)
            n--;
        if (n + 5 <= size) {
            memcpy(out + n, "…", 3);
            n += 3;
        }
    }
    out[n++] = '"';
    out[n] = '\0';
    return out;
}

bool log_limit_pass(struct log_limit *limit, int64_t now_ms, uint64_t *left_out)
{
    if (limit->used == 0 || now_ms - limit->window_start_ms >= (int64_t)limit->period_ms) {
        limit->window_start_ms = now_ms;
        limit->used = 0;
    }
    if (limit->used >= limit->burst) {
        limit->left_out++;
        return false;
    }
    limit->used++;
    *left_out = limit->left_out;
    limit->left_out = 0;
    return true;
}
