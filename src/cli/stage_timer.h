/* stage_timer.h - time between marks, with the judge's stages in mind: for benches.
 *
 * Between marks a counter of cycles is read, for a clock would cost more than some stages. What lasts longer than any
 * stage can is another program's: it does not count. One thread. */
#ifndef TELSIEVE_CLI_STAGE_TIMER_H
#define TELSIEVE_CLI_STAGE_TIMER_H

#include "match/judge.h"

struct stage_timer {
    uint64_t at, ticks[JUDGE_STAGES]; /* the last mark; from the mark of a stage to the next */
    uint64_t marks[JUDGE_STAGES];
    double mark_ticks;                /* what a mark costs */
    double ticks_per_ns;
};

/* CPU time of this thread, for whole loops. */
int64_t stage_timer_cpu_ns(void);

/* Takes some milliseconds: measures the counter and the mark. */
void stage_timer_init(struct stage_timer *timer);

void stage_timer_begin(struct stage_timer *timer);

/* For judge_watch, `ctx` is the timer: a stage ends at the mark of the next one. */
void stage_timer_mark(void *ctx, enum judge_stage next);

/* Time that each stage took since begin, without the marks' own, never below 0. */
void stage_timer_end(const struct stage_timer *timer, double ns[JUDGE_STAGES]);

#endif
