/* watch.c - watches on the folder, on each folder in it, and on the folder it stands in, for its name. An event only
 * starts the timer; when that ends, all watches are set anew, since any folder may have become another, and then the
 * change is told: what changes from then on is seen by the new ones. */
#include "daemon/watch.h"
#include "core/log.h"

#include <dirent.h>
#include <errno.h>
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR)
#define SETTLE_S (WATCH_SETTLE_MS / 1000.)
#define PATH_BYTES 4096
#define EVENT_BYTES 4096

struct watch {
    struct ev_loop *loop;
    ev_io io;
    ev_timer settled;
    int fd;
    int parent; /* its watch descriptor; -1 none */
    char folder[PATH_BYTES], above[PATH_BYTES];
    const char *name; /* the folder's, in `above` */
    void (*changed)(void *ctx);
    void *ctx;
};

/* ---- watches --------------------------------------------------------------------------------------------------- */

static void add_inner(struct watch *watch, const char *name)
{
    char path[PATH_BYTES + 256];

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    snprintf(path, sizeof(path), "%s/%s", watch->folder, name);
    inotify_add_watch(watch->fd, path, FILES); /* a file is none, by IN_ONLYDIR */
}

/* Watches on the folder and those in it. Returns 0 or an errno. */
static int add_folders(struct watch *watch)
{
    const struct dirent *entry;
    DIR *dir;

    if (inotify_add_watch(watch->fd, watch->folder, FILES) < 0)
        return errno;
    dir = opendir(watch->folder);
    if (dir == NULL)
        return errno;
    while ((entry = readdir(dir)) != NULL)
        add_inner(watch, entry->d_name);
    closedir(dir);
    return 0;
}

static void drop_all(struct watch *watch)
{
    if (watch->fd < 0)
        return;
    ev_io_stop(watch->loop, &watch->io);
    close(watch->fd);
    watch->fd = -1;
}

static void on_events(struct ev_loop *loop, ev_io *io, int events);

/* Returns 0 or an errno; the parent is watched even when the folder is not there. */
static int set_all(struct watch *watch)
{
    drop_all(watch);
    watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->fd < 0)
        return errno;
    watch->parent = inotify_add_watch(watch->fd, watch->above,
                                      IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ONLYDIR);
    ev_io_init(&watch->io, on_events, watch->fd, EV_READ);
    watch->io.data = watch;
    ev_io_start(watch->loop, &watch->io);
    return add_folders(watch);
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

static bool is_editors(const char *name)
{
    size_t n = strlen(name);

    return (name[0] == '.' && name[1] != '.') || (n > 0 && name[n - 1] == '~');
}

static bool counts(const struct watch *watch, const struct inotify_event *event)
{
    const char *name = event->len > 0 ? event->name : "";

    if (event->mask & IN_Q_OVERFLOW)
        return true;
    if (event->mask & IN_IGNORED)
        return false;
    if (event->wd == watch->parent && strcmp(name, watch->name) == 0)
        return true;
    if (event->wd == watch->parent || is_editors(name))
        return false;
    return !(event->mask & IN_CREATE) || (event->mask & IN_ISDIR); /* a file counts when it is whole */
}

static void on_events(struct ev_loop *loop, ev_io *io, int events)
{
    struct watch *watch = io->data;
    _Alignas(struct inotify_event) char buffer[EVENT_BYTES];
    bool any = false;
    ssize_t n;

    (void)events;
    while ((n = read(watch->fd, buffer, sizeof(buffer))) > 0) {
        for (const char *p = buffer; p < buffer + n;) {
            const struct inotify_event *event = (const void *)p;
            any = any || counts(watch, event);
            p += sizeof(*event) + event->len;
        }
    }
    if (any)
        ev_timer_again(loop, &watch->settled);
}

static void on_settled(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct watch *watch = timer->data;
    char quoted[300];
    int code;

    (void)events;
    ev_timer_stop(loop, timer);
    code = set_all(watch);
    if (code != 0) {
        log_warn("watch", "result=failed folder=%s msg=\"%s\"", log_quote(watch->folder, quoted, sizeof(quoted)),
                 strerror(code));
        return;
    }
    log_info("watch", "result=changed folder=%s", log_quote(watch->folder, quoted, sizeof(quoted)));
    watch->changed(watch->ctx);
}

/* ---- made and freed -------------------------------------------------------------------------------------------- */

/* "patterns/" is "patterns" in ".", "/etc/x" is "x" in "/etc". */
static void split(struct watch *watch)
{
    size_t n = strlen(watch->folder);
    char *slash;

    while (n > 1 && watch->folder[n - 1] == '/')
        watch->folder[--n] = '\0';
    slash = strrchr(watch->folder, '/');
    watch->name = slash != NULL ? slash + 1 : watch->folder;
    if (slash == NULL)
        snprintf(watch->above, sizeof(watch->above), ".");
    else
        snprintf(watch->above, sizeof(watch->above), "%.*s", (int)(slash - watch->folder + (slash == watch->folder)),
                 watch->folder);
}

struct watch *watch_new(struct ev_loop *loop, const char *folder, void (*changed)(void *ctx), void *ctx,
                        struct err *err)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    int code;

    if (watch == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    watch->loop = loop;
    watch->fd = -1;
    watch->changed = changed;
    watch->ctx = ctx;
    snprintf(watch->folder, sizeof(watch->folder), "%s", folder);
    split(watch);
    ev_timer_init(&watch->settled, on_settled, 0., SETTLE_S);
    watch->settled.data = watch;
    code = strlen(folder) < sizeof(watch->folder) ? set_all(watch) : ENAMETOOLONG;
    if (code != 0) {
        err_add(err, "rules.watch: %s: %s%s", folder, strerror(code),
                code == ENOSPC || code == EMFILE ? " (raise fs.inotify.max_user_watches or max_user_instances)" : "");
        watch_free(&watch);
    }
    return watch;
}

void watch_free(struct watch **watch)
{
    struct watch *w = *watch;

    if (w == NULL)
        return;
    ev_timer_stop(w->loop, &w->settled);
    drop_all(w);
    free(w);
    *watch = NULL;
}
