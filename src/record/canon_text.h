/* canon_text.h - folding of one piece of running text, private to canon. */
#ifndef TELSIEVE_RECORD_CANON_TEXT_H
#define TELSIEVE_RECORD_CANON_TEXT_H

#include "record/canon.h"
#include "record/folding.h"

/* Fold well-formed `text` into canon->buf from canon->len on, which must have FOLD_MAX_GROWTH * text.n + 32 bytes
 * of room, and advance canon->len. Replaces canon's breaks, runs and counts. Returns 0 or -TS_ENOMEM. */
int canon_text_fold(struct canon *canon, const struct folding *folding, struct str text);

/* Apply the digit rule to the canonical bytes [p, end), in place; returns the number of characters changed. Bytes
 * before p and behind end are not looked at. */
uint32_t canon_digits_fold(const struct folding *folding, char *p, char *end);

/* Is there a run of digits and look-alikes, some of each? */
bool canon_digits_mixed(const struct folding *folding, const char *p, const char *end);

#endif
