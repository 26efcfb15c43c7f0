/* verdict.h - what the engine says of one record, and why.
 *
 * Ownership: everything is lent by the judge until its next record. */
#ifndef TELSIEVE_MATCH_VERDICT_H
#define TELSIEVE_MATCH_VERDICT_H

#include "match/expression.h"
#include "match/library.h"

enum verdict_kind { VERDICT_CLEAN, VERDICT_WARNED, VERDICT_SUPPRESSED };
const char *verdict_name(enum verdict_kind kind);

/* A rule whose condition is true. */
struct fired {
    const struct rule *rule;
    const struct library *library;
    uint32_t rule_index;    /* global */
    double score;
    enum tier tier;
    const char *suppressed; /* name of the suppressor that silenced it, or NULL */
    const uint32_t *matches; /* indexes into verdict.matches that its condition rests on */
    size_t nmatches;
    bool demoted;           /* live, or canary and of its share, but the breaker has set it back to shadow */
    uint32_t from, to;       /* characters of the canonical text in which it was true; 0 and UINT32_MAX: all */
};

/* The state it fired in: "live", "canary", "shadow", "demoted". */
const char *fired_state_name(const struct fired *fired);

struct against { /* what spoke against and was overruled */
    const char *what, *why;
};

/* What the learned model (model.h) says of a record with warnings. */
struct model_verdict {
    bool known; /* else there is no model, or no text */
    bool live;  /* it moves tiers; else it is on trial */
    int leaning; /* to a tier above (1) or below (-1), if there is one */
    double score; /* 0 to 100 */
};

struct verdict {
    enum verdict_kind kind;       /* by live rules */
    const struct fired *fired;    /* rules that acted live (live ones, canaries for their share of victims):
                                     unsuppressed first, then by tier, score (descending), rule index */
    size_t nfired;                /* all of them, suppressed included */
    size_t nlive;                 /* the first nlive are not suppressed */
    const struct fired *shadow;   /* rules that would have warned if they acted live */
    size_t nshadow;
    const struct against *against;
    size_t nagainst;
    const struct match *matches;  /* grouped by set, then by position */
    size_t nmatches;
    struct subject *subject;      /* facts, numbers, contacts, canon */
    struct match_view view;       /* as used by expressions, for explain */
    struct model_verdict model;   /* when nlive or nshadow is above 0 */
};

/* By how much a live model moves a warning of this tier, one on trial would: 1, -1 or 0; never above high, never below
 * low. */
int verdict_lean(const struct verdict *verdict, enum tier tier);

/* The tier of the warning (`shadow`: of the shadow one): that of its strongest rule, moved by a live model. */
enum tier verdict_tier(const struct verdict *verdict, bool shadow);

#endif
