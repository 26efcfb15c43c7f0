/* admin.h - the admin HTTP server: libmicrohttpd turned by the main thread's libev loop.
 *
 * It knows paths, methods and who may use them; what a page says comes from the routes it is given. At most 32
 * connections, 10 s of silence each.
 * Threads: everything on the loop's thread. */
#ifndef TELSIEVE_DAEMON_ADMIN_H
#define TELSIEVE_DAEMON_ADMIN_H

#include "core/err.h"
#include "core/str.h"

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

/* What was asked; lent until the answer is made. */
struct admin_request {
    char name[201];        /* what stands behind the route's path when that ends with /, or for its *; else "" */
    struct str body;
    char who[80];          /* "token from 10.0.0.5" or "10.0.0.5" */
    void *connection;      /* for the two below */
};
const char *admin_query(const struct admin_request *request, const char *key);   /* ?key=…; NULL: not given */
const char *admin_header(const struct admin_request *request, const char *name); /* NULL: not given */

enum admin_access {
    ADMIN_OPEN,  /* anyone */
    ADMIN_NEAR,  /* this machine without a token; others, also by a proxy on it that says so, with it */
    ADMIN_TOKEN, /* nobody without the token: not served at all when there is none */
};

struct admin_route {
    const char *method, *path; /* GET answers HEAD too; a path that ends with / stands for one more part, of 1 to 200
                                * letters, digits, - and _; a * within it for such a part, with dots */
    enum admin_access access;
    bool has_body;             /* else a body is ignored */
    void (*serve)(void *ctx, const struct admin_request *request, struct admin_page *page);
};

struct admin_setup {
    const char *address;              /* to listen on (listen.h) */
    const char *token;                /* "" = none */
    size_t max_body_bytes;            /* a larger body is refused with 413 */
    const struct admin_route *routes; /* ends with a NULL method; outlives the server, as all of this */
    void *ctx;                        /* of the routes */
};

/* Listen and answer. NULL on problems. */
struct admin *admin_new(struct ev_loop *loop, const struct admin_setup *setup, struct err *err);
void admin_free(struct admin **admin);

/* The address in use: "127.0.0.1:9464", with the port the system gave for port 0. */
const char *admin_address(const struct admin *admin);

#endif
