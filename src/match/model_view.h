/* model_view.h - the learned score of the record that is judged: worked out when somebody first asks, so that a clean
 * record of which nobody does pays nothing. Private to match/.
 *
 * Who asks: conditions (the fact model.score), after all that is cheaper; and each warning, whose tier it may move.
 * It never makes a warning and never takes one away. When it cannot be worked out (memory, a regular expression of some
 * library beyond its limit) it is unknown.
 *
 * Threads: working memory of one judge; nothing is allocated once its arrays have grown. */
#ifndef TELSIEVE_MATCH_MODEL_VIEW_H
#define TELSIEVE_MATCH_MODEL_VIEW_H

#include "match/model.h"
#include "match/scan.h"
#include "match/verdict.h"

struct rule_entry;

struct model_view {
    const struct ruleset *ruleset;
    struct scan *scan; /* of the record (lent) */
    uint64_t *marks;   /* per term; NULL: there is no model */
    uint32_t *fragments;
    size_t fragments_cap;
    uint16_t facts[MODEL_FACTS_MAX];
    bool known;        /* `score` is; when subject->scored */
    double score;
};

void model_view_fini(struct model_view *view);

/* For a rule set; returns 0 or -TS_ENOMEM. */
int model_view_use(struct model_view *view, const struct ruleset *ruleset, struct scan *scan);

/* All that a model can weigh of the subject, which has been scanned (scan_hit); lent until the next call. Returns 0 or
 * -TS_E…. */
int model_view_features(struct model_view *view, struct subject *subject, struct model_features *out);

/* Does the rule ask for a score that is unknown to it, whatever the record? There is no model, or it is on trial and
 * the rule is not. */
bool model_view_is_waited_for(const struct ruleset *ruleset, const struct rule_entry *rule);

/* Could a rule on trial learn the score? Cheap. */
bool model_view_can_answer(const struct subject *subject);

/* The score for conditions: false when it is unknown to the rule that asks (subject->on_trial). */
bool model_view_answer(struct subject *subject, double *score);

/* Fill in verdict->model for its warnings, live and shadow. */
void model_view_weigh(struct subject *subject, struct verdict *verdict);

/* Of the record judged: the score, and its largest terms, as model_largest. False: it is unknown. */
bool model_view_explain(struct subject *subject, double *score, const struct model_term **terms, size_t *n, size_t max);

#endif
