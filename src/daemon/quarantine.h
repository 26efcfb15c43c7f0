/* quarantine.h - a record that crashes the process twice is dead-lettered instead of crashing it for ever (DESIGN 6.7).
 *
 * The handlers of SIGSEGV, SIGBUS, SIGABRT, SIGILL and SIGFPE append the crashing worker's coordinates to a file
 * (async-signal-safe: one write(2) to a descriptor opened before), then the signal's default action follows. Kill -9
 * and out-of-memory leave nothing and cost nothing.
 *
 * Threads: open and close by main before and after the workers; enter and leave by each worker around one record;
 * check by workers (read-only table). */
#ifndef TELSIEVE_DAEMON_QUARANTINE_H
#define TELSIEVE_DAEMON_QUARANTINE_H

#include "core/err.h"
#include "core/str.h"

#include <stdbool.h>
#include <stdint.h>

struct quarantine;

/* Read `file` (made when absent; folder must exist) and install the signal handlers. Coordinates older than 30 days are
 * dropped when the file is rewritten. NULL on problems. */
struct quarantine *quarantine_open(const char *file, struct err *err);
void quarantine_close(struct quarantine **quarantine);

/* Once per worker thread: alternate signal stack and the thread's coordinate slot. Undo before the thread ends. */
int quarantine_thread_begin(struct quarantine *quarantine);
void quarantine_thread_end(struct quarantine *quarantine);

/* Mark that this thread now handles this record; cheap (a few stores). topic must stay valid until leave. */
void quarantine_enter(struct quarantine *quarantine, const char *topic, int32_t partition, int64_t offset,
                      uint32_t sub);
void quarantine_leave(struct quarantine *quarantine);

/* Has this record crashed the process twice? (cluster = Kafka cluster id, may be empty) */
bool quarantine_check(const struct quarantine *quarantine, struct str topic, int32_t partition, int64_t offset,
                      uint32_t sub);

/* True when the table holds nothing: the fast path needs no check. */
bool quarantine_empty(const struct quarantine *quarantine);

#endif
