/* pages.h - what the admin server answers: the routes, each from an overview of the daemon. Main thread. */
#ifndef TELSIEVE_DAEMON_PAGES_H
#define TELSIEVE_DAEMON_PAGES_H

#include "daemon/admin.h"
#include "daemon/control.h"
#include "daemon/status.h"

/* What the routes are served with (admin_new's ctx). */
struct pages {
    struct overview (*look)(void *ctx);
    void (*reload)(void *ctx, const char *way, const char *who); /* POST /reload */
    void *ctx;
    struct control *control;
};

extern const struct admin_route pages_routes[];

#endif
