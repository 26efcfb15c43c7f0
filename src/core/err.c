/* err.c - the list of problems is one growing text; running out of memory only loses lines, never the count. */
#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ts_strerror(int code)
{
    switch (code < 0 ? -code : code) {
    case 0: return "success";
#define X(name, value, text)                                                                                  \
    case value: return text;
        TS_ERRORS(X)
#undef X
    default: return "unknown error";
    }
}

void err_init(struct err *err)
{
    *err = (struct err){0};
}

void err_fini(struct err *err)
{
    free(err->text);
    *err = (struct err){0};
}

static void append(struct err *err, const char *p, size_t n)
{
    if (err->n + n + 1 > err->cap) {
        size_t cap = (err->n + n + 1) * 2;
        char *text = realloc(err->text, cap);
        if (text == NULL)
            return;
        err->text = text;
        err->cap = cap;
    }
    memcpy(err->text + err->n, p, n);
    err->n += n;
    err->text[err->n] = '\0';
}

__attribute__((format(printf, 3, 0))) static void append_line(struct err *err, const char *place, const char *fmt,
                                                                va_list args)
{
    char line[1024];
    int n;

    err->count++;
    if (err->count > ERR_MAX_PROBLEMS) {
        err->suppressed++;
        return;
    }
    n = vsnprintf(line, sizeof(line), fmt, args);
    if (n < 0)
        return;
    append(err, place, strlen(place));
    if (err->kind != NULL)
        append(err, err->kind, strlen(err->kind));
    append(err, line, (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1);
    append(err, "\n", 1);
}

void err_add(struct err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    append_line(err, "", fmt, args);
    va_end(args);
}

void err_at(struct err *err, const char *file, unsigned line, unsigned col, const char *fmt, ...)
{
    char place[512];
    va_list args;

    if (line > 0)
        snprintf(place, sizeof(place), "%.400s:%u:%u: ", file, line, col);
    else
        snprintf(place, sizeof(place), "%.400s: ", file);
    va_start(args, fmt);
    append_line(err, place, fmt, args);
    va_end(args);
}

void err_append(struct err *err, const struct err *other)
{
    for (const char *p = other->text, *end; p != NULL && (end = strchr(p, '\n')) != NULL; p = end + 1)
        err_add(err, "%.*s", (int)(end - p), p);
    err->count += other->suppressed;
    err->suppressed += other->suppressed;
}

#define NAME_MAX_BYTES 63

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edit distance of two short names, two swapped neighbours counting once; names beyond NAME_MAX_BYTES never match. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[3][NAME_MAX_BYTES + 1];
    size_t na = strlen(a), nb = strlen(b);

    if (na > NAME_MAX_BYTES || nb > NAME_MAX_BYTES)
        return NAME_MAX_BYTES + 1;
    for (size_t j = 0; j <= nb; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= na; i++) {
        size_t *now = row[i % 3], *before = row[(i - 1) % 3], *two_before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            now[j] = least(before[j - 1] + (a[i - 1] != b[j - 1]), least(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], two_before[j - 2] + 1);
        }
    }
    return row[na % 3][nb];
}

const char *err_nearest(const char *name, const char *const *names)
{
    const char *best = NULL;
    size_t best_distance = NAME_MAX_BYTES + 1;

    for (; *names != NULL; names++) {
        size_t distance = edit_distance(name, *names);
        size_t longer = strlen(name) > strlen(*names) ? strlen(name) : strlen(*names);
        if (distance < best_distance && distance * 3 <= longer + 1) {
            best_distance = distance;
            best = *names;
        }
    }
    return best;
}

const char *err_hint(const char *name, const char *const *names, char out[ERR_HINT_BYTES])
{
    const char *nearest = err_nearest(name, names);

    out[0] = '\0';
    if (nearest != NULL)
        snprintf(out, ERR_HINT_BYTES, " (did you mean \"%s\"?)", nearest);
    return out;
}
