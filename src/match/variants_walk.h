/* variants_walk.h - the walk over one text that looks for variants; private to variants*.c. */
#ifndef TELSIEVE_MATCH_VARIANTS_WALK_H
#define TELSIEVE_MATCH_VARIANTS_WALK_H

#include "match/variants_parts.h"

struct variant_walk {
    const struct variants *variants;
    const struct canon *canon;
    struct canon_rewrite *out;
    size_t n, room;
    bool suspicious; /* other words of the text are disguised, so what could be ordinary is looked at too */
};

static inline void variant_take(struct variant_walk *walk, uint32_t at, uint32_t end, struct str to, uint8_t kind,
                                unsigned changed)
{
    walk->out[walk->n++] =
        (struct canon_rewrite){.start = at, .end = end, .to = to, .kind = kind, .changed = (uint8_t)changed};
}

/* Take what is written in the run of letters at `at`; returns where the run ends. */
uint32_t variant_try_letters(struct variant_walk *walk, uint32_t at);

/* Is it never anything but what it says? */
bool variant_is_denied(const struct variants *variants, struct str text);

/* May what stands at `at` be taken for the word of `variant`? t are its characters and the one behind (0: no Han),
 * `kept` of them are the word's own. */
bool variant_is_meant(const struct variant_walk *walk, const struct variant *variant, const uint16_t *t, unsigned kept,
                      uint32_t at);

#endif
