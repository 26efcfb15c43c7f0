/* selftest_words.h - does a database of words report each where it stands? Private to match/. */
#ifndef TELSIEVE_MATCH_SELFTEST_WORDS_H
#define TELSIEVE_MATCH_SELFTEST_WORDS_H

#include "core/str.h"

#include <hs.h>
#include <stdint.h>

/* Every word, whose id is its index, is looked for at every offset of a block between others, and once alone.
 * Returns 0, -TS_EMISMATCH with the index of one that was not reported in *missing, -TS_EENGINE or -TS_ENOMEM. */
int selftest_words(const hs_database_t *database, hs_scratch_t *scratch, const struct str *words, size_t n,
                   uint32_t *missing);

#endif
