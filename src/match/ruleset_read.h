/* ruleset_read.h - the files of a rule set, and the libraries that came otherwise, as its options say. Private to
 * match/. */
#ifndef TELSIEVE_MATCH_RULESET_READ_H
#define TELSIEVE_MATCH_RULESET_READ_H

#include "match/cache.h"
#include "match/compiled.h"

/* Fill ruleset->folding, ->polarity, ->plan, ->contact_tables, ->variants and ->model. All problems to err. */
void ruleset_read_tables(struct ruleset *ruleset, const char *dir, struct cache *cache, struct err *err);

/* Fill ruleset->libraries, which needs ->folding. All problems to err. */
void ruleset_read_libraries(struct ruleset *ruleset, const char *dir, struct err *err);

#endif
