/* institution.h - who scams pose as: names, own numbers, own domains, and the brands by which a host imitates one
 * (patterns/numbers/institutions.json, dated). Threads: immutable once loaded. */
#ifndef TELSIEVE_RECORD_INSTITUTION_H
#define TELSIEVE_RECORD_INSTITUTION_H

#include "record/name_set.h"
#include "record/number.h"

#define INSTITUTION_KINDS(X)                                                                                  \
    X(BANK, "bank") X(CARRIER, "carrier") X(POLICE, "police") X(COURT, "court") X(GOV, "gov") X(COURIER, "courier") \
    X(AIRLINE, "airline") X(RAIL, "rail") X(COMMERCE, "commerce") X(PAYMENT, "payment") X(LENDER, "lender")   \
    X(INSURER, "insurer") X(UTILITY, "utility") X(EXCHANGE, "exchange")

enum institution_kind {
#define X(name, word) INSTITUTION_##name,
    INSTITUTION_KINDS(X)
#undef X
    INSTITUTION_KIND_COUNT
};

struct institution {
    const char *id; /* "icbc" */
    enum institution_kind kind;
    struct name_set names, shorts, numbers, domains, brands;
};

/* The words around a name that tell whether it is the speaker's. */
#define INSTITUTION_WORDS(X)                                                                                  \
    X(INTRODUCE, "introduce") X(BLOCKS, "blocks") X(OFFICES, "offices") X(NOT_OFFICES, "not_offices")         \
    X(ADDRESS, "address") X(CUSTOMERS, "customers") X(OWN_CUSTOMERS, "own_customers") X(YOUR, "your") \
    X(PLACES, "places")

enum institution_words {
#define X(name, key) INSTITUTION_WORDS_##name,
    INSTITUTION_WORDS(X)
#undef X
    INSTITUTION_WORDS_COUNT
};

enum institution_staff { STAFF_MOBILE = 1u << 0, STAFF_FIXED = 1u << 1 }; /* they lawfully call from such numbers too */

#define INSTITUTION_NAME_MIN 3 /* bytes: one Han character, or three letters */

struct institution_name {
    struct str text;
    uint16_t institution;
    bool is_short; /* a name only in a signature or before an office word */
};

/* A brand, number or name of an official host as it looks (imitation.c). */
struct institution_look {
    struct str text; /* owned */
    bool number;     /* written in digits */
};

#define INSTITUTION_BEGINNINGS 4096

struct institutions {
    struct institution *items;
    size_t n;
    struct institution_name *names; /* sorted by institution_beginning, longest first */
    size_t nnames;
    uint16_t by_beginning[INSTITUTION_BEGINNINGS + 1]; /* names of beginning b: from [b] up to [b + 1], exclusive */
    struct institution_look *brands, *hosts;
    size_t nbrands, nhosts;
    struct name_set words[INSTITUTION_WORDS_COUNT];
    unsigned staff[INSTITUTION_KIND_COUNT]; /* STAFF_… */
};

/* Of a loaded institutions.json; every problem goes to err (then free what came back). NULL when memory is out. */
struct institutions *institutions_read(const struct document *doc, struct err *err);
void institutions_free(struct institutions **institutions);

/* The second and third byte at p as a number; no two Han characters of one lead byte share one. */
static inline size_t institution_beginning(const char *p)
{
    return ((size_t)(unsigned char)p[1] << 6 ^ (unsigned char)p[2]) % INSTITUTION_BEGINNINGS;
}

const struct institution_name *institution_search_at(const struct institutions *institutions, size_t beginning,
                                                     const char *start, const char *p, const char *end);

/* The longest name that stands at p; NULL when none does. Latin names and numbers stand alone. */
static inline const struct institution_name *institution_name_at(const struct institutions *institutions,
                                                                 const char *start, const char *p, const char *end)
{
    size_t beginning;

    if (end - p < INSTITUTION_NAME_MIN)
        return NULL;
    beginning = institution_beginning(p);
    if (institutions->by_beginning[beginning] == institutions->by_beginning[beginning + 1])
        return NULL;
    return institution_search_at(institutions, beginning, start, p, end);
}

/* Is the number the institution's own: one of its numbers, or one of its 100 or 95 numbers with an extension? A 106
 * port that ends with one is not: who rents a port chooses its end. */
bool institution_has_number(const struct institution *institution, const struct number *number);

/* Draw the brands, numbers and hosts that imitations are compared with; part of institutions_read. 0 or -TS_ENOMEM. */
int institution_draw_looks(struct institutions *institutions);

/* Does the host, whose registrable domain (part of it) is `domain`, imitate an institution: a brand or number as or in
 * one of its labels, drawn with look-alike characters, one letter off an official name, or gov as a part? Not asked of
 * official hosts. */
bool institution_imitated(const struct institutions *institutions, struct str host, struct str domain);

const char *institution_kind_name(enum institution_kind kind);

#endif
