/* feedback.c - a turn of the thread is one transaction: what is in the rings, what the topic has, what is too old.
 * Rings are emptied behind its end, so that what cannot be written stays there until it can, or until they are full.
 * When anything fails, archive and follower are closed, and made anew a while later, when something can be written: the
 * topic is then read whole again. */
#include "daemon/feedback.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/feedback_word.h"
#include "daemon/followed.h"
#include "daemon/metrics_page.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MAX_WORKERS 256  /* by the option */
#define RING_HITS 8192   /* per worker: what it may hit while one turn lasts */
#define TURN_MS 200
#define RETRY_MS 5000
#define TEND_MS 500
#define SERVE_MOST 5000  /* messages in a turn */
#define AHEAD_MS (INT64_C(24) * 3600 * 1000) /* of the clock: nothing can have fired so late */
#define PRUNE_LEAST 1000 /* rows twice a second; twice what came in the while, when that is more */

struct feedback {
    struct feedback_setup setup;
    struct hit_ring *rings[MAX_WORKERS];
    struct hit *batch;           /* of one ring */
    struct archive *archive;     /* NULL: it cannot be written, and is tried again; as the follower */
    struct followed followed;    /* by this thread */
    bool failed;       /* the turn cannot be ended well */
    bool read_whole;   /* the topic, since the archive was opened */
    int64_t retry_mono_ms, tend_mono_ms;
    int64_t reading;   /* epoch: when the last full read began */
    uint64_t seen;     /* messages of it */
    uint64_t fresh;    /* hits since the last pruning */
    char archive_trouble[300], empty[300];
    struct log_limit refusals;
    struct feedback_status next; /* copied to status at the end of a turn */
    int stop_fd;
    pthread_t thread;
    bool started;
    pthread_mutex_t mutex; /* guards status */
    struct feedback_status status;
};

/* ---- messages ---------------------------------------------------------------------------------------------------- */

static void refuse(struct feedback *feedback, const struct follower_message *message, const char *why)
{
    char quoted[400];
    uint64_t left_out;

    feedback->next.refused++;
    if (log_limit_pass(&feedback->refusals, clock_mono_ms(), &left_out))
        log_warn("feedback_refused", "partition=%d offset=%" PRId64 " left_out=%" PRIu64 " msg=%s",
                 (int)message->partition, message->offset, left_out, log_quote(why, quoted, sizeof(quoted)));
}

static void on_message(void *ctx, const struct follower_message *message)
{
    struct feedback *feedback = ctx;
    int64_t now = clock_wall_ms();
    struct archive_word word = {.at_ms = message->timestamp_ms, .partition = message->partition,
                                .reading = feedback->reading};
    struct str value = message->tombstone ? (struct str){0} : message->value;
    const char *wrong;

    if (feedback->failed)
        return; /* the topic is read again */
    if (!message->tombstone && value.p == NULL)
        value = STR_LIT("");
    wrong = feedback_word_read(message->key, value, &word);
    if (wrong != NULL) {
        refuse(feedback, message, wrong);
        return;
    }
    feedback->seen++;
    feedback->empty[0] = '\0';
    if (word.at_ms < 0 || word.at_ms > now)
        word.at_ms = now;
    if (word.at_ms < now - feedback->setup.config->control.archive_ms) {
        feedback->next.late++;
        return;
    }
    feedback->next.taken++;
    feedback->failed = archive_say(feedback->archive, &word) != 0;
}

static void on_begin(void *ctx)
{
    struct feedback *feedback = ctx;

    feedback->reading = clock_wall_ms();
    feedback->seen = 0;
}

static void on_caught_up(void *ctx)
{
    struct feedback *feedback = ctx;
    const char *topic = feedback->setup.config->control.feedback;

    if (feedback->failed)
        return;
    feedback->next.caught_up = feedback->read_whole = true;
    if (feedback->seen == 0 && archive_has_words(feedback->archive)) {
        snprintf(feedback->empty, sizeof(feedback->empty),
                 "control.feedback: topic %s is empty, but verdicts were read from it: none is taken back", topic);
        log_warn("feedback_read", "msg=\"%s\"", feedback->empty);
        return;
    }
    log_info("feedback_read", "topic=%s messages=%" PRIu64, topic, feedback->seen);
    feedback->failed = archive_forget_unread(feedback->archive, feedback->reading) != 0;
}

static void on_trouble(void *ctx, const char *why)
{
    struct feedback *feedback = ctx;

    followed_trouble(&feedback->followed, why);
}

/* ---- opened, closed, tried again --------------------------------------------------------------------------------- */

/* Not asked of an archive that is well: the first time it would be the main thread that waits for a lock. */
static bool can_write(struct feedback *feedback, struct err *err)
{
    if (feedback->archive_trouble[0] == '\0' || archive_try_write(feedback->archive) == 0)
        return true;
    err_add(err, "%s", archive_problem(feedback->archive));
    return false;
}

