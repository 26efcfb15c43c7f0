/* canon_piece.h - reads a text piece by piece, private to canon: each character with what the table makes of it. */
#ifndef TELSIEVE_RECORD_CANON_PIECE_H
#define TELSIEVE_RECORD_CANON_PIECE_H

#include "record/folding.h"

#include <assert.h>

/* What has been read of the text. */
struct reader {
    const char *in, *end;
    const char *part, *part_end; /* what is left of a character that fell apart; NULL = none */
    const char *behind;          /* the character after that one */
};

/* What one character, or one part of a character that falls apart, becomes. */
struct piece {
    const struct fold_entry *entry; /* its kind */
    const char *p;                  /* what to write */
    uint32_t n;
    uint8_t flags;                  /* FOLD_HIDES, FOLD_TRADITIONAL of the character it came from */
    bool linear;                    /* one character, as long as the original */
    const char *from, *to;          /* the original character */
};

static inline size_t decode(const char *text, const char *end, uint32_t *cp)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

    assert(n <= (size_t)(end - text)); /* the text is well-formed: canon.h */
    if (n == 3)
        *cp = (p[0] & 0xFu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    else if (n == 1)
        *cp = p[0];
    else if (n == 2)
        *cp = (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    else
        *cp = (p[0] & 0x7u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    return n;
}

static inline void read_part(const struct folding *folding, struct reader *r, struct piece *piece)
{
    uint32_t cp;
    size_t n = decode(r->part, r->part_end, &cp);

    piece->entry = folding_entry(folding, cp);
    piece->p = r->part;
    piece->n = (uint32_t)n;
    piece->linear = false;
    piece->from = r->in;
    piece->to = r->behind;
    r->part += n;
    if (r->part == r->part_end) {
        r->part = NULL;
        r->in = r->behind;
    }
}

static inline void read_piece(const struct folding *folding, struct reader *r, struct piece *piece)
{
    const struct fold_entry *entry;
    uint32_t cp;
    size_t n;

    piece->flags = 0;
    if (r->part != NULL) {
        read_part(folding, r, piece);
        return;
    }
    n = decode(r->in, r->end, &cp);
    entry = folding_entry(folding, cp);
    piece->flags = entry->flags & (FOLD_HIDES | FOLD_TRADITIONAL);
    if (entry->cls == FOLD_MIXED) {
        r->part = entry->out;
        r->part_end = entry->out + entry->len;
        r->behind = r->in + n;
        read_part(folding, r, piece);
        return;
    }
    piece->entry = entry;
    piece->from = r->in;
    piece->to = r->in + n;
    if (entry->flags & FOLD_COPY) {
        piece->p = r->in;
        piece->n = (uint32_t)n;
        piece->linear = true;
    } else {
        piece->p = entry->out;
        piece->n = entry->len;
        piece->linear = (entry->flags & FOLD_ONE) && entry->len == n;
    }
    r->in += n;
}

static inline bool at_end(const struct reader *r)
{
    return r->in == r->end;
}

#endif
