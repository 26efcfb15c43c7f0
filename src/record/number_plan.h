/* number_plan.h - the tables of patterns/numbers as the classifier reads them. Of number.c, number_plan.c and
 * number_lead.c only. */
#ifndef TELSIEVE_RECORD_NUMBER_PLAN_H
#define TELSIEVE_RECORD_NUMBER_PLAN_H

#include "record/digits.h"
#include "record/number.h"

struct country {
    uint16_t code;
    uint8_t least, most; /* total digits with the code; 7 to 15 when the table gives none */
    bool hot, satellite;
};

/* Numbers of least to most digits, nothing else, of which the first four decide all: mobile numbers and SMS ports.
 * most 0: none. */
struct number_lead {
    unsigned char kind, trust; /* enum number_kind, enum number_trust */
    unsigned char least, most;
    bool with_86;              /* one of 11 digits is the same behind 86 */
    uint32_t flags_of_call;    /* NUMBER_FLAG(DNO) or none: a caller's */
};

#define DNO_ALWAYS 0u
#define DNO_CALL 1u

struct number_plan {
    struct digits national;  /* value: enum number_kind; NUMBER_BAD for a segment nobody has */
    struct digits areas;     /* prefix with its trunk 0, total length; value: digits of the area code */
    struct digits countries; /* value: index into country */
    struct digits calling;   /* calling prefixes, any length behind them; value: digits of the prefix */
    struct digits trusted;
    struct digits dno;       /* value: DNO_… */
    struct digits official;
    struct digits tails;     /* imitated numbers, written backwards; value: 1 weak */
    struct number_lead leads[1000]; /* by the three digits behind a first 1 */
    bool local_first[10];    /* first digits a local number may have */
    unsigned char local_least, local_most;
    struct country *country;
    size_t ncountries;
    char **withheld;         /* lower case */
    size_t nwithheld;
    unsigned char digest[32];
};

/* Fill `leads`, when all else is there. */
void number_leads_find(struct number_plan *plan);

#endif
