/* reload_parts.h - what the parts of the loader share: who is live, what is asked for, and the steps of an attempt.
 * Private to reload*.c. */
#ifndef TELSIEVE_DAEMON_RELOAD_PARTS_H
#define TELSIEVE_DAEMON_RELOAD_PARTS_H

#include "daemon/attempt.h"
#include "daemon/scratch.h"

#include <pthread.h>

/* A generation, as the loader knows it. */
struct made {
    const struct ruleset *set; /* of the store */
    struct fed_set *fed;
    bool proved;
    bool kept;  /* it was taken on the word of a kept proof of all of it */
    bool wrong; /* its proof failed, and there was nothing to go back to */
};

struct outcome_entry {
    struct reload_outcome outcome;
    struct outcome_entry *next;
};

struct reload {
    struct reload_setup setup;
    struct config *config; /* as it was read last and well; NULL: as started. Of the loading thread */
    pthread_t thread;
    bool started;
    int wake, cancel;         /* event descriptors: something was asked for; stop */
    const char *cache;        /* its folder; NULL: none */
    char own[SCRATCH_BYTES];  /* a folder of our own, where there is no cache and a child compiles; "": none */
    struct compiler *prover;  /* proves what is live; of the loading thread */
    int64_t prover_began_ms;
    pthread_mutex_t mutex;
    bool request, stop, running; /* under the mutex, as all below */
    struct fed_set *wanted;      /* fed, and not yet tried; or NULL */
    struct fed_set *held;        /* fed, but the files alone did not load: for the next attempt; or NULL */
    uint64_t fed, taken;         /* numbers of the last feed, and of the last that an attempt took */
    bool wanted_early;           /* it was fed when the last answer could not be known */
    int64_t asked_ms;            /* when the first of what is asked for now was */
    struct fed_set *answered;    /* what was refused last, as it was wanted; or NULL */
    struct made live, previous;  /* previous: the warm one of the store, set NULL when there is none */
    struct outcome_entry *outcomes;
    uint64_t succeeded, failed;
    int64_t last_wall_ms, load_ms;
    char *problems;
};

/* Keep what is compiled elsewhere from now on; and forget all that was. */
void reload_leave_cache(struct reload *reload);
void reload_give_up_cache(struct reload *reload);

/* As it was read last and well. */
const struct config *reload_config(const struct reload *reload);

/* Lines of problems, each as an event; `library` may be NULL. */
void reload_log_lines(const char *event, const char *library, const char *lines);

/* What is live is added to the outcome, which is the loader's then. With the mutex. */
void reload_push_outcome(struct reload *reload, struct reload_outcome *outcome);

/* One attempt at what is asked for (reload_turn.c), on the loading thread. */
void reload_attempt(struct reload *reload);

/* Behind going live (reload_proof.c), on the loading thread: begin to prove what is live, if that is due; hear what
 * the child that proves has to say. */
void reload_prove_if_due(struct reload *reload);
void reload_look_at_prover(struct reload *reload);

#endif
