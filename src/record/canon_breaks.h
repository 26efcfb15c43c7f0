/* canon_breaks.h - the state of the pass over a text (canon_text.c), and the runs of its map and the breaks that it
 * notes while canonical text is written. Private to canon_text.c; functions here are of its inner loop. */
#ifndef TELSIEVE_RECORD_CANON_BREAKS_H
#define TELSIEVE_RECORD_CANON_BREAKS_H

#include "core/err.h"
#include "record/canon.h"
#include "record/canon_piece.h"

#include <stdlib.h>

/* What vanished since the last byte was written: a bit for each class, how many clause separators, how many
 * characters that were there to hide. */
struct gap {
    uint32_t classes, separators, hidden;
};

struct folder {
    struct canon *canon;
    const struct folding *folding;
    const char *text;
    struct reader reader;
    char *start, *out;
    struct gap gap;
    bool new_run;  /* the last run of the map does not go on */
    bool left_han; /* the last character written that cannot vanish is Han */
    bool letters;  /* ASCII from 0x40 on was written */
    uint32_t traditional;
    int rc;
};

static __attribute__((noinline, cold)) bool grow_list(void **list, size_t *cap, size_t size)
{
    size_t more = *cap ? 2 * *cap : 64;
    void *grown;

    grown = realloc(*list, more * size);
    if (grown == NULL)
        return false;
    *list = grown;
    *cap = more;
    return true;
}

/* Room for one more of `size` bytes in *list; false when out of memory. */
static inline bool grow(void **list, size_t count, size_t *cap, size_t size)
{
    return count < *cap || grow_list(list, cap, size);
}

static inline uint32_t offset(const struct folder *f)
{
    return (uint32_t)(f->out - f->canon->buf);
}

static inline void add_run(struct folder *f, const char *from, const char *to, bool linear)
{
    struct canon *canon = f->canon;
    uint32_t at = offset(f);

    if (canon->nruns > 0 && canon->runs[canon->nruns - 1].canon == at)
        canon->nruns--;
    if (!grow((void **)&canon->runs, canon->nruns, &canon->runs_cap, sizeof(*canon->runs))) {
        f->rc = -TS_ENOMEM;
        return;
    }
    canon->runs[canon->nruns++] =
        (struct canon_run){at, (uint32_t)(from - f->text), (uint32_t)(to - f->text), linear};
}

static inline enum canon_break_kind gap_kind(const struct gap *gap)
{
    uint32_t classes = gap->classes & ~(1u << FOLD_IGNORED);

    if (classes == 0)
        return BREAK_IGNORED;
    if (classes != gap->classes || gap->separators > 1 || (classes & (1u << FOLD_SYMBOL | 1u << FOLD_DECOR)))
        return BREAK_SYMBOL;
    return (classes & (1u << FOLD_CLAUSE | 1u << FOLD_SPACE)) ? BREAK_CLAUSE : BREAK_QUOTE;
}

/* Turn what vanished into a break before the next byte. */
static inline void close_gap(struct folder *f)
{
    struct canon *canon = f->canon;

    if (f->gap.classes == 0)
        return;
    if (grow((void **)&canon->breaks, canon->nbreaks, &canon->breaks_cap, sizeof(*canon->breaks)))
        canon->breaks[canon->nbreaks++] =
            (struct canon_break){offset(f), (uint8_t)gap_kind(&f->gap),
                                 (f->gap.classes & (1u << FOLD_CLAUSE | 1u << FOLD_SPACE)) != 0};
    else
        f->rc = -TS_ENOMEM;
    canon->changed += f->gap.hidden;
    f->gap = (struct gap){0};
}

/* Before linear output that comes from `from`. */
static inline void begin_linear(struct folder *f, const char *from)
{
    if (!f->new_run)
        return;
    close_gap(f);
    add_run(f, from, from, true);
    f->new_run = false;
}

static inline void gap_add(struct gap *gap, const struct fold_entry *entry, uint8_t flags)
{
    gap->classes |= 1u << entry->cls;
    gap->separators += entry->cls == FOLD_CLAUSE;
    gap->hidden += (flags & FOLD_HIDES) != 0;
}

#endif
