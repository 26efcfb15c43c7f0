/* harness.c - files, clock, memory, rounds. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROUND_NS 300e6 /* a slow matcher gets through a part of the texts, always the same first ones */
#define LEAST_TEXTS 50

static double cpu_ns(void)
{
    struct timespec at;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

static double resident_mib(void)
{
    FILE *in = fopen("/proc/self/statm", "r");
    long all, resident = 0;

    if (in == NULL || fscanf(in, "%ld %ld", &all, &resident) != 2)
        resident = 0;
    if (in != NULL)
        fclose(in);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

static int read_blobs(const char *path, struct blobs *out)
{
    FILE *in = fopen(path, "rb");
    uint32_t n;

    *out = (struct blobs){NULL, 0};
    while (in != NULL && fread(&n, sizeof(n), 1, in) == 1) {
        char *p = calloc(n + 64, 1);
        struct blob *grown = realloc(out->at, (out->n + 1) * sizeof(*grown));
        if (p == NULL || grown == NULL || fread(p, 1, n, in) != n)
            return -1;
        out->at = grown;
        out->at[out->n++] = (struct blob){p, n};
    }
    if (in != NULL)
        fclose(in);
    return out->n > 0 ? 0 : -1;
}

/* Which literals, over all texts. */
static int check(const struct matcher *matcher, void *built, const struct blobs *literals, const struct blobs *texts,
                 struct report *report)
{
    report->last = calloc(literals->n, sizeof(*report->last));
    if (report->last == NULL)
        return -1;
    for (size_t i = 0; i < texts->n; i++) {
        uint64_t before = report->hits;
        report->text = (uint32_t)i + 1;
        if (matcher->scan(built, texts->at[i], report) != 0)
            return -1;
        report->texts_hit += report->hits > before;
    }
    free(report->last);
    report->last = NULL;
    return 0;
}

static int run_round(const struct matcher *matcher, void *built, const struct blobs *texts)
{
    struct report report = {0};
    double start = cpu_ns(), took = 0, bytes = 0;
    size_t i = 0;

    for (; i < texts->n && (i % LEAST_TEXTS != 0 || took < ROUND_NS); i++) {
        if (matcher->scan(built, texts->at[i], &report) != 0)
            return -1;
        bytes += (double)texts->at[i].n;
        if (i % LEAST_TEXTS == LEAST_TEXTS - 1 || i == texts->n - 1)
            took = cpu_ns() - start;
    }
    printf("{\"ns_per_record\": %.2f, \"bytes_per_record\": %.2f}\n", took / (double)i, bytes / (double)i);
    return fflush(stdout);
}

int matcher_main(int argc, char **argv, const struct matcher *matcher)
{
    struct blobs literals, texts;
    struct report report = {0};
    double before = resident_mib(), start;
    char line[16];
    void *built;

    if (argc != 3 || read_blobs(argv[1], &literals) != 0 || read_blobs(argv[2], &texts) != 0) {
        fprintf(stderr, "usage: %s LITERALS TEXTS\n", argv[0]);
        return 2;
    }
    before = resident_mib();
    start = cpu_ns();
    built = matcher->build(&literals);
    if (built == NULL) {
        fprintf(stderr, "%s: the literals cannot be compiled\n", argv[0]);
        return 1;
    }
    printf("{\"version\": \"%s\", \"build_ms\": %.3f, ", matcher->version, (cpu_ns() - start) / 1e6);
    if (check(matcher, built, &literals, &texts, &report) != 0) {
        fprintf(stderr, "%s: a scan failed\n", argv[0]);
        return 1;
    }
    printf("\"memory_mib\": %.2f, \"hits\": %llu, \"pairs\": %llu, \"texts_hit\": %llu}\n", resident_mib() - before,
           (unsigned long long)report.hits, (unsigned long long)report.pairs, (unsigned long long)report.texts_hit);
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin) != NULL)
        if (run_round(matcher, built, &texts) != 0)
            return 1;
    return 0;
}
