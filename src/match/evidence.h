/* evidence.h - how every rule does on the records that are judged: how many it saw, hit and warned of, how many
 * victims, how often a live rule fired beside it; and which rules the circuit breaker has set back to shadow.
 *
 * Evidence is of one text of a rule: its id and what its library and those whose sets it asks say, but for versions,
 * states, shares, reasons and advice; and the learned model, if it asks for a score. So a rule that goes from shadow to
 * live takes its evidence with it, and a reload that leaves the rest as it is goes on counting; a rule that reads
 * otherwise begins anew. It lasts as long as some rule set that the process holds (the active one, the warm one) has
 * the rule, and not beyond the process. What the platform said of its hits is kept elsewhere, by the digest of that
 * text, and told here.
 *
 * Threads: workers own their cells (one writer, no locks; see core/metrics.h) and write them only for records on which
 * a rule fired, and once a batch. A rule above `rule_per_minute` is demoted by the worker whose record was one too
 * many, for all of them at once. All else by any thread, under a mutex of its own. */
#ifndef TELSIEVE_MATCH_EVIDENCE_H
#define TELSIEVE_MATCH_EVIDENCE_H

#include "match/ruleset.h"

#define EVIDENCE_DIGEST 32 /* bytes: which text of which rule */

struct evidence;      /* of all rules of the process */
struct evidence_set;  /* the part of one rule set; NULL where nobody counts */

/* rule_per_minute: more warnings of one rule in a minute of the clock demote it; 0: no limit. */
struct evidence *evidence_new(unsigned nworkers, uint64_t rule_per_minute);
void evidence_free(struct evidence **evidence); /* behind all rule sets */

/* Count for this rule set too, from before it is published until it is freed. Returns 0 or -TS_ENOMEM. */
int evidence_observe(struct evidence *evidence, struct ruleset *ruleset);
void evidence_forget(struct evidence_set **set); /* by ruleset_free */

/* ---- by workers, with the rule set pinned ---- */

/* The batch that ends had so many records. */
void evidence_judged(struct evidence_set *set, unsigned worker, uint64_t records);

/* Some rule fired. */
void evidence_note(struct evidence_set *set, unsigned worker, const struct verdict *verdict, int64_t now_ms);

/* Has the breaker set this rule back to shadow? */
bool evidence_is_demoted(const struct evidence_set *set, uint32_t rule);

/* The digest of a rule's text, lent by the rule set; NULL: nobody counts. */
const unsigned char *evidence_digest(const struct evidence_set *set, uint32_t rule);

/* ---- by others ---- */

enum demotion { DEMOTION_NONE, DEMOTION_RATE, DEMOTION_SHARE };

struct evidence_figures {
    int64_t since_ms;   /* epoch; its text was loaded */
    uint64_t judged;    /* records, while it was loaded and active */
    uint64_t hits;      /* records on which it was true and nothing spoke against it, */
    uint64_t warnings;  /* those of them it warned of, */
    uint64_t overlap;   /* and those on which another rule warned */
    uint64_t victims;   /* about (distinct.h) */
    uint64_t hits_hour; /* within the last 60 minutes */
    uint64_t confirmed, refuted, unknown; /* records it hit of which the platform said true, false, unknown */
    enum demotion demotion;
};

/* What the platform said of the records that rules of this text hit. */
struct evidence_verdicts {
    unsigned char digest[EVIDENCE_DIGEST];
    uint64_t confirmed, refuted, unknown;
};

/* What it said of all texts there ever were, in the place of what it said before: `all` ascends by digest, each once.
 * It is taken, to be freed, and stands for rules that come later too. */
void evidence_take_verdicts(struct evidence *evidence, struct evidence_verdicts *all, size_t n);

/* Of every rule of the set, by its number; free it. NULL: nobody counts, or out of memory. */
struct evidence_figures *evidence_read(const struct ruleset *ruleset, int64_t now_ms);

/* ---- by the breaker, on the main thread ---- */

#define EVIDENCE_SHARE_MINUTES 10

struct evidence_rule; /* one text of one rule */

struct evidence_standing {
    const char *id, *library;
    enum demotion demotion;
    int64_t demoted_ms; /* monotonic */
    bool told;          /* by evidence_set_told */
    uint64_t minute;    /* warnings since it was restored: the most in one of the last two minutes, */
    uint64_t warnings;  /* and those of the last ten; */
    uint64_t all;       /* records that any rule warned of in these */
};

/* Every rule that some held rule set has as live or canary, under the mutex. */
void evidence_each(struct evidence *evidence, int64_t now_ms,
                   void (*fn)(void *ctx, struct evidence_rule *rule, const struct evidence_standing *standing),
                   void *ctx);
/* Within evidence_each; a rule restored is forgiven what it warned of until now. */
void evidence_demote(struct evidence_rule *rule, enum demotion why, int64_t now_ms);
void evidence_restore(struct evidence_rule *rule, int64_t now_ms);
void evidence_set_told(struct evidence_rule *rule);

#endif
