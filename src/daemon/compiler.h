/* compiler.h - rules are compiled by a child process under limits, for nothing else ends a pattern that explodes: a
 * compile of Hyperscan can neither be cancelled nor bounded. The child is this program again (`telsieve compile`,
 * compile_child.h). What it makes comes back through the cache (match/cache.h), problems through a pipe.
 *
 * Threads: a compiler belongs to one; the child dies with the thread that started it. */
#ifndef TELSIEVE_DAEMON_COMPILER_H
#define TELSIEVE_DAEMON_COMPILER_H

#include "daemon/compile_job.h"

struct compiler;

/* Start `program` on the job (whose parent is set here). NULL with a problem in err. */
struct compiler *compiler_start(const char *program, struct compile_job *job, struct err *err);

/* Wait until the cache has all that a load needs which may compile nothing (options.cached_only), or until `cancel` (a
 * file descriptor) can be read. Returns 0; -TS_EINVAL with problems in err: those of the libraries, or that the child
 * crashed or met a limit; -TS_EBUSY when cancelled. Unless it returns 0 only compiler_kill may follow. */
int compiler_await_ready(struct compiler *compiler, int cancel, struct err *err);

/* Once ready: its hash ("" before), the CPU time until then, whether all was proved (else it is doing that now), and
 * what the cache had before. */
const char *compiler_hash(const struct compiler *compiler);
int64_t compiler_compile_ms(const struct compiler *compiler);
bool compiler_is_proved(const struct compiler *compiler);
enum ruleset_cache compiler_cache(const struct compiler *compiler);

/* What it found wrong with the cache, to be freed; NULL: nothing. */
char *compiler_cache_problem(const struct compiler *compiler);

/* Can be read when compiler_look has something to do. */
int compiler_fd(const struct compiler *compiler);
/* Has the rest been proved? Returns 1: yes; 0: it is still at it, which is bounded by CPU time only; -TS_EMISMATCH: no,
 * with problems in err. Never waits for more than the end of a child that is ending. */
int compiler_look(struct compiler *compiler, struct err *err);

/* End it, whatever it does, and wait until it has. */
void compiler_kill(struct compiler **compiler);

#endif
