/* library_link.h - phrases that name sets: {name} becomes the alternatives that the phrases of that set are (DESIGN 7).
 * Nothing is multiplied out but what is named: one step gets more alternatives, the others stay as they are. */
#ifndef TELSIEVE_MATCH_LIBRARY_LINK_H
#define TELSIEVE_MATCH_LIBRARY_LINK_H

#include "match/library.h"

/* Link the phrases of `library`. `shared`, linked before (or the same library, or NULL), is what {shared.name} means.
 * Errors: a name that is no set, a set of another field, a cycle, sets within sets more than 4 deep, more than
 * FRAGMENT_MAX_NAMED ways, a named phrase with a gap, a number or a regular expression; and what fragment_finish
 * refuses. Returns 0, -TS_EINVAL or -TS_ENOMEM. Once, before the library is shared. */
int library_link(struct library *library, struct library *shared, struct err *err);

#endif
