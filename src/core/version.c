/* version.c - part by part; numbers of any length, so by their digits. */
#include "core/version.h"

#include <stdbool.h>
#include <string.h>

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
