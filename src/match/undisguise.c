/* undisguise.c - the words of phrases are the pieces of their steps, and what steps without a gap make together when a
 * piece is a single character (扣[费|款]), as long as that is not much. */
#include "match/undisguise.h"

#include "match/spaced.h"

#define MAX_JOINED 64      /* words of steps without a gap between */
#define MAX_JOINED_BYTES 24

/* ---- words ------------------------------------------------------------------------------------------------- */

static bool joins_on(const struct fragment *fragment, size_t i)
{
    return i + 1 < fragment->nsteps && fragment->steps[i + 1].gap < 0 &&
           fragment->steps[i + 1].kind == STEP_ALTERNATIVES;
}

static size_t choices(const struct step *step)
{
    return step->nalt + step->optional;
}

/* Add all words that begin with `text` and go on with one alternative of each step in [i, last]. */
static int add_joined(struct variants *variants, const struct fragment *fragment, size_t i, size_t last,
                      struct str text)
{
    const struct step *step = &fragment->steps[i];
    int rc = 0;

    if (i > last)
        return variants_add_word(variants, text);
    if (step->optional)
        rc = add_joined(variants, fragment, i + 1, last, text);
    for (size_t k = 0; k < step->nalt && rc == 0; k++) {
        char joined[MAX_JOINED_BYTES];

        if (text.n + step->alt[k].n > sizeof(joined))
            continue;
        memcpy(joined, text.p, text.n);
        memcpy(joined + text.n, step->alt[k].p, step->alt[k].n);
        rc = add_joined(variants, fragment, i + 1, last, (struct str){joined, text.n + step->alt[k].n});
    }
    return rc;
}

static bool has_single(const struct step *step)
{
    for (size_t i = 0; i < step->nalt; i++)
        if (step->alt[i].n <= 3)
            return true;
    return false;
}

/* The steps from `first` on that follow each other without a gap. */
static int add_run(struct variants *variants, const struct fragment *fragment, size_t first)
{
    size_t last = first, product = choices(&fragment->steps[first]);
    bool single = has_single(&fragment->steps[first]);

    while (joins_on(fragment, last)) {
        last++;
        product *= choices(&fragment->steps[last]);
        single = single || has_single(&fragment->steps[last]);
    }
    return last > first && single && product <= MAX_JOINED
               ? add_joined(variants, fragment, first, last, STR_LIT(""))
               : 0;
}

static int add_words(struct variants *variants, const struct fragment *fragment)
{
    int rc = 0;

    for (size_t i = 0; i < fragment->nsteps && rc == 0; i++) {
        const struct step *step = &fragment->steps[i];

        for (size_t k = 0; k < step->nalt && rc == 0; k++)
            rc = variants_add_word(variants, step->alt[k]);
        if (rc == 0 && step->kind == STEP_ALTERNATIVES && (i == 0 || !joins_on(fragment, i - 1)))
            rc = add_run(variants, fragment, i);
    }
    return rc;
}

int undisguise_prepare(struct ruleset *ruleset)
{
    int rc = 0;

    if (ruleset->variants == NULL)
        return 0;
    for (size_t i = 0; i < ruleset->nfragments && rc == 0; i++) {
        const struct phrase *phrase = &ruleset->phrases[i];

        if (phrase->fragment->kind == FRAGMENT_SEQUENCE && phrase->field == CANON_TEXT)
            rc = add_words(ruleset->variants, phrase->fragment);
    }
    return rc == 0 ? variants_index(ruleset->variants) : rc;
}

/* ---- scanning ---------------------------------------------------------------------------------------------- */

static int put_right(struct undisguise *work, const struct variants *variants, struct canon *canon)
{
    int rc;

    spaced_join_runs(canon);
    work->n = variants_find(variants, canon, work->rewrites, UNDISGUISE_MAX);
    rc = work->n > 0 ? canon_rewrite(canon, work->rewrites, work->n) : 0;
    if (rc == 0)
        spaced_join_words(variants, canon);
    return rc;
}

int undisguise_scan(struct undisguise *work, struct scan *scan, const struct ruleset *ruleset, struct canon *canon)
{
    int rc = 0;

    work->n = 0;
    if (ruleset->variants != NULL && canon->end[CANON_TEXT] > canon->start[CANON_TEXT])
        rc = put_right(work, ruleset->variants, canon);
    return rc == 0 ? scan_hit(scan, ruleset, canon, work->rewrites, work->n) : rc;
}

/* Is a phrase found over it? A word put right over which none is was none. */
static bool is_used(const struct canon_rewrite *rewrite, const struct scan *scan, const struct ruleset *ruleset)
{
    for (size_t k = 0; k < scan->nfound; k++) {
        const struct found *found = &scan->found[k];

        if (ruleset->phrases[found->phrase].field == CANON_TEXT && found->start < rewrite->end &&
            found->end > rewrite->start)
            return true;
    }
    return false;
}

int undisguise_count(struct scan *scan, const struct ruleset *ruleset, const struct canon *canon, uint32_t *chars)
{
    int rc = scan_find(scan, ruleset, canon, NULL);

    *chars = 0;
    for (size_t i = 0; rc == 0 && i < scan->nrewrites; i++) {
        scan->rewrites[i].used = is_used(&scan->rewrites[i], scan, ruleset);
        *chars += scan->rewrites[i].used ? scan->rewrites[i].changed : 0;
    }
    return rc;
}
