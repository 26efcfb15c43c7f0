/* fact_signal.h - the facts that cost next to nothing, as bits of one word: that a rule cannot be true of a record is
 * then told by one AND, before any rule is read.
 *
 * Every fact here owns some bits, of which exactly one is set: one for unknown and one for each word it can have; a
 * truth has one for true and one for false or unknown; a number one for certainly 0 or unknown and one for any. The
 * facts of URLs share two: certainly none, and perhaps. That the caller, or the callee, is in no list that it is looked
 * for in has a bit, which stands for nothing when it is not set. All other facts have none. Threads: pure functions. */
#ifndef TELSIEVE_MATCH_FACT_SIGNAL_H
#define TELSIEVE_MATCH_FACT_SIGNAL_H

#include "match/fact_list.h"

/* All that follow, but for those of URLs and lists. */
uint64_t fact_signals(const struct subject *subject);

/* Those of the record and its numbers: the text has not been looked at. */
uint64_t fact_signals_of_record(const struct subject *subject);

/* The bits of URLs, for which the text must be read. */
uint64_t fact_signals_of_urls(struct subject *subject);

/* Whether its numbers are in lists: all questions that any rule asks about callers and callees. */
uint64_t fact_signals_of_lists(struct subject *subject, const struct list_question *questions, size_t n);

/* Those that every record of this kind has. */
uint64_t fact_signals_of_kind(enum record_kind kind);

/* Signals that speak against it: when one of them is set, it is not true that `fact` (a BOOL) is `want`, or that `fact`
 * (a WORD) is known and is one of `words` (`is`) or none of them, or that `fact` (a NUMBER) is known and not 0. 0 when
 * the fact has no bits. */
uint64_t fact_against_truth(enum fact fact, bool want);
uint64_t fact_against_words(enum fact fact, const struct str *words, size_t n, bool is);
uint64_t fact_against_zero(enum fact fact);

/* The same against its being in a list, or with `want` false, its not being there. */
uint64_t fact_against_listed(enum listable what, bool want);

#endif
