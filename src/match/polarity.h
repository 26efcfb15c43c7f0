/* polarity.h - is a hit said, denied, or told of? Advice about fraud contains every scam word (DESIGN 7).
 *
 * A hit is negated when a negator begins at most 10 characters before it in its clause (a weak one, such as a bare 不,
 * at most 3) and ends before it; reported
 * when its sentence tells of it (a reporter before it, a verdict after it, within an opening and a closing word, or
 * in quotation marks); else live. The words are data: patterns/polarity.json.
 *
 * Threads: struct polarity_words is immutable and shared; struct polarity_work belongs to one worker. */
#ifndef TELSIEVE_MATCH_POLARITY_H
#define TELSIEVE_MATCH_POLARITY_H

#include "core/err.h"
#include "match/expression.h"
#include "match/segment.h"
#include "record/canon.h"

#include <hs.h>

#define POLARITY_REACH_CHARS 10
#define POLARITY_WEAK_REACH_CHARS 3

struct polarity_words;

/* Read polarity.json. All problems to err; NULL on any. */
struct polarity_words *polarity_load(const char *file, const struct folding *folding, struct err *err);
void polarity_free(struct polarity_words **polarity);
void polarity_digest(const struct polarity_words *polarity, unsigned char out[32]); /* SHA-256 of the file */
const hs_database_t *polarity_database(const struct polarity_words *polarity);

struct polarity_mark;
struct polarity_quote_mark;
struct polarity_work {
    struct polarity_mark *marks;
    size_t nmarks, cap;
    struct polarity_quote_mark *quote_marks; /* those that open and close alike, by kind, then by place */
    size_t nquote_marks, quote_cap;
    const struct polarity_words *polarity; /* during a scan, for the callback */
    uint32_t offset;                 /* of the text field in canon.buf */
    bool out_of_memory;
};
void polarity_work_init(struct polarity_work *work);
void polarity_work_fini(struct polarity_work *work);

/* Set the polarity of the matches that are in the text field; the others are live. `scratch` fits
 * polarity_database. Returns 0, -TS_ENOMEM or -TS_EENGINE. */
int polarity_judge(struct polarity_work *work, const struct polarity_words *polarity, hs_scratch_t *scratch,
                   const struct canon *canon, const struct segments *segments, struct match *matches, size_t n);

/* Characters of signature and greeting at the beginning of the text. */
uint32_t polarity_greeting(const struct polarity_words *polarity, const struct canon *canon);

/* Words that the database does not find where they stand, at every offset of a block; for the self-test. Returns
 * 0, -TS_EMISMATCH with the word in *word, or -TS_EENGINE. */
int polarity_self_test(const struct polarity_words *polarity, hs_scratch_t *scratch, struct str *word);

#endif
