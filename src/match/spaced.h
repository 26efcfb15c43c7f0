/* spaced.h - spaces put between the characters of words (贷 款, 尊 敬 的 用 户) hide; they part no clauses.
 *
 * Canonical text keeps a space between Han characters as a break that takes a phrase apart. Two kinds are turned into
 * a break that only disguises: one of a run of spaces mostly one character apart, and one inside a word of a phrase,
 * which nobody writes so. A space between two words stays what it is. */
#ifndef TELSIEVE_MATCH_SPACED_H
#define TELSIEVE_MATCH_SPACED_H

#include "match/variants.h"

/* Both: what nobody sees may stand beside the space. Before words are put right: runs. */
void spaced_join_runs(struct canon *canon);

/* Behind: words of phrases. */
void spaced_join_words(const struct variants *variants, struct canon *canon);

/* Are all breaks inside the canonical bytes (from, to) spaces? */
bool spaced_only(const struct canon *canon, uint32_t from, uint32_t to);

#endif
