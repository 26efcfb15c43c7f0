/* reload.c - the loader's thread, what is asked of it and what it tells; reload_turn.c has its attempts, reload_proof.c
 * what comes behind going live. The thread waits for requests, feeds and the end of a proof. */
#include "core/clock.h"
#include "daemon/reload_parts.h"

#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* ---- folders of what is compiled -------------------------------------------------------------------------------- */

/* One that lives as long as the loader: what polarity needs is then compiled once. */
static const char *own_folder(struct reload *reload)
{
    if (reload->own[0] == '\0')
        (void)scratch_make(reload->own);
    return reload->own[0] != '\0' ? reload->own : NULL;
}

void reload_leave_cache(struct reload *reload)
{
    reload->cache = reload->setup.compiler != NULL ? own_folder(reload) : NULL;
}

void reload_give_up_cache(struct reload *reload)
{
    if (reload->cache != NULL)
        scratch_clear(reload->cache);
    reload_leave_cache(reload);
}

const struct config *reload_config(const struct reload *reload)
{
    return reload->config != NULL ? reload->config : reload->setup.config;
}

/* ---- made and freed ---------------------------------------------------------------------------------------------- */

struct reload *reload_new(const struct reload_setup *setup)
{
    struct reload *reload = calloc(1, sizeof(*reload));

    if (reload == NULL)
        return NULL;
    reload->setup = *setup;
    reload->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    reload->cancel = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    reload->live.fed = fed_set_new(0);
    pthread_mutex_init(&reload->mutex, NULL);
    if (setup->config->rules.cache[0] != '\0')
        reload->cache = setup->config->rules.cache;
    else if (setup->compiler != NULL)
        reload->cache = own_folder(reload);
    if (reload->wake < 0 || reload->cancel < 0 || reload->live.fed == NULL)
        reload_free(&reload);
    return reload;
}

void reload_free(struct reload **reload)
{
    struct reload *old = *reload;
    struct reload_outcome outcome;

    if (old == NULL)
        return;
    reload_stop(old);
    compiler_kill(&old->prover);
    while (reload_take_outcome(old, &outcome))
        reload_outcome_fini(&outcome);
    scratch_remove(old->own);
    config_free(&old->config);
    fed_set_unref(&old->wanted);
    fed_set_unref(&old->held);
    fed_set_unref(&old->answered);
    fed_set_unref(&old->live.fed);
    fed_set_unref(&old->previous.fed);
    close(old->wake);
    close(old->cancel);
    pthread_mutex_destroy(&old->mutex);
    free(old->problems);
    free(old);
    *reload = NULL;
}

/* ---- outcomes ---------------------------------------------------------------------------------------------------- */

void reload_outcome_fini(struct reload_outcome *outcome)
{
    for (size_t i = 0; i < outcome->nrefused; i++) {
        free(outcome->refused[i].name);
        free(outcome->refused[i].problems);
    }
    free(outcome->refused);
    fed_set_unref(&outcome->live);
    free(outcome->problems);
    *outcome = (struct reload_outcome){0};
}

bool reload_take_outcome(struct reload *reload, struct reload_outcome *out)
{
    struct outcome_entry *first;

    pthread_mutex_lock(&reload->mutex);
    first = reload->outcomes;
    if (first != NULL)
        reload->outcomes = first->next;
    pthread_mutex_unlock(&reload->mutex);
    if (first == NULL)
        return false;
    *out = first->outcome;
    free(first);
    return true;
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

enum asked { ASKED_NOTHING, ASKED_ATTEMPT, ASKED_STOP };

static enum asked asked(struct reload *reload)
{
    enum asked what;

    pthread_mutex_lock(&reload->mutex);
    what = reload->stop ? ASKED_STOP : reload->request || reload->wanted != NULL ? ASKED_ATTEMPT : ASKED_NOTHING;
    pthread_mutex_unlock(&reload->mutex);
    return what;
}

/* Until somebody asks, or the proof has something to say. */
static void wait(struct reload *reload)
{
    struct pollfd both[] = {{.fd = reload->wake, .events = POLLIN},
                            {.fd = reload->prover != NULL ? compiler_fd(reload->prover) : -1, .events = POLLIN}};
    uint64_t count;

    (void)poll(both, 2, -1);
    (void)!read(reload->wake, &count, sizeof(count));
}

static void *run(void *arg)
{
    struct reload *reload = arg;
    const struct sched_param none = {0};
    enum asked what;

    pthread_setname_np(pthread_self(), "loader");
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &none); /* a wish: without it reloads only press harder */
    while ((what = asked(reload)) != ASKED_STOP) {
        if (what == ASKED_ATTEMPT) {
            reload_attempt(reload);
        } else {
            reload_prove_if_due(reload);
            wait(reload);
            reload_look_at_prover(reload);
        }
    }
    compiler_kill(&reload->prover);
    return NULL;
}

