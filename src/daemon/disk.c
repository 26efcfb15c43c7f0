/* disk.c - two queues under one mutex, which nobody holds while a job runs: to be run, and run. */
#include "daemon/disk.h"
#include "core/clock.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct queue {
    struct disk_job *first, **end;
};

struct disk {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct queue to_run, run;
    bool stop;
    int fd;                 /* an eventfd */
    size_t waiting;         /* the owner's */
    _Atomic int64_t since_ms; /* when the job at hand was begun, monotonic; 0: none */
};

static void queue_init(struct queue *queue)
{
    queue->first = NULL;
    queue->end = &queue->first;
}

static void queue_add(struct queue *queue, struct disk_job *job)
{
    job->next = NULL;
    *queue->end = job;
    queue->end = &job->next;
}

/* NULL: it is empty. */
static struct disk_job *queue_take(struct queue *queue)
{
    struct disk_job *job = queue->first;

    if (job == NULL)
        return NULL;
    queue->first = job->next;
    if (queue->first == NULL)
        queue->end = &queue->first;
    return job;
}

/* The next job; NULL: none is to be begun any more. The mutex is held. */
static struct disk_job *wait_for_job(struct disk *disk)
{
    while (disk->to_run.first == NULL && !disk->stop)
        pthread_cond_wait(&disk->changed, &disk->mutex);
    return disk->stop ? NULL : queue_take(&disk->to_run);
}

static void *run_jobs(void *arg)
{
    const uint64_t one = 1;
    struct disk *disk = arg;
    struct disk_job *job;

    pthread_setname_np(pthread_self(), "disk");
    pthread_mutex_lock(&disk->mutex);
    while ((job = wait_for_job(disk)) != NULL) {
        pthread_mutex_unlock(&disk->mutex);
        atomic_store_explicit(&disk->since_ms, clock_mono_ms(), memory_order_relaxed);
        job->run(job);
        atomic_store_explicit(&disk->since_ms, 0, memory_order_relaxed);
        pthread_mutex_lock(&disk->mutex);
        queue_add(&disk->run, job);
        if (write(disk->fd, &one, sizeof(one)) < 0)
            continue; /* it is readable already */
    }
    pthread_mutex_unlock(&disk->mutex);
    return NULL;
}

struct disk *disk_start(void)
{
    struct disk *disk = calloc(1, sizeof(*disk));

    if (disk == NULL)
        return NULL;
    queue_init(&disk->to_run);
    queue_init(&disk->run);
    atomic_init(&disk->since_ms, 0);
    disk->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&disk->mutex, NULL);
    pthread_cond_init(&disk->changed, NULL);
    if (disk->fd >= 0 && pthread_create(&disk->thread, NULL, run_jobs, disk) == 0)
        return disk;
    if (disk->fd >= 0)
        close(disk->fd);
    free(disk);
    return NULL;
}

void disk_put(struct disk *disk, struct disk_job *job)
{
    disk->waiting++;
    pthread_mutex_lock(&disk->mutex);
    queue_add(&disk->to_run, job);
    pthread_cond_signal(&disk->changed);
    pthread_mutex_unlock(&disk->mutex);
}

int disk_fd(const struct disk *disk)
{
    return disk->fd;
}

void disk_serve(struct disk *disk)
{
    struct disk_job *job;
    uint64_t n;

    if (read(disk->fd, &n, sizeof(n)) < 0)
        return; /* nothing has been run since */
    for (;;) {
        pthread_mutex_lock(&disk->mutex);
        job = queue_take(&disk->run);
        pthread_mutex_unlock(&disk->mutex);
        if (job == NULL)
            return;
        disk->waiting--;
        job->done(job);
    }
}

size_t disk_waiting(const struct disk *disk)
{
    return disk->waiting;
}

int64_t disk_busy_ms(const struct disk *disk, int64_t now_mono_ms)
{
    int64_t since_ms = atomic_load_explicit(&disk->since_ms, memory_order_relaxed);

    return since_ms == 0 || now_mono_ms <= since_ms ? 0 : now_mono_ms - since_ms;
}

size_t disk_stop(struct disk **disk)
{
    struct disk *old = *disk;
    int64_t end_ms = clock_mono_ms() + DISK_STOP_MS, now_ms;

    if (old == NULL)
        return 0;
    while (old->waiting > 0 && (now_ms = clock_mono_ms()) < end_ms) {
        (void)poll(&(struct pollfd){.fd = old->fd, .events = POLLIN}, 1, (int)(end_ms - now_ms));
        disk_serve(old);
    }
    pthread_mutex_lock(&old->mutex);
    old->stop = true;
    pthread_cond_signal(&old->changed);
    pthread_mutex_unlock(&old->mutex);
    *disk = NULL;
    if (old->waiting > 0) {
        pthread_detach(old->thread);
        return old->waiting;
    }
    pthread_join(old->thread, NULL);
    close(old->fd);
    pthread_cond_destroy(&old->changed);
    pthread_mutex_destroy(&old->mutex);
    free(old);
    return 0;
}
