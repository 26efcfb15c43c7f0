/* daemon.c - the main thread: made in daemon_new, turned by libev in daemon_run, taken apart in daemon_free; what
 * happens on the loop is in daemon_events.c.
 *
 * Nothing here is on a record's way. Signals, the workers' and the loader's wake-ups and requests from other threads
 * all end in on_wake or a small callback on the loop; twice a second on_tick looks at the workers, frees old rule sets
 * and tells the log and systemd when readiness changed. A drain is begun once and looked at every 20 ms until the
 * workers have ended; one that does not end in time is not waited for. */
#include "daemon/daemon_parts.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/notify.h"
#include "match/lists_file.h"

#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct overview daemon_look(void *ctx)
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

/* ---- made and freed ---------------------------------------------------------------------------------------------- */

static unsigned usable_cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    return (unsigned)CPU_COUNT(&set);
}

static int make_workers(struct daemon *daemon, unsigned n, struct err *err)
{
    const struct worker_setup setup = {
        .config = daemon->options.config,
        .store = daemon->store,
        .lists = daemon->lists,
        .quarantine = daemon->quarantine,
        .feedback = daemon->feedback,
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
                                        .store = daemon->store, .evidence = daemon->evidence, .lists = daemon->lists,
                                        .done = wake, .ctx = daemon, .compiler = daemon->options.compiler};
    struct control_setup control = {.config = config, .evidence = daemon->evidence, .lists = daemon->lists,
                                    .lists_slot = daemon->lists_slot, .feedback = daemon->feedback,
                                    .look = daemon_look, .ctx = daemon};
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
        daemon->watch = watch_new(daemon->loop, config->rules.dir, daemon_on_watched, daemon, err);
    return reload_first(daemon->reload, err);
}

static void make_feedback(struct daemon *daemon, unsigned nworkers, struct err *err)
{
    const struct config *config = daemon->options.config;
    const struct feedback_setup setup = {.config = config, .evidence = daemon->evidence, .nworkers = nworkers};

    if (config->control.feedback[0] != '\0' && config->control.archive_ms > 0)
        daemon->feedback = feedback_new(&setup, err);
}

/* Everything that can be wrong is tried, so that all problems are told. */
static void make_parts(struct daemon *daemon, struct err *err)
{
    const struct config *config = daemon->options.config;
    unsigned n = config->workers > 0 ? (unsigned)config->workers : usable_cores();

    if (n > MAX_WORKERS)
        n = MAX_WORKERS;
    daemon->store = store_new(n);
    daemon->evidence = evidence_new(n, (uint64_t)config->breaker.rule_per_minute);
    if (daemon->store == NULL || daemon->evidence == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return;
    }
    daemon->lists_slot = n;
    daemon->lists = lists_open(config->rules.dir, n + 1, err);
    make_feedback(daemon, n, err);
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
    daemon->pages = (struct pages){daemon_look, daemon_begin_reload, daemon, NULL};
    daemon->loop = ev_loop_new(EVFLAG_AUTO);
    if (daemon->loop == NULL) {
        err_add(err, "no event loop: out of file descriptors?");
        free(daemon);
        return NULL;
    }
    daemon_init_watchers(daemon);
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
    feedback_free(&d->feedback);
    control_free(&d->control);
    reload_free(&d->reload);
    if (d->store != NULL)
        store_free(&d->store);
    evidence_free(&d->evidence);
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
    if (daemon->feedback != NULL && feedback_start(daemon->feedback) != 0)
        return -TS_ENOMEM;
    return reload_start(daemon->reload);
}

/* Join what was started; the code that daemon_run returns. */
static int finish(struct daemon *daemon)
{
    uint64_t left = 0;

    for (unsigned i = 0; i < daemon->nworkers; i++)
        left += worker_join(daemon->workers[i]);
    if (daemon->feedback != NULL)
        feedback_stop(daemon->feedback);
    reload_stop(daemon->reload);
    daemon_log_books(daemon);
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
    daemon_settle(daemon);
    control_start(daemon->control, daemon->loop);
    if (start_admin(daemon) != 0 || start_threads(daemon) != 0) {
        daemon->exit_code = EXIT_RUNTIME;
        daemon_begin_drain(daemon);
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
    struct overview overview = daemon_look((void *)daemon);
    struct partition_books *partitions = NULL, sum;
    size_t n = status_partitions(&overview, &partitions);

    sum = metrics_page_books(partitions, n);
    free(partitions);
    *out = (struct daemon_books){sum.consumed, sum.clean, sum.warned, sum.suppressed, sum.dead_lettered, sum.in_flight};
}

bool daemon_is_ready(struct daemon *daemon, char *why, size_t size)
{
    struct overview overview = daemon_look(daemon);

    return status_is_ready(&overview, why, size);
}
