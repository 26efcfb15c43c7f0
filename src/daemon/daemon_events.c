/* daemon_events.c - the callbacks of the loop. */
#include "daemon/daemon_parts.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/notify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_S 0.5
#define DRAIN_LOOK_S 0.02
#define DRAIN_GRACE_MS 20000 /* for clients to close behind the deadline; with it below TimeoutStopSec of the unit */

/* ---- reload ------------------------------------------------------------------------------------------------------ */

void daemon_begin_reload(void *ctx, const char *way, const char *who)
{
    struct daemon *daemon = ctx;

    control_expect_reload(daemon->control, way, who);
    if (!daemon->reloading)
        notify_reloading();
    daemon->reloading = true;
    reload_request(daemon->reload);
}

void daemon_on_watched(void *ctx)
{
    daemon_begin_reload(ctx, "files", "rules.watch");
}

static void end_reload(struct daemon *daemon)
{
    struct reload_status status;

    reload_read_status(daemon->reload, &status);
    free(status.problems);
    if (status.busy)
        return;
    daemon->reloading = false;
    notify_ready(pulse_text(&daemon->pulse));
}

/* What the loader has done goes to those who asked for it. */
void daemon_settle(struct daemon *daemon)
{
    struct reload_outcome outcome;

    while (reload_take_outcome(daemon->reload, &outcome)) {
        control_settle(daemon->control, &outcome);
        reload_outcome_fini(&outcome);
    }
}

/* ---- stop -------------------------------------------------------------------------------------------------------- */

void daemon_begin_drain(struct daemon *daemon)
{
    if (atomic_exchange(&daemon->stopping, true))
        return;
    watch_free(&daemon->watch);
    notify_stopping();
    log_info("stopping", "deadline_ms=%" PRId64, daemon->options.config->drain.deadline_ms);
    daemon->deadline_mono_ms = clock_mono_ms() + daemon->options.config->drain.deadline_ms;
    for (unsigned i = 0; i < daemon->nworkers; i++)
        worker_stop(daemon->workers[i], daemon->deadline_mono_ms);
    ev_timer_start(daemon->loop, &daemon->drain);
}

void daemon_log_books(const struct daemon *daemon)
{
    struct daemon_books b;
    uint64_t sum;

    daemon_read_books(daemon, &b);
    sum = b.clean + b.warned + b.suppressed + b.dead_lettered + b.in_flight;
    log_info("books",
             "consumed=%" PRIu64 " clean=%" PRIu64 " warned=%" PRIu64 " suppressed=%" PRIu64 " dead_lettered=%" PRIu64
             " in_flight=%" PRIu64 " balanced=%s",
             b.consumed, b.clean, b.warned, b.suppressed, b.dead_lettered, b.in_flight,
             b.consumed == sum ? "yes" : "no");
}

static bool is_running(struct worker *worker)
{
    struct worker_status status;

    worker_read_status(worker, &status);
    return status.running;
}

static void on_drain(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct daemon *daemon = watcher->data;
    unsigned running = 0;

    (void)events;
    for (unsigned i = 0; i < daemon->nworkers; i++)
        running += is_running(daemon->workers[i]);
    if (running == 0) {
        ev_break(loop, EVBREAK_ALL);
        return;
    }
    if (clock_mono_ms() > daemon->deadline_mono_ms + DRAIN_GRACE_MS) {
        daemon_log_books(daemon);
        log_error("drain", "result=abandoned workers=%u msg=\"still running behind the deadline\"", running);
        _exit(EXIT_DEADLINE);
    }
}

static void on_stop_signal(struct ev_loop *loop, ev_signal *watcher, int events)
{
    struct daemon *daemon = watcher->data;

    (void)loop;
    (void)events;
    if (atomic_load(&daemon->stopping)) {
        daemon_log_books(daemon);
        log_warn("stop", "msg=\"asked a second time: not waiting for deliveries\"");
        _exit(EXIT_DEADLINE);
    }
    daemon_begin_drain(daemon);
}

static void on_hangup(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)loop;
    (void)events;
    daemon_begin_reload(watcher->data, "signal", "SIGHUP");
}

static void on_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
    struct daemon *daemon = watcher->data;

    (void)loop;
    (void)events;
    if (atomic_load(&daemon->stop_wanted))
        daemon_begin_drain(daemon);
    daemon_settle(daemon);
    for (unsigned i = 0; i < daemon->nworkers && !atomic_load(&daemon->stopping); i++) {
        if (!is_running(daemon->workers[i])) {
            log_error("failed", "worker=%u msg=\"a worker has ended: stopping\"", i);
            daemon->exit_code = EXIT_RUNTIME;
            daemon_begin_drain(daemon);
        }
    }
    if (daemon->reloading && !atomic_load(&daemon->stopping))
        end_reload(daemon);
}

/* ---- time ------------------------------------------------------------------------------------------ */

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct daemon *daemon = watcher->data;
    struct overview overview = daemon_look(daemon);

    (void)loop;
    (void)events;
    store_reap(daemon->store);
    (void)lists_tend(daemon->lists);
    control_tick(daemon->control);
    pulse_readiness(&daemon->pulse, &overview, !daemon->reloading);
    pulse_progress(&daemon->pulse, &overview, daemon->options.config->watchdog.stage_limit_ms);
}

static void on_watchdog(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct daemon *daemon = watcher->data;
    struct overview overview = daemon_look(daemon);

    (void)loop;
    (void)events;
    if (pulse_progress(&daemon->pulse, &overview, daemon->options.config->watchdog.stage_limit_ms))
        notify_watchdog();
}

/* ---- watchers ---------------------------------------------------------------------------------------------------- */

void daemon_init_watchers(struct daemon *daemon)
{
    double watchdog_s = (double)notify_watchdog_ms() / 3000.;

    ev_signal_init(&daemon->terminate, on_stop_signal, SIGTERM);
    ev_signal_init(&daemon->interrupt, on_stop_signal, SIGINT);
    ev_signal_init(&daemon->hangup, on_hangup, SIGHUP);
    ev_async_init(&daemon->wake, on_wake);
    ev_timer_init(&daemon->tick, on_tick, TICK_S, TICK_S);
    ev_timer_init(&daemon->drain, on_drain, DRAIN_LOOK_S, DRAIN_LOOK_S);
    ev_timer_init(&daemon->watchdog, on_watchdog, 0., watchdog_s);
    daemon->terminate.data = daemon->interrupt.data = daemon->hangup.data = daemon;
    daemon->wake.data = daemon->tick.data = daemon->drain.data = daemon->watchdog.data = daemon;
    ev_async_start(daemon->loop, &daemon->wake);
}
