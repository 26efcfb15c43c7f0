/* session.h - payload in, outcomes out: decoder, judge and alert of one thread, as scan, bench, the library and (for
 * one message at a time) every other caller uses them.
 *
 * Threads: a session belongs to one thread. Ownership: results and what they point to are lent until the next
 * session_begin or session_next. */
#ifndef TELSIEVE_MATCH_SESSION_H
#define TELSIEVE_MATCH_SESSION_H

#include "match/alert.h"
#include "match/judge.h"
#include "record/decoder.h"

/* What became of a record, DESIGN 6.2. A record that only shadow rules hit is clean. */
enum outcome { OUTCOME_CLEAN, OUTCOME_WARNED, OUTCOME_SUPPRESSED, OUTCOME_DEAD_LETTERED, OUTCOME_COUNT };
const char *outcome_name(enum outcome outcome); /* "clean", "warned", "suppressed", "dead_lettered" */

struct session;

struct session_result {
    enum outcome outcome;
    const struct record *record;   /* NULL when the record could not be read */
    const struct verdict *verdict; /* NULL when dead-lettered */
    struct decode_fault fault;     /* when dead-lettered */
};

/* Returns NULL when memory is exhausted. `options` is borrowed for the session's life. */
struct session *session_new(const struct decode_limits *limits, const struct alert_options *options);
void session_free(struct session **session);

/* Use this rule set from now on; see judge_use. */
int session_use(struct session *session, const struct ruleset *ruleset);

/* Start on a payload (p NULL: a Kafka null value). `source` is borrowed until the payload is done. */
void session_begin(struct session *session, const struct feed *feed, struct str payload,
                   const struct alert_source *source);

/* The next record's outcome; false at the end of the payload. */
bool session_next(struct session *session, struct session_result *result);

/* The warning of the record just judged, as JSON (malloc'ed, the caller's); with `shadow` of its shadow rules.
 * `built` (may be NULL) receives the plain data behind it, lent until the next
 * warning, session_next or session_begin. NULL when memory is exhausted. */
char *session_warning(struct session *session, bool shadow, int64_t now_ms, size_t *len, struct warning *built);

/* For stages' times and cross-checks. */
struct judge *session_judge(struct session *session);

#endif
