/* model_parts.h - the body of a model. Private to the files model*.c. */
#ifndef TELSIEVE_MATCH_MODEL_PARTS_H
#define TELSIEVE_MATCH_MODEL_PARTS_H

#include "core/arena.h"
#include "match/fact.h"
#include "match/model.h"

#define MODEL_NO_TERM UINT32_MAX

/* A place of the table that finds terms by kind and name: open addressing, at most half full. */
struct model_slot {
    uint32_t hash, term; /* MODEL_NO_TERM: free */
};

struct model {
    struct arena arena;
    const char *file, *version;
    bool live;
    double bias, raise, lower;
    unsigned char digest[32];
    struct model_term *terms;
    uint32_t nterms, ngrams;
    struct model_slot *slots;
    uint32_t mask;                        /* of slots: their number less one */
    unsigned gram_chars;                  /* bit n: some gram has n characters */
    uint32_t fact_terms[MODEL_FACTS_MAX]; /* by number of the fact */
    uint32_t *fragment_terms;             /* by number of the phrase; NULL until model_bind */
    size_t nfragments;
    size_t nmissing;
    struct str first_missing;
};

/* The term of this kind and name; MODEL_NO_TERM when there is none. */
uint32_t model_find(const struct model *model, enum model_kind kind, struct str name);

/* Numbers of the facts that hold, ascending; `out` has room for all. Returns how many. */
size_t model_facts(struct subject *subject, uint16_t out[MODEL_FACTS_MAX]);

#endif
