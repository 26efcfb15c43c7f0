/* library_feed.h - the topic control.rules, followed: its messages become offers.
 *
 * When it has been read whole, what the depot has from it and it does not hold is offered to be withdrawn: it was
 * withdrawn while this node was away, and its tombstone is gone. An empty topic changes nothing: it is an accident, not
 * a wish. While it is read, offers wait.
 *
 * Threads: the main thread. */
#ifndef TELSIEVE_DAEMON_LIBRARY_FEED_H
#define TELSIEVE_DAEMON_LIBRARY_FEED_H

#include "config/config.h"
#include "daemon/offers.h"

struct ev_loop;
struct library_feed;

/* All are borrowed. NULL on problems (to err). */
struct library_feed *library_feed_new(const struct config *config, const struct depot *depot, struct offers *offers,
                                      struct err *err);
void library_feed_free(struct library_feed **feed);

void library_feed_start(struct library_feed *feed, struct ev_loop *loop);

/* About twice a second. */
void library_feed_tick(struct library_feed *feed);

/* Has it been read to its end, once? */
bool library_feed_was_read(const struct library_feed *feed);

/* What is wrong, for a person; "" when nothing is. */
const char *library_feed_trouble(const struct library_feed *feed);

#endif
