/* daemon.c - the main thread: made in daemon_new, turned by libev in daemon_run, taken apart in daemon_free.
 *
 * Nothing here is on a record's way. Signals, the workers' and the loader's wake-ups and requests from other threads
 * all end in on_wake or a small callback on the loop; twice a second on_tick looks at the workers, frees old rule sets
 * and tells the log and systemd when readiness changed. A drain is begun once and looked at every 20 ms until the
 * workers have ended; one that does not end in time is not waited for. */
#include "daemon/daemon.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/notify.h"
#include "daemon/pages.h"
#include "daemon/pulse.h"
#include "daemon/quarantine.h"
#include "daemon/watch.h"
#include "match/lists_file.h"

#include <ev.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_RUNTIME 3
#define EXIT_DEADLINE 4
#define TICK_S 0.5
#define DRAIN_LOOK_S 0.02
#define DRAIN_GRACE_MS 20000 /* for clients to close behind the deadline; with it below TimeoutStopSec of the unit */
#define MAX_WORKERS 256

struct daemon {
    struct daemon_options options;
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

static struct overview look(void *ctx)
{
    const struct daemon *daemon = ctx;
    struct overview overview = {
        .store = daemon->store,
        .reload = daemon->reload,
        .lists = daemon->lists,
        .workers = daemon->workers,
        .nworkers = daemon->nworkers,
        .started_wall_ms = daemon->started_wall_ms,
        .started_mono_ms = daemon->started_mono_ms,
        .stopping = atomic_load_explicit(&daemon->stopping, memory_order_relaxed),
    };

    (void)control_is_ready(daemon->control, overview.waiting, sizeof(overview.waiting));
    return overview;
}

/* From any thread: have on_wake run on the loop. */
static void wake(void *ctx)
{
    struct daemon *daemon = ctx;

    ev_async_send(daemon->loop, &daemon->wake);
}

/* ---- reload ------------------------------------------------------------------------------------------------------ */

static void begin_reload(void *ctx, const char *way, const char *who)
{
    struct daemon *daemon = ctx;

    control_expect_reload(daemon->control, way, who);
    if (!daemon->reloading)
        notify_reloading();
    daemon->reloading = true;
    reload_request(daemon->reload);
}

static void on_watched(void *ctx)
{
    begin_reload(ctx, "files", "rules.watch");
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
static void settle(struct daemon *daemon)
{
    struct reload_outcome outcome;

    while (reload_take_outcome(daemon->reload, &outcome)) {
        control_settle(daemon->control, &outcome);
        reload_outcome_fini(&outcome);
    }
}

/* ---- stop -------------------------------------------------------------------------------------------------------- */

static void begin_drain(struct daemon *daemon)
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

static void log_books(const struct daemon *daemon)
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
        log_books(daemon);
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
        log_books(daemon);
        log_warn("stop", "msg=\"asked a second time: not waiting for deliveries\"");
        _exit(EXIT_DEADLINE);
    }
    begin_drain(daemon);
}

static void on_hangup(struct ev_loop *loop, ev_signal *watcher, int events)
{
    (void)loop;
    (void)events;
    begin_reload(watcher->data, "signal", "SIGHUP");
}

static void on_wake(struct ev_loop *loop, ev_async *watcher, int events)
{
    struct daemon *daemon = watcher->data;

    (void)loop;
    (void)events;
    if (atomic_load(&daemon->stop_wanted))
        begin_drain(daemon);
    settle(daemon);
    for (unsigned i = 0; i < daemon->nworkers && !atomic_load(&daemon->stopping); i++) {
        if (!is_running(daemon->workers[i])) {
            log_error("failed", "worker=%u msg=\"a worker has ended: stopping\"", i);
            daemon->exit_code = EXIT_RUNTIME;
            begin_drain(daemon);
        }
    }
    if (daemon->reloading && !atomic_load(&daemon->stopping))
        end_reload(daemon);
}

/* ---- time ------------------------------------------------------------------------------------------ */

