/* attempt.c - the changes between what is live and what is wanted are tried together (attempt_trial.c). What the last
 * good trial compiled is loaded from the cache at the end, so an attempt makes one rule set, however many trials it
 * took. */
#include "daemon/attempt_parts.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- changes ----------------------------------------------------------------------------------------------- */

static struct str text_in(const struct fed_set *set, const char *name)
{
    const struct fed_item *item = set != NULL ? fed_set_find(set, name) : NULL;

    return item != NULL ? item->text : (struct str){NULL, 0};
}

static bool is_same(struct str a, struct str b)
{
    return a.p == NULL || b.p == NULL ? a.p == b.p : str_eq(a, b);
}

/* Wanted still, as it was refused: for nothing that is fed, being withdrawn is what has to be remembered. */
static bool is_answered(const struct fed_set *answered, const char *name, struct str text)
{
    const struct fed_item *item = answered != NULL ? fed_set_find(answered, name) : NULL;

    return item != NULL && is_same(item->text, text);
}

/* `offered`: it is new to whoever wants it, who waits for an answer. */
static void note_change(struct attempt *attempt, const char *name, const char *place, struct str text, bool offered)
{
    const struct attempt_setup *setup = attempt->setup;

    if (is_same(text_in(setup->live, name), text) || (!offered && is_answered(setup->answered, name, text)))
        return;
    attempt->changes[attempt->nchanges++] = (struct change){.name = name, .place = place, .text = text};
}

static int list_changes(struct attempt *attempt)
{
    const struct fed_set *live = attempt->setup->live, *wanted = attempt->setup->wanted;

    attempt->changes = calloc(live->n + wanted->n + 1, sizeof(*attempt->changes));
    if (attempt->changes == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < wanted->n; i++)
        note_change(attempt, wanted->items[i].name, wanted->items[i].place, wanted->items[i].text,
                    wanted->items[i].changed);
    for (size_t i = 0; i < live->n; i++)
        if (fed_set_find(wanted, live->items[i].name) == NULL)
            note_change(attempt, live->items[i].name, live->items[i].place, (struct str){NULL, 0}, false);
    return 0;
}

/* ---- blame ------------------------------------------------------------------------------------------------- */

static bool is_at(const char *line, const char *place)
{
    size_t n = strlen(place);

    return strncmp(line, place, n) == 0 && line[n] == ':';
}

/* Give each of `some` the problems that name its place. Returns how many have any. */
static size_t blame(struct change *const *some, size_t n, const struct err *err)
{
    size_t blamed = 0;

    for (size_t i = 0; i < n; i++) {
        for (const char *p = err->text, *end; p != NULL && (end = strchr(p, '\n')) != NULL; p = end + 1)
            if (is_at(p, some[i]->place))
                err_add(&some[i]->blame, "%.*s", (int)(end - p), p);
        blamed += some[i]->blame.count > 0;
    }
    return blamed;
}

static void give_up(struct attempt *attempt, int rc, const struct err *found)
{
    attempt->over = true;
    attempt->rc = rc;
    err_append(attempt->err, found);
}

/* Nothing names it, and it is the only one: is it the one to blame, or would the rest fail without it? */
static void accuse(struct attempt *attempt, struct change *change, const struct err *found)
{
    struct err alone;
    int rc = 0;

    err_init(&alone);
    if (attempt->best.fed == NULL)
        rc = trial_run(attempt, NULL, 0, &alone);
    if (rc == 0)
        err_append(&change->blame, found);
    else
        give_up(attempt, rc, &alone);
    err_fini(&alone);
}

static void settle(struct attempt *attempt, struct change **some, size_t n);

static void settle_rest(struct attempt *attempt, struct change **some, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (some[i]->blame.count == 0)
            some[kept++] = some[i];
    settle(attempt, some, kept);
}

/* What is too much for the compiler names nobody, and every trial with it costs all that the limits allow. Most likely
 * it is the largest. */
static size_t divide(struct attempt *attempt, size_t n)
{
    size_t first = attempt->divided ? n / 2 : n - 1;

    attempt->divided = true;
    return first;
}

/* Accept or refuse each of `some`, the smallest first. */
static void settle(struct attempt *attempt, struct change **some, size_t n)
{
    struct err found;
    size_t first;
    int rc;

    if (n == 0 || attempt->over)
        return;
    err_init(&found);
    rc = trial_run(attempt, some, n, &found);
    if (rc == -TS_EBUSY)
        give_up(attempt, rc, &found);
    else if (rc != 0 && blame(some, n, &found) > 0)
        settle_rest(attempt, some, n);
    else if (rc != 0 && n == 1)
        accuse(attempt, some[0], &found);
    else if (rc != 0) {
        first = divide(attempt, n);
        settle(attempt, some, first);
        settle(attempt, some + first, n - first);
    }
    err_fini(&found);
}

