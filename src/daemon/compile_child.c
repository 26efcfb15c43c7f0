/* compile_child.c - it takes its limits before it reads what others wrote. A limit that is met ends it: of CPU time by
 * a signal, of memory as "out of memory" or, in a library that does not look, by a crash; the parent tells them
 * apart. */
#include "daemon/compile_child.h"

#include "core/clock.h"
#include "daemon/compile_job.h"
#include "match/proof.h"

#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define EXIT_BAD_DATA 1
#define EXIT_RUNTIME 3
#define NICE_BEHIND 10 /* nobody waits for what is proved behind going live */

#if defined(__has_feature)
#define HAS_FEATURE(x) __has_feature(x)
#else
#define HAS_FEATURE(x) 0
#endif

bool compile_child_limits_memory(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return !HAS_FEATURE(address_sanitizer) && !HAS_FEATURE(thread_sanitizer);
#endif
}

static struct rlimit bounds(int64_t soft, int64_t hard)
{
    return (struct rlimit){(rlim_t)soft, (rlim_t)hard};
}

/* It never outlives its parent, leaves no text in a core dump and gives way to judging. */
static bool settle_down(const struct compile_job *job)
{
    const struct rlimit core = bounds(0, 0), cpu = bounds(job->cpu_s, job->cpu_s + 1),
                        memory = bounds(job->memory_bytes, job->memory_bytes);
    const struct sched_param none = {0};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    setrlimit(RLIMIT_CORE, &core);
    sched_setscheduler(0, SCHED_BATCH, &none);
    if (job->cpu_s > 0)
        setrlimit(RLIMIT_CPU, &cpu);
    if (job->memory_bytes > 0 && compile_child_limits_memory())
        setrlimit(RLIMIT_AS, &memory);
    return getppid() == job->parent; /* else it ended before we asked to be told */
}

static void tell_problems(const struct err *err, int out)
{
    const char *p = err->text != NULL ? err->text : "out of memory while compiling the libraries\n";

    for (; *p != '\0'; p += strcspn(p, "\n") + 1)
        dprintf(out, "!%.*s\n", (int)strcspn(p, "\n"), p);
    if (err->suppressed > 0)
        dprintf(out, "!… and %u more problems\n", err->suppressed);
}

static void keep_proof(const char *folder, const struct ruleset *ruleset)
{
    const struct cache_limits limits = CACHE_LIMITS_DEFAULT;
    struct cache *cache = cache_open(folder, &limits);

    proof_keep(cache, ruleset_hash(ruleset), NULL);
    cache_close(&cache);
}

static struct ruleset *load(const struct compile_job *job, int out, struct err *err)
{
    struct ruleset_options options = job->options;
    struct ruleset *ruleset;
    char *problem = NULL;

    options.cache_problem = &problem;
    ruleset = ruleset_load(job->dir, &options, err);
    if (problem != NULL)
        dprintf(out, "?%s\n", problem);
    free(problem);
    return ruleset;
}

static int compile(const struct compile_job *job, int out, struct err *err)
{
    struct ruleset *ruleset = load(job, out, err);
    int rc = ruleset != NULL ? 0 : -TS_EINVAL;

    if (rc == 0)
        dprintf(out, "ready %s %" PRId64 " %d %d\n", ruleset_hash(ruleset),
                clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1000000, ruleset_is_proved(ruleset), ruleset_cache(ruleset));
    if (rc == 0 && !ruleset_is_proved(ruleset)) {
        setpriority(PRIO_PROCESS, 0, NICE_BEHIND);
        rc = ruleset_prove(ruleset, err);
        if (rc == 0)
            keep_proof(job->options.cache, ruleset);
    }
    if (rc == 0)
        dprintf(out, "proved\n");
    ruleset_free(&ruleset);
    return rc;
}

int compile_child(int in, int out)
{
    struct compile_reading reading;
    struct err err;
    int rc = compile_job_read(in, &reading);

    if (rc != 0) {
        dprintf(out, "!this is no job for the compiler: %s\n", ts_strerror(rc));
        return EXIT_RUNTIME;
    }
    err_init(&err);
    if (!settle_down(&reading.job))
        rc = -TS_EBUSY;
    else if ((rc = compile(&reading.job, out, &err)) != 0)
        tell_problems(&err, out);
    err_fini(&err);
    compile_job_fini(&reading);
    return rc == 0 ? 0 : EXIT_BAD_DATA;
}
