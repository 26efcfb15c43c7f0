/* quarantine.c - a text file, one crash a line: "TIME SIGNAL TOPIC PARTITION OFFSET SUB". It is read at open; the
 * signal handler of a crashing worker thread adds a line from that thread's slot. The slot is thread-local so that
 * the handler finds it without a lock; nothing else is shared. */
#include "daemon/quarantine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEEP_SECONDS (30 * 24 * 3600)
#define CRASHES_TO_GIVE_UP 2
#define STACK_BYTES 65536
#define NSIGNALS 5

static const int crash_signals[NSIGNALS] = {SIGSEGV, SIGBUS, SIGABRT, SIGILL, SIGFPE};

struct crash {
    int64_t when; /* seconds since the epoch, of the last one */
    char topic[250];
    int32_t partition;
    int64_t offset;
    uint32_t sub;
    unsigned count;
};

struct quarantine {
    int fd; /* appended to by the handler */
    struct crash *crashes;
    size_t ncrashes, nquarantined;
    struct sigaction old[NSIGNALS];
};

/* What this thread works on; read by the handler running on the same thread. */
struct slot {
    volatile sig_atomic_t busy;
    int fd;
    const char *topic;
    int32_t partition;
    int64_t offset;
    uint32_t sub;
    void *stack;
};
static _Thread_local struct slot slot;

/* ---- the handler: async-signal-safe calls only ----------------------------------------------------------------- */

static char *put_number(char *p, int64_t value)
{
    char digits[24];
    size_t n = 0;
    uint64_t left = value < 0 ? (uint64_t)-(value + 1) + 1 : (uint64_t)value;

    if (value < 0)
        *p++ = '-';
    do {
        digits[n++] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    while (n > 0)
        *p++ = digits[--n];
    return p;
}

static void note_crash(int signal_number)
{
    char line[400], *p = line;
    const char *topic = slot.topic;

    p = put_number(p, (int64_t)time(NULL));
    *p++ = ' ';
    p = put_number(p, signal_number);
    *p++ = ' ';
    while (*topic != '\0' && p < line + 300)
        *p++ = *topic++;
    *p++ = ' ';
    p = put_number(p, slot.partition);
    *p++ = ' ';
    p = put_number(p, slot.offset);
    *p++ = ' ';
    p = put_number(p, slot.sub);
    *p++ = '\n';
    if (write(slot.fd, line, (size_t)(p - line)) < 0)
        return; /* the crash goes on all the same */
}

/* SA_RESETHAND has put the default action back: the signal raised here ends the process as the handler returns. One
 * sent by somebody else's kill(2) says nothing about the record. */
static void on_crash(int signal_number, siginfo_t *info, void *context)
{
    bool sent_from_outside = info->si_code <= 0 && info->si_pid != getpid();

    (void)context;
    if (slot.busy && !sent_from_outside)
        note_crash(signal_number);
    raise(signal_number);
}

/* ---- the file -------------------------------------------------------------------------------------------------- */

static struct crash *find(const struct quarantine *quarantine, struct str topic, int32_t partition, int64_t offset,
                          uint32_t sub)
{
    for (size_t i = 0; i < quarantine->ncrashes; i++) {
        struct crash *crash = &quarantine->crashes[i];
        if (crash->offset == offset && crash->partition == partition && crash->sub == sub &&
            str_eqz(topic, crash->topic))
            return crash;
    }
    return NULL;
}

static int add_crash(struct quarantine *quarantine, const struct crash *crash)
{
    struct crash *known = find(quarantine, str_of(crash->topic), crash->partition, crash->offset, crash->sub);
    struct crash *grown;

    if (known == NULL) {
        grown = realloc(quarantine->crashes, (quarantine->ncrashes + 1) * sizeof(*grown));
        if (grown == NULL)
            return -TS_ENOMEM;
        quarantine->crashes = grown;
        known = &grown[quarantine->ncrashes++];
        *known = *crash;
        known->count = 0;
    }
    known->when = crash->when;
    known->count++;
    quarantine->nquarantined += known->count == CRASHES_TO_GIVE_UP;
    return 0;
}

/* Read the crashes; *stale = lines too old or not ours. A line cut short by a full disk is one of those. */
static int read_crashes(struct quarantine *quarantine, FILE *in, bool *stale)
{
    int64_t oldest = (int64_t)time(NULL) - KEEP_SECONDS;
    char line[512];

    while (fgets(line, sizeof(line), in) != NULL) {
        struct crash crash = {0};
        int number;
        if (sscanf(line, "%" SCNd64 " %d %249s %" SCNd32 " %" SCNd64 " %" SCNu32, &crash.when, &number, crash.topic,
                   &crash.partition, &crash.offset, &crash.sub) != 6 ||
            crash.when < oldest)
            *stale = true;
        else if (add_crash(quarantine, &crash) != 0)
            return -TS_ENOMEM;
    }
    return ferror(in) ? -TS_EIO : 0;
}

/* Write what is still true to a new file and put it in place. */
static int rewrite(const struct quarantine *quarantine, const char *file)
{
    char name[PATH_MAX];
    FILE *out;
    bool ok;

    if ((size_t)snprintf(name, sizeof(name), "%s.new", file) >= sizeof(name))
        return -TS_ELIMIT;
    out = fopen(name, "we");
    if (out == NULL)
        return -TS_EIO;
    for (size_t i = 0; i < quarantine->ncrashes; i++)
        for (unsigned k = 0; k < quarantine->crashes[i].count; k++)
            fprintf(out, "%" PRId64 " 0 %s %" PRId32 " %" PRId64 " %" PRIu32 "\n", quarantine->crashes[i].when,
                    quarantine->crashes[i].topic, quarantine->crashes[i].partition, quarantine->crashes[i].offset,
                    quarantine->crashes[i].sub);
    ok = !ferror(out);
    ok = fclose(out) == 0 && ok;
    return ok && rename(name, file) == 0 ? 0 : -TS_EIO;
}

static int load(struct quarantine *quarantine, const char *file)
{
    FILE *in = fopen(file, "re");
    bool stale = false;
    int rc;

    if (in == NULL)
        return errno == ENOENT ? 0 : -TS_EIO;
    rc = read_crashes(quarantine, in, &stale);
    fclose(in);
    return rc == 0 && stale ? rewrite(quarantine, file) : rc;
}

/* ---- open and close --------------------------------------------------------------------------------------------- */

static void install_handlers(struct quarantine *quarantine)
{
    struct sigaction action = {.sa_sigaction = on_crash};

    action.sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_RESETHAND);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < NSIGNALS; i++)
        sigaction(crash_signals[i], &action, &quarantine->old[i]);
}

