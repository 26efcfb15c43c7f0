/* attempt_parts.h - what an attempt (attempt.c) and its trials (attempt_trial.c) share. Private to them. */
#ifndef TELSIEVE_DAEMON_ATTEMPT_PARTS_H
#define TELSIEVE_DAEMON_ATTEMPT_PARTS_H

#include "daemon/attempt.h"

struct change {
    const char *name, *place;
    struct str text;  /* p NULL: withdrawn */
    bool in;          /* part of the trial */
    bool accepted;    /* part of the last good one */
    struct err blame; /* what it is refused for */
};

struct trial {
    struct fed_set *fed;
    struct fed_library *libraries; /* the same, for loading */
    const char **names;            /* what changed against what is live, ended by NULL */
    struct ruleset *set;           /* compiled here */
    struct compiler *compiler;     /* or by it */
};

struct attempt {
    const struct attempt_setup *setup;
    struct change *changes;
    size_t nchanges;
    struct trial best; /* the last good one; fed NULL: none yet */
    char *cache_problem;
    bool divided;      /* what was tried together, once */
    bool over;         /* the files alone fail, or it was cancelled */
    int rc;
    struct err *err;
};

/* What a load is told that makes the rule set of the trial. */
struct ruleset_options trial_options(const struct attempt *attempt, const struct trial *trial);

/* ruleset_load, in this process; what is wrong with the cache is noted. */
struct ruleset *trial_load(struct attempt *attempt, struct ruleset_options *options, struct err *err);

/* Try what was accepted with these. A good trial is the best from then on, and they are accepted. Returns as
 * compiler_await_ready, or -TS_ENOMEM. */
int trial_run(struct attempt *attempt, struct change *const *some, size_t n, struct err *err);
void trial_fini(struct trial *trial);

#endif
