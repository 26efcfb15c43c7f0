/* tally.h - counts for the summaries of scan and demo: outcomes, warnings by family and tier, reasons. */
#ifndef TELSIEVE_CLI_TALLY_H
#define TELSIEVE_CLI_TALLY_H

#include "match/session.h"

#include <stdio.h>

struct tally {
    uint64_t records;
    uint64_t outcome[OUTCOME_COUNT];
    uint64_t shadow;                 /* records that only shadow rules hit */
    uint64_t warnings[26][4];        /* by family letter and enum tier */
    uint64_t reasons[REASON_COUNT];
};

void tally_add(struct tally *tally, const struct session_result *result);
void tally_merge(struct tally *into, const struct tally *from);

/* One warning by its family letter and tier name, for callers that only see the JSON. */
void tally_add_warning(struct tally *tally, const char *family, const char *tier);

/* "warnings by family" with a column per tier, and "dead letters by reason"; nothing when there is none. */
void tally_print(const struct tally *tally, FILE *out);

/* "1,234,567" in a buffer of at least 32 bytes; returns it. */
const char *tally_number(uint64_t n, char *out);

#endif
