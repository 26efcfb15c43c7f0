/* reload_turn.c - a turn takes what is asked for, makes a rule set of it (attempt.h), publishes it and tells the
 * outcome. It works on its own configuration and its own rule set and touches what is shared only at its ends. */
#include "config/options.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/reload_parts.h"
#include "match/lists_file.h"
#include "match/model.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an attempt was asked for, and what it has to tell. */
struct turn {
    struct config *config; /* read for it; NULL: none was */
    struct fed_set *wanted, *live, *answered;
    bool whole, kept, fed; /* fed: `wanted` is not just what is live */
    int64_t asked_ms, began_ms, cpu_ns;
    struct attempt_result result;
    struct err err;
};

/* Takes what the outcome owns; what is live is added here. With the mutex. */
void reload_push_outcome(struct reload *reload, struct reload_outcome *outcome)
{
    struct outcome_entry **last = &reload->outcomes, *entry = calloc(1, sizeof(*entry));

    outcome->fed = reload->taken;
    outcome->generation = store_generation(reload->setup.store);
    if (reload->live.set != NULL)
        snprintf(outcome->hash, sizeof(outcome->hash), "%s", ruleset_hash(reload->live.set));
    outcome->live = fed_set_ref(reload->live.fed);
    if (entry == NULL) {
        reload_outcome_fini(outcome);
        return;
    }
    entry->outcome = *outcome;
    while (*last != NULL)
        last = &(*last)->next;
    *last = entry;
}

/* ---- going live -------------------------------------------------------------------------------------------------- */

static void log_load(const struct made *made, const struct turn *turn)
{
    static const char *const cache[] = {
        [RULESET_CACHE_OFF] = "off", [RULESET_CACHE_MISS] = "miss", [RULESET_CACHE_HIT] = "hit"};
    int64_t cpu_ms = (clock_ns(CLOCK_THREAD_CPUTIME_ID) - turn->cpu_ns) / 1000000;
    const struct model *model = ruleset_model(made->set);

    if (turn->result.by_child)
        cpu_ms += turn->result.compile_ms;
    log_info("rules_live", "generation=%llu cache=%s proof=%s took_ms=%lld cpu_ms=%lld phrases=%zu model=%s",
             (unsigned long long)ruleset_generation(made->set), cache[turn->result.cache],
             made->proved ? "made" : made->kept ? "kept" : "partial", (long long)(clock_mono_ms() - turn->began_ms),
             (long long)cpu_ms, ruleset_literal_count(made->set), model != NULL ? model_version(model) : "none");
}

/* Takes the set and the reference. Returns 0 or -TS_EBUSY, when they stay the caller's. */
static int go_live(struct reload *reload, struct made made)
{
    int rc;

    store_reap(reload->setup.store);
    if (reload->setup.evidence != NULL && evidence_observe(reload->setup.evidence, (struct ruleset *)made.set) != 0)
        log_warn("evidence", "msg=\"out of memory: what these rules do is not counted\"");
    rc = store_publish(reload->setup.store, (struct ruleset *)made.set);
    if (rc != 0)
        return rc;
    compiler_kill(&reload->prover);
    pthread_mutex_lock(&reload->mutex);
    fed_set_unref(&reload->previous.fed);
    reload->previous = reload->live;
    reload->live = made;
    pthread_mutex_unlock(&reload->mutex);
    return 0;
}

/* ---- one attempt ------------------------------------------------------------------------------------------------- */

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

void reload_log_lines(const char *event, const char *library, const char *lines)
{
    char quoted[1200], line[1100];

    for (const char *p = lines; p != NULL && *p != '\0'; p += strcspn(p, "\n") + 1) {
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(p, "\n"), p);
        log_error(event, "%s%s%smsg=%s", library != NULL ? "library=" : "", library != NULL ? library : "",
                  library != NULL ? " " : "", log_quote(line, quoted, sizeof(quoted)));
    }
}

static void log_cache_problem(const char *problem)
{
    char quoted[500];

    if (problem != NULL)
        log_warn("cache", "msg=%s", log_quote(problem, quoted, sizeof(quoted)));
}

