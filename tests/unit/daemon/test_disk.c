/* Jobs run in their order on another thread, and are done on the one that serves. */
#include "daemon/disk.h"
#include "core/clock.h"
#include "../setup.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

#define JOBS 1000

static struct disk *disk;
static pthread_t owner;
static unsigned nrun, ndone; /* of the thread that runs; of the one that serves */
static sem_t stuck;

struct numbered {
    struct disk_job job;
    unsigned number;
    bool in_order;
};

static void run(struct disk_job *job)
{
    struct numbered *numbered = (struct numbered *)job;

    numbered->in_order = numbered->number == nrun++ && !pthread_equal(pthread_self(), owner);
}

static void done(struct disk_job *job)
{
    const struct numbered *numbered = (const struct numbered *)job;

    ck_assert(numbered->in_order);
    ck_assert_uint_eq(numbered->number, ndone++);
    ck_assert(pthread_equal(pthread_self(), owner));
}

static void run_stuck(struct disk_job *job)
{
    sem_wait(&stuck);
    run(job);
}

static void done_with_more(struct disk_job *job)
{
    static struct numbered more = {.job = {.run = run, .done = done}, .number = 1};

    done(job);
    disk_put(disk, &more.job);
}

static void setup(void)
{
    owner = pthread_self();
    nrun = ndone = 0;
    sem_init(&stuck, 0, 0);
    disk = disk_start();
    ck_assert_ptr_nonnull(disk);
}

static void teardown(void)
{
    disk_stop(&disk);
    sem_destroy(&stuck);
}

static bool readable(int wait_ms)
{
    return poll(&(struct pollfd){.fd = disk_fd(disk), .events = POLLIN}, 1, wait_ms) == 1;
}

START_TEST(jobs_run_in_their_order_and_are_done_where_it_is_served)
{
    static struct numbered jobs[JOBS];

    for (unsigned i = 0; i < JOBS; i++) {
        jobs[i] = (struct numbered){{.run = run, .done = done}, i, false};
        disk_put(disk, &jobs[i].job);
    }
    while (ndone < JOBS) {
        ck_assert(readable(10000));
        disk_serve(disk);
    }
    ck_assert_uint_eq(disk_waiting(disk), 0);
}
END_TEST

START_TEST(a_stuck_job_holds_up_none_but_its_like)
{
    struct numbered jobs[] = {{{.run = run_stuck, .done = done}, 0, false}, {{.run = run, .done = done}, 1, false}};

    disk_put(disk, &jobs[0].job);
    disk_put(disk, &jobs[1].job);
    while (disk_busy_ms(disk, clock_mono_ms() + 60000) < 60000)
        ck_assert(!readable(1));
    disk_serve(disk);
    ck_assert_uint_eq(ndone, 0);
    ck_assert_uint_eq(disk_waiting(disk), 2);
    sem_post(&stuck);
    while (ndone < 2) {
        ck_assert(readable(10000));
        disk_serve(disk);
    }
    ck_assert_int_eq(disk_busy_ms(disk, clock_mono_ms() + 60000), 0);
}
END_TEST

START_TEST(stopping_waits_for_every_job_and_for_those_that_come_of_them)
{
    struct numbered first = {{.run = run, .done = done_with_more}, 0, false};

    disk_put(disk, &first.job);
    ck_assert_uint_eq(disk_stop(&disk), 0);
    ck_assert_ptr_null(disk);
    ck_assert_uint_eq(ndone, 2);
}
END_TEST

/* Its thread goes on when the disk answers again; what it uses is still there. */
START_TEST(stopping_does_not_wait_for_a_disk_that_is_stuck)
{
    static struct disk *left; /* no leak: the process would have ended */
    static struct numbered jobs[] = {{{.run = run_stuck, .done = done}, 0, false},
                                     {{.run = run, .done = done}, 1, false}};
    int64_t begin_ms = clock_mono_ms();

    left = disk;
    disk_put(disk, &jobs[0].job);
    disk_put(disk, &jobs[1].job);
    ck_assert_uint_eq(disk_stop(&disk), 2);
    ck_assert_ptr_null(disk);
    ck_assert_int_ge(clock_mono_ms() - begin_ms, DISK_STOP_MS);
    ck_assert_int_lt(clock_mono_ms() - begin_ms, DISK_STOP_MS + 3000);
    sem_post(&stuck);
    while (disk_busy_ms(left, clock_mono_ms() + 60000) > 0)
        (void)poll(NULL, 0, 1);
    ck_assert_uint_eq(ndone, 0);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("disk");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, jobs_run_in_their_order_and_are_done_where_it_is_served);
    tcase_add_test(tests, a_stuck_job_holds_up_none_but_its_like);
    tcase_add_test(tests, stopping_waits_for_every_job_and_for_those_that_come_of_them);
    tcase_add_test(tests, stopping_does_not_wait_for_a_disk_that_is_stuck);
    tcase_set_timeout(tests, 30);
    return setup_run("disk", tests);
}
