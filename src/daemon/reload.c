/* reload.c - one thread waits on one condition. An attempt works on its own configuration and its own rule set and
 * touches shared state only at the end: publish in the store, or the list of problems under the mutex. */
#include "daemon/reload.h"
#include "config/options.h"
#include "core/clock.h"
#include "core/log.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct reload {
    struct reload_setup setup;
    pthread_t thread;
    bool started;
    pthread_mutex_t mutex;
    pthread_cond_t wanted;
    bool request, stop, running; /* under the mutex, as all below */
    uint64_t succeeded, failed;
    int64_t last_wall_ms;
    char *problems;
};

struct reload *reload_new(const struct reload_setup *setup)
{
    struct reload *reload = calloc(1, sizeof(*reload));

    if (reload == NULL)
        return NULL;
    reload->setup = *setup;
    pthread_mutex_init(&reload->mutex, NULL);
    pthread_cond_init(&reload->wanted, NULL);
    return reload;
}

void reload_free(struct reload **reload)
{
    if (*reload == NULL)
        return;
    reload_stop(*reload);
    pthread_cond_destroy(&(*reload)->wanted);
    pthread_mutex_destroy(&(*reload)->mutex);
    free((*reload)->problems);
    free(*reload);
    *reload = NULL;
}

/* Load and publish what `config` says. */
static int load(struct reload *reload, const struct config *config, struct err *err)
{
    struct ruleset_options options;
    struct ruleset *set;
    int rc;

    ruleset_options_default(&options);
    ruleset_options_from_config(&options, config);
    set = ruleset_load(config->rules.dir, &options, err);
    if (set == NULL)
        return -TS_EINVAL;
    store_reap(reload->setup.store);
    rc = store_publish(reload->setup.store, set);
    if (rc != 0) {
        err_add(err, "too many older rule sets are still in use by workers");
        ruleset_free(&set);
    }
    return rc;
}

int reload_first(struct reload *reload, struct err *err)
{
    return load(reload, reload->setup.config, err);
}

/* ---- one attempt ------------------------------------------------------------------------------------------------ */

static void tell_ignored(void *ctx, const struct option *option)
{
    (void)ctx;
    if (!option->reloadable)
        log_warn("reload_ignored", "key=%s msg=\"changed in the configuration; takes effect at the next start\"",
                 option->key);
}

/* The configuration of now, or NULL with problems in err. */
static struct config *read_config(const struct reload *reload, struct err *err)
{
    const struct reload_setup *setup = &reload->setup;
    const char *file = setup->config->file[0] != '\0' ? setup->config->file : NULL;

    return config_load(file, setup->sets, setup->nsets, err);
}

static void log_problems(const struct err *err)
{
    char quoted[1200], line[1100];

    for (const char *p = err->text; p != NULL && *p != '\0'; p = strchr(p, '\n') + 1) {
        size_t n = strcspn(p, "\n");
        if (n > sizeof(line) - 1)
            n = sizeof(line) - 1;
        memcpy(line, p, n);
        line[n] = '\0';
        log_error("reload_problem", "msg=%s", log_quote(line, quoted, sizeof(quoted)));
        if (strchr(p, '\n') == NULL)
            break;
    }
}

static int attempt(struct reload *reload, struct err *err)
{
    struct config *config = read_config(reload, err);
    int rc;

    if (config == NULL)
        return -TS_EINVAL;
    rc = load(reload, config, err);
    if (rc == 0) {
        log_set_level(config->log.level);
        config_compare(reload->setup.config, config, tell_ignored, NULL);
    }
    config_free(&config);
    return rc;
}

static void run_attempt(struct reload *reload)
{
    struct err err;
    int64_t start_ms = clock_mono_ms();
    unsigned long long generation;
    int rc;

    err_init(&err);
    rc = attempt(reload, &err);
    generation = (unsigned long long)store_generation(reload->setup.store);
    if (rc == 0) {
        log_info("reload", "result=succeeded generation=%llu took_ms=%lld", generation,
                 (long long)(clock_mono_ms() - start_ms));
    } else {
        log_problems(&err);
        log_error("reload", "result=failed generation=%llu problems=%u msg=\"the running rules stay as they are\"",
                  generation, err.count);
    }
    pthread_mutex_lock(&reload->mutex);
    reload->succeeded += rc == 0;
    reload->failed += rc != 0;
    reload->last_wall_ms = clock_wall_ms();
    free(reload->problems);
    reload->problems = rc != 0 && err.text != NULL ? strdup(err.text) : NULL;
    reload->running = false;
    pthread_mutex_unlock(&reload->mutex);
    err_fini(&err);
    reload->setup.done(reload->setup.ctx);
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

/* Wait for a request; false when it is time to end. */
static bool await(struct reload *reload)
{
    bool go_on;

    pthread_mutex_lock(&reload->mutex);
    while (!reload->request && !reload->stop)
        pthread_cond_wait(&reload->wanted, &reload->mutex);
    go_on = !reload->stop;
    reload->request = false;
    reload->running = go_on;
    pthread_mutex_unlock(&reload->mutex);
    return go_on;
}

static void *run(void *arg)
{
    struct reload *reload = arg;
    const struct sched_param none = {0};

    pthread_setname_np(pthread_self(), "loader");
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &none); /* a wish: without it reloads only press harder */
    while (await(reload))
        run_attempt(reload);
    return NULL;
}

int reload_start(struct reload *reload)
{
    reload->started = pthread_create(&reload->thread, NULL, run, reload) == 0;
    return reload->started ? 0 : -TS_ENOMEM;
}

void reload_stop(struct reload *reload)
{
    if (!reload->started)
        return;
    pthread_mutex_lock(&reload->mutex);
    reload->stop = true;
    pthread_cond_signal(&reload->wanted);
    pthread_mutex_unlock(&reload->mutex);
    pthread_join(reload->thread, NULL);
    reload->started = false;
}

void reload_request(struct reload *reload)
{
    pthread_mutex_lock(&reload->mutex);
    reload->request = true;
    pthread_cond_signal(&reload->wanted);
    pthread_mutex_unlock(&reload->mutex);
}

void reload_read_status(struct reload *reload, struct reload_status *out)
{
    pthread_mutex_lock(&reload->mutex);
    *out = (struct reload_status){
        .succeeded = reload->succeeded,
        .failed = reload->failed,
        .busy = reload->request || reload->running,
        .last_wall_ms = reload->last_wall_ms,
        .problems = reload->problems != NULL ? strdup(reload->problems) : NULL,
    };
    pthread_mutex_unlock(&reload->mutex);
}
