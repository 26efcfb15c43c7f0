/* variants_places.h - where in a run of Han variants can begin, many places at a time; private to variants*.c. */
#ifndef TELSIEVE_MATCH_VARIANTS_PLACES_H
#define TELSIEVE_MATCH_VARIANTS_PLACES_H

#include "match/variants_parts.h"

/* A bit for each place, from the first on: can a longer variant begin there, one of two? */
struct variant_places {
    uint64_t longs, shorts;
    unsigned n; /* places told: when the run ends, one less than it has characters */
    bool goes_on; /* behind them */
};

/* List the places of the Han characters from p on, of which there is one at least; in a suspicious text more are.
 * 32 bytes are readable behind the run. */
void variant_list_places(const struct variants *variants, const char *p, bool suspicious,
                         struct variant_places *places);

/* One by one, or eight at a time where the machine can: the same. */
bool variant_wide_runs(void);
void variant_list_plain(const struct variant_filter *filter, const char *p, bool suspicious,
                        struct variant_places *places);
void variant_list_avx2(const struct variant_filter *filter, const char *p, bool suspicious,
                       struct variant_places *places);

#endif
