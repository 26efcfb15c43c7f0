/* crew.h - several threads over the blocks of files. Every thread takes a block under the reader's mutex, works on it
 * by itself, and waits for its turn to hand in the result, so that results have the order of the input.
 *
 * Threads: crew_run starts and joins its own; `begin`, `work` and `end` run in any of them, `put` in one at a time.
 * Ownership: the block is `work`'s to free (block_fini); a result is put's, or free_result's after a failure. */
#ifndef TELSIEVE_CLI_CREW_H
#define TELSIEVE_CLI_CREW_H

#include "cli/blocks.h"

#include <pthread.h>

struct crew_work {
    void *(*begin)(void *context);                            /* working memory of a thread; NULL: out of memory */
    void (*end)(void *mine);
    void *(*work)(void *context, void *mine, struct block *block); /* the block's result; NULL: out of memory */
    bool (*put)(void *context, void *result, struct err *err); /* false stops the crew; why, in err */
    void (*free_result)(void *result);
};

struct crew {
    const struct crew_work *work;
    void *context;
    bool progress;            /* a bar on standard error */
    uint64_t records, warned; /* kept by `put`, for the bar */
    struct err err;           /* of reading and of put */

    /* private; the mutex guards all below and above */
    struct blocks blocks;
    pthread_mutex_t mutex;
    pthread_cond_t turn;
    uint64_t next_read, next_write;
    bool failed;
    int64_t started_ms, shown_ms;
};

/* Fill work, context, progress and err, then run over crew->blocks (blocks_init by the caller, blocks_fini here).
 * Returns EXIT_DONE or EXIT_RUNTIME (crew->err tells why, unless `put` left it empty). */
int crew_run(struct crew *crew, long jobs);

/* One thread per core this process may use. */
long crew_jobs(void);

#endif
