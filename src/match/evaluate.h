/* evaluate.h - from fragments found to a verdict: matches with polarity, candidate rules, conditions, scores,
 * suppression (DESIGN 7 and 8; scores as in DOMAIN.md 2.3).
 *
 * What a fired rule must rest on, beside its condition: two different phrases at different places, or one phrase and
 * one fact about numbers, the call or contacts, or two such facts; a rule that rests on facts alone needs only one
 * of them, but `caller.international` alone is none. That a number or contact is in a list is such a fact. A rule
 * with "alone": true may rest on one phrase.
 *
 * Scope: a condition is first asked of the whole text; when it is true there and the rule's scope is narrower, one
 * stretch of the text must make it true and supported too (evaluate_scope.h; what a stretch narrows: expression.h).
 * W sets and suppressors are always asked of the whole text. A rule fires for the first such stretch; when its tier
 * rests on the score, for the one that scores highest.
 *
 * Score of a library (in a stretch: of its matches): the weight of each role once, over its own sets and the U, I
 * and C sets of `shared`; plus disguise of the record, plus the sender: international with a URL, else
 * international, else personal with a URL. A rule without `when` fires from tier `low` on when two roles are there,
 * one of them A, C or U, and one phrase is the library's.
 *
 * What bounds it: matches are at most what was found (scan.h). Each is looked at a bounded number of times per
 * candidate rule, with the marks of its own sentence, by binary search, or, for near and then, with the matches
 * within their distance: a long text of one fragment costs in proportion to its length, never its square.
 *
 * Threads: a struct evaluator is working memory of one worker; nothing is allocated once its arrays have grown. */
#ifndef TELSIEVE_MATCH_EVALUATE_H
#define TELSIEVE_MATCH_EVALUATE_H

#include "match/scan.h"
#include "match/segment.h"

enum rule_outcome {
    RULE_FIRED,
    RULE_SUPPRESSED,  /* true, but silenced by a suppressor */
    RULE_UNSUPPORTED, /* true, but rests on too little (above) */
    RULE_NOT_TRUE,
    RULE_IS_OFF,
};

/* A match in the text, by where it begins. */
struct place {
    uint32_t chars, match;
};

/* What a hit leads to: perhaps a phrase of a set. */
struct trial {
    const struct scan_hit *hit;
    uint32_t phrase;
    uint32_t next; /* of the same set; UINT32_MAX: none */
};

/* A set while candidates are looked for. */
struct tally {
    uint32_t hits;  /* phrases perhaps there, */
    uint32_t there; /* those known to be there, */
    uint32_t next;  /* and the first of the trials not yet made */
};

struct evaluator {
    const struct ruleset *ruleset;
    struct scan *scan; /* of the record (lent) */
    struct segments segments;
    struct polarity_work polarity;
    struct match *matches; /* of the record; grouped by set, then by position */
    size_t nmatches, matches_cap;
    uint32_t *set_first, *set_count;        /* per set */
    struct tally *tallies;                  /* per set; zero for those not in sets_hit */
    struct trial *trials;
    size_t ntrials, trials_cap;
    uint32_t *sets_hit, nsets_hit;          /* the sets with any, */
    uint64_t *hit_mask;                     /* the same as a mask (struct demands) */
    uint64_t *sets_needed;                  /* a mask too: those whose phrases candidates need */
    uint32_t *candidates, ncandidates;      /* rules: from the front those that may be true, */
    uint32_t nrejected;                     /* from the back those asked about that cannot */
    bool *is_asked;                         /* per rule */
    struct fired *fired, *shadow;           /* room for every rule */
    size_t nfired, nshadow;
    uint32_t *evidence;                     /* indexes of matches, of all fired rules */
    size_t nevidence, evidence_cap;
    struct against *against;                /* room for every suppressor */
    size_t nagainst;
    uint8_t *suppressor_state;              /* per suppressor: enum in evaluate_rule.c */
    struct { double score; bool done; uint32_t roles; } *scores; /* per library */
    bool scores_used;
    struct { double sum; bool done; } bonus;
    struct place *order;                    /* matches in the text, as read; made when a rule asks (evaluate_scope.h) */
    size_t norder;                          /* room: matches_cap */
    bool ordered;
    struct eval eval;
    uint64_t signals; /* of the record (fact_signal.h), */
    bool urls_signalled; /* those of URLs too */
    bool disguise_counted;
    bool whatever_digits; /* candidates_whatever_digits is asking; */
    uint64_t sure;        /* facts that are then the same whatever they are */
    int rc;           /* of what is done when a fact is asked for */
};

void evaluator_init(struct evaluator *evaluator);
void evaluator_fini(struct evaluator *evaluator);
int evaluator_use(struct evaluator *evaluator, const struct ruleset *ruleset); /* 0 or -TS_ENOMEM */

/* Judge a record by what scan_hit left in `scan`, and find there what it takes: nothing in most clean records, what
 * bears on them when some rules may be true, all when `thorough` says so (for explanations: with polarity, whatever the
 * rules ask). Returns 0, -TS_ENOMEM or -TS_EENGINE. */
int evaluate(struct evaluator *evaluator, struct scan *scan, struct subject *subject, bool thorough,
             struct verdict *out);

/* What becomes of one rule (evaluate_rule.c), after the matches are made. Fills *out when it is true and supported. */
enum rule_outcome evaluate_rule(struct evaluator *evaluator, uint32_t rule, struct fired *out);

/* Is its condition (or score) true within eval.from … eval.to? Leaves the score in eval.score when the rule asks for
 * it. */
bool evaluate_holds(struct evaluator *evaluator, const struct rule_entry *entry);

/* What would become of it without the sets of `library`, for the record judged last and thoroughly. */
enum rule_outcome evaluate_without(struct evaluator *evaluator, uint32_t rule, const struct library *library);

/* The same as evaluate_rule in words, for the record judged last and thoroughly: what was missing, e.g. "missing:
 * action, text.url (unknown)", "" when it fired. Returns why. */
enum rule_outcome evaluate_why(struct evaluator *evaluator, uint32_t rule, char *why, size_t size);

#endif
