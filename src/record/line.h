/* line.h - lines of a payload of JSON, without their line feeds.
 *
 * Private to record/. */
#ifndef TELSIEVE_RECORD_LINE_H
#define TELSIEVE_RECORD_LINE_H

#include "core/str.h"

/* Nothing but white space and zeros. */
bool line_is_blank(struct str s);

/* The line at the start of *rest, which is moved behind it. */
struct str line_take(struct str *rest);

/* The next line with something in it; n 0 at the end. */
struct str line_take_filled(struct str *rest);

/* Whether some line begins and ends like an object. */
bool line_any_object(struct str text);

#endif
