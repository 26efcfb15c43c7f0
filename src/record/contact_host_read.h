/* contact_host_read.h - the labels of a host name with the places where they end. Private to the contact files. */
#ifndef TELSIEVE_RECORD_CONTACT_HOST_READ_H
#define TELSIEVE_RECORD_CONTACT_HOST_READ_H

#include "record/contact_scan.h"

#define HOST_MAX 253  /* RFC 1035 2.3.4 */
#define LABEL_MAX 63
#define LABELS_MAX 16

struct host {
    char text[HOST_MAX + 3]; /* labels joined by dots */
    size_t n;
    size_t label[LABELS_MAX];           /* where each begins in text */
    const char *label_end[LABELS_MAX];  /* position behind it in the canonical text */
    bool hidden[LABELS_MAX];            /* the dot before it was no plain dot */
    unsigned nlabels;
    bool disguised;
    const char *from, *to;
};

/* Can an address, a scheme or a host of two labels begin at p, by what ends the first word? */
bool host_may_begin(const char *p, const char *end);

/* Could host_may_begin with a URL be true anywhere? `end` is that of a field of canon.buf. */
bool host_may_be_within(const char *p, const char *end);

/* Read the labels at p as long as dots join them; none when one is too long. `to` is left to the reader. */
void host_read(struct host *host, const char *p, const char *end);

/* Is this, ended by NUL, an ending by the Public Suffix List, which has those of other scripts in both ways of
 * writing? */
static inline bool host_is_suffix(const struct contact_scan *scan, const char *ending)
{
    return psl_is_public_suffix2(scan->tables->suffixes, ending, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) != 0;
}

/* Append the ending in Han behind the last label and a dot, when one stands there (contact_idn.c). */
void idn_append(const struct contact_scan *scan, struct host *host);

/* Was a dot alone dropped at break `k`, before a Han character? */
bool idn_dot_at(const struct canon *canon, size_t k);

/* Read the host whose ending in Han stands at p, behind break `k`; false when there is none. */
bool idn_read(const struct contact_scan *scan, struct host *host, const char *p, size_t k);

#endif
