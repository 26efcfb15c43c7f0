/* canon_rewrite.h - puts words into canonical text in place of what was written for them; the map to the original and
 * the breaks stay true. */
#ifndef TELSIEVE_RECORD_CANON_REWRITE_H
#define TELSIEVE_RECORD_CANON_REWRITE_H

#include "record/canon.h"

/* How a word was written. */
#define REWRITE_KINDS(X)                              \
    X(SOUND, "sound")       /* characters of the same sound */      \
    X(SHAPE, "shape")       /* a character that looks alike */      \
    X(SPLIT, "split")       /* a character as its parts */          \
    X(WORD, "word")         /* listed as a whole */                 \
    X(PINYIN, "pinyin")     /* all its syllables */                 \
    X(INITIALS, "initials") /* an abbreviation, listed as a whole */

enum rewrite_kind {
#define X(id, name) REWRITE_##id,
    REWRITE_KINDS(X)
#undef X
};
const char *rewrite_kind_name(enum rewrite_kind kind);

/* One replacement in the text field. Before canon_rewrite [start, end) is what it replaces, then where it stands. */
struct canon_rewrite {
    uint32_t start, end; /* bytes of canon.buf, character boundaries */
    struct str to;       /* canonical text, not empty */
    uint8_t kind;        /* enum rewrite_kind */
    uint8_t changed;     /* characters written so as to hide */
    bool used;           /* a phrase was found over it: the caller's business */
};

/* Make the replacements, which ascend and do not overlap. Breaks inside one that changes its length are forgotten; its
 * characters then all come from the same original ones. Returns 0 or -TS_ENOMEM (canon is then as it was). */
int canon_rewrite(struct canon *canon, struct canon_rewrite *rewrites, size_t n);

#endif
