/* day.c - Asia/Shanghai has no summer time, so that a day there is a day of UTC eight hours on. */
#include "core/day.h"

#include "core/clock.h"

#include <stdio.h>

static unsigned days_of(unsigned year, unsigned month)
{
    static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

bool day_read(struct str text, unsigned *day)
{
    unsigned n = 0, year, month;

    if (text.n != DAY_BYTES - 1)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (i == 4 || i == 7) {
            if (text.p[i] != '-')
                return false;
        } else if (ascii_is_digit(text.p[i])) {
            n = 10 * n + (unsigned)(text.p[i] - '0');
        } else {
            return false;
        }
    }
    year = n / 10000;
    month = n / 100 % 100;
    if (month < 1 || month > 12 || n % 100 < 1 || n % 100 > days_of(year, month))
        return false;
    *day = n;
    return true;
}

const char *day_write(unsigned day, char out[DAY_BYTES])
{
    snprintf(out, DAY_BYTES, "%04u-%02u-%02u", day / 10000 % 10000, day / 100 % 100, day % 100);
    return out;
}

unsigned day_in(int days)
{
    time_t there = (time_t)(clock_wall_ms() / 1000 + (8 + 24 * (int64_t)days) * 3600);
    struct tm day;

    gmtime_r(&there, &day);
    return (unsigned)((day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday);
}
