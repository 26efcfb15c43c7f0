/* lint_parts.h - what the files lint*.c share. */
#ifndef TELSIEVE_MATCH_LINT_PARTS_H
#define TELSIEVE_MATCH_LINT_PARTS_H

#include "match/compiled.h"
#include "match/lint.h"

/* A phrase that is found in nothing but what others of its set are found in, or that is in another set as well. */
int lint_phrases(const struct ruleset *ruleset, struct err *warnings);

/* Rules whose hit samples all hit without the library's own sets; miss samples without any phrase of the rule. */
int lint_samples(const struct ruleset *ruleset, struct err *warnings);

#endif
