/* reference.h - the plain matcher that Hyperscan and our search are held against: at every character, every phrase
 * that can begin with it.
 *
 * It shares no code with scan.c and sequence.c. Slow; for samples, the self-test and sampled records. */
#ifndef TELSIEVE_MATCH_REFERENCE_H
#define TELSIEVE_MATCH_REFERENCE_H

#include "match/compiled.h"

/* Note which phrases can begin with which character, once per rule set. Returns 0 or -TS_ENOMEM. */
int reference_prepare(struct ruleset *ruleset);

/* Set found[i] for every phrase i (allow phrases too) that is in its field of `canon`, clear it for the others.
 * Returns 0, -TS_ENOMEM, -TS_EENGINE, or -TS_ELIMIT when a text needs too much work to decide (then found[] is not
 * complete). Regular expressions are matched compiled, as the engine has them; of every REFERENCE_TURNS of them the
 * `turn`th (from 0) is interpreted, which takes ten times as long: who calls turn after turn has held PCRE2's two ways
 * against each other. REFERENCE_QUICK: none. */
#define REFERENCE_TURNS 16
#define REFERENCE_QUICK REFERENCE_TURNS
int reference_find(const struct ruleset *ruleset, const struct canon *canon, unsigned turn, bool *found);

/* The same for one phrase: 1 found, 0 not, or -TS_E…. */
int reference_find_one(const struct ruleset *ruleset, uint32_t phrase, const struct canon *canon);

#endif
