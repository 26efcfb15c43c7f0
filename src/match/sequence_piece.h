/* sequence_piece.h - what is asked of one piece of a fragment: the breaks inside it, is it a number, how does it
 * begin. Private to sequence.c. */
#ifndef TELSIEVE_MATCH_SEQUENCE_PIECE_H
#define TELSIEVE_MATCH_SEQUENCE_PIECE_H

#include "record/canon.h"

/* Breaks of a run, as far as canon_broken tells them apart: clauses (0, 1) × 3 + quotes (0, 1, 2); more of either, or
 * any other break, is a disguise. */
#define SEEN_NONE 0u
#define SEEN_DISGUISE 6u
#define SEEN_KINDS 7u
#define SEEN_NOTHING_YET 7u /* the run has no character yet, so nothing is inside it */

/* Breaks strictly inside the canonical bytes (from, to) of a field. */
unsigned breaks_in(const struct canon *canon, enum canon_field field, uint32_t from, uint32_t to);

/* Of two pieces that adjoin. */
unsigned breaks_both(unsigned a, unsigned b);

/* Do they take the run apart, so that it is no match? */
bool breaks_apart(unsigned seen);

/* What of a number goes on beyond a match: bytes of digits and points before p, of any number characters behind it. */
uint32_t piece_digits_before(const char *p, const char *first);
uint32_t piece_number_behind(const char *p, const char *end);

enum number_char { NUMBER_CHAR_NONE, NUMBER_CHAR_DIGIT, NUMBER_CHAR_UNIT, NUMBER_CHAR_POINT };
enum number_char piece_number_char(const char *p, const char *end);

/* Is all of [p, end) one number? It begins with a digit or numeral; points stand between digits. */
bool piece_is_number(const char *p, const char *end);

#endif
