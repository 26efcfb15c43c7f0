/* replay.h - what the files replay*.c share: records of the past judged by two rule sets, and where these differ.
 *
 * replay.c options and exit code; past.h times and partitions; replay_side.c a rule set with its lists;
 * replay_judge.c a payload to changes and counts; replay_emit.c sends; replay_topics.c and replay_files.c where
 * payloads come from; replay_letters.c dead letters;
 * replay_print.c changes as they come, replay_summary.c what they come to.
 *
 * "new" is what --rules says, "old" what --against says. Threads: of files several judge, each with its own struct
 * replay_judge and struct replay_batch; everything else is one.
 * Privacy: message texts and whole numbers are printed by replay_print.c only, when --show asks for them. */
#ifndef TELSIEVE_CLI_REPLAY_H
#define TELSIEVE_CLI_REPLAY_H

#include "cli/command.h"
#include "cli/crew.h"
#include "cli/file_lines.h"
#include "config/config.h"
#include "kafka/history.h"
#include "match/session.h"

#include <jansson.h>
#include <stdio.h>

enum replay_which { REPLAY_NEW, REPLAY_OLD, REPLAY_SIDES };

struct replay_side { /* a rule set and its lists */
    const char *dir;      /* for people; NULL: the configuration's rules */
    struct ruleset *ruleset; /* NULL: no rules, nothing is warned of */
    struct lists *lists;
};

enum replay_kind { REPLAY_SAME, REPLAY_ADDED, REPLAY_REMOVED, REPLAY_CHANGED, REPLAY_KINDS };
const char *replay_kind_name(enum replay_kind kind);

struct replay_change { /* a record that the two sides warn of differently */
    struct replay_change *next;
    enum replay_kind kind;
    char id[33];                 /* of the warning */
    char *line;                  /* to print, without a newline */
    char *warning[REPLAY_SIDES]; /* JSON; NULL: none */
};

struct replay_rule_count {
    uint64_t live, shadow; /* records that it warns of, or would */
};

struct replay_count {
    uint64_t records, outcome[REPLAY_SIDES][OUTCOME_COUNT], kinds[REPLAY_KINDS];
    int64_t first_ms, last_ms; /* times of the records; first -1: none */
    struct replay_rule_count *rules[REPLAY_SIDES]; /* by index of the rule set's rules */
};

struct replay_batch { /* what comes of some records */
    struct replay_count count;
    struct replay_change *changes, **last;
};

struct replay_emit {
    char **warnings; /* to send, as JSON */
    size_t n, cap;
    json_t *removed; /* ids of warnings to take back, as keys of an object; NULL: none */
};

struct replay {
    /* options */
    const char *config_file;
    const char **sets, **topics; /* --set, --topic */
    size_t nsets, ntopics;
    struct history_range *ranges;
    size_t nranges;
    bool timed; /* --from or --to */
    int64_t from_ms, to_ms;
    long rate, show, jobs;
    bool json, quiet, emits, withdraws, yes, letters;
    struct file_lines lines;
    char *const *files;
    size_t nfiles;

    struct config *config;
    struct decode_limits limits;
    struct alert_options alert;
    struct replay_side sides[REPLAY_SIDES];
    struct replay_count total;
    struct history_partition *partitions; /* of topics */
    size_t npartitions;
    uint64_t shown;
    struct replay_emit emit;
};

/* ---- sides ---------------------------------------------------------------------------------------------------- */

#define REPLAY_NONE "none" /* --against none */

/* Load what side->dir says. The configuration's own rules are those of rules.dir with the fed libraries that
 * control.state keeps; fed entries of lists, which it keeps too, count on both sides. Returns 0 or -TS_E… with err. */
int replay_side_load(struct replay_side *side, const struct config *config, struct err *err);
void replay_side_free(struct replay_side *side);
const char *replay_side_name(const struct replay_side *side, const struct config *config);

/* ---- judging -------------------------------------------------------------------------------------------------- */

struct replay_judge {
    struct session *sessions[REPLAY_SIDES]; /* NULL: no rules */
    const struct replay *replay;
};

/* Returns 0 or -TS_ENOMEM; free it in both cases. */
int replay_judge_init(struct replay_judge *judge, const struct replay *replay);
void replay_judge_fini(struct replay_judge *judge);

int replay_count_init(struct replay_count *count, const struct replay *replay); /* as above */
void replay_count_fini(struct replay_count *count);
int replay_batch_init(struct replay_batch *batch, const struct replay *replay); /* as above */
void replay_batch_fini(struct replay_batch *batch);

/* Judge every record of a payload into the batch. Returns 0 or -TS_ENOMEM. */
int replay_judge_payload(struct replay_judge *judge, const struct feed *feed, struct str payload,
                         const struct alert_source *source, struct replay_batch *batch);

/* Print the changes of a batch, keep what is to be sent, and add its counts to the total; it is empty then. Returns 0
 * or -TS_ENOMEM. */
int replay_take(struct replay *replay, struct replay_batch *batch);

/* ---- sending --------------------------------------------------------------------------------------------------- */

/* Takes the warning over. Returns 0 or -TS_ENOMEM (then it is the caller's). */
int replay_emit_keep(struct replay_emit *emit, char *warning);

/* The warning of this id is to be taken back. Returns 0 or -TS_ENOMEM. */
int replay_emit_remove(struct replay_emit *emit, const char *id);
void replay_emit_free(struct replay_emit *emit);

/* Ask, unless --yes, and send all of them to output.warnings. Returns an exit code, problems in err. */
int replay_emit_send(struct replay *replay, struct err *err);

/* Find what is to be taken back in output.warnings, ask, unless --yes, and send it as withdrawn. As above. */
int replay_withdraw(struct replay *replay, struct err *err);

/* ---- where records come from: an exit code, problems in err ---------------------------------------------------- */

int replay_topics(struct replay *replay, struct err *err);
int replay_files(struct replay *replay, struct err *err);
int replay_letters(struct replay *replay, struct err *err); /* prints by itself */

/* ---- printing ------------------------------------------------------------------------------------------------- */

#define REPLAY_SHOWN 50 /* changes in the text; JSON has them all */

struct replay_seen { /* what one side says of a record */
    const struct session_result *result; /* NULL: no rules */
    const struct warning *warning;       /* NULL: none */
};

/* The line of a change; NULL: out of memory. */
char *replay_line(const struct replay *replay, enum replay_kind kind, const struct alert_source *source,
                  const struct replay_seen seen[REPLAY_SIDES]);

void replay_print_change(struct replay *replay, const struct replay_change *change, FILE *out);
void replay_print_summary(const struct replay *replay, FILE *out);

#endif
