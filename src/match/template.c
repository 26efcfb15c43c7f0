/* template.c - a line of memory is a bucket of four places; a template that is met again moves one place to the front,
 * and a new one takes the last: those that came once push out each other. */
#include "match/template.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#define PLACES 4
#define STATE UINT64_C(3) /* of the low half, which a key leaves free */

struct bucket {
    struct template_key place[PLACES];
};
_Static_assert(sizeof(struct bucket) == 64, "a bucket is a line of memory");

struct hashed {
    uint64_t signals, flags;
    unsigned char text[TEMPLATE_MAX_BYTES]; /* whole vectors, as templates_key writes it */
};
_Static_assert(TEMPLATE_MAX_BYTES % 16 == 0, "hide_digits stays within the text");

struct templates {
    struct bucket *buckets;
    size_t mask;
    unsigned char secret[XXH3_SECRET_SIZE_MIN];
    struct hashed work;
};

struct templates *templates_new(size_t n)
{
    struct templates *templates = calloc(1, sizeof(*templates));
    size_t buckets = 1;

    while (buckets < n / PLACES + (n % PLACES != 0))
        buckets *= 2;
    if (templates == NULL)
        return NULL;
    templates->mask = buckets - 1;
    templates->buckets = aligned_alloc(sizeof(struct bucket), buckets * sizeof(struct bucket));
    if (templates->buckets == NULL ||
        getrandom(templates->secret, sizeof(templates->secret), 0) != sizeof(templates->secret)) {
        templates_free(&templates);
        return NULL;
    }
    templates_forget(templates);
    return templates;
}

void templates_free(struct templates **templates)
{
    if (*templates != NULL)
        free((*templates)->buckets);
    free(*templates);
    *templates = NULL;
}

void templates_forget(struct templates *templates)
{
    memset(templates->buckets, 0, (templates->mask + 1) * sizeof(*templates->buckets));
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

typedef unsigned char bytes16 __attribute__((vector_size(16)));

static inline bool any(bytes16 bytes)
{
    uint64_t half[2];

    memcpy(half, &bytes, sizeof(half));
    return (half[0] | half[1]) != 0;
}

/* Each digit of the n bytes becomes a 9. Whole vectors: of `out` more may be written, of `text` no more is read.
 * Returns whether there is a dot. */
static bool hide_digits(const char *text, size_t n, unsigned char *out)
{
    bytes16 dots = {0};

    memcpy(out, text, n);
    for (size_t i = 0; i < n; i += sizeof(bytes16)) {
        bytes16 bytes, digits;

        memcpy(&bytes, out + i, sizeof(bytes));
        digits = (bytes16)(bytes - '0' < 10);
        dots |= (bytes16)(bytes == '.');
        bytes = (bytes & ~digits) | ('9' & digits);
        memcpy(out + i, &bytes, sizeof(bytes));
    }
    return any(dots);
}

/* A fraction of nothing but 0 and 1 stays. */
static void keep_fractions(struct str text, unsigned char *out)
{
    const char *end = str_end(text);

    for (const char *dot = text.p; (dot = memchr(dot, '.', (size_t)(end - dot))) != NULL;) {
        const char *p = ++dot;

        while (p < end && (*p == '0' || *p == '1'))
            p++;
        if (p == end || !ascii_is_digit(*p))
            memcpy(out + (dot - text.p), dot, (size_t)(p - dot));
    }
}

struct template_key templates_key(struct templates *templates, struct str text, uint64_t signals, uint32_t flags)
{
    struct template_key key;
    XXH128_hash_t hash;

    templates->work.signals = signals;
    templates->work.flags = flags;
    if (hide_digits(text.p, text.n, templates->work.text))
        keep_fractions(text, templates->work.text);
    hash = XXH3_128bits_withSecret(&templates->work, offsetof(struct hashed, text) + text.n,
                                   templates->secret, sizeof(templates->secret));
    key = (struct template_key){hash.high64, hash.low64 & ~STATE};
    __builtin_prefetch(&templates->buckets[key.high & templates->mask]);
    return key;
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

static inline struct bucket *bucket_of(struct templates *templates, struct template_key key)
{
    return &templates->buckets[key.high & templates->mask];
}

/* PLACES when it is in none. */
static inline size_t place_of(const struct bucket *bucket, struct template_key key)
{
    size_t i = 0;

    while (i < PLACES && ((bucket->place[i].high ^ key.high) | ((bucket->place[i].low ^ key.low) & ~STATE)) != 0)
        i++;
    return i;
}

enum template_state templates_find(struct templates *templates, struct template_key key)
{
    struct bucket *bucket = bucket_of(templates, key);
    size_t i = place_of(bucket, key);
    struct template_key found;

    if (i == PLACES)
        return TEMPLATE_NEW;
    found = bucket->place[i];
    if (i > 0) {
        bucket->place[i] = bucket->place[i - 1];
        bucket->place[i - 1] = found;
    }
    return (enum template_state)(found.low & STATE);
}

void templates_note(struct templates *templates, struct template_key key, enum template_state state)
{
    struct bucket *bucket = bucket_of(templates, key);
    size_t i = place_of(bucket, key);

    bucket->place[i < PLACES ? i : PLACES - 1] = (struct template_key){key.high, key.low | (uint64_t)state};
}
