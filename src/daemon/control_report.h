/* control_report.h - what is said about changes of the rules: on control.status (docs/control.schema.json), in the
 * audit log and in the log. Main thread. */
#ifndef TELSIEVE_DAEMON_CONTROL_REPORT_H
#define TELSIEVE_DAEMON_CONTROL_REPORT_H

#include "daemon/breaker.h"
#include "daemon/list_feed.h"
#include "daemon/offers.h"
#include "daemon/status.h"
#include "kafka/announcer.h"

#include <jansson.h>

struct reporter {
    const struct config *config;
    struct announcer *announcer; /* NULL: nobody is told */
    struct disk *disk;           /* for the audit log */
};

/* What was decided on an offer, for the log and the audit log; `before` and `after` are the hashes of the rule sets. */
void report_decision(const struct reporter *reporter, const struct answer *answer, const char *before,
                     const char *after);

/* The answer to it, on control.status. */
void report_answer(const struct reporter *reporter, const struct answer *answer);

/* The end of an attempt: what is live now and where each library came from. `cause`: "feed", "reload", "rollback". */
void report_rules(const struct reporter *reporter, const struct reload_outcome *outcome, const char *cause,
                  const struct overview *overview, const struct depot *depot);

/* A message of control.lists was refused; `flood`: of those that wait to be told, only the last of each list is. The
 * topic was read whole. */
void report_list_refusal(const struct reporter *reporter, const struct list_refusal *refusal, bool flood);
void report_list_reading(const struct reporter *reporter, const struct list_reading *reading,
                         const struct lists *lists);

/* A rule was demoted or has come back, while these rules are live; `version` is of its library among them. */
void report_breaker(const struct reporter *reporter, const struct breaker_event *event, const char *version,
                    const char *hash, uint64_t generation);

/* That this node lives, what it runs, and its books. */
void report_heartbeat(const struct reporter *reporter, const struct overview *overview, const char *trouble,
                      bool degraded);

/* Problems, a line each ("file:line:col: what" where they have a place), as an array of
 * {"file","line","col","what"}. */
json_t *report_problems_json(const char *problems);

/* The live libraries: [{"library","version","from","sha256","rules":{"live","canary",…}}]. */
json_t *report_libraries_json(struct store *store, const struct depot *depot);

json_t *report_answer_json(const struct answer *answer);

#endif
