/* past.c - a date becomes the 14 digits that records have for their times, which are in Asia/Shanghai; a zone moves it
 * from there. */
#include "cli/past.h"
#include "record/value.h"

#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#define SHANGHAI_MS (INT64_C(8) * 3600 * 1000)

/* Cut `n` digits off *p; false when they are not there. */
static bool take_digits(const char **p, int n, char *out)
{
    for (int i = 0; i < n; i++) {
        if ((*p)[i] < '0' || (*p)[i] > '9')
            return false;
        out[i] = (*p)[i];
    }
    *p += n;
    return true;
}

static bool take_char(const char **p, const char *any)
{
    if (**p == '\0' || strchr(any, **p) == NULL)
        return false;
    ++*p;
    return true;
}

/* ".25" as milliseconds. */
static bool take_fraction(const char **p, int64_t *ms)
{
    int64_t unit = 100;

    *ms = 0;
    if (!take_char(p, "."))
        return true;
    if (**p < '0' || **p > '9')
        return false;
    for (; **p >= '0' && **p <= '9'; ++*p, unit /= 10)
        *ms += (**p - '0') * unit;
    return true;
}

/* What must be added to a time read as in Asia/Shanghai. */
static bool take_zone(const char **p, int64_t *ms)
{
    bool minus = **p == '-';
    char digits[4];

    *ms = 0;
    if (**p == '\0')
        return true;
    if (take_char(p, "Zz")) {
        *ms = SHANGHAI_MS;
        return true;
    }
    if (!take_char(p, "+-") || !take_digits(p, 2, digits))
        return false;
    take_char(p, ":");
    if (!take_digits(p, 2, digits + 2) || digits[2] > '5')
        return false;
    *ms = ((digits[0] - '0') * 600 + (digits[1] - '0') * 60 + (digits[2] - '0') * 10 + digits[3] - '0') *
          INT64_C(60000);
    if (*ms > INT64_C(14) * 3600 * 1000)
        return false;
    *ms = SHANGHAI_MS - (minus ? -*ms : *ms);
    return true;
}

static bool read_date(const char *p, int64_t *out_ms)
{
    char digits[] = "00000000000000";
    int64_t fraction_ms = 0, zone_ms = 0;
    bool ok = take_digits(&p, 4, digits) && take_char(&p, "-") && take_digits(&p, 2, digits + 4) &&
              take_char(&p, "-") && take_digits(&p, 2, digits + 6);

    if (ok && take_char(&p, "Tt ")) {
        ok = take_digits(&p, 2, digits + 8) && take_char(&p, ":") && take_digits(&p, 2, digits + 10);
        if (ok && take_char(&p, ":"))
            ok = take_digits(&p, 2, digits + 12) && take_fraction(&p, &fraction_ms);
        ok = ok && take_zone(&p, &zone_ms);
    }
    if (!ok || *p != '\0' || !value_time(str_of(digits), out_ms))
        return false;
    *out_ms += fraction_ms + zone_ms;
    return true;
}

static bool read_before(const char *text, int64_t now_ms, int64_t *out_ms)
{
    static const struct {
        char unit;
        int64_t ms;
    } units[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    size_t n = strlen(text);
    int64_t count;

    if (n < 3 || n > 12 || text[1] < '0' || text[1] > '9' || !value_integer((struct str){text + 1, n - 2}, &count))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        if (text[n - 1] == units[i].unit) {
            *out_ms = now_ms - count * units[i].ms;
            return *out_ms >= 0;
        }
    return false;
}

bool past_time_read(const char *text, int64_t now_ms, int64_t *out_ms)
{
    if (strcmp(text, "now") == 0) {
        *out_ms = now_ms;
        return true;
    }
    if (text[0] == '-')
        return read_before(text, now_ms, out_ms);
    return text[0] != '\0' && (value_time(str_of(text), out_ms) || read_date(text, out_ms));
}

bool past_time_option(struct args *args, int64_t now_ms, int64_t *out_ms)
{
    const char *option = args->option;
    const char *text = args_value(args);

    if (text == NULL || past_time_read(text, now_ms, out_ms))
        return text != NULL;
    usage_error(args->command,
                "%s: \"%s\" is no time: 2026-11-22T09:00:00 (Asia/Shanghai, or with +08:00 or Z behind it), -2h, or "
                "epoch milliseconds",
                option, text);
    return false;
}

const char *past_time_write(int64_t ms, char out[PAST_TIME_BYTES])
{
    time_t seconds = (time_t)((ms + SHANGHAI_MS) / 1000);
    struct tm tm;
    size_t n;

    gmtime_r(&seconds, &tm);
    n = strftime(out, PAST_TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out + n, PAST_TIME_BYTES - n, ".%03d+08:00", (int)(ms % 1000));
    return out;
}

static bool take_number(const char **p, int32_t *out)
{
    char *end;
    long n;

    if (**p < '0' || **p > '9')
        return false;
    n = strtol(*p, &end, 10);
    *p = end;
    *out = (int32_t)n;
    return n < 1000000;
}

struct history_range *past_ranges_read(const char *text, size_t *n)
{
    struct history_range *ranges = calloc(strlen(text) + 1, sizeof(*ranges));
    bool ok = ranges != NULL;

    *n = 0;
    do {
        struct history_range *range = &ranges[*n];
        ok = ok && take_number(&text, &range->first);
        if (ok)
            range->last = range->first;
        if (ok && take_char(&text, "-"))
            ok = take_number(&text, &range->last) && range->last >= range->first;
        ++*n;
    } while (ok && take_char(&text, ","));
    if (ok && *text == '\0')
        return ranges;
    free(ranges);
    return NULL;
}

/* ---- what was read --------------------------------------------------------------------------------------------- */

void past_print_cut(const struct history_partition *partitions, size_t n, const char *const *topics, FILE *out)
{
    char at[PAST_TIME_BYTES];

    for (size_t i = 0; i < n; i++) {
        const struct history_partition *p = &partitions[i];
        if (!p->cut)
            continue;
        fprintf(out, "note: topic %s, partition %" PRId32 ": ", topics[p->topic], p->partition);
        if (p->first_ms >= 0)
            fprintf(out, "begins at %s (offset %" PRId64 "); what came before is deleted (retention)\n",
                    past_time_write(p->first_ms, at), p->start);
        else
            fputs("all that it held is deleted (retention)\n", out);
    }
}

json_t *past_partitions_json(const struct history_partition *partitions, size_t n, const char *const *topics)
{
    json_t *out = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct history_partition *p = &partitions[i];
        json_array_append_new(out, json_pack("{s:s, s:i, s:I, s:I, s:b}", "topic", topics[p->topic], "partition",
                                             (int)p->partition, "start", (json_int_t)p->start, "end",
                                             (json_int_t)p->end, "begins_late", (int)p->cut));
    }
    return out;
}
