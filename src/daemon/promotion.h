/* promotion.h - has a rule shown enough on this node to go live? The budget is promote.*; each part of it is a row.
 *
 * judged               records judged with the rule, at least promote.min_judged.
 * hit_rate             the share of them that it hit, at most promote.max_hit_rate.
 * precision            the share of `true` among the platform's verdicts `true` and `false` on its hits, at least
 *                      promote.min_precision.
 * projected_precision  stands in for it while there are fewer verdicts than promote.min_feedback: what precision can be
 *                      at most, prevalence / hit rate (core/statistics.h, precision_bound). It is a bound and no
 *                      estimate: it refuses rules that hit more than there is to hit, and proves nothing of others.
 * demoted              the circuit breaker has the rule in shadow: 0 is wanted.
 *
 * Rates are the unfavourable ends of Wilson's 95 % interval: the upper one of hit rates, the lower one of precision. So
 * little evidence is no good evidence. Pure functions; any thread. */
#ifndef TELSIEVE_DAEMON_PROMOTION_H
#define TELSIEVE_DAEMON_PROMOTION_H

#include "config/config.h"
#include "match/evidence.h"

#include <jansson.h>

#define PROMOTION_ROWS 4

struct promotion_row {
    const char *what;
    double have, want;
    bool at_least; /* have >= want is wanted; else have <= want */
    bool ok;
    char how[120]; /* the arithmetic, for a person */
};

struct promotion {
    struct promotion_row rows[PROMOTION_ROWS];
    size_t n;
    bool ok; /* all of them are */
};

void promotion_weigh(const struct config *config, const struct evidence_figures *figures, struct promotion *out);

/* [{"what", "have", "need": "at least" or "at most", "want", "ok", "how"}] */
json_t *promotion_json(const struct promotion *promotion);

#endif
