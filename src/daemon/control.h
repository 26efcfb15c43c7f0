/* control.h - the platform's word on the rules: libraries fed by topic and by HTTP go through here to the loader, and
 * every answer goes from here to control.status, the audit log and the log.
 *
 * A start is ready at once with what the depot keeps. Then the topic is read whole; what it holds and the depot does
 * not is offered, what the depot has from the topic and the topic does not hold is withdrawn: it was withdrawn while
 * this node was away, and its tombstone is gone. An empty topic changes nothing: it is an accident, not a wish.
 *
 * Threads: the main thread. */
#ifndef TELSIEVE_DAEMON_CONTROL_H
#define TELSIEVE_DAEMON_CONTROL_H

#include "daemon/feedback.h"
#include "daemon/offers.h"
#include "daemon/status.h"

#include <jansson.h>

struct ev_loop;
struct control;

struct control_setup {
    const struct config *config;
    struct reload *reload;
    struct evidence *evidence; /* what the breaker acts by */
    struct lists *lists;  /* fed by control.lists; */
    unsigned lists_slot;  /* a reader's, for their snapshot */
    struct feedback *feedback; /* its trouble and its metrics are told too; NULL: none */
    struct overview (*look)(void *ctx); /* for heartbeats */
    void *ctx;
};

/* Opens the depot and what control needs of Kafka. NULL on problems (to err). */
struct control *control_new(const struct control_setup *setup, struct err *err);
void control_free(struct control **control);

/* What the first rule set is made of beside the files; to be unref'ed. NULL: out of memory. */
struct fed_set *control_fed_set(const struct control *control);

/* Read and follow the topics from now on, on the loop. */
void control_start(struct control *control, struct ev_loop *loop);

/* The loop has ended: nothing is read any more, and what was said gets a moment to arrive. */
void control_stop(struct control *control);

/* About twice a second. */
void control_tick(struct control *control);

/* A reload was asked for, by way "signal", "files" or "http": for the audit log. */
void control_expect_reload(struct control *control, const char *way, const char *who);

/* An attempt of the loader has ended. */
void control_settle(struct control *control, const struct reload_outcome *outcome);

/* An offer by HTTP; the answers of all are remembered per library, and *answer is the last one given for this one
 * (waiting, unchanged or refused). Its problems are lent until the next call. */
void control_offer(struct control *control, const struct offer *offer, struct answer *answer);

/* The rule set before is live again; what it was made of is what is fed now. Returns 0, or -TS_E… with err. */
int control_roll_back(struct control *control, const char *who, struct err *err);

/* A rule that the breaker demoted is live again. Returns 0, or -TS_ENOENT: it has demoted none of this id. */
int control_reset_rule(struct control *control, const char *rule, const char *who);

/* Asks for a rule to go from shadow or canary to live. */
struct promotion_order {
    const char *rule;
    const char *why; /* do it against its evidence, for this reason: well-formed UTF-8, shorter than OFFER_WHY_BYTES;
                        NULL: only by its evidence */
    const char *who;
    bool try;        /* only say whether it may, and what the library would then read */
};

enum promotion_result { PROMOTION_UNKNOWN, PROMOTION_REFUSED, PROMOTION_ALLOWED, PROMOTION_OFFERED };

/* Weigh the evidence that the rule has on this node (promotion.h), and offer its library with the rule live to this
 * node, in the name of who asks. UNKNOWN: no live library has it. REFUSED: nothing is changed. ALLOWED: the same, for
 * it was only tried. OFFERED: *answer as of control_offer. *page is what to tell: {"rule", "library", "version",
 * "state", "criteria", "next", "text", "answer", "problem"}, as far as it got. */
enum promotion_result control_promote(struct control *control, const struct promotion_order *order,
                                      struct answer *answer, json_t **page);

/* Have the topics been read, or was it waited for long enough? Else false and why, for a person. Any thread. */
bool control_is_ready(const struct control *control, char *why, size_t size);

/* Are records judged by what was kept from the last time, because a topic has not been read yet? */
bool control_is_degraded(const struct control *control);

/* What is wrong with being fed, for a person; "" when nothing is. */
const char *control_trouble(const struct control *control);

/* {"node", "reading", "pending", "trouble", "answers": […], "libraries": […]} for /rules. */
json_t *control_json(const struct control *control);

/* Its part of /metrics. */
void control_write_metrics(const struct control *control, FILE *out);

/* Say in the page of /rules where each library of the active generation came from: "from", and of those that are fed
 * who fed it, when, and its digest. */
void control_add_sources(const struct control *control, json_t *rules);

#endif
