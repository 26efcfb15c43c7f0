/* digits.h - could a text with other digits be another case? What a rule set says of a text rests on its digits where a
 * phrase has digits (96110), where a regular expression tells them apart, and where letters stand for digits (1o69).
 *
 * Everything else that is done with a text before its rules are asked sees that a digit stands there, and not which:
 * folding, words written otherwise, spaces in words, sentences, numbers (#) in phrases. Threads: pure functions on a
 * rule set. */
#ifndef TELSIEVE_MATCH_DIGITS_H
#define TELSIEVE_MATCH_DIGITS_H

#include "match/compiled.h"

/* Fill in ruleset->digits, once there are patterns, postings and leads. Returns 0 or -TS_ENOMEM. */
int digits_prepare(struct ruleset *ruleset);

/* Is a text folded like `canon` whatever its ASCII digits? False: perhaps not. */
bool digits_fold_alike(const struct ruleset *ruleset, const struct canon *canon);

/* Has it certainly no URL, whatever they are, as long as a fraction written in 0 and 1 only (.10, which may be read as
 * .io) stays what it is? */
bool digits_make_no_url(const struct canon *canon);

/* Of one without a URL: has it certainly no contact? */
bool digits_make_no_contact(struct subject *subject);

/* The patterns with digits that may stand there with other digits, and do or do not with these. Not quick. False, with
 * none told: the text is too long. */
bool digits_hits(const struct ruleset *ruleset, const struct canon *canon, void (*hit)(void *ctx, uint32_t pattern),
                 void *ctx);

/* May the phrase be there, or not, because of digits? */
static inline bool digits_decide(const struct ruleset *ruleset, uint32_t phrase)
{
    return (ruleset->digits.phrases[phrase / 64] >> phrase % 64 & 1) != 0;
}

#endif
