/* anchor.h - which piece of a phrase every text is searched for.
 *
 * A phrase costs what its anchor hits: 您的 is in every fifth message, 逮捕令 in none. Which pieces are common is counted
 * in the `miss` samples of all libraries: lawful texts, close to the scams, and there are always some. A piece that no
 * sample has is taken to be the rarer the longer it is. */
#ifndef TELSIEVE_MATCH_ANCHOR_H
#define TELSIEVE_MATCH_ANCHOR_H

#include "match/compiled.h"

/* Give every phrase of the libraries (linked, not yet numbered) the anchor that will be hit least, among those that
 * fragment_parse would take. Returns 0 or -TS_ENOMEM. */
int anchor_choose(struct ruleset *ruleset);

#endif
