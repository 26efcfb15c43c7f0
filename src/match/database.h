/* database.h - what Hyperscan is given: the literals of anchors, also those of regular expressions (DESIGN 7, 13).
 *
 * Literals are written as escaped bytes and go through the regular compiler: the pure-literal API of Hyperscan 5.4.0
 * loses matches. Nothing asks for the start of a match. */
#ifndef TELSIEVE_MATCH_DATABASE_H
#define TELSIEVE_MATCH_DATABASE_H

#include "match/cache.h"
#include "match/compiled.h"

/* Make ruleset->patterns, ->postings and ->database from its phrases; compile their regular expressions. Every
 * problem goes to err with the place of the phrase. Returns 0 or -TS_E…. */
int database_build(struct ruleset *ruleset, struct cache *cache, struct err *err);

/* A database of plain words; ids are their indexes. Problems without place. `cache` (or NULL) has it already, or keeps
 * it for the next time; a sealed one has it or that is a problem (-TS_ENOENT). Returns 0 or -TS_E…. */
int database_build_words(const struct str *words, size_t n, struct cache *cache, hs_database_t **out, struct err *err);

#endif
