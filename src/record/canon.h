/* canon.h - canonical text: what is compared, whatever disguise the text came in (DOMAIN.md 3.3).
 *
 * A record becomes one buffer with five fields between control bytes, so that one scan sees them all:
 *     \x01 caller \x02 callee \x03 signature \x04 text \x05
 * Control bytes and ill-formed UTF-8 of the input never reach it: control bytes are white space. Punctuation,
 * symbols and spaces between two Han characters are dropped and remembered as breaks, as are decorative symbols
 * (★, emoji) beside one Han character and, everywhere, what nobody sees; sentence ends (。!?;) and everything
 * else between Latin letters and digits stay. The canonical text is at most four times as long as the original,
 * and folding it again changes nothing. The map back to the original is a list of runs, exact to the character.
 *
 * Threads: struct folding is immutable and shared; struct canon belongs to one worker and is reused. */
#ifndef TELSIEVE_RECORD_CANON_H
#define TELSIEVE_RECORD_CANON_H

#include "core/err.h"
#include "core/str.h"

#include <stdint.h>

enum canon_field { CANON_CALLER, CANON_CALLEE, CANON_SIGNATURE, CANON_TEXT, CANON_NFIELDS };

#define CANON_MARK(field) ((char)(1 + (field))) /* the byte before a field; the byte after is CANON_MARK(field + 1) */

/* The project's own folding (patterns/folding.json): letters, homophones, words, digit context. */
struct folding;
struct folding *folding_load(const char *file, struct err *err); /* NULL on problems */

/* Is an ASCII digit as good as any other to it, but where letters may stand for digits (canon_may_read_digits)? */
bool folding_digits_alike(const struct folding *folding);
void folding_free(struct folding **folding);
void folding_digest(const struct folding *folding, unsigned char out[32]); /* SHA-256 of the file */

/* Where something was dropped: between the canonical byte at-1 and at. */
enum canon_break_kind {
    BREAK_CLAUSE,   /* white space and at most one of , 、 : (quotation marks may stand beside it): ordinary writing,
                       unless it is a space inside a word (match/spaced.h) */
    BREAK_SYMBOL,   /* a symbol, or several separators: a disguise when it splits a phrase */
    BREAK_IGNORED,  /* only characters that nobody sees: zero-width, combining marks: always a disguise */
    BREAK_QUOTE,    /* only quotation marks or brackets: ordinary writing, unless they are many */
};

struct canon_break {
    uint32_t at;   /* canonical byte offset (in canon.buf) of the first byte after the break */
    uint8_t kind;  /* enum canon_break_kind */
    bool clause;   /* a clause separator or white space (a new line too) was among the dropped characters */
};

/* A run of the map: canonical bytes from `canon` on come from original bytes from `orig` on. In a linear run the
 * distance stays the same; otherwise every byte of the run comes from the original bytes [orig, orig_end). */
struct canon_run {
    uint32_t canon, orig, orig_end;
    bool linear;
};

struct canon {
    char *buf;   /* 64 readable bytes behind len */
    size_t len;
    uint32_t start[CANON_NFIELDS], end[CANON_NFIELDS]; /* byte range of each field in buf, without its marks */
    struct canon_break *breaks; /* of the text field, ascending */
    size_t nbreaks;
    struct canon_run *runs;     /* of the text field, ascending; maps to bytes of the original text */
    size_t nruns;
    struct str text;            /* the original text, borrowed */
    uint32_t body, body_end;    /* the text field without a leading and a trailing signature and its brackets */
    uint32_t changed;           /* characters that were written so as to hide: unseen, fancy letters and digits,
                                   radicals, words of folding.json; traditional ones only when they are few in the text.
                                   Full-width forms, case and vanished punctuation do not count */
    uint32_t chars;             /* characters of the canonical text field */
    uint32_t han;               /* Han characters, as folded from the text */
    /* capacities, private to canon */
    size_t buf_cap, breaks_cap, runs_cap;
};

void canon_init(struct canon *canon);
void canon_fini(struct canon *canon);

/* Does a sentence end with the canonical character at p (。 ! ? ;)? p has 3 readable bytes. */
static inline bool canon_is_sentence_end(const char *p)
{
    return *p == '!' || *p == '?' || *p == ';' || memcmp(p, "\xe3\x80\x82", 3) == 0;
}

/* Fold one record into `canon`, reusing its memory. Any of the strings may be {NULL,0}. `text` must be well-formed
 * UTF-8 (the decoder guarantees it) of less than 1 GiB; caller and callee may be any bytes (folded character by
 * character, ill-formed ones to U+FFFD; symbols stay). The signature (【…】, […] or 〔…〕 at the beginning or end of
 * the text, at most 30 characters) is found here and also stays part of the text. Returns 0 or -TS_ENOMEM. */
int canon_fold(struct canon *canon, const struct folding *folding, struct str caller, struct str callee,
               struct str text);

/* Would letters of the text folded, in which none was read as a digit, perhaps be if its digits were others: o139? */
bool canon_may_read_digits(const struct folding *folding, const struct canon *canon);

/* Fold a phrase of a library the same way, into out (arena-like: caller frees *out by free()). Sequences are
 * folded as text, so that symbols between Han vanish. Returns 0 or -TS_E…. */
int canon_fold_phrase(const struct folding *folding, struct str phrase, char **out, size_t *out_len);

/* Original characters (code points) of the text that made canonical bytes [from, to) of canon.buf; from and to are
 * character boundaries within the text field. Half open. */
void canon_to_original(const struct canon *canon, uint32_t from, uint32_t to, uint32_t *char_start,
                       uint32_t *char_end);

/* The same in bytes of the original text. */
void canon_to_original_bytes(const struct canon *canon, uint32_t from, uint32_t to, uint32_t *byte_start,
                             uint32_t *byte_end);

/* The canonical byte offset of the first canonical character that comes from original byte `byte` or later. */
uint32_t canon_from_original(const struct canon *canon, uint32_t byte);

/* Index of the first break behind the canonical byte `at`; nbreaks when there is none. */
size_t canon_break_behind(const struct canon *canon, uint32_t at);

/* How the breaks strictly inside the canonical bytes (from, to) of the text read. APART: ordinary writing with one
 * clause separator, so that what stands left and right of it does not belong together: no match. DISGUISED: a symbol
 * or something unseen stands there, or two clause separators, or more than two quotation marks. */
enum canon_broken { BROKEN_NOT, BROKEN_DISGUISED, BROKEN_APART };
enum canon_broken canon_broken(const struct canon *canon, uint32_t from, uint32_t to);

/* Whatever has fewer bytes than this is nowhere BROKEN_DISGUISED. */
uint32_t canon_shortest_disguised(const struct canon *canon);

#endif
