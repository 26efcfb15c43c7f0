/* node_http.h - one request to the admin HTTP of a node. */
#ifndef TELSIEVE_CLI_NODE_HTTP_H
#define TELSIEVE_CLI_NODE_HTTP_H

#include "core/err.h"
#include "core/str.h"

struct node_request {
    const char *method;    /* GET, PUT, POST, DELETE */
    const char *path;      /* "/rules/refund" */
    struct str body;       /* p NULL: none */
    const char *signature; /* for the header Telsieve-Signature; NULL: none */
};

struct node_reply {
    long status; /* 200… */
    char *text;  /* ended by a NUL, never NULL */
    size_t n;
};

/* Ask the node at `url`; token "" is none. Returns 0, or -TS_EIO when no answer came (err says why and what to do);
 * then there is nothing to free. */
int node_ask(const char *url, const char *token, const struct node_request *request, long timeout_s,
             struct node_reply *reply, struct err *err);
void node_reply_free(struct node_reply *reply);

/* Text as the value of a parameter in a path, to be free()d; NULL: out of memory. */
char *node_escape(const char *text);

/* A reply that is no answer to what was asked, told to a person. */
void node_refused(const char *url, bool with_token, const struct node_reply *reply, struct err *err);

#endif
