/* selftest_changed.h - which phrases and rules a change of libraries concerns. Private to match/. */
#ifndef TELSIEVE_MATCH_SELFTEST_CHANGED_H
#define TELSIEVE_MATCH_SELFTEST_CHANGED_H

#include "match/compiled.h"

struct changed {
    const struct ruleset *ruleset;
    bool *libraries; /* per library of the rule set */
    bool shared;     /* that library is among them: phrases may name its sets, and rules anything of it */
    bool every_rule; /* it, or one that suppresses */
};

/* `names` ended by NULL; a name that is no library of the rule set concerns nothing. Returns 0 or -TS_ENOMEM. */
int changed_init(struct changed *changed, const struct ruleset *ruleset, const char *const *names);
void changed_fini(struct changed *changed);

/* `changed` NULL: all of them. */
bool changed_has_phrase(const struct changed *changed, uint32_t phrase);
bool changed_has_rule(const struct changed *changed, uint32_t rule);

#endif
