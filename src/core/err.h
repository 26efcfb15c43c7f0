/* err.h - error codes, and the list of problems that loading something can have.
 *
 * A fallible function returns 0 or -TS_E…; functions that load what a person wrote (configuration, libraries,
 * tables) also take a `struct err` and add one line per problem, so that all of them are seen at once.
 * Threads: a struct err belongs to one thread at a time. */
#ifndef TELSIEVE_CORE_ERR_H
#define TELSIEVE_CORE_ERR_H

#include <stddef.h>

#define TS_ERRORS(X)                                                  \
    X(TS_EINVAL, 1, "invalid value")                                  \
    X(TS_ENOMEM, 2, "out of memory")                                  \
    X(TS_EIO, 3, "input/output error")                                \
    X(TS_ESYNTAX, 4, "syntax error")                                  \
    X(TS_ELIMIT, 5, "over a limit")                                   \
    X(TS_EBUSY, 6, "busy")                                            \
    X(TS_ENOENT, 7, "not found")                                      \
    X(TS_EKAFKA, 8, "Kafka error")                                    \
    X(TS_EFATAL, 9, "fatal Kafka error")                              \
    X(TS_EENGINE, 10, "pattern engine error")                         \
    X(TS_EMISMATCH, 11, "pattern engine and reference matcher differ")

enum ts_error {
#define X(name, value, text) name = value,
    TS_ERRORS(X)
#undef X
};

/* English text of a code, given as -TS_E… or TS_E…; never NULL. */
const char *ts_strerror(int code);

/* Problems found so far, one per line, each "file:line:col: what is wrong, what would be right\n". */
struct err {
    char *text;   /* NUL-terminated once count > 0; NULL before */
    size_t n;     /* bytes of text without the NUL */
    size_t cap;
    unsigned count;
    unsigned suppressed; /* problems beyond ERR_MAX_PROBLEMS, counted only */
    const char *kind;    /* behind the place of every problem: "warning: "; NULL: nothing. Set after err_init */
};

#define ERR_MAX_PROBLEMS 100

void err_init(struct err *err);
void err_fini(struct err *err);

/* Add a problem without a place. */
void err_add(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Add a problem at file:line:col (1-based; col counts characters; line 0 leaves line and column out). */
void err_at(struct err *err, const char *file, unsigned line, unsigned col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* Add the problems of another list as they are. */
void err_append(struct err *err, const struct err *other);

/* The nearest of `names` (NULL-terminated) to `name` by edit distance, or NULL when none is near enough
 * (distance above a third of the longer name). For "did you mean …?". */
const char *err_nearest(const char *name, const char *const *names);

/* The same as ` (did you mean "…"?)`, in `out`, which it returns; "" when none is near enough. */
#define ERR_HINT_BYTES 160
const char *err_hint(const char *name, const char *const *names, char out[ERR_HINT_BYTES]);

#endif