static void on_tick(struct ev_loop *loop, ev_timer *watcher, int events)
{
    struct daemon *daemon = watcher->data;
    struct overview overview = look(daemon);

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
    struct overview overview = look(daemon);

    (void)loop;
    (void)events;
    if (pulse_progress(&daemon->pulse, &overview, daemon->options.config->watchdog.stage_limit_ms))
        notify_watchdog();
}

/* ---- made and freed ---------------------------------------------------------------------------------------------- */

static unsigned usable_cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    return (unsigned)CPU_COUNT(&set);
}

static void init_watchers(struct daemon *daemon)
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

static int make_workers(struct daemon *daemon, unsigned n, struct err *err)
{
    const struct worker_setup setup = {
        .config = daemon->options.config,
        .store = daemon->store,
        .lists = daemon->lists,
        .quarantine = daemon->quarantine,
        .wake = wake,
        .wake_ctx = daemon,
    };

    while (daemon->nworkers < n) {
        daemon->workers[daemon->nworkers] = worker_new(&setup, daemon->nworkers, err);
        if (daemon->workers[daemon->nworkers] == NULL)
            return -TS_EINVAL; /* the next ones would have the same problems */
        daemon->nworkers++;
    }
    return 0;
}

/* The loader, and what feeds it. */
static int make_loader(struct daemon *daemon, struct err *err)
{
    const struct config *config = daemon->options.config;
    const struct reload_setup loader = {.config = config, .sets = daemon->options.sets, .nsets = daemon->options.nsets,
                                        .store = daemon->store, .lists = daemon->lists, .done = wake, .ctx = daemon,
                                        .compiler = daemon->options.compiler};
    struct control_setup control = {.config = config, .lists = daemon->lists, .lists_slot = daemon->lists_slot,
                                    .look = look, .ctx = daemon};
    struct fed_set *fed;

    control.reload = daemon->reload = reload_new(&loader);
    if (daemon->reload == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return -TS_ENOMEM;
    }
    daemon->control = control_new(&control, err);
    if (daemon->control == NULL)
        return -TS_EINVAL;
    daemon->pages.control = daemon->control;
    if ((fed = control_fed_set(daemon->control)) != NULL)
        reload_feed(daemon->reload, fed);
    if (config->rules.watch) /* before the files are read: what changes meanwhile is not missed */
        daemon->watch = watch_new(daemon->loop, config->rules.dir, on_watched, daemon, err);
    return reload_first(daemon->reload, err);
}

/* Everything that can be wrong is tried, so that all problems are told. */
static void make_parts(struct daemon *daemon, struct err *err)
{
    const struct config *config = daemon->options.config;
    unsigned n = config->workers > 0 ? (unsigned)config->workers : usable_cores();

    if (n > MAX_WORKERS)
        n = MAX_WORKERS;
    daemon->store = store_new(n);
    if (daemon->store == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return;
    }
    daemon->lists_slot = n;
    daemon->lists = lists_open(config->rules.dir, n + 1, err);
    (void)make_loader(daemon, err);
    if (config->quarantine.file[0] != '\0')
        daemon->quarantine = quarantine_open(config->quarantine.file, err);
    make_workers(daemon, n, err);
}

struct daemon *daemon_new(const struct daemon_options *options, struct err *err)
{
    struct daemon *daemon = calloc(1, sizeof(*daemon));
    unsigned before = err->count;

    if (daemon == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    daemon->options = *options;
    daemon->started_wall_ms = clock_wall_ms();
    daemon->started_mono_ms = clock_mono_ms();
    daemon->pages = (struct pages){look, begin_reload, daemon, NULL};
    daemon->loop = ev_loop_new(EVFLAG_AUTO);
    if (daemon->loop == NULL) {
        err_add(err, "no event loop: out of file descriptors?");
        free(daemon);
        return NULL;
    }
    init_watchers(daemon);
    make_parts(daemon, err);
    if (err->count > before)
        daemon_free(&daemon);
    return daemon;
}

void daemon_free(struct daemon **daemon)
{
    struct daemon *d = *daemon;

    if (d == NULL)
        return;
    admin_free(&d->admin);
    watch_free(&d->watch);
    for (unsigned i = 0; i < d->nworkers; i++)
        worker_free(&d->workers[i]);
    control_free(&d->control);
    reload_free(&d->reload);
    if (d->store != NULL)
        store_free(&d->store);
    lists_free(&d->lists);
    quarantine_close(&d->quarantine);
    ev_loop_destroy(d->loop);
    free(d);
    *daemon = NULL;
}

/* ---- run --------------------------------------------------------------------------------------------------------- */

/* The process is the daemon's: its signals, and no text of a record in a core dump. */
static void take_process(struct daemon *daemon)
{
    const struct rlimit none = {0, 0};

    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_CORE, &none);
    ev_signal_start(daemon->loop, &daemon->terminate);
    ev_signal_start(daemon->loop, &daemon->interrupt);
    ev_signal_start(daemon->loop, &daemon->hangup);
}

