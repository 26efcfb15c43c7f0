/* optout.h - the line 拒收请回复R, 退订回T that bulk senders must put at the end of a commercial SMS. */
#ifndef TELSIEVE_MATCH_OPTOUT_H
#define TELSIEVE_MATCH_OPTOUT_H

#include "core/str.h"

/* Does the canonical text (without a closing signature) end with an opt-out? Punctuation behind it does not matter.
 * Pure. */
bool optout_ends(struct str text);

#endif
