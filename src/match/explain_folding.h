/* explain_folding.h - what became of a text: its original, its canonical form, and each stretch folding changed. */
#ifndef TELSIEVE_MATCH_EXPLAIN_FOLDING_H
#define TELSIEVE_MATCH_EXPLAIN_FOLDING_H

#include "match/fact.h"

#include <jansson.h>

/* The "text" of explain_record. */
json_t *explain_text(const struct subject *subject);

/* A JSON string of bytes that may be no UTF-8: then U+FFFD. */
json_t *explain_string(struct str s);

#endif
