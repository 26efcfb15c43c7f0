/* phrase_text.h - a canonical record made by hand, for the self-test and for lint: texts that are written from phrases
 * go in as they are, unfolded. */
#ifndef TELSIEVE_MATCH_PHRASE_TEXT_H
#define TELSIEVE_MATCH_PHRASE_TEXT_H

#include "record/canon.h"

/* Room that canon.buf needs beside the text: the marks, and what may be read behind it. */
#define PHRASE_TEXT_OVERHEAD (2 * (CANON_NFIELDS + 1) + 64)

/* Lay out the fields: the n bytes of `field` are already at canon.buf + field + 1, the others are empty. No breaks. */
void phrase_lay_out(struct canon *canon, enum canon_field field, size_t n);

#endif
