/* judge_parts.h - more of a verdict than the daemon asks for: what the self-test and explanations need of a judge. */
#ifndef TELSIEVE_MATCH_JUDGE_PARTS_H
#define TELSIEVE_MATCH_JUDGE_PARTS_H

#include "match/evaluate.h"
#include "match/judge.h"
#include "match/undisguise.h"

/* From now on records that no rule asks about get their matches with polarity too. */
void judge_thorough(struct judge *judge, bool thorough);

/* What became of a rule on the record judged last (thoroughly), in words; see evaluate_why. */
enum rule_outcome judge_why(struct judge *judge, uint32_t rule, char *why, size_t size);

/* What would have become of it without the sets of `library`; see evaluate_without. */
enum rule_outcome judge_without(struct judge *judge, uint32_t rule, const struct library *library);

/* Why a match of the record judged last (thoroughly) is negated or reported; see polarity_because. */
struct polarity_cause judge_because(const struct judge *judge, const struct match *match);

/* Find every phrase in the record judged last, allow phrases too; *scan is lent until the next record. Returns 0,
 * -TS_ENOMEM or -TS_EENGINE. */
int judge_find(struct judge *judge, struct scan **scan);

/* What was put right in the text of the record just judged. */
const struct undisguise *judge_undisguise(const struct judge *judge);

#endif
