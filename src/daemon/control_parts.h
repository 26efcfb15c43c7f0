/* control_parts.h - what control.c (offers and answers), control_rule.c (one rule) and control_pages.c (what is shown)
 * share. Private to them. */
#ifndef TELSIEVE_DAEMON_CONTROL_PARTS_H
#define TELSIEVE_DAEMON_CONTROL_PARTS_H

#include "daemon/breaker.h"
#include "daemon/control.h"
#include "daemon/control_report.h"
#include "daemon/library_feed.h"
#include "daemon/list_feed.h"
#include "daemon/offer_signature.h"

#include <stdatomic.h>

struct control {
    struct control_setup setup;
    struct depot *depot;
    struct offers *offers;
    struct offer_signature *signature;
    struct announcer *announcer; /* NULL: no control.status */
    struct reporter reporter;
    struct breaker *breaker;
    struct library_feed *library_feed; /* NULL: no control.rules */
    struct list_feed *list_feed;       /* NULL: no control.lists */
    struct log_limit list_refusals;    /* told one by one */
    int64_t started_mono_ms, heartbeat_mono_ms;
    bool announced;              /* the rules live */
    _Atomic bool waits;          /* a start, for the topics; any thread reads it */
    char trouble[300];           /* with keeping the depot */
    char feedback_trouble[300];  /* as of the last tick */
    struct answer *answers;      /* the last of each library */
    size_t nanswers, answers_cap;
    size_t newest; /* of them, the one given last; SIZE_MAX: none */
    uint64_t given[ANSWER_COUNT];
    char hash[80], hash_before[80]; /* of the rule sets live, and before the last attempt */
    bool changing;               /* answers given now are of the change from one to the other */
    char reload_way[16], reload_who[80]; /* of a reload asked for and not yet answered; "" */
};

/* The breaker has demoted a rule or restored it: breaker_new's `told`. */
void control_on_breaker(void *ctx, const struct breaker_event *event);

#endif
