/* selftest_words.h - does a database of words report each where it stands? Private to match/. */
#ifndef TELSIEVE_MATCH_SELFTEST_WORDS_H
#define TELSIEVE_MATCH_SELFTEST_WORDS_H

#include "core/str.h"

#include <hs.h>
#include <stdint.h>

struct selftest_word {
    struct str word;
    uint32_t id; /* by which the database reports it */
};

/* Every word (ids ascending) is looked for at every offset of a block between others, and once alone.
 * Returns 0, -TS_EMISMATCH with one that was not reported in *missing, -TS_EENGINE or -TS_ENOMEM. */
int selftest_words(const hs_database_t *database, hs_scratch_t *scratch, const struct selftest_word *words, size_t n,
                   const struct selftest_word **missing);

#endif
