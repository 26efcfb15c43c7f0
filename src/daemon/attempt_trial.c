/* attempt_trial.c - what is live with some changes is compiled, by the child or here. */
#include "daemon/attempt_parts.h"

#include <stdlib.h>

void trial_fini(struct trial *trial)
{
    fed_set_unref(&trial->fed);
    free(trial->libraries);
    free(trial->names);
    ruleset_free(&trial->set);
    compiler_kill(&trial->compiler);
    *trial = (struct trial){0};
}

static const struct change *change_of(const struct attempt *attempt, const char *name)
{
    for (size_t i = 0; i < attempt->nchanges; i++)
        if (strcmp(attempt->changes[i].name, name) == 0)
            return &attempt->changes[i];
    return NULL;
}

/* What is live, with the changes that are in. */
static struct fed_set *mix(const struct attempt *attempt)
{
    const struct fed_set *live = attempt->setup->live;
    struct fed_set *set = fed_set_new(live->n + attempt->nchanges);
    int rc = set != NULL ? 0 : -TS_ENOMEM;

    for (size_t i = 0; i < live->n && rc == 0; i++) {
        const struct fed_item *item = &live->items[i];
        const struct change *change = change_of(attempt, item->name);

        if (change == NULL || !change->in)
            rc = fed_set_add(set, item->name, item->text, item->place, false);
    }
    for (size_t i = 0; i < attempt->nchanges && rc == 0; i++) {
        const struct change *change = &attempt->changes[i];

        if (change->in && change->text.p != NULL)
            rc = fed_set_add(set, change->name, change->text, change->place, true);
    }
    if (rc != 0)
        fed_set_unref(&set);
    return set;
}

static int trial_init(const struct attempt *attempt, struct trial *trial)
{
    size_t n = 0;

    *trial = (struct trial){.fed = mix(attempt), .names = calloc(attempt->nchanges + 1, sizeof(*trial->names))};
    if (trial->fed != NULL)
        trial->libraries = calloc(trial->fed->n + 1, sizeof(*trial->libraries));
    if (trial->libraries == NULL || trial->names == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < trial->fed->n; i++)
        trial->libraries[i] = (struct fed_library){trial->fed->items[i].name, trial->fed->items[i].text,
                                                   trial->fed->items[i].place};
    for (size_t i = 0; i < attempt->nchanges; i++)
        if (attempt->changes[i].in)
            trial->names[n++] = attempt->changes[i].name;
    return 0;
}

struct ruleset_options trial_options(const struct attempt *attempt, const struct trial *trial)
{
    struct ruleset_options options;

    ruleset_options_from_config(&options, attempt->setup->config);
    options.cache = attempt->setup->cache;
    options.fed = trial->libraries;
    options.nfed = trial->fed->n;
    options.changed = attempt->setup->whole ? NULL : trial->names;
    return options;
}

static struct compile_job job_of(const struct attempt *attempt, const struct trial *trial)
{
    const struct config *config = attempt->setup->config;

    return (struct compile_job){
        .dir = config->rules.dir,
        .options = trial_options(attempt, trial),
        .memory_bytes = config->rules.compile_memory_bytes,
        .cpu_s = config->rules.compile_cpu_s,
    };
}

/* The first one is told. */
static void note_cache_problem(struct attempt *attempt, char *problem)
{
    if (attempt->cache_problem == NULL)
        attempt->cache_problem = problem;
    else
        free(problem);
}

struct ruleset *trial_load(struct attempt *attempt, struct ruleset_options *options, struct err *err)
{
    char *problem = NULL;
    struct ruleset *set;

    options->cache_problem = &problem;
    set = ruleset_load(attempt->setup->config->rules.dir, options, err);
    note_cache_problem(attempt, problem);
    return set;
}

static int compile(struct attempt *attempt, struct trial *trial, struct err *err)
{
    const struct attempt_setup *setup = attempt->setup;
    struct compile_job job = job_of(attempt, trial);
    int rc;

    job.options.cached_only = setup->kept;
    if (setup->compiler == NULL || setup->kept) {
        trial->set = trial_load(attempt, &job.options, err);
        return trial->set != NULL ? 0 : -TS_EINVAL;
    }
    trial->compiler = compiler_start(setup->compiler, &job, err);
    if (trial->compiler == NULL)
        return -TS_EINVAL;
    rc = compiler_await_ready(trial->compiler, setup->cancel, err);
    note_cache_problem(attempt, compiler_cache_problem(trial->compiler));
    return rc;
}

int trial_run(struct attempt *attempt, struct change *const *some, size_t n, struct err *err)
{
    struct trial trial;
    int rc;

    for (size_t i = 0; i < attempt->nchanges; i++)
        attempt->changes[i].in = attempt->changes[i].accepted;
    for (size_t i = 0; i < n; i++)
        some[i]->in = true;
    rc = trial_init(attempt, &trial);
    if (rc == -TS_ENOMEM)
        err_add(err, "out of memory while loading the rules");
    if (rc == 0)
        rc = compile(attempt, &trial, err);
    if (rc != 0) {
        trial_fini(&trial);
        return rc;
    }
    for (size_t i = 0; i < n; i++)
        some[i]->accepted = true;
    trial_fini(&attempt->best);
    attempt->best = trial;
    return 0;
}

struct compiler *attempt_start_proof(const struct attempt_setup *setup, struct err *err)
{
    const struct attempt attempt = {.setup = setup};
    struct compiler *compiler = NULL;
    struct compile_job job;
    struct trial trial;

    if (trial_init(&attempt, &trial) == 0) {
        job = job_of(&attempt, &trial);
        compiler = compiler_start(setup->compiler, &job, err);
    }
    trial_fini(&trial);
    return compiler;
}
