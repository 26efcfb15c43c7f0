/* grams.h - runs of characters of texts, and how many texts of two sides have each.
 *
 * A run is of Han characters, or of those and small Latin letters: what phrases are made of. Digits belong to one
 * number or one order, not to a manner of speaking.
 *
 * Threads: one. Ownership: texts that were counted live as long as the table, which points into them. */
#ifndef TELSIEVE_CLI_GRAMS_H
#define TELSIEVE_CLI_GRAMS_H

#include "core/str.h"

struct gram {
    uint64_t hash;     /* 0: a free slot */
    struct str text;
    uint32_t texts[2]; /* of either side that have it */
    uint32_t id;       /* the caller's own, 0 at first */
    uint32_t seen;     /* private: number of the text that had it last */
};

struct grams {
    struct gram *slots;   /* in no order; as many as cap, a power of two */
    size_t cap, n;        /* n: those in use */
    unsigned least, most; /* characters of a run */
    bool latin;
    uint32_t text;        /* private: number of the text being looked at */
};

/* False when memory is exhausted; grams_fini then, too. */
bool grams_init(struct grams *grams, unsigned least, unsigned most, bool latin);
void grams_fini(struct grams *grams);

/* Count every run of a text once for `side` (0 or 1); with `known_only` those that are in the table. False when memory
 * is exhausted. */
bool grams_count(struct grams *grams, struct str text, unsigned side, bool known_only);

/* Every run of a text that is in the table, once, in the order of the text. */
void grams_each(struct grams *grams, struct str text, void (*take)(void *ctx, struct gram *gram), void *ctx);

#endif
