/* lint.h - what in a rule set is valid but surely not meant: warnings for `telsieve check`, never errors.
 *
 * Terms of conditions that can never be true; the same phrase in two sets of a library; phrases that find nothing that
 * another of their set does not find; samples that prove nothing; phrases that are in too many ordinary texts;
 * fragments of the learned model that are no phrases any more; rules that ask a score they cannot know.
 * Every warning reads "file:line:col: warning: what it is, what would be better". */
#ifndef TELSIEVE_MATCH_LINT_H
#define TELSIEVE_MATCH_LINT_H

#include "match/ruleset.h"

/* Everything but the background. Returns 0, -TS_ENOMEM or -TS_EENGINE. */
int lint_run(const struct ruleset *ruleset, struct err *warnings);

struct lint_background {
    uint64_t distinct;
    uint64_t unreadable; /* lines that are not UTF-8 and left out */
};

/* Warn of each phrase (W sets left out) that is in more than 1 in 1,000 of the distinct lines of `file`: ordinary
 * texts, one a line, taken as SMS. A file without any is a problem. Returns 0, -TS_EIO (told in `problems`), -TS_ENOMEM
 * or -TS_EENGINE. */
int lint_background(const struct ruleset *ruleset, const char *file, struct lint_background *out, struct err *warnings,
                    struct err *problems);

#endif
