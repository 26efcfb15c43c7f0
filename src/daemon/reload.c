/* reload.c - one thread waits on one condition. An attempt works on its own configuration and its own rule set and
 * touches shared state only at the end: publish in the store, or the list of problems under the mutex. */
#include "daemon/reload.h"
#include "config/options.h"
#include "core/clock.h"
#include "core/log.h"
#include "match/cache.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct reload {
    struct reload_setup setup;
    pthread_t thread;
    bool started;
    const struct ruleset *unproved; /* live, or NULL; of the loading thread, which alone replaces it */
    const char *cache;              /* its folder; NULL: none, or it has been wrong once */
    pthread_mutex_t mutex;
    pthread_cond_t wanted;
    bool request, stop, running; /* under the mutex, as all below */
    uint64_t succeeded, failed;
    int64_t last_wall_ms, load_ms;
    bool proved;
    char *problems;
};

struct reload *reload_new(const struct reload_setup *setup)
{
    struct reload *reload = calloc(1, sizeof(*reload));

    if (reload == NULL)
        return NULL;
    reload->setup = *setup;
    reload->cache = setup->config->rules.cache[0] != '\0' ? setup->config->rules.cache : NULL;
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

static void note_load(struct reload *reload, int64_t load_ms, bool proved)
{
    pthread_mutex_lock(&reload->mutex);
    reload->load_ms = load_ms;
    reload->proved = proved;
    pthread_mutex_unlock(&reload->mutex);
}

static void log_load(const struct ruleset *set, int64_t took_ms, int64_t cpu_ms)
{
    static const char *const cache[] = {
        [RULESET_CACHE_OFF] = "off", [RULESET_CACHE_MISS] = "miss", [RULESET_CACHE_HIT] = "hit"};
    const char *problem = ruleset_cache_problem(set);
    char quoted[500];

    if (problem != NULL)
        log_warn("cache", "msg=%s", log_quote(problem, quoted, sizeof(quoted)));
    log_info("rules_live", "generation=%llu cache=%s proof=%s took_ms=%lld cpu_ms=%lld phrases=%zu",
             (unsigned long long)ruleset_generation(set), cache[ruleset_cache(set)],
             ruleset_is_proved(set) ? "made" : "kept", (long long)took_ms, (long long)cpu_ms,
             ruleset_literal_count(set));
}

/* Load and publish what `config` says. */
static int load(struct reload *reload, const struct config *config, struct err *err)
{
    int64_t began_ms = clock_mono_ms(), cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    struct ruleset_options options;
    struct ruleset *set;
    int rc;

    ruleset_options_default(&options);
    ruleset_options_from_config(&options, config);
    options.cache = reload->cache;
    set = ruleset_load(config->rules.dir, &options, err);
    if (set == NULL)
        return -TS_EINVAL;
    store_reap(reload->setup.store);
    rc = store_publish(reload->setup.store, set);
    if (rc != 0) {
        err_add(err, "too many older rule sets are still in use by workers");
        ruleset_free(&set);
        return rc;
    }
    reload->unproved = ruleset_is_proved(set) ? NULL : set;
    note_load(reload, clock_mono_ms() - began_ms, ruleset_is_proved(set));
    log_load(set, clock_mono_ms() - began_ms, (clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns) / 1000000);
    return 0;
}

int reload_first(struct reload *reload, struct err *err)
{
    int rc = load(reload, reload->setup.config, err);

    malloc_trim(0); /* what compiling took: as much as the rules themselves */
    return rc;
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

/* ---- proof behind going live ------------------------------------------------------------------------------------- */

static void give_up_cache(struct reload *reload)
{
    const struct cache_limits limits = CACHE_LIMITS_DEFAULT;
    struct cache *cache = cache_open(reload->cache, &limits);

    if (cache != NULL)
        cache_clear(cache);
    cache_close(&cache);
    reload->cache = NULL;
}

static void prove_if_due(struct reload *reload)
{
    int64_t began_ms = clock_mono_ms();
    struct err err;
    int rc;

    if (reload->unproved == NULL)
        return;
    err_init(&err);
    rc = ruleset_prove(reload->unproved, &err);
    reload->unproved = NULL;
    if (rc == 0) {
        pthread_mutex_lock(&reload->mutex);
        reload->proved = true;
        pthread_mutex_unlock(&reload->mutex);
        log_info("proof", "result=passed took_ms=%lld", (long long)(clock_mono_ms() - began_ms));
    } else {
        log_problems(&err);
        log_error("proof", "result=failed msg=\"what was kept in rules.cache is wrong here: loading without it\"");
        give_up_cache(reload);
        run_attempt(reload);
    }
    err_fini(&err);
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
    prove_if_due(reload);
    while (await(reload)) {
        run_attempt(reload);
        prove_if_due(reload);
    }
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
        .load_ms = reload->load_ms,
        .proved = reload->proved,
        .problems = reload->problems != NULL ? strdup(reload->problems) : NULL,
    };
    pthread_mutex_unlock(&reload->mutex);
}
