/* fragment.h - one phrase to find, parsed: literals, gaps, alternatives, numbers; or a regular expression.
 *
 *   literal text      folded by canon_fold_phrase, so a library may write what an analyst reads
 *   ~  ~5             a gap of up to 12 (5) characters within a sentence; ~4[96110] when digits follow
 *   [a|b]  [请|]      alternatives (text only), the empty one makes it optional; no nesting
 *   #                 a number (digits, with . , and 万/千/百/十/元/% units; Chinese numerals count)
 *   re:…              PCRE syntax; ^ and $ are the field's ends
 *   {name}            any phrase of that set of the library, {shared.name} of the shared one; bound by library_link
 *   \x                the character x itself (for ~ [ ] | # { } \)
 *
 * Refused: what has no literal that is always there; one character alone; an anchor (see below) of one character,
 * except one Han character directly beside another required piece (扣[费|款]); a piece that folding shortens; a
 * regular expression that matches the empty text or any text, has an unbounded `.` or asks for upper case.
 *
 * Ownership: everything lives in the arena given to fragment_parse. Immutable afterwards. */
#ifndef TELSIEVE_MATCH_FRAGMENT_H
#define TELSIEVE_MATCH_FRAGMENT_H

#include "core/arena.h"
#include "core/err.h"
#include "core/str.h"
#include "record/canon.h"

#include <stdint.h>

#define FRAGMENT_GAP_DEFAULT 12
#define FRAGMENT_GAP_MAX 60
#define FRAGMENT_MAX_STEPS 10
#define FRAGMENT_MAX_ALTERNATIVES 64
#define FRAGMENT_MAX_NAMED 512 /* alternatives of a {name} */
#define FRAGMENT_MAX_BYTES 4096

enum fragment_kind { FRAGMENT_SEQUENCE, FRAGMENT_REGEX };

enum step_kind {
    STEP_ALTERNATIVES, /* one of alt[]; an empty alternative makes the step optional */
    STEP_NUMBER,       /* # */
};

struct step {
    enum step_kind kind;
    int gap;               /* -1: directly behind the step before; n ≥ 0: up to n characters between, in one sentence */
    const struct str *alt; /* canonical text */
    size_t nalt;
    bool optional;
    struct str set;        /* {name}; p NULL otherwise. alt is empty until library_link */
};

struct fragment {
    enum fragment_kind kind;
    struct str source;        /* as written */
    const struct step *steps; /* FRAGMENT_SEQUENCE */
    size_t nsteps;
    size_t anchor;            /* the step whose alternatives Hyperscan looks for: never optional; the one whose shortest
                               * alternative has two characters or more, and the most bytes */
    struct str regex;         /* FRAGMENT_REGEX, without "re:" */
    double weight;            /* 0 = the role's weight */
    bool dated;               /* it has a "since" or "until" */
    bool named;               /* some step names a set: of no use before library_link */
    unsigned line, col;
};

/* Parse `source` into *out. On an error returns -TS_ESYNTAX and writes a message without place to `why`. */
int fragment_parse(struct arena *arena, const struct folding *folding, struct str source, struct fragment *out,
                   char *why, size_t why_size);

/* Choose the anchor of a phrase whose named sets have become alternatives (fragment_parse does so for all others), and
 * refuse it when there is none. Returns 0 or -TS_ESYNTAX with a message in `why`. */
int fragment_finish(struct fragment *fragment, char *why, size_t why_size);

/* Do two phrases, linked, find the same? */
bool fragment_equal(const struct fragment *a, const struct fragment *b);

#endif
