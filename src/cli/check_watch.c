/* check_watch.c - inotify and the signals as two file descriptors of one poll. Editors write a file in several steps,
 * or a new one that takes the old one's place, so a change counts only after QUIET_MS without another. */
#include "cli/check_watch.h"

#include "cli/command.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define QUIET_MS 200
#define CHANGES (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE)

enum happened { CHANGED, QUIET, ENDED };

static int open_signals(sigset_t *before)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, before);
    return signalfd(-1, &ends, SFD_CLOEXEC);
}

static int open_changes(const char *dir)
{
    static const char *const inner[] = {"numbers", "lists"}; /* one that is not there is no matter here */
    char folder[4096];
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd < 0 || inotify_add_watch(fd, dir, CHANGES) < 0) {
        fprintf(stderr, "telsieve check: %s cannot be watched: %m\n", dir);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    for (size_t i = 0; i < sizeof(inner) / sizeof(*inner); i++) {
        snprintf(folder, sizeof(folder), "%s/%s", dir, inner[i]);
        (void)inotify_add_watch(fd, folder, CHANGES);
    }
    return fd;
}

/* Take what was told; was it of a file that is read, and not of an editor's swap or backup file? */
static bool take_changes(int changes)
{
    _Alignas(struct inotify_event) char events[4096];
    bool any = false;
    ssize_t n;

    while ((n = read(changes, events, sizeof(events))) > 0) {
        const struct inotify_event *event;
        for (ssize_t at = 0; at < n; at += (ssize_t)(sizeof(*event) + event->len)) {
            size_t length;
            event = (const struct inotify_event *)(events + at);
            length = event->len > 0 ? strlen(event->name) : 0;
            any |= length == 0 || (event->name[0] != '.' && event->name[length - 1] != '~');
        }
    }
    return any;
}

static enum happened wait_for(int changes, int signals, int timeout_ms)
{
    struct pollfd fds[] = {{changes, POLLIN, 0}, {signals, POLLIN, 0}};
    struct signalfd_siginfo signal;
    int n = poll(fds, 2, timeout_ms);

    if (n < 0 || (fds[1].revents & POLLIN) != 0) {
        if (n > 0 && read(signals, &signal, sizeof(signal)) < 0) /* taken: it must not come again later */
            fprintf(stderr, "telsieve check: %m\n");
        return ENDED;
    }
    if (n == 0)
        return QUIET;
    return take_changes(changes) ? CHANGED : QUIET;
}

static void print_outcome(const char *dir, int code)
{
    time_t now = time(NULL);
    struct tm local;
    char at[16];

    localtime_r(&now, &local);
    strftime(at, sizeof(at), "%H:%M:%S", &local);
    printf("%s %s: %s; watching (Ctrl-C ends)\n", at, dir, code == EXIT_DONE ? "good" : "NOT GOOD, see above");
    fflush(stdout);
}

/* A check takes seconds: Ctrl-C ends it at once, as it ends a check that does not watch. */
static int run_interruptibly(int (*run)(void *ctx), void *ctx, const sigset_t *before)
{
    sigset_t watching;
    int code;

    sigprocmask(SIG_SETMASK, before, &watching);
    code = run(ctx);
    sigprocmask(SIG_SETMASK, &watching, NULL);
    return code;
}

int check_watch(const char *dir, int (*run)(void *ctx), void *ctx)
{
    sigset_t before;
    int signals = open_signals(&before), changes = open_changes(dir), code = EXIT_RUNTIME;
    enum happened happened = CHANGED;

    while (signals >= 0 && changes >= 0 && happened != ENDED) {
        code = run_interruptibly(run, ctx, &before);
        print_outcome(dir, code);
        do
            happened = wait_for(changes, signals, -1);
        while (happened == QUIET);
        while (happened == CHANGED && (happened = wait_for(changes, signals, QUIET_MS)) == CHANGED)
            ;
    }
    if (signals >= 0)
        close(signals);
    if (changes >= 0)
        close(changes);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return code;
}