static int try_turn(struct reload *reload, struct turn *turn)
{
    const struct attempt_setup setup = {
        .config = turn->config != NULL ? turn->config : reload_config(reload),
        .compiler = reload->setup.compiler,
        .cache = reload->cache,
        .live = turn->live,
        .wanted = turn->wanted,
        .answered = turn->answered,
        .kept = turn->kept,
        .whole = turn->whole,
        .cancel = reload->cancel,
    };

    int rc = attempt_run(&setup, &turn->result, &turn->err);

    log_cache_problem(turn->result.cache_problem);
    return rc;
}

/* Publish what the attempt made. Returns 0 or -TS_EBUSY with a problem in err. */
static int publish(struct reload *reload, struct turn *turn)
{
    struct attempt_result *result = &turn->result;
    struct made made = {result->set, result->fed, result->proved, !result->proved && turn->whole, false};

    if (result->set == NULL)
        return 0;
    if (go_live(reload, made) != 0) {
        err_add(&turn->err, "too many older rule sets are still in use by workers");
        return -TS_EBUSY;
    }
    reload->prover = result->prover;
    reload->prover_began_ms = clock_mono_ms();
    log_load(&made, turn);
    result->set = NULL;
    result->fed = NULL;
    result->prover = NULL;
    return 0;
}

/* What was compiled must come back by the cache. Files that change in between are a reason why it does not, once. */
static int try_until_back(struct reload *reload, struct turn *turn)
{
    int rc = try_turn(reload, turn);

    for (int again = 0; rc == -TS_ENOENT && !turn->kept && again < 2; again++) {
        if (again > 0 || turn->result.cache_problem != NULL) {
            log_warn("cache", "msg=\"what was compiled does not come back by it: going on without it\"");
            reload_leave_cache(reload);
        }
        err_fini(&turn->err);
        attempt_fini(&turn->result);
        rc = try_turn(reload, turn);
    }
    return rc;
}

static int run_turn(struct reload *reload, struct turn *turn)
{
    int rc = try_until_back(reload, turn);

    if (rc == 0)
        rc = publish(reload, turn);
    if (rc == 0 && turn->config != NULL) {
        log_set_level(turn->config->log.level);
        config_compare(reload->setup.config, turn->config, tell_ignored, NULL);
        config_free(&reload->config);
        reload->config = turn->config;
        turn->config = NULL;
    }
    return rc;
}

/* All problems, of those refused too, as one text; NULL when there are none. */
static char *all_problems(const struct turn *turn, int rc)
{
    struct err all;
    char *text;

    err_init(&all);
    if (rc != 0)
        err_append(&all, &turn->err);
    for (size_t i = 0; i < turn->result.nrefused; i++) {
        const struct err one = {.text = turn->result.refused[i].problems};

        err_append(&all, &one);
    }
    text = all.text != NULL ? strdup(all.text) : NULL;
    err_fini(&all);
    return text;
}

static void log_turn(const struct reload *reload, const struct turn *turn, int rc)
{
    unsigned long long generation = (unsigned long long)store_generation(reload->setup.store);

    for (size_t i = 0; i < turn->result.nrefused; i++)
        reload_log_lines("library_refused", turn->result.refused[i].name, turn->result.refused[i].problems);
    if (rc == 0) {
        log_info("reload", "result=succeeded generation=%llu refused=%zu took_ms=%lld compile_ms=%lld", generation,
                 turn->result.nrefused, (long long)(clock_mono_ms() - turn->asked_ms),
                 (long long)turn->result.compile_ms);
        return;
    }
    reload_log_lines("reload_problem", NULL, turn->err.text);
    log_error("reload", "result=failed generation=%llu problems=%u msg=\"the running rules stay as they are\"",
              generation, turn->err.count);
}

/* Give the result to whoever asks, with the mutex. */
static void settle_turn(struct reload *reload, struct turn *turn, int rc, const char *hash_before)
{
    struct reload_outcome outcome = {
        .ok = rc == 0,
        .whole = turn->whole,
        .took_ms = clock_mono_ms() - turn->asked_ms,
        .compile_ms = turn->result.compile_ms,
        .refused = turn->result.refused,
        .nrefused = turn->result.nrefused,
        .problems = rc != 0 && turn->err.text != NULL ? strdup(turn->err.text) : NULL,
    };

    snprintf(outcome.hash_before, sizeof(outcome.hash_before), "%s", hash_before);
    free(reload->problems);
    reload->problems = all_problems(turn, rc);
    turn->result.refused = NULL;
    turn->result.nrefused = 0;
    if (rc == 0) {
        fed_set_unref(&reload->answered);
        reload->answered = turn->result.answered;
        turn->result.answered = NULL;
    } else if (turn->fed) {
        reload->held = fed_set_ref(turn->wanted);
    }
    reload_push_outcome(reload, &outcome);
}

