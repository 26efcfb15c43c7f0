/* daemon_parts.h - what daemon.c (made, run, taken apart) and daemon_events.c (what happens on the loop) share. Private
 * to them. */
#ifndef TELSIEVE_DAEMON_DAEMON_PARTS_H
#define TELSIEVE_DAEMON_DAEMON_PARTS_H

#include "daemon/daemon.h"
#include "daemon/pages.h"
#include "daemon/pulse.h"
#include "daemon/quarantine.h"
#include "daemon/watch.h"

#include <ev.h>
#include <stdatomic.h>

#define EXIT_RUNTIME 3
#define EXIT_DEADLINE 4
#define MAX_WORKERS 256

struct daemon {
    struct daemon_options options;
    struct evidence *evidence;
    struct feedback *feedback; /* NULL: no control.feedback */
    struct store *store;
    struct lists *lists;
    unsigned lists_slot; /* behind the workers', for the one who keeps them */
    struct quarantine *quarantine;
    struct reload *reload;
    struct control *control;
    struct admin *admin;
    struct watch *watch; /* NULL: rules.watch is off */
    struct pages pages;
    struct worker *workers[MAX_WORKERS];
    unsigned nworkers;
    int64_t started_wall_ms, started_mono_ms;

    struct ev_loop *loop;
    ev_signal terminate, interrupt, hangup;
    ev_async wake;
    ev_timer tick, watchdog, drain;
    _Atomic bool stop_wanted; /* by daemon_stop */
    _Atomic bool stopping;
    int64_t deadline_mono_ms;
    int exit_code;
    bool reloading; /* systemd was told RELOADING=1 */
    struct pulse pulse;
};

/* The daemon as it is now; `ctx` is the daemon. Any thread. */
struct overview daemon_look(void *ctx);

/* The watchers of the loop; of them only `wake` is started. */
void daemon_init_watchers(struct daemon *daemon);

/* What the loader has done goes to those who asked for it. */
void daemon_settle(struct daemon *daemon);

/* By way "signal", "files" or "http"; `ctx` is the daemon. */
void daemon_begin_reload(void *ctx, const char *way, const char *who);
void daemon_on_watched(void *ctx);

void daemon_begin_drain(struct daemon *daemon);
void daemon_log_books(const struct daemon *daemon);

#endif
