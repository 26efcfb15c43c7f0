/* admin.h - the admin HTTP server: libmicrohttpd turned by the main thread's libev loop.
 *
 * It knows paths and methods; what a page says comes from the routes it is given. At most 32 connections, 10 s each.
 * Threads: everything on the loop's thread. */
#ifndef TELSIEVE_DAEMON_ADMIN_H
#define TELSIEVE_DAEMON_ADMIN_H

#include "core/err.h"

#include <stdbool.h>
#include <stddef.h>

struct ev_loop;
struct admin;

/* An answer; `text` was made by malloc and is the server's from then on. */
struct admin_page {
    unsigned status; /* 200… */
    const char *type;
    char *text;
    size_t n;
};

struct admin_route {
    const char *method, *path; /* GET answers HEAD too */
    bool loopback_only;        /* others are refused with 403 */
    void (*serve)(void *ctx, struct admin_page *page);
};

/* Listen on `address` (listen.h) and answer `routes` (ends with a NULL method; outlives the server) with `ctx`. NULL
 * on problems. */
struct admin *admin_new(struct ev_loop *loop, const char *address, const struct admin_route *routes, void *ctx,
                        struct err *err);
void admin_free(struct admin **admin);

/* The address in use: "127.0.0.1:9464", with the port the system gave for port 0. */
const char *admin_address(const struct admin *admin);

#endif
