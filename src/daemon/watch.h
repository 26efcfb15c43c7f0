/* watch.h - tells when the files of a folder have changed, by inotify, once they have been left alone for a while.
 *
 * What counts: a file of the folder or of a folder in it that was written and closed, renamed or removed, a folder that
 * came or went, and the folder itself (or a link of its name) being replaced. Names that begin with a single dot or end
 * with ~ are an editor's own and do not count.
 *
 * Threads: the loop's. */
#ifndef TELSIEVE_DAEMON_WATCH_H
#define TELSIEVE_DAEMON_WATCH_H

#include "core/err.h"

struct ev_loop;
struct watch;

#define WATCH_SETTLE_MS 300

/* `changed` is called on the loop, WATCH_SETTLE_MS after the last change. NULL on problems (to err): no such folder, no
 * more watches. */
struct watch *watch_new(struct ev_loop *loop, const char *folder, void (*changed)(void *ctx), void *ctx,
                        struct err *err);
void watch_free(struct watch **watch);

#endif
