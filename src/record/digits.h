/* digits.h - a trie over decimal digits: the longest known prefix of a number whose total length fits too.
 *
 * Built once, then immutable and shared between threads; finding allocates nothing. */
#ifndef TELSIEVE_RECORD_DIGITS_H
#define TELSIEVE_RECORD_DIGITS_H

#include "core/str.h"

#include <stdint.h>

struct digits_node;

struct digits_entry {
    uint32_t value;     /* the owner's */
    uint16_t next;      /* another length at the same prefix; 0 ends */
    uint8_t least, most; /* total digits */
};

struct digits {
    struct digits_node *nodes;    /* [0] unused, [1] root */
    struct digits_entry *entries; /* [0] unused */
    uint16_t nnodes, cap_nodes, nentries, cap_entries;
};

#define DIGITS_MAX 31 /* longest number considered */

/* A trie of no numbers is all zero. */
void digits_fini(struct digits *trie);

/* Add every number that `prefixes` writes: digits, each `x` at the end any digit, `a-b` a range of prefixes of equal
 * length ("135-139"). least and most bound the total length; least 0: exactly as long as the pattern with its x's.
 * Returns 0, -TS_EINVAL for a bad pattern, -TS_EBUSY when a prefix already has an overlapping length,
 * -TS_ELIMIT when the trie is full, -TS_ENOMEM. */
int digits_add(struct digits *trie, struct str prefixes, unsigned least, unsigned most, uint32_t value);

/* Are the eight bytes at p all digits? */
static inline bool digits_eight(const char *p)
{
    uint64_t x;

    memcpy(&x, p, 8);
    return (((x + UINT64_C(0x4646464646464646)) | (x - UINT64_C(0x3030303030303030))) &
            UINT64_C(0x8080808080808080)) == 0;
}

#define DIGITS_PLAIN_MIN 8
#define DIGITS_PLAIN_MAX 24

/* Is it so many digits and nothing else, as nearly every number is? The last eight may overlap those before. */
static inline bool digits_plain(struct str s)
{
    return s.n - DIGITS_PLAIN_MIN <= DIGITS_PLAIN_MAX - DIGITS_PLAIN_MIN && digits_eight(s.p) &&
           (s.n <= 16 || digits_eight(s.p + 8)) && digits_eight(s.p + s.n - 8);
}

/* Copy what is digits_plain. */
static inline void digits_copy(char *out, struct str s)
{
    memcpy(out, s.p, 8);
    if (s.n > 16)
        memcpy(out + 8, s.p + 8, 8);
    memcpy(out + s.n - 8, s.p + s.n - 8, 8);
}

/* The entry of the longest prefix of d[0..n) whose lengths include n; NULL when there is none. *known (may be NULL)
 * tells whether some prefix is known, be it with other lengths. */
const struct digits_entry *digits_find(const struct digits *trie, const char *d, size_t n, bool *known);

/* Does no known prefix go on behind d[0..n)? Then these digits and the length decide what is found. */
bool digits_settled(const struct digits *trie, const char *d, size_t n);

#endif
