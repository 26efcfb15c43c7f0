/* compiler.c - the answer is gathered as it comes, to a bound, and looked at line by line when it is needed: a line
 * "ready", a line "proved", or the end of the pipe and then how the child ended. */
#include "daemon/compiler.h"

#include "core/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ANSWER_BYTES (256 * 1024) /* of problems at most; the rest is not listened to */
#define CLOCK_FACTOR 4            /* a machine may be so busy that a second of CPU takes this long */
#define CLOCK_LEAST_S 10

struct compiler {
    pid_t pid; /* 0: waited for */
    int fd;    /* of its answers, not blocking */
    char *answer;
    size_t n;
    bool at_end, overdue; /* nothing more comes; it was killed for taking too long */
    int status;           /* once waited for */
    int64_t memory_bytes, cpu_s, due_ms;
    char hash[80];
    int64_t compile_ms;
    bool proved;
    enum ruleset_cache cache;
};

/* ---- start ------------------------------------------------------------------------------------------------- */

static int spawn(const char *program, int job, int answer, pid_t *pid)
{
    char *const argv[] = {"telsieve", "compile", NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int rc;

    sigemptyset(&none);
    sigfillset(&all);
    if (posix_spawn_file_actions_init(&files) != 0)
        return ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    /* a group of its own: Ctrl-C is for the daemon, which then ends the child */
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    rc = posix_spawn_file_actions_adddup2(&files, job, STDIN_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_adddup2(&files, answer, STDOUT_FILENO);
    if (rc == 0)
        rc = posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1); /* sockets of any library, too */
    if (rc == 0)
        rc = posix_spawn(pid, program, &files, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

/* Not one of the three that the child's own are put at. */
static int move_up(int fd)
{
    int moved = fd > STDERR_FILENO ? fd : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

    if (moved != fd)
        close(fd);
    return moved;
}

static int start(struct compiler *compiler, const char *program, struct compile_job *job, struct err *err)
{
    int job_fd, pipes[2], rc;

    job->parent = getpid();
    if ((job_fd = compile_job_write(job, err)) < 0)
        return -TS_ENOMEM;
    job_fd = move_up(job_fd);
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        rc = errno;
    } else {
        pipes[1] = move_up(pipes[1]);
        compiler->fd = pipes[0];
        rc = fcntl(pipes[0], F_SETFL, O_NONBLOCK) == 0 ? spawn(program, job_fd, pipes[1], &compiler->pid) : errno;
        close(pipes[1]);
    }
    close(job_fd);
    if (rc == 0)
        return 0;
    err_add(err, "the compiler %s cannot be started: %s", program, strerror(rc));
    return -TS_EIO;
}

struct compiler *compiler_start(const char *program, struct compile_job *job, struct err *err)
{
    struct compiler *compiler = calloc(1, sizeof(*compiler));
    int64_t clock_s = job->cpu_s * CLOCK_FACTOR;

    if (compiler == NULL || (compiler->answer = malloc(ANSWER_BYTES + 1)) == NULL) {
        err_add(err, "out of memory while compiling the libraries");
        free(compiler);
        return NULL;
    }
    compiler->fd = -1;
    compiler->memory_bytes = job->memory_bytes;
    compiler->cpu_s = job->cpu_s;
    compiler->due_ms = clock_mono_ms() + 1000 * (clock_s > CLOCK_LEAST_S ? clock_s : CLOCK_LEAST_S);
    if (start(compiler, program, job, err) != 0)
        compiler_kill(&compiler);
    return compiler;
}

/* ---- answers ----------------------------------------------------------------------------------------------- */

static void gather(struct compiler *compiler)
{
    while (!compiler->at_end) {
        char rest[4096];
        size_t room = ANSWER_BYTES - compiler->n;
        ssize_t got = room > 0 ? read(compiler->fd, compiler->answer + compiler->n, room)
                               : read(compiler->fd, rest, sizeof(rest));

        if (got > 0 && room > 0)
            compiler->n += (size_t)got;
        else if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            compiler->at_end = true;
        else if (got < 0 && errno == EAGAIN)
            break;
    }
    compiler->answer[compiler->n] = '\0';
}

/* The whole line that begins with `word`, or NULL. */
static const char *line_of(const struct compiler *compiler, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = compiler->answer; *p != '\0';) {
        const char *end = strchr(p, '\n');

        if (end == NULL)
            break;
        if (strncmp(p, word, n) == 0)
            return p;
        p = end + 1;
    }
    return NULL;
}

static void end_if_overdue(struct compiler *compiler)
{
    if (compiler->pid == 0 || compiler->overdue || clock_mono_ms() < compiler->due_ms)
        return;
    compiler->overdue = true;
    kill(compiler->pid, SIGKILL);
}

static void await_end(struct compiler *compiler)
{
    while (compiler->pid > 0 && waitpid(compiler->pid, &compiler->status, 0) < 0 && errno == EINTR)
        ;
    compiler->pid = 0;
}

/* ---- how it ended ------------------------------------------------------------------------------------------ */

static void tell_too_long(const struct compiler *compiler, struct err *err)
{
    err_add(err,
            "compiling takes more than %" PRId64 " s of CPU time (rules.compile_cpu_s) or %d times as long by the "
            "clock: too many phrases, or one that is worth too many",
            compiler->cpu_s, CLOCK_FACTOR);
}

static void tell_too_large(const struct compiler *compiler, struct err *err)
{
    err_add(err,
            "compiling needs more memory than %" PRId64 " bytes (rules.compile_memory_bytes): too many phrases, or one "
            "that is worth too many",
            compiler->memory_bytes);
}

/* What a child says when memory ends, ours and that of the libraries it uses. */
static bool is_out_of_memory(const char *line, size_t n)
{
    static const char *const words[] = {"out of memory", "Unable to allocate memory", "failed to allocate heap memory"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (memmem(line, n, words[i], strlen(words[i])) != NULL)
            return true;
    return false;
}

/* Its problems, a line each; false: it told none. */
static bool hand_on(const struct compiler *compiler, struct err *err)
{
    bool any = false;

    for (const char *p = compiler->answer, *end; (end = strchr(p, '\n')) != NULL; p = end + 1) {
        if (*p != '!')
            continue;
        any = true;
        if (is_out_of_memory(p, (size_t)(end - p)))
            tell_too_large(compiler, err);
        else
            err_add(err, "%.*s", (int)(end - p - 1), p + 1);
    }
    return any;
}

static void tell_end(const struct compiler *compiler, struct err *err)
{
    int status = compiler->status;

    if (compiler->overdue || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU))
        tell_too_long(compiler, err);
    else if (hand_on(compiler, err))
        return;
    else if (WIFSIGNALED(status))
        err_add(err,
                "the compiler was ended by signal %d (%s): these libraries crash it, or the machine is out of memory; "
                "its limit is %" PRId64 " bytes (rules.compile_memory_bytes)",
                WTERMSIG(status), strsignal(WTERMSIG(status)), compiler->memory_bytes);
    else
        err_add(err, "the compiler ended with code %d and told nothing", WEXITSTATUS(status));
}

/* ---- ready ------------------------------------------------------------------------------------------------- */

static bool read_ready(struct compiler *compiler)
{
    const char *line = line_of(compiler, "ready ");
    int proved, cache;

    if (line == NULL ||
        sscanf(line, "ready %79s %" SCNd64 " %d %d", compiler->hash, &compiler->compile_ms, &proved, &cache) != 4)
        return false;
    compiler->proved = proved != 0;
    compiler->cache = (enum ruleset_cache)cache;
    return true;
}

int compiler_await_ready(struct compiler *compiler, int cancel, struct err *err)
{
    struct pollfd both[] = {{.fd = compiler->fd, .events = POLLIN}, {.fd = cancel, .events = POLLIN}};

    for (;;) {
        int64_t left_ms = compiler->due_ms - clock_mono_ms();

        gather(compiler);
        if (read_ready(compiler))
            return 0;
        if (compiler->at_end)
            break;
        if (poll(both, 2, compiler->overdue || left_ms < 0 ? 100 : (int)left_ms + 1) > 0 && both[1].revents != 0)
            return -TS_EBUSY;
        end_if_overdue(compiler);
    }
    await_end(compiler);
    tell_end(compiler, err);
    return -TS_EINVAL;
}

const char *compiler_hash(const struct compiler *compiler)
{
    return compiler->hash;
}

int64_t compiler_compile_ms(const struct compiler *compiler)
{
    return compiler->compile_ms;
}

bool compiler_is_proved(const struct compiler *compiler)
{
    return compiler->proved;
}

enum ruleset_cache compiler_cache(const struct compiler *compiler)
{
    return compiler->cache;
}

char *compiler_cache_problem(const struct compiler *compiler)
{
    const char *line = line_of(compiler, "?");

    return line != NULL ? strndup(line + 1, strcspn(line + 1, "\n")) : NULL;
}

int compiler_fd(const struct compiler *compiler)
{
    return compiler->fd;
}

int compiler_look(struct compiler *compiler, struct err *err)
{
    gather(compiler);
    (void)read_ready(compiler);
    if (!compiler->at_end)
        return 0;
    await_end(compiler);
    if (line_of(compiler, "proved") != NULL)
        return 1;
    tell_end(compiler, err);
    return -TS_EMISMATCH;
}

void compiler_kill(struct compiler **compiler)
{
    struct compiler *old = *compiler;

    if (old == NULL)
        return;
    if (old->pid > 0)
        kill(old->pid, SIGKILL);
    await_end(old);
    if (old->fd >= 0)
        close(old->fd);
    free(old->answer);
    free(old);
    *compiler = NULL;
}