static void turn_fini(struct turn *turn)
{
    attempt_fini(&turn->result);
    config_free(&turn->config);
    fed_set_unref(&turn->wanted);
    fed_set_unref(&turn->live);
    fed_set_unref(&turn->answered);
    err_fini(&turn->err);
}

/* What is asked for becomes the turn's, with the mutex. */
static void take_turn(struct reload *reload, struct turn *turn)
{
    struct fed_set **wanted = reload->wanted != NULL ? &reload->wanted : &reload->held;

    *turn = (struct turn){.whole = reload->request, .began_ms = clock_mono_ms(),
                          .cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID)};
    err_init(&turn->err);
    turn->live = fed_set_ref(reload->live.fed);
    turn->fed = *wanted != NULL;
    turn->wanted = *wanted != NULL ? *wanted : fed_set_ref(reload->live.fed);
    *wanted = NULL;
    reload->taken = reload->fed;
    fed_set_unref(&reload->held);
    if (reload->answered != NULL && reload->wanted_early)
        turn->answered = fed_set_ref(reload->answered);
    turn->asked_ms = reload->asked_ms;
    reload->request = false;
    reload->wanted_early = false;
    reload->running = true;
}

void reload_attempt(struct reload *reload)
{
    char hash_before[80] = "";
    struct turn turn;
    int rc = 0;

    pthread_mutex_lock(&reload->mutex);
    take_turn(reload, &turn);
    if (reload->live.set != NULL)
        snprintf(hash_before, sizeof(hash_before), "%s", ruleset_hash(reload->live.set));
    pthread_mutex_unlock(&reload->mutex);
    compiler_kill(&reload->prover); /* what is live is proved when there is time */
    if (turn.whole && (turn.config = read_config(reload, &turn.err)) == NULL)
        rc = -TS_EINVAL;
    if (rc == 0 && turn.whole && reload->setup.lists != NULL)
        rc = lists_load(reload->setup.lists, turn.config->rules.dir, &turn.err);
    if (rc == 0)
        rc = run_turn(reload, &turn);
    log_turn(reload, &turn, rc);
    pthread_mutex_lock(&reload->mutex);
    reload->succeeded += rc == 0 && turn.result.nrefused == 0;
    reload->failed += rc != 0 || turn.result.nrefused > 0;
    reload->last_wall_ms = clock_wall_ms();
    if (rc == 0)
        reload->load_ms = clock_mono_ms() - turn.began_ms;
    settle_turn(reload, &turn, rc, hash_before);
    reload->running = false;
    pthread_mutex_unlock(&reload->mutex);
    turn_fini(&turn);
    store_reap(reload->setup.store);
    malloc_trim(0); /* what loading took, and what it replaced: each as much as the rules themselves */
    reload->setup.done(reload->setup.ctx);
}

/* Nobody else is there yet. What the cache has with its proof needs no child. */
int reload_first(struct reload *reload, struct err *err)
{
    struct turn turn;
    int rc = -TS_ENOENT;

    reload->asked_ms = clock_mono_ms();
    take_turn(reload, &turn);
    turn.whole = true;
    turn.kept = reload->setup.config->rules.cache[0] != '\0';
    if (turn.kept)
        rc = run_turn(reload, &turn);
    turn.kept = false;
    if (rc != 0) {
        err_fini(&turn.err);
        attempt_fini(&turn.result);
        rc = run_turn(reload, &turn);
    }
    err_append(err, &turn.err);
    reload->running = false;
    reload->load_ms = clock_mono_ms() - turn.began_ms;
    for (size_t i = 0; i < turn.result.nrefused; i++)
        reload_log_lines("library_refused", turn.result.refused[i].name, turn.result.refused[i].problems);
    if (rc == 0)
        settle_turn(reload, &turn, rc, "");
    turn_fini(&turn);
    malloc_trim(0);
    return rc;
}
