/* regex_anchor.h - literals of which one stands in everything that a regular expression finds.
 *
 * Hyperscan looks for those instead of the expression, which PCRE2 then tries; one without any is tried in every record
 * where a rule asks for its set. Hyperscan compiles a literal in 0.04 ms and an expression with a bounded gap in 100,
 * and 35 expressions make a scan of 8,000 literals eight times as dear.
 *
 * Threads: pure. */
#ifndef TELSIEVE_MATCH_REGEX_ANCHOR_H
#define TELSIEVE_MATCH_REGEX_ANCHOR_H

#include "core/arena.h"
#include "record/canon.h"

#define REGEX_ANCHOR_MAX 600

struct regex_anchors {
    const struct str *word; /* each of two bytes or more */
    size_t n;               /* 0: none are known, as for [a-z]+, all are too common, as for [0-9]{4}, or a construct is
                             * not understood, as (?i) */
};

/* The rarest such words of `regex` (as PCRE2 accepted it), asked of `field`: ^ and $ are the marks around it. In the
 * arena. *longest: the bytes that it can match, at most. Returns 0 or -TS_ENOMEM. */
#define REGEX_UNBOUNDED UINT32_MAX
int regex_anchors(struct str regex, enum canon_field field, struct arena *arena, struct regex_anchors *out,
                  uint32_t *longest);

#endif
