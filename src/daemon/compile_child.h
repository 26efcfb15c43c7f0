/* compile_child.h - the other side of compiler.h: what the child does, which is this program again. */
#ifndef TELSIEVE_DAEMON_COMPILE_CHILD_H
#define TELSIEVE_DAEMON_COMPILE_CHILD_H

#include <stdbool.h>

/* Read the job from `in` (compile_job.h), compile under its limits, answer on `out`. Returns the process's exit code.
 *
 * The answer, line by line: "!TEXT" a problem; "?TEXT" one of the cache; "ready HASH CPU_MS PROVED CACHE" (PROVED 0
 * or 1, CACHE enum ruleset_cache) when the cache has all that a load needs which may compile nothing; "proved" when the
 * whole rule set has passed its self-test. */
int compile_child(int in, int out);

/* Does this build know the limit of memory? One with a sanitizer does not: those map terabytes that they do not use. */
bool compile_child_limits_memory(void);

#endif
