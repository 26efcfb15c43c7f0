/* audit.c - O_APPEND makes lines of several writers whole as long as each is one write. */
#include "daemon/audit.h"
#include "core/clock.h"
#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAITING_MOST 10000 /* jobs */

static int open_log(const char *file)
{
    return open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
}

int audit_check(const char *file, struct err *err)
{
    int fd = file[0] != '\0' ? open_log(file) : -1;

    if (file[0] == '\0')
        return 0;
    if (fd < 0) {
        err_add(err, "audit.file: %s cannot be appended to: %s", file, strerror(errno));
        return -TS_EIO;
    }
    close(fd);
    return 0;
}

static void write_time(char out[40])
{
    int64_t now_ms = clock_wall_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm local;
    char zone[8];
    size_t n;

    localtime_r(&seconds, &local);
    n = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &local);
    strftime(zone, sizeof(zone), "%z", &local);
    snprintf(out + n, 40 - n, ".%03d%.3s:%.2s", (int)(now_ms % 1000), zone, zone + 3);
}

static void add_count(json_t *json, const char *key, uint64_t count)
{
    if (count > 0)
        json_object_set_new(json, key, json_integer((json_int_t)count));
}

/* With its newline; NULL: out of memory. */
static char *line_text(const struct audit_line *line)
{
    char at[40], *text, *whole = NULL;
    json_t *json;

    write_time(at);
    json = json_pack("{s:s,s:s,s:s,s:s,s:s*,s:s*,s:s*,s:s*,s:s*,s:s,s:s*,s:s*,s:s*,s:s*}", "at", at, "what", line->what,
                     "way", line->way, "who", line->who, "rule", line->rule, "library", line->library,
                     "version", line->version, "sha256", line->sha256, "signers", line->signers, "result",
                     line->result, "problem", line->problem, "why", line->why, "before", line->before, "after",
                     line->after);
    add_count(json, "generation", line->generation);
    add_count(json, "entries", line->entries);
    add_count(json, "warnings", line->warnings);
    text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (text != NULL && asprintf(&whole, "%s\n", text) < 0)
        whole = NULL;
    free(text);
    return whole;
}

static void log_loss(const char *why)
{
    char quoted[300];

    log_error("audit", "msg=%s", log_quote(why, quoted, sizeof(quoted)));
}

/* The text is freed; NULL: there was no memory for it. */
static void append(const char *file, char *text)
{
    int fd = text != NULL ? open_log(file) : -1;
    bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fdatasync(fd) == 0;

    if (fd >= 0)
        close(fd);
    if (!ok)
        log_loss("a line could not be written to audit.file");
    free(text);
}

void audit_write(const char *file, const struct audit_line *line)
{
    if (file[0] != '\0')
        append(file, line_text(line));
}

/* ---- by the disk's thread ------------------------------------------------------------------------------------- */

struct posted {
    struct disk_job job;
    char *text;
    char file[]; /* a copy: a disk that is stuck outlives the configuration */
};

static void run_posted(struct disk_job *job)
{
    struct posted *posted = (struct posted *)job;

    append(posted->file, posted->text);
}

static void free_posted(struct disk_job *job)
{
    free(job);
}

void audit_post(struct disk *disk, const char *file, const struct audit_line *line)
{
    struct posted *posted;

    if (file[0] == '\0')
        return;
    posted = disk_waiting(disk) < WAITING_MOST ? malloc(sizeof(*posted) + strlen(file) + 1) : NULL;
    if (posted == NULL) {
        log_loss("a line of audit.file is left out: the disk takes none, or there is no memory");
        return;
    }
    posted->job = (struct disk_job){.run = run_posted, .done = free_posted};
    posted->text = line_text(line);
    strcpy(posted->file, file);
    disk_put(disk, &posted->job);
}
