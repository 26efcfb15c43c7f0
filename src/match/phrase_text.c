/* phrase_text.c - marks between fields, nothing else. */
#include "match/phrase_text.h"

#define READABLE 64 /* bytes behind a canonical buffer, canon.h */

void phrase_lay_out(struct canon *canon, enum canon_field field, size_t n)
{
    char *p = canon->buf;

    for (int f = 0; f < CANON_NFIELDS; f++) {
        *p++ = CANON_MARK(f);
        canon->start[f] = (uint32_t)(p - canon->buf);
        p += f == (int)field ? n : 0;
        canon->end[f] = (uint32_t)(p - canon->buf);
    }
    *p++ = CANON_MARK(CANON_NFIELDS);
    canon->len = (size_t)(p - canon->buf);
    memset(p, 0, READABLE);
}
