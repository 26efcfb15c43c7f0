/* eval_suggest.c - runs of Han characters counted by the templates that have them. First those of missed frauds; what
 * is in three of them is looked for in ham. Of those rare there the best by log odds are left, and no piece of a longer
 * one that is in as many. */
#include "cli/eval.h"

#include "cli/grams.h"
#include "core/utf8.h"

#include <stdlib.h>

#define CHARS_LEAST 2
#define CHARS_MOST 6
#define MISSES_LEAST 3  /* templates: below, a phrase may be one person's */
#define Z_LEAST 1.96
#define HAM_MOST 0.001  /* of its templates: a more frequent phrase tells nothing */
#define WHOLE_CHARS 4   /* from here on a phrase can stand for itself; shorter ones are pieces */
#define SHOWN 30        /* of phrases, and of pieces */
#define PRIOR_TEMPLATES 50 /* at most; of few templates a tenth */
#define HAN_BYTES 3

enum { MISSES, HAM }; /* the sides of the counts */

/* ---- templates ----------------------------------------------------------------------------------------------- */

static int by_template(const void *a, const void *b)
{
    uint64_t x = (*(const struct eval_entry *const *)a)->template, y = (*(const struct eval_entry *const *)b)->template;

    return x < y ? -1 : x > y;
}

/* Count every template of the wanted side once, those of ham only by what misses have; returns how many there are, 0
 * when memory is exhausted. */
static uint64_t count_side(struct grams *counts, const struct evaluation *eval, enum eval_side side)
{
    const struct eval_entry **wanted = malloc((eval->nentries + 1) * sizeof(*wanted));
    unsigned counted = side == SIDE_FRAUD ? MISSES : HAM;
    uint64_t templates = 0;
    bool ok = true;
    size_t n = 0;

    for (size_t i = 0; i < eval->nentries && wanted != NULL; i++)
        if (eval->entries[i]->label->side == side && (side != SIDE_FRAUD || eval_is_error(eval->entries[i])))
            wanted[n++] = eval->entries[i];
    if (n > 0)
        qsort(wanted, n, sizeof(*wanted), by_template);
    for (size_t i = 0; i < n && ok; i++) {
        if (i > 0 && wanted[i]->template == wanted[i - 1]->template)
            continue;
        ok = grams_count(counts, wanted[i]->canonical, counted, side != SIDE_FRAUD);
        templates++;
    }
    free(wanted);
    return ok ? templates : 0;
}

/* ---- choice -------------------------------------------------------------------------------------------------- */

static int by_z(const void *a, const void *b)
{
    const struct eval_phrase *x = a, *y = b;

    if (x->z != y->z)
        return x->z < y->z ? 1 : -1;
    return x->text.n != y->text.n ? (x->text.n < y->text.n ? 1 : -1) : memcmp(x->text.p, y->text.p, x->text.n);
}

/* Does the end of `a` begin `b`, by two characters or more? */
static bool runs_into(struct str a, struct str b)
{
    for (size_t n = 2 * HAN_BYTES; n <= a.n && n <= b.n; n += HAN_BYTES)
        if (memcmp(a.p + a.n - n, b.p, n) == 0)
            return true;
    return false;
}

/* Does a phrase chosen already say the same: in as many templates, one holds the other or they overlap? */
static bool is_told(const struct eval_phrase *chosen, size_t n, const struct eval_phrase *phrase)
{
    for (size_t i = 0; i < n; i++) {
        struct str a = chosen[i].text, b = phrase->text;
        bool told = memmem(a.p, a.n, b.p, b.n) != NULL || memmem(b.p, b.n, a.p, a.n) != NULL || runs_into(a, b) ||
                    runs_into(b, a);
        if (told && chosen[i].misses == phrase->misses)
            return true;
    }
    return false;
}

/* Move the best of `chars` characters and more, but below `below`, behind the `chosen` first ones. */
static size_t choose_of_length(struct eval_phrase *phrases, size_t n, size_t chosen, size_t chars, size_t below)
{
    size_t most = chosen + SHOWN;

    for (size_t i = chosen; i < n && chosen < most; i++) {
        size_t length = utf8_count(phrases[i].text);
        struct eval_phrase phrase = phrases[i];
        if (length < chars || length >= below || is_told(phrases, chosen, &phrase))
            continue;
        memmove(phrases + chosen + 1, phrases + chosen, (i - chosen) * sizeof(*phrases));
        phrases[chosen++] = phrase;
    }
    return chosen;
}

static size_t choose(const struct grams *counts, uint64_t misses, uint64_t ham, struct eval_phrase **out)
{
    struct eval_phrase *phrases = malloc((counts->n + 1) * sizeof(*phrases));
    double tenth = (double)(misses + ham) / 10, prior = tenth < PRIOR_TEMPLATES ? tenth : PRIOR_TEMPLATES;
    size_t n = 0;

    for (size_t i = 0; i < counts->cap && phrases != NULL; i++) {
        const struct gram *gram = &counts->slots[i];
        if (gram->texts[MISSES] < MISSES_LEAST || (double)gram->texts[HAM] > HAM_MOST * (double)ham)
            continue;
        phrases[n] = (struct eval_phrase){gram->text, gram->texts[MISSES], gram->texts[HAM],
                                          log_odds_z(gram->texts[MISSES], misses, gram->texts[HAM], ham, prior)};
        n += phrases[n].z >= Z_LEAST;
    }
    if (n > 0)
        qsort(phrases, n, sizeof(*phrases), by_z);
    *out = phrases;
    return choose_of_length(phrases, n, choose_of_length(phrases, n, 0, WHOLE_CHARS, CHARS_MOST + 1), CHARS_LEAST,
                            WHOLE_CHARS);
}

size_t eval_suggest(const struct evaluation *eval, struct eval_phrase **out)
{
    struct grams counts;
    uint64_t misses, ham;
    size_t n = 0;

    *out = NULL;
    if (grams_init(&counts, CHARS_LEAST, CHARS_MOST, false)) {
        misses = count_side(&counts, eval, SIDE_FRAUD);
        ham = count_side(&counts, eval, SIDE_HAM);
        if (misses > 0 && ham > 0)
            n = choose(&counts, misses, ham, out);
    }
    grams_fini(&counts);
    return n;
}
