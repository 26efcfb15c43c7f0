/* reload.h - the loader thread: makes rule sets of the files and of the libraries that are fed, and publishes them
 * while traffic flows. A failure leaves the running generation as it is and is told in the log, in the counters, on
 * /rules and as an outcome.
 *
 * Rules are compiled by a child (compiler.h) when the setup names a program, else here. When several libraries came at
 * once and the whole fails, those that the problems name are refused and the others tried again; when none is named,
 * first all but the largest, and from then on one half of them and then the other. So each that was offered is live or
 * refused in the end, and what cannot go live because of the files alone is neither: it is tried again with the next
 * reload.
 *
 * Before a feed goes live only what it changed is proved, and a first rule set may be taken on the word of a kept proof
 * (match/proof.h). The rest is proved at once behind that. When it fails, the generation before is made live again and
 * its libraries are refused; when there is none, all that was kept is thrown away and the rules are loaded once more
 * without it.
 *
 * Threads: new, first, start, stop, free, rollback and take_outcome by the main thread; the others by any. */
#ifndef TELSIEVE_DAEMON_RELOAD_H
#define TELSIEVE_DAEMON_RELOAD_H

#include "config/config.h"
#include "core/err.h"
#include "daemon/fed_set.h"
#include "match/evidence.h"
#include "match/lists.h"
#include "match/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reload;

struct reload_setup {
    const struct config *config; /* as started; config->file is read again */
    const char *const *sets;
    size_t nsets;
    struct store *store;
    struct evidence *evidence; /* counts for the rule sets that go live; or NULL */
    struct lists *lists; /* whose base is read again from the files with each attempt that was requested; or NULL */
    void (*done)(void *ctx); /* after each attempt and each proof, on the loader thread */
    void *ctx;
    const char *compiler; /* program of the child, "/proc/self/exe"; NULL: compile in this process */
};

struct reload *reload_new(const struct reload_setup *setup);
void reload_free(struct reload **reload);

/* Load the first rule set on the calling thread, with what was fed before. Returns 0, also when fed libraries were
 * refused (that is an outcome), or -TS_E… with the problems in err. */
int reload_first(struct reload *reload, struct err *err);

/* The thread is SCHED_BATCH: compiling gives way to judging. */
int reload_start(struct reload *reload);
/* Does not wait for a child that compiles: it is ended. */
void reload_stop(struct reload *reload);

/* Ask for an attempt with the files and the configuration as they are then; what is asked while one runs is one more
 * attempt, however often. */
void reload_request(struct reload *reload);

/* From the next attempt on, which this asks for, rules are made of the files and of these libraries (and no others). An
 * item whose text.p is NULL says the same as its absence, but names the place to blame. Takes the reference. The latest
 * wins. What was refused and still stands, not `changed`, in a set that was fed before the answer could be taken is not
 * tried a second time, and not answered again. Returns the number of this feed, which outcomes tell: from 1 on,
 * ascending. */
uint64_t reload_feed(struct reload *reload, struct fed_set *set);

/* Publish the previous generation again, which is warm, with its fed libraries. Returns 0; -TS_ENOENT: there is none,
 * or it was found wrong; -TS_EBUSY: an attempt is under way or asked for, or its outcome was not taken yet. */
int reload_rollback(struct reload *reload);

/* The fed libraries that are live, a new reference. Never NULL behind reload_first. */
struct fed_set *reload_live(struct reload *reload);

struct reload_refused {
    char *name, *problems; /* a line each */
};

struct reload_outcome {
    bool ok;         /* what is live now is what was asked for, but for what was refused */
    bool whole;      /* files and configuration were read again: it answers reload_request */
    bool taken_back; /* the proof behind going live failed: the libraries refused here had been live */
    uint64_t fed;    /* the last feed that the attempt knew of; 0: none. What was fed later has an outcome of its own */
    uint64_t generation;                 /* live now */
    char hash[80], hash_before[80];      /* of the rule set live now, and before; "" before the first */
    int64_t took_ms, compile_ms;         /* from the request on; of CPU, by the child */
    struct reload_refused *refused;
    size_t nrefused;
    struct fed_set *live; /* the fed libraries that are live now */
    char *problems;       /* what no fed library is to blame for; NULL: nothing */
};
/* The oldest outcome not taken yet: one for each attempt, and for each proof that failed. false: there is none. */
bool reload_take_outcome(struct reload *reload, struct reload_outcome *out);
void reload_outcome_fini(struct reload_outcome *outcome);

struct reload_status {
    uint64_t succeeded, failed; /* attempts after the first load */
    bool busy;                  /* asked for or under way */
    int64_t last_wall_ms;       /* end of the last attempt, 0 = none */
    int64_t load_ms;            /* of the last rule set that went live, from the first file to then */
    bool proved;                /* all of it has passed its self-test for this process */
    char *problems;             /* of the last attempt, a line each; NULL when it succeeded. Free it. */
};
void reload_read_status(struct reload *reload, struct reload_status *out);

#endif
