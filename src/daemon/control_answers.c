/* control_answers.c - an offer is decided, then its answer is told. What was accepted is told when the depot is on
 * disk: a node that says "accepted" has it after the next start. The audit log has decisions; the disk writes it in the
 * same order. */
#include "daemon/control_parts.h"
#include "core/array.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/audit.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_ANSWERS 1000 /* remembered: anyone can offer ever new names */
#define STUCK_MS 5000    /* for one job of the disk */

/* A draft on its way to the folder. */
struct keeping {
    struct disk_job job;
    struct control *control;
    struct depot_draft *draft;
    size_t nheld; /* answers held that it is for */
    bool written; /* by the disk's thread, as err */
    struct err err;
};

/* ---- told -------------------------------------------------------------------------------------------------------- */

/* One that tells of no library that is fed goes first. */
static void forget_one(struct control *control)
{
    size_t i = 0;

    while (i + 1 < control->nanswers && depot_find(control->depot, control->answers[i].name) != NULL)
        i++;
    if (i + 1 == control->nanswers)
        i = 0;
    free((char *)control->answers[i].problems);
    memmove(&control->answers[i], &control->answers[i + 1], (--control->nanswers - i) * sizeof(*control->answers));
}

/* In the place of what is in *to. */
static void copy_answer(struct answer *to, const struct answer *from)
{
    free((char *)to->problems);
    *to = *from;
    to->problems = from->problems != NULL ? strdup(from->problems) : NULL;
}

static void remember(struct control *control, const struct answer *answer)
{
    struct answer *grown;
    size_t i = 0;

    while (i < control->nanswers && strcmp(control->answers[i].name, answer->name) != 0)
        i++;
    if (i == MAX_ANSWERS) {
        forget_one(control);
        i--;
    }
    if ((grown = array_grow(control->answers, i, &control->answers_cap, sizeof(*grown))) == NULL)
        return;
    control->answers = grown;
    if (i == control->nanswers)
        control->answers[control->nanswers++] = (struct answer){0};
    copy_answer(&control->answers[i], answer);
}

static void tell(struct control *control, const struct answer *answer)
{
    control->given[answer->result]++;
    remember(control, answer);
    report_answer(&control->reporter, answer);
}

/* ---- decided ----------------------------------------------------------------------------------------------------- */

static bool changed_depot(const struct control *control, const struct answer *answer)
{
    return depot_is_kept(control->depot) &&
           (answer->result == ANSWER_ACCEPTED || answer->result == ANSWER_WITHDRAWN);
}

static bool hold(struct control *control, const struct answer *answer)
{
    struct answer *grown = array_grow(control->held, control->nheld, &control->held_cap, sizeof(*grown));

    if (grown == NULL)
        return false;
    control->held = grown;
    control->held[control->nheld] = (struct answer){0};
    copy_answer(&control->held[control->nheld++], answer);
    return true;
}

void control_decide(struct control *control, const struct answer *answer)
{
    struct answer told = *answer;
    bool wait;

    if (told.generation == 0)
        told.generation = store_generation(control->setup.look(control->setup.ctx).store);
    copy_answer(&control->newest, &told);
    control->decided = true;
    if (told.result != ANSWER_WAITING)
        report_decision(&control->reporter, &told, control->changing ? control->hash_before : control->hash,
                        control->hash);
    wait = changed_depot(control, &told) || (control->nheld > 0 && control->nheld < MAX_ANSWERS);
    if (!wait || !hold(control, &told))
        tell(control, &told);
}

/* ---- kept -------------------------------------------------------------------------------------------------------- */

/* `trouble`: why the depot could not be kept; "" when it is. */
static void tell_held(struct control *control, size_t n, const char *trouble)
{
    char problem[400];

    snprintf(problem, sizeof(problem), "it is live, but not kept for the next start: %s\n", trouble);
    for (size_t i = 0; i < n; i++) {
        struct answer told = control->held[i];
        if (trouble[0] != '\0' && told.problems == NULL && changed_depot(control, &told))
            told.problems = problem;
        tell(control, &told);
        free((char *)control->held[i].problems);
    }
    control->nheld -= n;
    if (n > 0) /* else there may be no array at all */
        memmove(control->held, control->held + n, control->nheld * sizeof(*control->held));
}

static void run_keeping(struct disk_job *job)
{
    struct keeping *keeping = (struct keeping *)job;

    keeping->written = depot_draft_write(keeping->draft, &keeping->err) == 0;
}

static void settle_keeping(struct disk_job *job)
{
    struct keeping *keeping = (struct keeping *)job;
    struct control *control = keeping->control;
    const char *trouble = keeping->written ? "" : keeping->err.text;

    snprintf(control->trouble, sizeof(control->trouble), "%.*s", (int)strcspn(trouble, "\n"), trouble);
    if (!keeping->written)
        log_error("control", "msg=%s", control->trouble);
    depot_settle(control->depot, &keeping->draft, keeping->written);
    control->keeping = NULL;
    tell_held(control, keeping->nheld, control->trouble);
    err_fini(&keeping->err);
    free(keeping);
    if (control->unkept)
        control_keep_depot(control);
}

void control_keep_depot(struct control *control)
{
    struct keeping *keeping;

    control->unkept = depot_is_kept(control->depot);
    if (!control->unkept || control->keeping != NULL)
        return;
    keeping = calloc(1, sizeof(*keeping));
    if (keeping == NULL || (keeping->draft = depot_draft(control->depot)) == NULL) {
        free(keeping);
        snprintf(control->trouble, sizeof(control->trouble), "control.state: %s", ts_strerror(TS_ENOMEM));
        tell_held(control, control->nheld, control->trouble);
        return;
    }
    keeping->job = (struct disk_job){.run = run_keeping, .done = settle_keeping};
    keeping->control = control;
    keeping->nheld = control->nheld;
    err_init(&keeping->err);
    control->keeping = keeping;
    control->unkept = false;
    disk_put(control->disk, &keeping->job);
}

void control_watch_disk(struct control *control, int64_t now_mono_ms)
{
    int64_t busy_ms = disk_busy_ms(control->disk, now_mono_ms);
    bool was_stuck = control->stuck[0] != '\0';

    control->stuck[0] = '\0';
    if (busy_ms < STUCK_MS)
        return;
    snprintf(control->stuck, sizeof(control->stuck),
             "the disk of control.state or audit.file has not answered for %lld s: what was accepted is answered when "
             "it is kept", (long long)(busy_ms / 1000));
    if (!was_stuck)
        log_error("control", "msg=\"%s\"", control->stuck);
}

void control_free_answers(struct control *control)
{
    for (size_t i = 0; i < control->nanswers; i++)
        free((char *)control->answers[i].problems);
    for (size_t i = 0; i < control->nheld; i++)
        free((char *)control->held[i].problems);
    free((char *)control->newest.problems);
    free(control->answers);
    free(control->held);
}
