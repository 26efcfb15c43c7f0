/* version.c - part by part; numbers of any length, so by their digits. */
#include "core/version.h"
#include "core/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAISABLE_DIGITS 18 /* of a number that is raised: fits into 64 bits */

struct part {
    const char *p;
    size_t n;
    bool number;
};

/* The part that begins at *at, without leading zeros when it is a number; steps behind it and its dot. */
static struct part next_part(const char **at)
{
    struct part part = {*at, strcspn(*at, "."), false};

    *at += part.n + ((*at)[part.n] == '.');
    part.number = part.n > 0 && strspn(part.p, "0123456789") >= part.n;
    for (; part.number && part.n > 1 && *part.p == '0'; part.n--)
        part.p++;
    return part;
}

static int compare_parts(struct part a, struct part b)
{
    size_t common = a.n < b.n ? a.n : b.n;
    int order;

    if (a.number != b.number)
        return a.number ? 1 : -1;
    if (a.number && a.n != b.n)
        return a.n < b.n ? -1 : 1;
    order = memcmp(a.p, b.p, common);
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

int version_compare(const char *a, const char *b)
{
    int order = 0;

    while (order == 0 && *a != '\0' && *b != '\0')
        order = compare_parts(next_part(&a), next_part(&b));
    return order != 0 ? order : (*a != '\0') - (*b != '\0');
}

int version_raise(const char *version, char *out, size_t size)
{
    const char *last = strrchr(version, '.');
    size_t dots = 0, digits = last != NULL ? strlen(last + 1) : 0;
    int n;

    for (const char *p = version; *p != '\0'; p++)
        dots += *p == '.';
    if (dots >= 3 && digits > 0 && digits <= RAISABLE_DIGITS && strspn(last + 1, "0123456789") == digits)
        n = snprintf(out, size, "%.*s.%lld", (int)(last - version), version, strtoll(last + 1, NULL, 10) + 1);
    else
        n = snprintf(out, size, "%s.1", version);
    return n >= 0 && (size_t)n < size ? 0 : -TS_ELIMIT;
}
