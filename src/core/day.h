/* day.h - days as people write them in libraries and keys: YYYY-MM-DD, in Asia/Shanghai. As a number YYYYMMDD, so that
 * days compare as numbers. Pure functions but for day_in. */
#ifndef TELSIEVE_CORE_DAY_H
#define TELSIEVE_CORE_DAY_H

#include "core/str.h"

#define DAY_BYTES 11 /* "2026-11-22" and its NUL */

/* False when it is no day of the calendar. */
bool day_read(struct str text, unsigned *day);

/* Writes it to `out`, which it returns. */
const char *day_write(unsigned day, char out[DAY_BYTES]);

/* In so many days from today; before today when it is negative. */
unsigned day_in(int days);

static inline unsigned day_today(void)
{
    return day_in(0);
}

#endif
