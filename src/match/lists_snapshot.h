/* lists_snapshot.h - what the platform fed, in one file, so that a restart knows it at once.
 *
 * The file is of one machine's byte order and is checked as a whole (XXH3) before any of it counts. Threads: saving
 * is for a reader, pinned while it lasts; it writes what was there at some time while it wrote. Loading is the
 * writer's. */
#ifndef TELSIEVE_MATCH_LISTS_SNAPSHOT_H
#define TELSIEVE_MATCH_LISTS_SNAPSHOT_H

#include "core/err.h"
#include "match/lists.h"

/* Write beside the file, then rename. Returns 0 or -TS_E… with a line in err. */
int lists_save(const struct lists *lists, const char *file, struct err *err);

/* Set what the file has in the fed layer. Returns 0; -TS_ENOENT without a line when there is no file; else -TS_E…
 * with a line, and nothing was set (or, without memory, some). */
int lists_restore(struct lists *lists, const char *file, struct err *err);

#endif
