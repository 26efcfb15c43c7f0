/* alert_parts.h - what the files that make a warning share. */
#ifndef TELSIEVE_MATCH_ALERT_PARTS_H
#define TELSIEVE_MATCH_ALERT_PARTS_H

#include "match/alert.h"

struct alert_builder {
    const struct verdict *verdict;
    const struct record *record;
    struct alert_maker *maker;
    bool out_of_memory;
};

/* Room for `count` items and one more, all zeros, until the maker's next warning; NULL when memory is exhausted, which
 * the builder keeps. */
void *alert_get(struct alert_builder *builder, size_t count, size_t size);

/* The strongest of the `n` rules, with what they rest on. */
void alert_add_rules(struct alert_builder *builder, const struct ruleset *ruleset, const struct fired *fired, size_t n,
                     struct warning *out);

#endif
