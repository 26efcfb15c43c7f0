/* warning_sender.c - messages go out some at a time, for the announcer keeps few that wait. Signals that would end the
 * process are blocked and looked for among those that are pending. */
#include "cli/warning_sender.h"
#include "cli/command.h"
#include "core/clock.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE 200 /* below ANNOUNCER_MOST */
#define PATIENCE_MS 60000
#define LAST_PATIENCE_MS 5000 /* behind Ctrl-C */
#define SLICE_MS 50

bool warning_sender_may(const struct config *config, size_t n, const char *what, bool yes)
{
    char answer[16] = "";

    if (n == 0 || yes || !isatty(STDIN_FILENO))
        return n > 0;
    fprintf(stderr, "Send %zu %s to the topic %s? [y/N] ", n, what, config->output.warnings);
    return fgets(answer, sizeof(answer), stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y');
}

/* ---- Ctrl-C ---------------------------------------------------------------------------------------------------- */

static sigset_t end_signals(void)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    return ends;
}

static bool is_interrupted(struct warning_sender *sender)
{
    sigset_t pending;

    if (!sender->interrupted && sigpending(&pending) == 0)
        sender->interrupted = sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
    return sender->interrupted;
}

/* What came meanwhile has been heard: it must not end the process now. */
static void give_signals_back(const struct warning_sender *sender)
{
    sigset_t ends = end_signals();

    while (sigtimedwait(&ends, NULL, &(struct timespec){0}) > 0)
        continue;
    sigprocmask(SIG_SETMASK, &sender->before, NULL);
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

static void take_result(void *ctx, void *opaque, const char *why)
{
    struct warning_sender *sender = ctx;

    sender->sent += why == NULL;
    sender->failed += why != NULL;
    if (why == NULL && opaque != NULL)
        *(bool *)opaque = true;
    if (why != NULL && sender->why[0] == '\0')
        snprintf(sender->why, sizeof(sender->why), "%s", why);
}

int warning_sender_open(struct warning_sender *sender, const struct config *config, long rate, struct err *err)
{
    const struct announcer_setup setup = {
        .config = config, .topic = config->output.warnings, .result = take_result, .ctx = sender};
    sigset_t ends = end_signals();

    *sender = (struct warning_sender){.config = config, .rate = rate, .started_mono_ms = clock_mono_ms()};
    sigprocmask(SIG_BLOCK, &ends, &sender->before);
    sender->announcer = announcer_new(&setup, err);
    return sender->announcer != NULL ? 0 : -TS_EKAFKA;
}

/* Wait until the next message is due. */
static void pace(struct warning_sender *sender)
{
    int64_t now = clock_mono_ms(), due = now;

    if (sender->rate > 0)
        due = sender->started_mono_ms + (int64_t)(sender->given * 1000 / (size_t)sender->rate);
    for (; now < due && !is_interrupted(sender); now = clock_mono_ms()) {
        int64_t wait_ms = due - now < SLICE_MS ? due - now : SLICE_MS;
        announcer_serve(sender->announcer, now);
        nanosleep(&(struct timespec){.tv_nsec = wait_ms * 1000000}, NULL);
    }
}

/* Until all that was given has its result. */
static int settle(struct warning_sender *sender, struct err *err)
{
    int64_t until = clock_mono_ms() + PATIENCE_MS;
    bool hurried = false;
    size_t waiting;

    while ((waiting = announcer_flush(sender->announcer, SLICE_MS)) > 0) {
        if (clock_mono_ms() >= until) {
            err_add(err, "topic %s takes nothing more (%zu messages are without an answer): %s",
                    sender->config->output.warnings, waiting, announcer_cause(sender->announcer));
            announcer_free(&sender->announcer);
            return -TS_EKAFKA;
        }
        if (is_interrupted(sender) && !hurried) {
            hurried = true;
            until = clock_mono_ms() + LAST_PATIENCE_MS;
        }
    }
    return 0;
}

int warning_sender_send(struct warning_sender *sender, const struct announcement *one, struct err *err)
{
    pace(sender);
    if (is_interrupted(sender))
        return 1;
    if (announcer_send(sender->announcer, one) != 0) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return -TS_ENOMEM;
    }
    sender->given++;
    return sender->given % AT_ONCE == 0 ? settle(sender, err) : 0;
}

int warning_sender_close(struct warning_sender *sender, struct err *err)
{
    if (sender->announcer != NULL)
        settle(sender, err);
    announcer_free(&sender->announcer);
    give_signals_back(sender);
    if (sender->failed > 0)
        err_add(err, "%zu messages were not taken by %s: %s", sender->failed, sender->config->output.warnings,
                sender->why);
    if (err->count > 0)
        return EXIT_RUNTIME;
    return sender->interrupted ? EXIT_DEADLINE : EXIT_DONE;
}