static int compare_sizes(const void *a, const void *b)
{
    const struct change *const *x = a, *const *y = b;

    return ((*x)->text.n > (*y)->text.n) - ((*x)->text.n < (*y)->text.n);
}

static void settle_all(struct attempt *attempt)
{
    struct change **all = calloc(attempt->nchanges + 1, sizeof(*all));

    for (size_t i = 0; i < attempt->nchanges && all != NULL; i++)
        all[i] = &attempt->changes[i];
    if (all != NULL && attempt->nchanges > 1)
        qsort(all, attempt->nchanges, sizeof(*all), compare_sizes);
    if (all == NULL)
        attempt->rc = -TS_ENOMEM;
    else if (attempt->setup->kept)
        attempt->rc = trial_run(attempt, all, attempt->nchanges, attempt->err);
    else
        settle(attempt, all, attempt->nchanges);
    free(all);
    if (attempt->rc == 0 && attempt->setup->whole && attempt->best.fed == NULL)
        attempt->rc = trial_run(attempt, NULL, 0, attempt->err);
}

/* ---- result ------------------------------------------------------------------------------------------------ */

/* The rule set of the best trial. */
static int take_set(struct attempt *attempt, struct attempt_result *out)
{
    struct trial *best = &attempt->best;
    struct ruleset_options options = trial_options(attempt, best);
    struct err found;

    out->set = best->set;
    best->set = NULL;
    if (out->set == NULL) {
        err_init(&found);
        options.cached_only = true;
        out->set = trial_load(attempt, &options, &found);
        if (out->set == NULL)
            err_append(attempt->err, &found);
        err_fini(&found);
        if (out->set == NULL)
            return -TS_ENOENT;
        out->compile_ms = compiler_compile_ms(best->compiler);
        out->cache = compiler_cache(best->compiler);
        out->by_child = true;
        out->proved = compiler_is_proved(best->compiler);
        if (!out->proved) {
            out->prover = best->compiler;
            best->compiler = NULL;
        }
    } else {
        out->compile_ms = (int64_t)ruleset_compile_ms(out->set);
        out->proved = ruleset_is_proved(out->set);
        out->cache = ruleset_cache(out->set);
    }
    out->fed = fed_set_ref(best->fed);
    return 0;
}

static int take_refused(const struct attempt *attempt, struct attempt_result *out)
{
    out->refused = calloc(attempt->nchanges + 1, sizeof(*out->refused));
    out->answered = fed_set_new(attempt->nchanges);
    if (out->refused == NULL || out->answered == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < attempt->nchanges; i++) {
        const struct change *change = &attempt->changes[i];
        struct reload_refused *refused = &out->refused[out->nrefused];

        if (change->blame.count == 0)
            continue;
        *refused = (struct reload_refused){strdup(change->name), strdup(change->blame.text)};
        out->nrefused++;
        if (refused->name == NULL || refused->problems == NULL ||
            fed_set_add(out->answered, change->name, change->text, change->place, true) != 0)
            return -TS_ENOMEM;
    }
    return 0;
}

void attempt_fini(struct attempt_result *result)
{
    ruleset_free(&result->set);
    fed_set_unref(&result->fed);
    compiler_kill(&result->prover);
    for (size_t i = 0; i < result->nrefused; i++) {
        free(result->refused[i].name);
        free(result->refused[i].problems);
    }
    free(result->refused);
    fed_set_unref(&result->answered);
    free(result->cache_problem);
    *result = (struct attempt_result){0};
}

static int take(struct attempt *attempt, struct attempt_result *out)
{
    int rc = take_refused(attempt, out);
    bool changes = attempt->setup->whole;

    for (size_t i = 0; i < attempt->nchanges; i++)
        changes |= attempt->changes[i].accepted;
    if (rc == 0 && changes)
        rc = take_set(attempt, out);
    return rc;
}

int attempt_run(const struct attempt_setup *setup, struct attempt_result *out, struct err *err)
{
    struct attempt attempt = {.setup = setup, .err = err};

    *out = (struct attempt_result){0};
    attempt.rc = list_changes(&attempt);
    if (attempt.rc == 0)
        settle_all(&attempt);
    if (attempt.rc == 0)
        attempt.rc = take(&attempt, out);
    if (attempt.rc == -TS_ENOMEM)
        err_add(err, "out of memory while loading the rules");
    if (attempt.rc != 0)
        attempt_fini(out);
    out->cache_problem = attempt.cache_problem;
    trial_fini(&attempt.best);
    for (size_t i = 0; i < attempt.nchanges; i++)
        err_fini(&attempt.changes[i].blame);
    free(attempt.changes);
    return attempt.rc;
}
