/* rig.h - what the programs of bench/ begin with: the rule set, a feed, sessions. They end at the first thing that
 * fails, with a line on stderr.
 *
 * Ownership: what rig_… returns lives until the program ends. */
#ifndef TELSIEVE_BENCH_RIG_H
#define TELSIEVE_BENCH_RIG_H

#include "cli/corpus.h"

extern const struct alert_source rig_source;

#define RIG_TIME_MS INT64_C(1763776800000) /* of all records: the same stream in every run */

/* The libraries of `dir`, compiled; the self-test is left out. */
const struct ruleset *rig_ruleset(const char *dir);
const struct feed *rig_feed(void);
struct session *rig_session(const struct ruleset *ruleset);

/* n records of a mix; judged, so that its canonical texts are there. */
struct corpus *rig_corpus(const char *mix, size_t n, struct session *session, const struct feed *feed);

/* So many others of the same mix, not judged: what a worker has seen before it sees the n. */
struct corpus *rig_earlier(const char *mix, size_t n);


/* From now on the session remembers as many templates as a worker does as shipped, those of `earlier` first of all. */
void rig_remember(struct session *session, const struct corpus *earlier, const struct feed *feed);

/* Judge the whole corpus, with a warning for every record that deserves one, as the daemon does. Returns what keeps a
 * compiler from leaving things out. */
uint64_t rig_judge(const struct corpus *corpus, struct session *session, const struct feed *feed);

_Noreturn void rig_fail(const char *what);

#endif
