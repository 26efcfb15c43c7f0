/* disk.h - a thread for what must be forced to disk: jobs one after another, in the order given. A disk that is slow or
 * stuck holds up this thread, and whoever wants to know that something is kept, but nothing else.
 *
 * Threads: one thread makes it, gives it jobs and serves it (the main thread); a job's `run` is called on the disk's
 * own thread, its `done` within disk_serve or disk_stop.
 * Ownership: a job is the disk's from disk_put until its `done` is called, which may free it. */
#ifndef TELSIEVE_DAEMON_DISK_H
#define TELSIEVE_DAEMON_DISK_H

#include <stddef.h>
#include <stdint.h>

struct disk;

/* Stands at the beginning of what the job is about. */
struct disk_job {
    void (*run)(struct disk_job *job);
    void (*done)(struct disk_job *job);
    struct disk_job *next; /* the disk's */
};

struct disk *disk_start(void); /* NULL: no thread or no memory */

/* Waits until every job is done, also those that come meanwhile, but not for a disk that is stuck: at most about so
 * long. Returns how many jobs are not done then: no further one is begun, and what the one at hand uses must stay until
 * the process ends, as the disk itself and its jobs do. NULL is nothing. */
#define DISK_STOP_MS 5000
size_t disk_stop(struct disk **disk);

void disk_put(struct disk *disk, struct disk_job *job);

/* Readable when a job has been run; then disk_serve calls `done` of those. */
int disk_fd(const struct disk *disk);
void disk_serve(struct disk *disk);

size_t disk_waiting(const struct disk *disk);                      /* jobs that are not done */
int64_t disk_busy_ms(const struct disk *disk, int64_t now_mono_ms); /* with the job at hand; 0: there is none */

#endif