static bool open_parts(struct feedback *feedback, struct err *err)
{
    const struct config *config = feedback->setup.config;
    const struct follower_setup follower = {.config = config, .topic = config->control.feedback, .ctx = feedback,
                                            .begin = on_begin, .message = on_message, .caught_up = on_caught_up,
                                            .trouble = on_trouble};

    feedback->read_whole = false;
    feedback->archive = archive_open(config->control.state, err);
    if (feedback->archive != NULL && can_write(feedback, err))
        (void)followed_open(&feedback->followed, &follower, "feedback", SERVE_MOST, err);
    if (feedback->followed.follower == NULL)
        archive_close(&feedback->archive);
    return feedback->archive != NULL;
}

static void close_parts(struct feedback *feedback)
{
    archive_close(&feedback->archive);
    followed_close(&feedback->followed);
}

/* Told once, however often it is tried. */
static void give_up(struct feedback *feedback, const char *why)
{
    char line[300], quoted[400];

    snprintf(line, sizeof(line), "%.*s", (int)strcspn(why, "\n"), why);
    if (strcmp(line, feedback->archive_trouble) != 0)
        log_error("archive", "result=failed msg=%s", log_quote(line, quoted, sizeof(quoted)));
    memcpy(feedback->archive_trouble, line, sizeof(line));
    close_parts(feedback);
    feedback->retry_mono_ms = clock_mono_ms() + RETRY_MS;
}

static void try_open(struct feedback *feedback)
{
    struct err err;

    err_init(&err);
    if (!open_parts(feedback, &err))
        give_up(feedback, err.text != NULL ? err.text : ts_strerror(TS_ENOMEM));
    err_fini(&err);
}

/* ---- a turn ------------------------------------------------------------------------------------------------------ */

/* How many of each ring were written. */
static void write_hits(struct feedback *feedback, size_t *written)
{
    for (unsigned k = 0; k < feedback->setup.nworkers; k++) {
        written[k] = hit_ring_peek(feedback->rings[k], feedback->batch, RING_HITS);
        for (size_t i = 0; i < written[k] && !feedback->failed; i++)
            feedback->failed = archive_note(feedback->archive, &feedback->batch[i]) != 0;
    }
}

static void drop_hits(struct feedback *feedback, const size_t *written)
{
    for (unsigned k = 0; k < feedback->setup.nworkers; k++) {
        hit_ring_drop(feedback->rings[k], written[k]);
        feedback->next.archived += written[k];
        feedback->fresh += written[k];
    }
}

static void tend(struct feedback *feedback)
{
    int64_t now = clock_mono_ms(), wall_ms = clock_wall_ms();
    int64_t before_ms = wall_ms - feedback->setup.config->control.archive_ms;
    uint64_t most = 2 * feedback->fresh > PRUNE_LEAST ? 2 * feedback->fresh : PRUNE_LEAST;

    if (now < feedback->tend_mono_ms)
        return;
    feedback->tend_mono_ms = now + TEND_MS;
    follower_tend(feedback->followed.follower, now);
    if (!feedback->failed)
        feedback->failed = archive_prune(feedback->archive, before_ms, wall_ms + AHEAD_MS, (unsigned)most) != 0;
    feedback->fresh = 0;
}

static void tell_evidence(struct feedback *feedback)
{
    struct evidence_verdicts *all;
    size_t n;

    if (!archive_moved(feedback->archive))
        return;
    if (archive_tally(feedback->archive, &all, &n) == 0)
        evidence_take_verdicts(feedback->setup.evidence, all, n);
    else
        feedback->failed = true;
}

static void publish(struct feedback *feedback)
{
    const char *trouble = feedback->archive_trouble;

    if (trouble[0] == '\0')
        trouble = feedback->followed.trouble[0] != '\0' ? feedback->followed.trouble : feedback->empty;
    memcpy(feedback->next.trouble, trouble, sizeof(feedback->next.trouble));
    pthread_mutex_lock(&feedback->mutex);
    feedback->status = feedback->next;
    pthread_mutex_unlock(&feedback->mutex);
}

/* It is not well again by a turn in which there was nothing to write, while what could not be written is still to be
 * read. */
static void note_well(struct feedback *feedback)
{
    if (archive_has_written(feedback->archive) || feedback->read_whole)
        feedback->archive_trouble[0] = '\0';
}

static void turn(struct feedback *feedback)
{
    size_t written[MAX_WORKERS];

    if (feedback->archive == NULL && clock_mono_ms() >= feedback->retry_mono_ms)
        try_open(feedback);
    if (feedback->archive != NULL) {
        feedback->failed = archive_begin(feedback->archive) != 0;
        write_hits(feedback, written);
        follower_serve(feedback->followed.follower, feedback->followed.most);
        tend(feedback);
        if (!feedback->failed)
            feedback->failed = archive_commit(feedback->archive) != 0;
        if (!feedback->failed) {
            drop_hits(feedback, written);
            tell_evidence(feedback);
        }
        if (!feedback->failed)
            note_well(feedback);
        else
            give_up(feedback, archive_problem(feedback->archive));
    }
    publish(feedback);
}

