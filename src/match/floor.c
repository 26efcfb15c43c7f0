/* floor.c - nothing but the call. */
#include "match/floor.h"

#include "match/compiled.h"

#include <stdlib.h>

struct floor_scan {
    const struct ruleset *ruleset;
    hs_scratch_t *scratch;
};

struct floor_scan *floor_scan_new(const struct ruleset *ruleset)
{
    struct floor_scan *floor = calloc(1, sizeof(*floor));

    if (floor == NULL)
        return NULL;
    floor->ruleset = ruleset;
    if (hs_alloc_scratch(ruleset->database, &floor->scratch) != HS_SUCCESS)
        floor_scan_free(&floor);
    return floor;
}

void floor_scan_free(struct floor_scan **floor)
{
    if (*floor == NULL)
        return;
    hs_free_scratch((*floor)->scratch);
    free(*floor);
    *floor = NULL;
}

static int ignore(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    (void)id, (void)from, (void)to, (void)flags, (void)ctx;
    return 0;
}

int floor_scan_run(struct floor_scan *floor, struct str canonical)
{
    hs_error_t hs =
        hs_scan(floor->ruleset->database, canonical.p, (unsigned)canonical.n, 0, floor->scratch, ignore, NULL);
    return hs == HS_SUCCESS ? 0 : -TS_EENGINE;
}
