/* regex_digits.h - does a regular expression tell digits apart? */
#ifndef TELSIEVE_MATCH_REGEX_DIGITS_H
#define TELSIEVE_MATCH_REGEX_DIGITS_H

#include "core/str.h"

/* False: wherever it finds something it finds the same when each ASCII digit of the text is any other: it has digits
 * only as [0-9], \d and their like, and no reference to what it found before. True: perhaps not. */
bool regex_tells_digits(struct str regex);

#endif