struct quarantine *quarantine_open(const char *file, struct err *err)
{
    struct quarantine *quarantine = calloc(1, sizeof(*quarantine));

    if (quarantine == NULL) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    quarantine->fd = -1;
    if (load(quarantine, file) == 0)
        quarantine->fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (quarantine->fd < 0) {
        err_at(err, file, 0, 0, "quarantine.file cannot be read and written: %s", strerror(errno));
        free(quarantine->crashes);
        free(quarantine);
        return NULL;
    }
    install_handlers(quarantine);
    return quarantine;
}

void quarantine_close(struct quarantine **quarantine)
{
    if (*quarantine == NULL)
        return;
    for (size_t i = 0; i < NSIGNALS; i++)
        sigaction(crash_signals[i], &(*quarantine)->old[i], NULL);
    close((*quarantine)->fd);
    free((*quarantine)->crashes);
    free(*quarantine);
    *quarantine = NULL;
}

/* ---- by the workers --------------------------------------------------------------------------------------------- */

int quarantine_thread_begin(struct quarantine *quarantine)
{
    stack_t stack = {.ss_size = STACK_BYTES};

    stack.ss_sp = malloc(STACK_BYTES); /* a stack overflow must find another stack to be told on */
    if (stack.ss_sp == NULL)
        return -TS_ENOMEM;
    if (sigaltstack(&stack, NULL) != 0) {
        free(stack.ss_sp);
        return -TS_EINVAL;
    }
    slot = (struct slot){.fd = quarantine->fd, .stack = stack.ss_sp};
    return 0;
}

void quarantine_thread_end(struct quarantine *quarantine)
{
    stack_t off = {.ss_flags = SS_DISABLE};

    (void)quarantine;
    slot.busy = 0;
    sigaltstack(&off, NULL);
    free(slot.stack);
    slot.stack = NULL;
}

void quarantine_enter(struct quarantine *quarantine, const char *topic, int32_t partition, int64_t offset, uint32_t sub)
{
    (void)quarantine;
    slot.topic = topic;
    slot.partition = partition;
    slot.offset = offset;
    slot.sub = sub;
    atomic_signal_fence(memory_order_release); /* the handler sees busy only with all of it */
    slot.busy = 1;
    atomic_signal_fence(memory_order_release); /* and the record's work does not begin before */
}

void quarantine_leave(struct quarantine *quarantine)
{
    (void)quarantine;
    atomic_signal_fence(memory_order_release);
    slot.busy = 0;
}

bool quarantine_check(const struct quarantine *quarantine, struct str topic, int32_t partition, int64_t offset,
                      uint32_t sub)
{
    const struct crash *crash = find(quarantine, topic, partition, offset, sub);

    return crash != NULL && crash->count >= CRASHES_TO_GIVE_UP;
}

bool quarantine_empty(const struct quarantine *quarantine)
{
    return quarantine->nquarantined == 0;
}
