/* status.h - what the process says of itself: readiness, and the JSON of /status and /rules.
 *
 * Everything is read from the workers, the store and the loader when asked. Any thread. */
#ifndef TELSIEVE_DAEMON_STATUS_H
#define TELSIEVE_DAEMON_STATUS_H

#include "daemon/metrics_page.h"
#include "daemon/reload.h"
#include "daemon/worker.h"

#include <jansson.h>

/* What there is to look at; borrowed. */
struct overview {
    struct store *store;
    struct reload *reload;
    const struct lists *lists; /* NULL: none */
    struct worker *const *workers;
    unsigned nworkers;
    int64_t started_wall_ms, started_mono_ms;
    bool stopping;
    char waiting[300]; /* for what the platform feeds; "" when it is there */
};

/* Rules live, at least one partition assigned, every worker running and its output working? Else false and the
 * reason, for a person. */
bool status_is_ready(const struct overview *overview, char *why, size_t size);

/* Does every running worker make progress (a turn of its loop, or one record in one stage for at most limit_ms)?
 * Else *stuck is the number of one that does not. */
bool status_progresses(const struct overview *overview, int64_t limit_ms, unsigned *stuck);

/* The books of every partition that any worker ever had, each once, by topic and number. Free *out. Returns how many,
 * 0 also when memory is exhausted. */
size_t status_partitions(const struct overview *overview, struct partition_books **out);

/* Text of others (causes, problems) as a JSON string: what is not UTF-8, a cut character for one, becomes "?". */
json_t *status_text_json(const char *text, size_t n);

json_t *status_json(const struct overview *overview);
json_t *status_rules_json(const struct overview *overview);

/* Fill the parts of /metrics that come from store and loader; hash must hold 80 bytes. */
void status_fill_metrics(const struct overview *overview, struct metrics_page *page, char hash[80]);

#endif
