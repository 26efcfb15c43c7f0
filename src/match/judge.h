/* judge.h - the engine of one thread: record in, verdict out. The one evaluator of daemon, scan, explain, samples.
 *
 * Threads: a judge belongs to one thread; the rule set is shared. A clean record allocates nothing once the judge is
 * warm. */
#ifndef TELSIEVE_MATCH_JUDGE_H
#define TELSIEVE_MATCH_JUDGE_H

#include "match/lists.h"
#include "match/model.h"
#include "match/ruleset.h"
#include "match/verdict.h"
#include "record/record.h"

struct judge;

struct judge *judge_new(void);
void judge_free(struct judge **judge);

/* Prepare for a rule set (Hyperscan scratch grows when needed). Call once per batch, before judge_record. Returns 0,
 * -TS_ENOMEM or -TS_EENGINE. */
int judge_use(struct judge *judge, const struct ruleset *ruleset);

/* Whether something is in a list is asked of these from now on (NULL, as at first: every list is empty), by the
 * clock or by the record's time. Whoever judges pins them, from before judge_use until nothing of the verdict is
 * used any more. */
void judge_lists(struct judge *judge, const struct lists *lists, bool by_wall);

/* Remember so many templates (template.h; 0, as at first: none): of a record with a text of one that is clean whatever
 * its digits it is said at once that it is clean. Returns 0 or -TS_ENOMEM. */
int judge_remember(struct judge *judge, size_t templates);

/* Judge one record. *verdict and all it points to live until the next call. Returns 0, -TS_ENOMEM or -TS_EENGINE
 * (then the record has no verdict and must be dead-lettered with REASON_INTERNAL). */
int judge_record(struct judge *judge, const struct record *record, const struct verdict **verdict);

/* Was it remembered that the record just judged is clean? Then judge_record has not looked at its text: neither
 * verdict->subject nor the judge is to be asked about it. */
bool judge_remembered(const struct judge *judge);

/* The same, looking at all of it whatever is remembered: for records of which more is asked. */
int judge_whole(struct judge *judge, const struct record *record, const struct verdict **verdict);

/* Judge the record just judged whole again by the reference matcher; 1 when fragments found differ (or, "template",
 * when it was remembered as clean and is not), 0 when alike, or -TS_E… (-TS_ELIMIT: too much work to decide). `what`
 * names the first differing fragment (library.set: never text). */
int judge_cross_check(struct judge *judge, char *what, size_t size);

/* All that a model can weigh of the record just judged (model.h). Returns 0 or -TS_E…. */
int judge_features(struct judge *judge, struct model_features *out);

/* For benches: `mark` is called before each stage of a record, and with JUDGE_STAGES behind the last; NULL: no more. */
enum judge_stage { JUDGE_NUMBERS, JUDGE_CANON, JUDGE_SCAN, JUDGE_EVALUATE, JUDGE_STAGES };
void judge_watch(struct judge *judge, void (*mark)(void *ctx, enum judge_stage next), void *ctx);

#endif
