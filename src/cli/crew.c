/* crew.c - take, work, put: in this order in every thread, until the input ends or something fails. */
#include "cli/crew.h"

#include "cli/command.h"
#include "cli/tally.h"
#include "core/clock.h"

#include <sched.h>
#include <unistd.h>

#define MAX_JOBS 256

long crew_jobs(void)
{
    cpu_set_t cpus;

    return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : sysconf(_SC_NPROCESSORS_ONLN);
}

static void show_progress(struct crew *crew)
{
    int64_t now_ms = clock_mono_ms();
    double seconds = (double)(now_ms - crew->started_ms) / 1000;
    char records[32];

    if (!crew->progress || now_ms - crew->shown_ms < 200)
        return;
    crew->shown_ms = now_ms;
    fprintf(stderr, "\r  %s records, %.0f/s", tally_number(crew->records, records),
            seconds > 0 ? (double)crew->records / seconds : 0);
    if (crew->blocks.bytes_total > 0) {
        int filled = (int)(30 * crew->blocks.bytes_read / crew->blocks.bytes_total);
        fprintf(stderr, " [%.*s%*s]", filled, "##############################", 30 - filled, "");
    }
    fprintf(stderr, ", %llu warned ", (unsigned long long)crew->warned);
}

static bool fail(struct crew *crew)
{
    crew->failed = true;
    pthread_cond_broadcast(&crew->turn);
    return false;
}

/* Take the next block; false at the end or after a failure. */
static bool take(struct crew *crew, struct block *block)
{
    int code;

    pthread_mutex_lock(&crew->mutex);
    code = crew->failed ? 0 : blocks_next(&crew->blocks, block, &crew->err);
    if (code > 0)
        block->sequence = crew->next_read++;
    if (code < 0)
        fail(crew);
    pthread_mutex_unlock(&crew->mutex);
    return code > 0;
}

/* Hand in one block's result when it is its turn; false after a failure. */
static bool put(struct crew *crew, uint64_t sequence, void *result)
{
    bool ok;

    pthread_mutex_lock(&crew->mutex);
    while (crew->next_write != sequence && !crew->failed)
        pthread_cond_wait(&crew->turn, &crew->mutex);
    ok = !crew->failed;
    if (!ok)
        crew->work->free_result(result);
    else if (!crew->work->put(crew->context, result, &crew->err))
        ok = fail(crew);
    if (ok) {
        show_progress(crew);
        crew->next_write++;
        pthread_cond_broadcast(&crew->turn);
    }
    pthread_mutex_unlock(&crew->mutex);
    return ok;
}

static void *crew_thread(void *arg)
{
    struct crew *crew = arg;
    void *mine = crew->work->begin(crew->context), *result;
    bool ok = mine != NULL, wanted = true;
    struct block block;

    while (ok && wanted && take(crew, &block)) {
        uint64_t sequence = block.sequence;
        ok = (result = crew->work->work(crew->context, mine, &block)) != NULL;
        wanted = ok && put(crew, sequence, result);
    }
    if (!ok) {
        pthread_mutex_lock(&crew->mutex);
        err_add(&crew->err, "out of memory");
        fail(crew);
        pthread_mutex_unlock(&crew->mutex);
    }
    if (mine != NULL)
        crew->work->end(mine);
    return NULL;
}

int crew_run(struct crew *crew, long jobs)
{
    pthread_t threads[MAX_JOBS];
    long started = 0;

    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->turn, NULL);
    crew->started_ms = clock_mono_ms();
    while (started < jobs && started < MAX_JOBS && pthread_create(&threads[started], NULL, crew_thread, crew) == 0)
        started++;
    if (started == 0)
        crew_thread(crew);
    for (long i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    if (crew->progress)
        fputs("\r\033[K", stderr);
    pthread_cond_destroy(&crew->turn);
    pthread_mutex_destroy(&crew->mutex);
    blocks_fini(&crew->blocks);
    return crew->failed ? EXIT_RUNTIME : EXIT_DONE;
}
