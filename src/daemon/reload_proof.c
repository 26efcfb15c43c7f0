/* reload_proof.c - by the child that compiled it, which goes on to prove the rest; by another when that one was ended
 * for an attempt; and in this process when no child can. What fails is taken back. */
#include "core/clock.h"
#include "core/log.h"
#include "daemon/reload_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- proof behind going live ------------------------------------------------------------------------------------- */

static struct made live_of(struct reload *reload)
{
    struct made live;

    pthread_mutex_lock(&reload->mutex);
    live = reload->live;
    pthread_mutex_unlock(&reload->mutex);
    return live;
}

/* What differs between the two, as refused. */
static void list_taken_back(const struct fed_set *from, const struct fed_set *to, const char *problems,
                            struct reload_outcome *outcome, struct fed_set *answered)
{
    const struct fed_set *const sets[] = {from, to};

    outcome->refused = calloc(from->n + to->n + 1, sizeof(*outcome->refused));
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sets[k]->n && outcome->refused != NULL; i++) {
            const struct fed_item *item = &sets[k]->items[i], *other = fed_set_find(sets[1 - k], item->name);

            if (other != NULL && (k == 1 || str_eq(other->text, item->text)))
                continue;
            outcome->refused[outcome->nrefused++] = (struct reload_refused){strdup(item->name), strdup(problems)};
            (void)fed_set_add(answered, item->name, k == 0 ? item->text : (struct str){NULL, 0}, item->place, true);
        }
}

static bool is_set(const struct made *made, const char *hash)
{
    return made->set != NULL && strcmp(ruleset_hash(made->set), hash) == 0;
}

/* The generation before is live again; what made the difference is refused. Where somebody else has gone back from the
 * set with this hash meanwhile, it is only never to be gone back to. */
static int take_back(struct reload *reload, const char *hash, const char *problems)
{
    struct reload_outcome outcome = {.taken_back = true};
    struct fed_set *answered;
    int rc;

    pthread_mutex_lock(&reload->mutex);
    if (!is_set(&reload->live, hash)) {
        if (is_set(&reload->previous, hash))
            reload->previous.set = NULL;
        pthread_mutex_unlock(&reload->mutex);
        return 0;
    }
    snprintf(outcome.hash_before, sizeof(outcome.hash_before), "%s", hash);
    answered = fed_set_new(reload->live.fed->n + (reload->previous.fed != NULL ? reload->previous.fed->n : 0));
    rc = reload->previous.set == NULL || answered == NULL ? -TS_ENOENT : store_rollback(reload->setup.store, false);
    if (rc == 0) {
        list_taken_back(reload->live.fed, reload->previous.fed, problems, &outcome, answered);
        fed_set_unref(&reload->answered);
        reload->answered = answered;
        answered = NULL;
        fed_set_unref(&reload->live.fed);
        reload->live = reload->previous;
        reload->previous = (struct made){0};
        reload->failed++;
        reload_push_outcome(reload, &outcome);
    }
    pthread_mutex_unlock(&reload->mutex);
    fed_set_unref(&answered);
    return rc;
}

static void mark_wrong(struct reload *reload, const char *hash)
{
    pthread_mutex_lock(&reload->mutex);
    if (is_set(&reload->live, hash))
        reload->live.wrong = true;
    pthread_mutex_unlock(&reload->mutex);
}

static void disprove(struct reload *reload, const char *hash, bool kept, const struct err *err)
{
    reload_log_lines("proof_problem", NULL, err->text);
    if (kept) {
        log_error("proof", "result=failed msg=\"what was kept in rules.cache is wrong here: loading without it\"");
        mark_wrong(reload, hash);
        reload_give_up_cache(reload);
        reload_request(reload);
    } else if (take_back(reload, hash, err->text) == 0) {
        log_error("proof", "result=failed generation=%llu msg=\"the generation before is live again\"",
                  (unsigned long long)store_generation(reload->setup.store));
    } else {
        log_error("proof", "result=failed msg=\"there is no generation before: these rules stay live\"");
        mark_wrong(reload, hash);
    }
}

/* rc as that of ruleset_prove, of the set with this hash. */
static void end_proof(struct reload *reload, const char *hash, int rc, const struct err *err, int64_t took_ms)
{
    bool is_live, kept;

    pthread_mutex_lock(&reload->mutex);
    is_live = is_set(&reload->live, hash);
    kept = is_live && reload->live.kept;
    if (is_live)
        reload->live.proved = rc == 0;
    else if (is_set(&reload->previous, hash) && rc != 0)
        reload->previous.set = NULL; /* never to be rolled back to */
    pthread_mutex_unlock(&reload->mutex);
    if (rc == 0)
        log_info("proof", "result=passed took_ms=%lld", (long long)took_ms);
    else if (is_live)
        disprove(reload, hash, kept, err);
    reload->setup.done(reload->setup.ctx);
}

static void prove_here(struct reload *reload, const struct ruleset *set)
{
    int64_t began_ms = clock_mono_ms();
    struct err err;
    int rc;

    err_init(&err);
    rc = ruleset_prove(set, &err);
    end_proof(reload, ruleset_hash(set), rc, &err, clock_mono_ms() - began_ms);
    err_fini(&err);
}

/* A child loads what is live from the cache and proves it; where none can, it is done here. */
static void start_proof(struct reload *reload, const struct made *live)
{
    const struct attempt_setup setup = {
        .config = reload_config(reload),
        .compiler = reload->setup.compiler,
        .cache = reload->cache,
        .live = live->fed,
        .cancel = reload->cancel,
    };
    struct err err;

    err_init(&err);
    reload->prover = reload->setup.compiler != NULL ? attempt_start_proof(&setup, &err) : NULL;
    err_fini(&err);
    reload->prover_began_ms = clock_mono_ms();
    if (reload->prover == NULL)
        prove_here(reload, live->set);
}

/* Done here, what is live was proved or found wrong behind this, which may make another one live. */
void reload_prove_if_due(struct reload *reload)
{
    for (struct made live; reload->prover == NULL;) {
        live = live_of(reload);
        if (live.set == NULL || live.proved || live.wrong)
            break;
        start_proof(reload, &live);
    }
}

void reload_look_at_prover(struct reload *reload)
{
    const struct made live = live_of(reload);
    struct err err;
    char hash[80];
    int rc;

    if (reload->prover == NULL)
        return;
    err_init(&err);
    rc = compiler_look(reload->prover, &err);
    if (rc != 0) {
        snprintf(hash, sizeof(hash), "%s", compiler_hash(reload->prover));
        compiler_kill(&reload->prover);
        if (hash[0] == '\0') /* it did not come to what it was for: files may have changed under it */
            prove_here(reload, live.set);
        else
            end_proof(reload, hash, rc > 0 ? 0 : rc, &err, clock_mono_ms() - reload->prover_began_ms);
    }
    err_fini(&err);
}
