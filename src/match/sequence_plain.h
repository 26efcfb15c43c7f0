/* sequence_plain.h - both sides of an anchor where no break stands in the way: so it is mostly, and then a distance is
 * all that is to be known of a place. Private to sequence.c. */
#ifndef TELSIEVE_MATCH_SEQUENCE_PLAIN_H
#define TELSIEVE_MATCH_SEQUENCE_PLAIN_H

#include "match/sequence_side.h"

/* UNSURE: a break is in some piece or between two that adjoin, or a side reaches far: walk over states. */
enum plain { PLAIN_NONE, PLAIN_THERE, PLAIN_UNSURE };

/* The tightest placement around an anchor without breaks: what the walk over states finds. *out only when THERE. */
enum plain sequence_plain(const struct side *before, const struct side *behind, const struct fragment *fragment,
                          const struct sequence_filter *filters, struct sequence_span *out);

#endif