/* Until there is something to do; false: to end. */
static bool wait_for_more(const struct feedback *feedback)
{
    const struct follower *follower = feedback->followed.follower;
    struct pollfd fds[2] = {{.fd = feedback->stop_fd, .events = POLLIN},
                            {.fd = follower != NULL ? follower_fd(follower) : -1, .events = POLLIN}};

    while (poll(fds, 2, TURN_MS) < 0 && errno == EINTR)
        ;
    return (fds[0].revents & POLLIN) == 0;
}

static void *run(void *arg)
{
    struct feedback *feedback = arg;
    const struct sched_param none = {0};

    pthread_setname_np(pthread_self(), "feedback");
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &none); /* a wish: judging comes first */
    while (wait_for_more(feedback))
        turn(feedback);
    turn(feedback); /* what the workers left */
    return NULL;
}

/* ---- for others -------------------------------------------------------------------------------------------------- */

struct hit_ring *feedback_ring(const struct feedback *feedback, unsigned worker)
{
    return feedback->rings[worker];
}

void feedback_read_status(struct feedback *feedback, struct feedback_status *out)
{
    pthread_mutex_lock(&feedback->mutex);
    *out = feedback->status;
    pthread_mutex_unlock(&feedback->mutex);
}

void feedback_write_metrics(struct feedback *feedback, FILE *out)
{
    struct feedback_status status;

    feedback_read_status(feedback, &status);
    metrics_page_head(out, "telsieve_feedback_messages_total", "counter",
                      "Messages of control.feedback: taken, older than control.archive_ms, malformed.");
    fprintf(out, "telsieve_feedback_messages_total{result=\"taken\"} %" PRIu64 "\n", status.taken);
    fprintf(out, "telsieve_feedback_messages_total{result=\"late\"} %" PRIu64 "\n", status.late);
    fprintf(out, "telsieve_feedback_messages_total{result=\"refused\"} %" PRIu64 "\n", status.refused);
    metrics_page_head(out, "telsieve_archive_hits_total", "counter", "Hits of rules that were archived.");
    fprintf(out, "telsieve_archive_hits_total %" PRIu64 "\n", status.archived);
}

/* ---- made and freed ---------------------------------------------------------------------------------------------- */

static bool make_rings(struct feedback *feedback)
{
    feedback->batch = calloc(RING_HITS, sizeof(*feedback->batch));
    for (unsigned k = 0; k < feedback->setup.nworkers; k++)
        if ((feedback->rings[k] = hit_ring_new(RING_HITS)) == NULL)
            return false;
    return feedback->batch != NULL;
}

struct feedback *feedback_new(const struct feedback_setup *setup, struct err *err)
{
    struct feedback *feedback = calloc(1, sizeof(*feedback));

    if (feedback == NULL || pthread_mutex_init(&feedback->mutex, NULL) != 0) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        free(feedback);
        return NULL;
    }
    assert(setup->nworkers <= MAX_WORKERS); /* the option's bound */
    feedback->setup = *setup;
    feedback->refusals = (struct log_limit)LOG_LIMIT(5, 60000);
    feedback->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (feedback->stop_fd < 0 || !make_rings(feedback)) {
        err_add(err, "control.feedback: %s", feedback->stop_fd < 0 ? strerror(errno) : ts_strerror(TS_ENOMEM));
        feedback_free(&feedback);
        return NULL;
    }
    try_open(feedback);
    if (feedback->archive != NULL)
        tell_evidence(feedback);
    publish(feedback);
    return feedback;
}

void feedback_free(struct feedback **feedback)
{
    struct feedback *old = *feedback;

    if (old == NULL)
        return;
    feedback_stop(old);
    close_parts(old);
    for (unsigned k = 0; k < old->setup.nworkers; k++)
        hit_ring_free(&old->rings[k]);
    if (old->stop_fd >= 0)
        close(old->stop_fd);
    pthread_mutex_destroy(&old->mutex);
    free(old->batch);
    free(old);
    *feedback = NULL;
}

int feedback_start(struct feedback *feedback)
{
    feedback->started = pthread_create(&feedback->thread, NULL, run, feedback) == 0;
    return feedback->started ? 0 : -TS_ENOMEM;
}

void feedback_stop(struct feedback *feedback)
{
    const uint64_t one = 1;

    if (!feedback->started)
        return;
    while (write(feedback->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
        ;
    pthread_join(feedback->thread, NULL);
    feedback->started = false;
}
