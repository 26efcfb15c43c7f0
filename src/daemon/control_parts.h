/* control_parts.h - what control.c (offers), control_answers.c (when they are answered), control_rule.c (one rule) and
 * control_pages.c (what is shown) share. Private to them. */
#ifndef TELSIEVE_DAEMON_CONTROL_PARTS_H
#define TELSIEVE_DAEMON_CONTROL_PARTS_H

#include "daemon/breaker.h"
#include "daemon/control.h"
#include "daemon/control_report.h"
#include "daemon/library_feed.h"
#include "daemon/list_feed.h"
#include "daemon/offer_signature.h"

#include <ev.h>
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
    uint64_t lists_audited;               /* changes of entries that have their line in the audit log, */
    char lists_digest[LISTS_DIGEST_SIZE]; /* the lists behind these, */
    int64_t lists_due_ms;                 /* and when the next line may be written */
    bool announced;              /* the rules live */
    _Atomic bool waits;          /* a start, for the topics; any thread reads it */
    char feedback_trouble[300];  /* as of the last tick */
    struct disk *disk;
    bool left;                   /* it was stuck at the end, and still writes to the depot's folder when it can */
    ev_io disk_readable;
    struct ev_loop *loop;        /* NULL before control_start */
    struct keeping *keeping;     /* the draft of the depot that is being written; NULL: none */
    bool unkept;                 /* the depot has changed since the last draft was made */
    char trouble[300], stuck[200]; /* with keeping the depot; with the disk */
    struct answer *answers;      /* the last of each library */
    size_t nanswers, answers_cap;
    struct answer *held;         /* not told yet, in their order: some are of what is not on disk yet */
    size_t nheld, held_cap;
    struct answer newest;        /* the one decided last; */
    bool decided;                /* there is one since the last offer by HTTP */
    uint64_t given[ANSWER_COUNT];
    char hash[80], hash_before[80]; /* of the rule sets live, and before the last attempt */
    bool changing;               /* answers given now are of the change from one to the other */
    char reload_way[16], reload_who[80]; /* of a reload asked for and not yet answered; "" */
};

/* The breaker has demoted a rule or restored it: breaker_new's `told`. */
void control_on_breaker(void *ctx, const struct breaker_event *event);

/* ---- control_answers.c ---- */

/* An answer was decided. It is told at once, unless it, or one before it, is of a change of a depot that has a folder:
 * then when that is on disk, or could not be kept. */
void control_decide(struct control *control, const struct answer *answer);

/* The depot has changed: it is written as it is now, or as it is when the draft under way has been written. */
void control_keep_depot(struct control *control);

/* Say so when the disk is stuck. */
void control_watch_disk(struct control *control, int64_t now_mono_ms);

void control_free_answers(struct control *control);

#endif
