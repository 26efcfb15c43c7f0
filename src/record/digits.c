/* digits.c - ten children a node, indexes instead of pointers: 32 bytes a node, so that a shift finds it. */
#include "record/digits.h"
#include "core/err.h"

#include <stdlib.h>

struct digits_node {
    uint16_t child[10];
    uint16_t entry;
    uint16_t unused[5];
};
_Static_assert(sizeof(struct digits_node) == 32, "a shift finds a node");

void digits_fini(struct digits *trie)
{
    free(trie->nodes);
    free(trie->entries);
    *trie = (struct digits){0};
}

/* Room for one more element in an array of `size`-byte elements; element 0 stays unused. */
static int reserve(void **array, uint16_t n, uint16_t *cap, size_t size)
{
    uint16_t grown_cap = *cap == 0 ? 64 : (uint16_t)(*cap * 2);
    char *grown;

    if (n < *cap)
        return 0;
    if (*cap >= 0x8000)
        return -TS_ELIMIT;
    grown = realloc(*array, grown_cap * size);
    if (grown == NULL)
        return -TS_ENOMEM;
    memset(grown + *cap * size, 0, (size_t)(grown_cap - *cap) * size);
    *array = grown;
    *cap = grown_cap;
    return 0;
}

static int new_node(struct digits *trie, uint16_t *node)
{
    void *nodes = trie->nodes;
    int rc = reserve(&nodes, trie->nnodes, &trie->cap_nodes, sizeof(struct digits_node));

    trie->nodes = nodes;
    if (rc == 0)
        *node = trie->nnodes++;
    return rc;
}

/* The node of a prefix, made when it is missing. */
static int prefix_node(struct digits *trie, const char *d, size_t n, uint16_t *out)
{
    uint16_t at = 1;
    int rc = 0;

    while (trie->nnodes < 2 && rc == 0)
        rc = new_node(trie, &(uint16_t){0});
    for (size_t i = 0; i < n && rc == 0; i++) {
        unsigned digit = (unsigned)(d[i] - '0');
        uint16_t child = trie->nodes[at].child[digit];
        if (child == 0) {
            rc = new_node(trie, &child);
            if (rc == 0)
                trie->nodes[at].child[digit] = child;
        }
        at = child;
    }
    *out = at;
    return rc;
}

static int add_one(struct digits *trie, const char *d, size_t n, unsigned least, unsigned most, uint32_t value)
{
    void *entries = trie->entries;
    uint16_t node;
    int rc = prefix_node(trie, d, n, &node);

    if (rc != 0)
        return rc;
    for (uint16_t e = trie->nodes[node].entry; e != 0; e = trie->entries[e].next)
        if (trie->entries[e].least <= most && least <= trie->entries[e].most)
            return -TS_EBUSY;
    if (trie->nentries == 0)
        trie->nentries = 1;
    rc = reserve(&entries, trie->nentries, &trie->cap_entries, sizeof(struct digits_entry));
    trie->entries = entries;
    if (rc != 0)
        return rc;
    trie->entries[trie->nentries] =
        (struct digits_entry){value, trie->nodes[node].entry, (uint8_t)least, (uint8_t)most};
    trie->nodes[node].entry = trie->nentries++;
    return 0;
}

static size_t leading_digits(struct str s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    return n;
}

/* "135-139": count upwards on a copy of the first. */
static int add_range(struct digits *trie, struct str prefixes, size_t n, unsigned least, unsigned most,
                     uint32_t value)
{
    const char *last = prefixes.p + n + 1;
    char now[DIGITS_MAX + 1];
    int rc;

    if (prefixes.n != 2 * n + 1 || leading_digits((struct str){last, n}) != n || memcmp(prefixes.p, last, n) > 0)
        return -TS_EINVAL;
    memcpy(now, prefixes.p, n);
    rc = add_one(trie, now, n, least, most, value);
    while (rc == 0 && memcmp(now, last, n) != 0) {
        size_t i = n - 1;
        while (now[i] == '9')
            now[i--] = '0'; /* stops before the first digit: `last` is not smaller */
        now[i]++;
        rc = add_one(trie, now, n, least, most, value);
    }
    return rc;
}

int digits_add(struct digits *trie, struct str prefixes, unsigned least, unsigned most, uint32_t value)
{
    size_t n = leading_digits(prefixes), wild = n;

    if (n == 0 || n > DIGITS_MAX || most > DIGITS_MAX)
        return -TS_EINVAL;
    while (wild < prefixes.n && prefixes.p[wild] == 'x')
        wild++;
    if (least == 0)
        least = most = (unsigned)wild;
    if (least > most || most > DIGITS_MAX || least < n)
        return -TS_EINVAL;
    if (wild == n && n < prefixes.n && prefixes.p[n] == '-')
        return add_range(trie, prefixes, n, least, most, value);
    return wild == prefixes.n ? add_one(trie, prefixes.p, n, least, most, value) : -TS_EINVAL;
}

/* Of the entries from `e` on the one whose lengths include n; `best` when there is none. */
static const struct digits_entry *fitting(const struct digits *trie, uint16_t e, size_t n,
                                          const struct digits_entry *best)
{
    for (; e != 0; e = trie->entries[e].next)
        if (n >= trie->entries[e].least && n <= trie->entries[e].most)
            best = &trie->entries[e];
    return best;
}

const struct digits_entry *digits_find(const struct digits *trie, const char *d, size_t n, bool *known)
{
    const struct digits_node *nodes = trie->nodes;
    const struct digits_entry *best = NULL;
    size_t at = nodes == NULL ? 0 : 1;
    bool seen = false;

    for (const char *end = d + n; d < end && at != 0; d++) {
        at = nodes[at].child[(unsigned char)*d - '0'];
        if (nodes[at].entry != 0) {
            seen = true;
            best = fitting(trie, nodes[at].entry, n, best);
        }
    }
    if (known != NULL)
        *known = seen;
    return best;
}

bool digits_settled(const struct digits *trie, const char *d, size_t n)
{
    static const struct digits_node leaf;
    uint16_t at = 1;

    if (trie->nnodes < 2)
        return true;
    for (size_t i = 0; i < n && at != 0; i++)
        at = trie->nodes[at].child[d[i] - '0'];
    return at == 0 || memcmp(trie->nodes[at].child, leaf.child, sizeof(leaf.child)) == 0;
}
