/* candidates.h - which rules may a record make true? Nearly always none, and to say so must cost next to nothing: rules
 * are asked through the index of the sets that hit, and each question is dearer than the one before and asked of fewer:
 * do the words of the text allow the phrase (text_words.h), do the sets that hit meet the rule's demands, could they
 * make its condition true, are the phrases that it takes really there, and do the facts agree? Whoever is left is
 * judged.
 *
 * Private to evaluate.c; everything is kept in the struct evaluator, whose `scan` and `eval.subject` are the
 * record's. */
#ifndef TELSIEVE_MATCH_CANDIDATES_H
#define TELSIEVE_MATCH_CANDIDATES_H

#include "match/evaluate.h"

/* By the hits of the scan: evaluator->candidates. When there are any, all phrases are found (scan->found) that bear on
 * what becomes of them; else perhaps none. Returns 0, -TS_ENOMEM or -TS_EENGINE. */
int candidates_by_hits(struct evaluator *evaluator);

/* Of a record that is clean: could a rule be true of one with the same template (template.h), flags of the caller and
 * `signals`, those of the record and of lists, whatever all its other facts are? No is certain. Not quick. */
bool candidates_whatever_digits(struct evaluator *evaluator, uint64_t signals);

/* Find all phrases of the record; the candidates by these. Returns 0, -TS_ENOMEM or -TS_EENGINE. */
int candidates_by_phrases(struct evaluator *evaluator);

#endif
