/* undisguise.h - words written in another way (variants.h) are put right before the text is scanned, so that phrases,
 * polarity and contacts see what was meant; what is found over one is disguised.
 *
 * Threads: a struct undisguise is working memory of one worker. */
#ifndef TELSIEVE_MATCH_UNDISGUISE_H
#define TELSIEVE_MATCH_UNDISGUISE_H

#include "match/scan.h"

#define UNDISGUISE_MAX 64 /* words put right in one text; more stay as they are */

struct undisguise {
    struct canon_rewrite rewrites[UNDISGUISE_MAX]; /* where they stand in the canonical text, ascending */
    size_t n;
};

/* Hand the words of all phrases to ruleset->variants, and index them. Returns 0 or -TS_ENOMEM. */
int undisguise_prepare(struct ruleset *ruleset);

/* Put words right in `canon`, then scan_hit. What scan_find then finds over a word put right is disguised. Returns what
 * scan_hit returns. */
int undisguise_scan(struct undisguise *work, struct scan *scan, const struct ruleset *ruleset, struct canon *canon);

/* Find all phrases (scan_find) and which words put right are `used`, because some phrase is found over them. *chars:
 * the characters of these. Returns what scan_find returns. */
int undisguise_count(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, uint32_t *chars);

#endif