int reload_start(struct reload *reload)
{
    reload->started = pthread_create(&reload->thread, NULL, run, reload) == 0;
    return reload->started ? 0 : -TS_ENOMEM;
}

static void signal_fd(int fd)
{
    const uint64_t one = 1;

    (void)!write(fd, &one, sizeof(one));
}

void reload_stop(struct reload *reload)
{
    if (!reload->started)
        return;
    pthread_mutex_lock(&reload->mutex);
    reload->stop = true;
    pthread_mutex_unlock(&reload->mutex);
    signal_fd(reload->cancel);
    signal_fd(reload->wake);
    pthread_join(reload->thread, NULL);
    reload->started = false;
}

/* ---- asked for --------------------------------------------------------------------------------------------------- */

/* With the mutex. */
static void note_asked(struct reload *reload)
{
    if (!reload->request && reload->wanted == NULL)
        reload->asked_ms = clock_mono_ms();
}

void reload_request(struct reload *reload)
{
    pthread_mutex_lock(&reload->mutex);
    note_asked(reload);
    reload->request = true;
    pthread_mutex_unlock(&reload->mutex);
    signal_fd(reload->wake);
}

uint64_t reload_feed(struct reload *reload, struct fed_set *set)
{
    uint64_t number;

    pthread_mutex_lock(&reload->mutex);
    note_asked(reload);
    fed_set_unref(&reload->wanted);
    reload->wanted = set;
    reload->wanted_early = reload->running || reload->outcomes != NULL;
    number = ++reload->fed;
    pthread_mutex_unlock(&reload->mutex);
    signal_fd(reload->wake);
    return number;
}

int reload_rollback(struct reload *reload)
{
    struct made live;
    int rc;

    pthread_mutex_lock(&reload->mutex);
    if (reload->request || reload->running || reload->wanted != NULL || reload->outcomes != NULL) {
        rc = -TS_EBUSY;
    } else if (reload->previous.set == NULL) {
        rc = -TS_ENOENT;
    } else if ((rc = store_rollback(reload->setup.store, true)) == 0) {
        live = reload->live;
        reload->live = reload->previous;
        reload->previous = live;
        fed_set_unref(&reload->held); /* else the next attempt undid this */
    }
    pthread_mutex_unlock(&reload->mutex);
    if (rc == 0)
        signal_fd(reload->wake);
    return rc;
}

struct fed_set *reload_live(struct reload *reload)
{
    struct fed_set *live;

    pthread_mutex_lock(&reload->mutex);
    live = fed_set_ref(reload->live.fed);
    pthread_mutex_unlock(&reload->mutex);
    return live;
}

void reload_read_status(struct reload *reload, struct reload_status *out)
{
    pthread_mutex_lock(&reload->mutex);
    *out = (struct reload_status){
        .succeeded = reload->succeeded,
        .failed = reload->failed,
        .busy = reload->request || reload->running || reload->wanted != NULL,
        .last_wall_ms = reload->last_wall_ms,
        .load_ms = reload->load_ms,
        .proved = reload->live.proved,
        .problems = reload->problems != NULL ? strdup(reload->problems) : NULL,
    };
    pthread_mutex_unlock(&reload->mutex);
}
