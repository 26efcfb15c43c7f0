/* contact_run.h - a run of digits as people write numbers: in groups, with separators, in Chinese numerals. Private to
 * the contact files. */
#ifndef TELSIEVE_RECORD_CONTACT_RUN_H
#define TELSIEVE_RECORD_CONTACT_RUN_H

#include "record/contact_scan.h"

#define RUN_MAX 40
#define UNANNOUNCED_MIN 10 /* digits of the shortest run that is a contact though no word announces one */

struct run {
    char d[RUN_MAX + 1];
    const char *end[RUN_MAX]; /* position behind each digit */
    bool last[RUN_MAX];       /* a separator stands behind it */
    size_t n;
    size_t first;             /* digits before the first separator */
    size_t groups;
    bool numerals;            /* Chinese numerals among them */
    bool letters;             /* letters follow that do not announce a contact: a serial number */
};

enum run_way {
    RUN_NUMERALS = 1u << 0, /* Chinese numerals count too; behind one there are no more groups */
    RUN_PARTED = 1u << 1,   /* what parts numbers in a list may part groups too: 138/0013/8000 */
};

/* Read the run at p, `ways` of RUN_…; n is 0 when there is none. */
void run_read(const struct contact_tables *tables, struct run *run, const char *p, const char *end, unsigned ways);

/* Would the run, read without RUN_PARTED, go on with it? */
bool run_is_parted(const struct run *run, const char *end);

/* Each digit is a group: 1 2 3 4 5, 1-2-3-4-5. */
bool run_is_one_by_one(const struct run *run);

/* Digits of the date that begins the run, 2026-11-22 or 2026.1.5; 0 when none does. */
size_t run_date(const struct run *run);

#endif