static int start_admin(struct daemon *daemon)
{
    const struct config *config = daemon->options.config;
    const struct admin_setup setup = {config->admin.listen, config->admin.token,
                                      (size_t)config->control.max_library_bytes, pages_routes, &daemon->pages};
    struct err err;
    char quoted[400];

    if (setup.address[0] == '\0')
        return 0;
    err_init(&err);
    daemon->admin = admin_new(daemon->loop, &setup, &err);
    if (daemon->admin == NULL) {
        if (err.n > 0)
            err.text[err.n - 1] = '\0';
        log_error("admin", "result=failed msg=%s", log_quote(err.text != NULL ? err.text : "", quoted, sizeof(quoted)));
        err_fini(&err);
        return -TS_EIO;
    }
    log_info("admin", "listen=%s", admin_address(daemon->admin));
    err_fini(&err);
    return 0;
}

static int start_threads(struct daemon *daemon)
{
    for (unsigned i = 0; i < daemon->nworkers; i++)
        if (worker_start(daemon->workers[i]) != 0)
            return -TS_ENOMEM;
    return reload_start(daemon->reload);
}

/* Join what was started; the code that daemon_run returns. */
static int finish(struct daemon *daemon)
{
    uint64_t left = 0;

    for (unsigned i = 0; i < daemon->nworkers; i++)
        left += worker_join(daemon->workers[i]);
    reload_stop(daemon->reload);
    log_books(daemon);
    if (left > 0)
        log_warn("drain", "result=deadline left=%" PRIu64 " msg=\"will be read again at the next start\"", left);
    if (daemon->exit_code == 0 && left > 0)
        daemon->exit_code = EXIT_DEADLINE;
    log_info("stopped", "code=%d", daemon->exit_code);
    return daemon->exit_code;
}

int daemon_run(struct daemon *daemon)
{
    if (daemon->options.signals)
        take_process(daemon);
    log_info("start", "version=%s workers=%u generation=%" PRIu64, TELSIEVE_VERSION, daemon->nworkers,
             store_generation(daemon->store));
    ev_timer_start(daemon->loop, &daemon->tick);
    settle(daemon);
    control_start(daemon->control, daemon->loop);
    if (start_admin(daemon) != 0 || start_threads(daemon) != 0) {
        daemon->exit_code = EXIT_RUNTIME;
        begin_drain(daemon);
    } else {
        notify_ready(pulse_text(&daemon->pulse));
        if (notify_watchdog_ms() > 0)
            ev_timer_again(daemon->loop, &daemon->watchdog);
    }
    ev_run(daemon->loop, 0);
    admin_free(&daemon->admin);
    control_stop(daemon->control);
    return finish(daemon);
}

void daemon_stop(struct daemon *daemon)
{
    atomic_store(&daemon->stop_wanted, true);
    wake(daemon);
}

void daemon_read_books(const struct daemon *daemon, struct daemon_books *out)
{
    struct overview overview = look((void *)daemon);
    struct partition_books *partitions = NULL, sum;
    size_t n = status_partitions(&overview, &partitions);

    sum = metrics_page_books(partitions, n);
    free(partitions);
    *out = (struct daemon_books){sum.consumed, sum.clean, sum.warned, sum.suppressed, sum.dead_lettered, sum.in_flight};
}

bool daemon_is_ready(struct daemon *daemon, char *why, size_t size)
{
    struct overview overview = look(daemon);

    return status_is_ready(&overview, why, size);
}
