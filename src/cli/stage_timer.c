/* stage_timer.c - the first counter read of a mark ends a stage, the second begins the next. */
#include "cli/stage_timer.h"

#include "core/clock.h"

#include <string.h>

#define LONGEST_TICKS (1u << 20) /* about 0.4 ms */

int64_t stage_timer_cpu_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void stage_timer_mark(void *ctx, enum judge_stage next)
{
    struct stage_timer *timer = ctx;
    uint64_t now = clock_ticks();

    if (next > 0 && now - timer->at < LONGEST_TICKS) {
        timer->ticks[next - 1] += now - timer->at;
        timer->marks[next - 1]++;
    }
    timer->at = clock_ticks();
}

/* Of several tries the cheapest: in the others something came between. */
void stage_timer_init(struct stage_timer *timer)
{
    const int n = 1000;
    int64_t began_ns = clock_mono_ns();
    uint64_t began = clock_ticks();

    timer->mark_ticks = 1e9;
    for (int try = 0; try < 100; try++) {
        stage_timer_begin(timer);
        for (int i = 0; i < n; i++)
            stage_timer_mark(timer, JUDGE_STAGES);
        double cost = (double)timer->ticks[JUDGE_STAGES - 1] / n;
        timer->mark_ticks = cost < timer->mark_ticks ? cost : timer->mark_ticks;
    }
    timer->ticks_per_ns = (double)(clock_ticks() - began) / (double)(clock_mono_ns() - began_ns);
}

void stage_timer_begin(struct stage_timer *timer)
{
    memset(timer->ticks, 0, sizeof(timer->ticks));
    memset(timer->marks, 0, sizeof(timer->marks));
    timer->at = clock_ticks();
}

void stage_timer_end(const struct stage_timer *timer, double ns[JUDGE_STAGES])
{
    for (int s = 0; s < JUDGE_STAGES; s++) {
        double ticks = (double)timer->ticks[s] - timer->mark_ticks * (double)timer->marks[s];
        ns[s] = ticks > 0 ? ticks / timer->ticks_per_ns : 0;
    }
}
