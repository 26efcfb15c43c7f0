/* canon_rewrite.c - a replacement of the same length overwrites; any other moves what stands behind it. From the first
 * to the last, so that the places behind follow from those before. */
#include "record/canon_rewrite.h"

#include "core/utf8.h"

#include <stdlib.h>

#define SLACK_BYTES 64 /* readable behind the end, as canon.c leaves them */

const char *rewrite_kind_name(enum rewrite_kind kind)
{
    static const char *const names[] = {
#define X(id, name) name,
        REWRITE_KINDS(X)
#undef X
    };
    return names[kind];
}

/* Room for all replacements, each of which may be longer and may cut a run of the map in three. */
static int reserve(struct canon *canon, const struct canon_rewrite *rewrites, size_t n)
{
    size_t need = canon->len + SLACK_BYTES, runs = canon->nruns + 2 * n;

    for (size_t i = 0; i < n; i++)
        need += rewrites[i].to.n;
    if (need > canon->buf_cap) {
        char *grown = realloc(canon->buf, need);

        if (grown == NULL)
            return -TS_ENOMEM;
        canon->buf = grown;
        canon->buf_cap = need;
    }
    if (runs > canon->runs_cap) {
        struct canon_run *grown = realloc(canon->runs, runs * sizeof(*grown));

        if (grown == NULL)
            return -TS_ENOMEM;
        canon->runs = grown;
        canon->runs_cap = runs;
    }
    return 0;
}

/* The text [start, end) becomes one run from the original characters behind it; what is behind begins a run. */
static void cut_runs(struct canon *canon, uint32_t start, uint32_t end, uint32_t end_now)
{
    struct canon_run own = {.canon = start}, next = {0};
    size_t before = 0, behind;

    canon_to_original_bytes(canon, start, end, &own.orig, &own.orig_end);
    while (before < canon->nruns && canon->runs[before].canon < start)
        before++;
    for (behind = before; behind < canon->nruns && canon->runs[behind].canon <= end; behind++)
        ;
    if (behind > 0 && end < canon->end[CANON_TEXT]) { /* the run that `end` lies in */
        next = canon->runs[behind - 1];
        if (next.linear)
            next.orig = next.orig_end = next.orig + (end - next.canon);
        next.canon = end;
    }
    memmove(&canon->runs[before + 2], &canon->runs[behind], (canon->nruns - behind) * sizeof(*canon->runs));
    canon->runs[before] = own;
    canon->runs[before + 1] = next;
    canon->nruns = before + 2 + (canon->nruns - behind);
    if (next.canon == 0) /* nothing is behind */
        canon->nruns = before + 1;
    for (size_t i = before + 1; i < canon->nruns; i++)
        canon->runs[i].canon += end_now - end;
}

static void cut_breaks(struct canon *canon, uint32_t start, uint32_t end, uint32_t end_now)
{
    size_t kept = 0;

    for (size_t i = 0; i < canon->nbreaks; i++) {
        struct canon_break at = canon->breaks[i];

        if (at.at > start && at.at < end)
            continue;
        if (at.at >= end)
            at.at += end_now - end;
        canon->breaks[kept++] = at;
    }
    canon->nbreaks = kept;
}

static void move(uint32_t *at, uint32_t end, uint32_t end_now)
{
    if (*at >= end)
        *at += end_now - end;
}

static void replace(struct canon *canon, struct canon_rewrite *rewrite)
{
    uint32_t start = rewrite->start, end = rewrite->end, end_now = start + (uint32_t)rewrite->to.n;
    struct str old = {canon->buf + start, end - start};

    if (end_now != end) {
        canon->chars += (uint32_t)utf8_count(rewrite->to) - (uint32_t)utf8_count(old);
        cut_runs(canon, start, end, end_now);
        cut_breaks(canon, start, end, end_now);
        memmove(canon->buf + end_now, canon->buf + end, canon->len - end);
        canon->len = canon->len - end + end_now;
        move(&canon->body, end, end_now);
        move(&canon->body_end, end, end_now);
        move(&canon->end[CANON_TEXT], end, end_now);
    }
    memcpy(canon->buf + start, rewrite->to.p, rewrite->to.n);
    rewrite->end = end_now;
}

int canon_rewrite(struct canon *canon, struct canon_rewrite *rewrites, size_t n)
{
    int rc = reserve(canon, rewrites, n);
    uint32_t moved = 0;

    for (size_t i = 0; i < n && rc == 0; i++) {
        uint32_t length = rewrites[i].end - rewrites[i].start;

        rewrites[i].start += moved;
        rewrites[i].end += moved;
        replace(canon, &rewrites[i]);
        moved += (uint32_t)rewrites[i].to.n - length;
    }
    return rc;
}
