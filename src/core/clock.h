/* clock.h - the two clocks: wall time for records, monotonic time for durations; and ticks for benches. */
#ifndef TELSIEVE_CORE_CLOCK_H
#define TELSIEVE_CORE_CLOCK_H

#include <stdint.h>
#include <time.h>
#ifdef __x86_64__
#include <x86intrin.h>
#endif

static inline int64_t clock_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Milliseconds since the epoch. */
static inline int64_t clock_wall_ms(void)
{
    return clock_ns(CLOCK_REALTIME) / 1000000;
}

/* Milliseconds of a clock that never jumps. */
static inline int64_t clock_mono_ms(void)
{
    return clock_ns(CLOCK_MONOTONIC) / 1000000;
}

static inline int64_t clock_mono_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* A counter that is cheaper to read than a clock: of reference cycles where the CPU has one, else of nanoseconds. */
static inline uint64_t clock_ticks(void)
{
#ifdef __x86_64__
    return __rdtsc();
#else
    return (uint64_t)clock_mono_ns();
#endif
}

#endif
