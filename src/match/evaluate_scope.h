/* evaluate_scope.h - the stretches of a text in which the condition of a rule must be true: sentences, or windows of a
 * long text, so that a call transcript does not collect every role of a scam by chance (DESIGN 7).
 *
 * Windows begin at matches of the rule's sets, and only those are offered that hold a match the one before did not
 * hold: there are at most as many as matches. The order of the matches is made once per record, when the first rule
 * asks. Threads: as struct evaluator. */
#ifndef TELSIEVE_MATCH_EVALUATE_SCOPE_H
#define TELSIEVE_MATCH_EVALUATE_SCOPE_H

#include "match/evaluate.h"

#define SCOPE_LONG_TEXT_CHARS 300 /* up to here a window is the whole text */
#define SCOPE_WINDOW_CHARS 200

/* Is the whole text the only stretch for a rule of this scope? */
bool scope_is_whole(const struct evaluator *evaluator, enum scope scope);

struct stretches {
    enum scope scope;
    uint64_t sets;    /* EXPRESSION_SET_BIT of those whose matches matter */
    size_t next, end; /* into evaluator->order: where the next one may begin; how far the last one went */
    bool news;        /* between them stands a match that no stretch has held yet */
    uint32_t from, to; /* the stretch found, for struct eval */
};

/* Start on the stretches of a rule. */
struct stretches scope_begin(struct evaluator *evaluator, const struct rule_entry *entry);

/* Find the next stretch; false when there is none. */
bool scope_next(const struct evaluator *evaluator, struct stretches *stretches);

#endif
