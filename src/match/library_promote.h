/* library_promote.h - the text of a library with one of its rules made live: edited in place, so that its layout and
 * its remarks stay as people wrote them. Pure functions. */
#ifndef TELSIEVE_MATCH_LIBRARY_PROMOTE_H
#define TELSIEVE_MATCH_LIBRARY_PROMOTE_H

#include "core/err.h"
#include "core/str.h"

/* The text with rules[rule] "live", without its "share", and with this "version" (of letters, digits and what needs no
 * escape); nothing else is another. `text` must be that of a library that was loaded. To be free()d. NULL with err. */
char *library_promote(struct str text, size_t rule, const char *version, size_t *n, struct err *err);

#endif
