/* attempt.h - one attempt at a rule set: which of the libraries that came are to blame when it fails, and the rule set
 * of all the others. Private to the loader (reload.h); touches nothing that is live. */
#ifndef TELSIEVE_DAEMON_ATTEMPT_H
#define TELSIEVE_DAEMON_ATTEMPT_H

#include "daemon/compiler.h"
#include "daemon/reload.h"

/* What is tried; all borrowed. */
struct attempt_setup {
    const struct config *config;
    const char *compiler;           /* program of the child; NULL: compile here */
    const char *cache;              /* where the child leaves what it compiled; NULL only without one */
    const struct fed_set *live;
    const struct fed_set *wanted;
    const struct fed_set *answered; /* refused before: what of it is wanted still, not anew, is not tried; or NULL */
    bool kept;                      /* all or nothing, and only what the cache has with its proof: -TS_EINVAL else */
    bool whole;                     /* files may have changed: prove all of it before it goes live */
    int cancel;                     /* a file descriptor: readable when the attempt shall end */
};

struct attempt_result {
    struct ruleset *set;       /* to be published; NULL: nothing changes */
    struct fed_set *fed;       /* its fed libraries */
    struct compiler *prover;   /* proves the rest of it; NULL: all is proved, or there is no child */
    bool proved;
    enum ruleset_cache cache;  /* what it had before */
    bool by_child;             /* compiled by it, so its CPU time is none of this thread: */
    int64_t compile_ms;
    struct reload_refused *refused;
    size_t nrefused;
    struct fed_set *answered;  /* what was refused, as it was wanted; NULL: nothing */
    char *cache_problem;       /* NULL: none */
};

/* Returns 0; -TS_EINVAL with problems in err that no fed library is to blame for (refused ones are then none);
 * -TS_ENOENT: what the child compiled is not in the cache; -TS_EBUSY: cancelled. Unless 0, nothing is in the result but
 * what may be wrong with the cache. */
int attempt_run(const struct attempt_setup *setup, struct attempt_result *out, struct err *err);
/* Start a child that proves what is live, with these files; NULL with a problem in err. Its compiler_hash tells whether
 * the files are still those that are live. */
struct compiler *attempt_start_proof(const struct attempt_setup *setup, struct err *err);

void attempt_fini(struct attempt_result *result);

#endif
