/* rules_watch.h - the fleet as a command sees it: one node by HTTP, or all that speak on control.status. */
#ifndef TELSIEVE_CLI_RULES_WATCH_H
#define TELSIEVE_CLI_RULES_WATCH_H

#include "cli/fleet.h"
#include "cli/rules_way.h"

struct watch_fleet {
    const struct way *way;
    struct fleet fleet;
    struct topic_reader *reader; /* NULL by HTTP */
};

/* Look once, that is, at all there is. Returns EXIT_DONE, or an exit code with err. */
int watch_fleet_open(struct watch_fleet *watch, const struct way *way, struct err *err);
void watch_fleet_close(struct watch_fleet *watch);

/* Look again until `done` says so. Returns EXIT_DONE, EXIT_DEADLINE when the time has passed (nothing in err), or
 * another exit code with err. */
int watch_fleet_until(struct watch_fleet *watch, bool (*done)(void *ctx, const struct fleet *fleet), void *ctx,
                      struct err *err);

#endif
