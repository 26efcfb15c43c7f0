/* canon_map.c - between canonical and original places of the text, and what stood inside a piece; by binary search. */
#include "record/canon.h"

#include "core/utf8.h"

/* The run that canonical byte `at` lies in: the last that begins at or before it. NULL when there is none. */
static const struct canon_run *run_at(const struct canon *canon, uint32_t at)
{
    size_t low = 0, high = canon->nruns;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (canon->runs[middle].canon <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &canon->runs[low - 1] : NULL;
}

void canon_to_original_bytes(const struct canon *canon, uint32_t from, uint32_t to, uint32_t *byte_start,
                             uint32_t *byte_end)
{
    const struct canon_run *first = run_at(canon, from);
    const struct canon_run *last = to > from ? run_at(canon, to - 1) : first;

    if (first == NULL || from >= canon->end[CANON_TEXT]) {
        *byte_start = *byte_end = first == NULL ? 0 : (uint32_t)canon->text.n;
        return;
    }
    *byte_start = first->linear ? first->orig + (from - first->canon) : first->orig;
    if (to <= from)
        *byte_end = *byte_start;
    else
        *byte_end = last->linear ? last->orig + (to - last->canon) : last->orig_end;
}

void canon_to_original(const struct canon *canon, uint32_t from, uint32_t to, uint32_t *char_start,
                       uint32_t *char_end)
{
    uint32_t start, end;

    canon_to_original_bytes(canon, from, to, &start, &end);
    if (canon->text.n == 0) {
        *char_start = *char_end = 0;
        return;
    }
    *char_start = (uint32_t)utf8_count((struct str){canon->text.p, start});
    *char_end = *char_start + (uint32_t)utf8_count((struct str){canon->text.p + start, end - start});
}

uint32_t canon_from_original(const struct canon *canon, uint32_t byte)
{
    size_t low = 0, high = canon->nruns;
    uint32_t end = canon->end[CANON_TEXT], next, at;
    const struct canon_run *run;

    /* The last run that begins at or before `byte`; low becomes the index of the one behind it. */
    while (low < high) {
        size_t middle = (low + high) / 2;

        if (canon->runs[middle].orig <= byte)
            low = middle + 1;
        else
            high = middle;
    }
    next = low < canon->nruns ? canon->runs[low].canon : end;
    if (low == 0)
        return canon->nruns > 0 ? next : end;
    run = &canon->runs[low - 1];
    if (!run->linear) {
        if (byte >= run->orig_end)
            return next;
        while (run > canon->runs && run[-1].orig == run->orig)
            run--;
        return run->canon;
    }
    at = run->canon + (byte - run->orig);
    if (at >= next)
        return next;
    while (((unsigned char)canon->buf[at] & 0xC0) == 0x80)
        at--;
    return at;
}

size_t canon_break_behind(const struct canon *canon, uint32_t at)
{
    size_t low = 0, high = canon->nbreaks;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (canon->breaks[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

enum canon_broken canon_broken(const struct canon *canon, uint32_t from, uint32_t to)
{
    size_t clauses = 0, quotes = 0;

    for (size_t i = canon_break_behind(canon, from); i < canon->nbreaks && canon->breaks[i].at < to; i++) {
        switch ((enum canon_break_kind)canon->breaks[i].kind) {
        case BREAK_SYMBOL:
        case BREAK_IGNORED: return BROKEN_DISGUISED;
        case BREAK_CLAUSE: clauses++; break;
        case BREAK_QUOTE: quotes++; break;
        }
    }
    if (clauses > 1 || quotes > 2)
        return BROKEN_DISGUISED;
    return clauses == 1 ? BROKEN_APART : BROKEN_NOT;
}

/* It holds two clause separators or three quotation marks, and a byte before the first and behind the last. */
uint32_t canon_shortest_disguised(const struct canon *canon)
{
    uint32_t shortest = UINT32_MAX, clause = 0, quotes[2] = {0};
    size_t nclauses = 0, nquotes = 0;

    for (size_t i = 0; i < canon->nbreaks; i++) {
        uint32_t at = canon->breaks[i].at, bytes = UINT32_MAX;

        switch ((enum canon_break_kind)canon->breaks[i].kind) {
        case BREAK_SYMBOL:
        case BREAK_IGNORED: return 2;
        case BREAK_CLAUSE:
            bytes = nclauses++ > 0 ? at - clause + 2 : UINT32_MAX;
            clause = at;
            break;
        case BREAK_QUOTE:
            bytes = nquotes > 1 ? at - quotes[nquotes % 2] + 2 : UINT32_MAX;
            quotes[nquotes++ % 2] = at;
            break;
        }
        shortest = bytes < shortest ? bytes : shortest;
    }
    return shortest;
}
