/* harness.h - a matcher as a program: literals and texts from files, one round for every line on stdin.
 *
 *     PROGRAM LITERALS TEXTS
 *
 * Prints one JSON object when it is ready, {"version", "build_ms", "memory_mib", "hits", "pairs", "texts_hit"}, then
 * {"ns_per_record", "bytes_per_record"} a round. Times are CPU time of the process. */
#ifndef TELSIEVE_BENCH_MATCHERS_HARNESS_H
#define TELSIEVE_BENCH_MATCHERS_HARNESS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct blob {
    const char *p; /* 64 readable bytes behind */
    size_t n;
};

struct blobs {
    struct blob *at;
    size_t n;
};

/* What a matcher found. In rounds only hits are counted; before them also which literals. */
struct report {
    uint64_t hits;      /* all that it reported */
    uint64_t pairs;     /* different literals, summed over the texts */
    uint64_t texts_hit; /* texts with any */
    uint32_t *last;     /* per literal: the last text it was in, from 1; NULL: not asked */
    uint32_t text;
};

static inline void report_hit(struct report *report, uint32_t literal)
{
    report->hits++;
    if (report->last == NULL || report->last[literal] == report->text)
        return;
    report->last[literal] = report->text;
    report->pairs++;
}

struct matcher {
    const char *version;
    void *(*build)(const struct blobs *literals); /* NULL: it cannot */
    int (*scan)(void *built, struct blob text, struct report *report); /* 0 or not */
};

/* The whole program; returns its exit code. */
int matcher_main(int argc, char **argv, const struct matcher *matcher);

#ifdef __cplusplus
}
#endif

#endif
