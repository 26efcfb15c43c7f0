/* tsan_threads.c - C11 threads on top of pthread, for TSan builds only.
 *
 * gcc 12's ThreadSanitizer does not know thrd_create and friends, which librdkafka uses: its first thread then crashes
 * inside the sanitizer. These definitions in the program stand before libc's; glibc's types are pthread's by another
 * name and size, as checked below. Link this object into the test program (MODE=tsan does). */
/* librdkafka is to find them here, whatever -fvisibility says. */
#pragma GCC visibility push(default)
#include <threads.h>
#pragma GCC visibility pop

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t), "mtx_t holds a pthread_mutex_t");
_Static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t), "cnd_t holds a pthread_cond_t");
_Static_assert(sizeof(thrd_t) == sizeof(pthread_t), "thrd_t is a pthread_t");

struct start {
    thrd_start_t fn;
    void *arg;
};

static int code_of(int error)
{
    switch (error) {
    case 0: return thrd_success;
    case EBUSY: return thrd_busy;
    case ETIMEDOUT: return thrd_timedout;
    case ENOMEM: return thrd_nomem;
    default: return thrd_error;
    }
}

static void *run(void *arg)
{
    struct start start = *(struct start *)arg;

    free(arg);
    return (void *)(intptr_t)start.fn(start.arg);
}

int thrd_create(thrd_t *thread, thrd_start_t fn, void *arg)
{
    struct start *start = malloc(sizeof(*start));
    int error;

    if (start == NULL)
        return thrd_nomem;
    *start = (struct start){fn, arg};
    error = pthread_create(thread, NULL, run, start);
    if (error != 0)
        free(start);
    return code_of(error);
}

int thrd_join(thrd_t thread, int *result)
{
    void *value = NULL;
    int error = pthread_join(thread, &value);

    if (result != NULL)
        *result = (int)(intptr_t)value;
    return code_of(error);
}

int thrd_detach(thrd_t thread)
{
    return code_of(pthread_detach(thread));
}

thrd_t thrd_current(void)
{
    return pthread_self();
}

int thrd_equal(thrd_t a, thrd_t b)
{
    return pthread_equal(a, b);
}

void thrd_yield(void)
{
    sched_yield();
}

_Noreturn void thrd_exit(int result)
{
    pthread_exit((void *)(intptr_t)result);
}

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    int error;

    pthread_mutexattr_init(&attributes);
    if ((type & mtx_recursive) != 0)
        pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    error = pthread_mutex_init((pthread_mutex_t *)mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return code_of(error);
}

int mtx_lock(mtx_t *mutex)
{
    return code_of(pthread_mutex_lock((pthread_mutex_t *)mutex));
}

int mtx_trylock(mtx_t *mutex)
{
    return code_of(pthread_mutex_trylock((pthread_mutex_t *)mutex));
}

int mtx_timedlock(mtx_t *mutex, const struct timespec *until)
{
    return code_of(pthread_mutex_timedlock((pthread_mutex_t *)mutex, until));
}

int mtx_unlock(mtx_t *mutex)
{
    return code_of(pthread_mutex_unlock((pthread_mutex_t *)mutex));
}

/* Nothing is freed by these on Linux, and TSan would take the end of a reference-counted lock for a race: librdkafka
 * counts references with atomic instructions that TSan, for lack of instrumentation there, does not see. */
void mtx_destroy(mtx_t *mutex)
{
    (void)mutex;
}

int cnd_init(cnd_t *condition)
{
    return code_of(pthread_cond_init((pthread_cond_t *)condition, NULL));
}

int cnd_signal(cnd_t *condition)
{
    return code_of(pthread_cond_signal((pthread_cond_t *)condition));
}

int cnd_broadcast(cnd_t *condition)
{
    return code_of(pthread_cond_broadcast((pthread_cond_t *)condition));
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return code_of(pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex));
}

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    return code_of(pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until));
}

void cnd_destroy(cnd_t *condition)
{
    (void)condition;
}

/* ---- read-write locks: exclusive recursive mutexes in the room of the lock ------------------------------------- */

/* Because of the suppression below, TSan would not see those that librdkafka takes: they pass through here. */
_Static_assert(sizeof(pthread_rwlock_t) >= sizeof(pthread_mutex_t), "pthread_rwlock_t holds a pthread_mutex_t");

#pragma GCC visibility push(default)

int pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
    (void)attributes;
    return mtx_init((mtx_t *)lock, mtx_plain | mtx_recursive) == thrd_success ? 0 : ENOMEM;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    (void)lock;
    return 0;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    return pthread_mutex_lock((pthread_mutex_t *)lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    return pthread_mutex_lock((pthread_mutex_t *)lock);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    return pthread_mutex_unlock((pthread_mutex_t *)lock);
}

/* For the same reason what librdkafka frees looks like a race with who used it last. Its own calls of free and the like
 * are left out; everything that our code does, in its callbacks too, is checked. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:librdkafka.so\n";
}

#pragma GCC visibility pop
