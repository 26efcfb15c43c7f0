/* sequence_neighbour.h - the steps beside an anchor, asked before all others: mostly they tell already. Private to
 * sequence.c. */
#ifndef TELSIEVE_MATCH_SEQUENCE_NEIGHBOUR_H
#define TELSIEVE_MATCH_SEQUENCE_NEIGHBOUR_H

#include "match/sequence_side.h"

/* Can the step next to the anchor be placed at all, and does its nearest place do? */
enum neighbour { NEIGHBOUR_NONE, NEIGHBOUR_PERHAPS, NEIGHBOUR_THERE };

/* The worse of the two sides. */
enum neighbour sequence_neighbours(const struct side *before, const struct side *behind,
                                   const struct fragment *fragment, const struct sequence_filter *filters);

#endif
