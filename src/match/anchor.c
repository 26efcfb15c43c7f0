/* anchor.c - n-grams of the miss samples in a hash table, each counted once a sample; then for every phrase the step
 * whose alternatives together are in the fewest. */
#include "match/anchor.h"

#include "core/utf8.h"
#include "match/segment.h"

#include <stdlib.h>
#include <xxhash.h>

#define GRAM_CHARS 4 /* longer pieces are as common as their rarest four characters, at most */

struct gram {
    uint64_t hash; /* 0: free */
    uint32_t texts, last; /* how many texts have it; the last that did */
};

struct census {
    struct gram *grams;
    size_t n, cap; /* cap is a power of two */
    uint32_t texts;
    struct canon canon;
};

static struct gram *find_gram(const struct census *census, uint64_t hash)
{
    size_t at = hash & (census->cap - 1);

    while (census->grams[at].hash != 0 && census->grams[at].hash != hash)
        at = (at + 1) & (census->cap - 1);
    return &census->grams[at];
}

static uint64_t hash_of(const char *p, size_t n)
{
    uint64_t hash = XXH3_64bits(p, n);

    return hash != 0 ? hash : 1;
}

static int grow(struct census *census)
{
    struct census old = *census;

    census->cap = old.cap > 0 ? 2 * old.cap : 1u << 16;
    census->grams = calloc(census->cap, sizeof(*census->grams));
    if (census->grams == NULL) {
        *census = old;
        return -TS_ENOMEM;
    }
    for (size_t i = 0; i < old.cap; i++)
        if (old.grams[i].hash != 0)
            *find_gram(census, old.grams[i].hash) = old.grams[i];
    free(old.grams);
    return 0;
}

static int count_gram(struct census *census, const char *p, size_t n)
{
    uint64_t hash = hash_of(p, n);
    struct gram *gram;

    if (2 * (census->n + 1) > census->cap && grow(census) != 0)
        return -TS_ENOMEM;
    gram = find_gram(census, hash);
    if (gram->hash == 0) {
        *gram = (struct gram){.hash = hash};
        census->n++;
    }
    if (gram->last != census->texts) {
        gram->last = census->texts;
        gram->texts++;
    }
    return 0;
}

/* Every run of one to GRAM_CHARS characters of the canonical text. */
static int count_text(struct census *census)
{
    const char *p = census->canon.buf + census->canon.start[CANON_TEXT];
    const char *end = census->canon.buf + census->canon.end[CANON_TEXT];
    int rc = 0;

    census->texts++;
    for (; rc == 0 && p < end; p += segment_char_bytes(p)) {
        const char *q = p;
        for (int chars = 0; rc == 0 && chars < GRAM_CHARS && q < end; chars++) {
            q += segment_char_bytes(q);
            rc = count_gram(census, p, (size_t)(q - p));
        }
    }
    return rc;
}

static int count_sample(struct census *census, const struct folding *folding, const struct sample *sample)
{
    int rc;

    if (sample->text.p == NULL)
        return 0;
    rc = canon_fold(&census->canon, folding, (struct str){0}, (struct str){0}, sample->text);
    return rc == 0 ? count_text(census) : rc;
}

static int take_census(struct census *census, const struct ruleset *ruleset)
{
    int rc = grow(census);

    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;
        for (size_t r = 0; r < library->nrules; r++)
            for (size_t m = 0; rc == 0 && m < library->rules[r].nmiss; m++)
                rc = count_sample(census, ruleset->folding, &library->rules[r].miss[m]);
    }
    return rc;
}

/* ---- choice ------------------------------------------------------------------------------------------------ */

static double texts_with(const struct census *census, const char *p, size_t n)
{
    return find_gram(census, hash_of(p, n))->texts;
}

/* In how many of the census's texts a piece is to be expected. */
static double expected(const struct census *census, struct str piece)
{
    static const double unseen[GRAM_CHARS + 1] = {0, 8, 0.5, 0.1, 0.02}; /* by characters */
    const char *end = str_end(piece), *q = piece.p;
    double least;
    size_t chars = 0;

    for (; chars < GRAM_CHARS && q < end; chars++)
        q += segment_char_bytes(q);
    least = texts_with(census, piece.p, (size_t)(q - piece.p));
    for (const char *p = piece.p; q < end; p += segment_char_bytes(p)) {
        double texts;
        q += segment_char_bytes(q);
        texts = texts_with(census, p + segment_char_bytes(p), (size_t)(q - p - segment_char_bytes(p)));
        least = texts < least ? texts : least;
    }
    return least + unseen[chars];
}

/* May a text be searched for this step? As in fragment_parse: every alternative has two characters or more. */
static bool may_anchor(const struct step *step)
{
    if (step->kind != STEP_ALTERNATIVES || step->optional)
        return false;
    for (size_t i = 0; i < step->nalt; i++)
        if (utf8_count(step->alt[i]) < 2)
            return false;
    return true;
}

static void choose(const struct census *census, struct fragment *fragment)
{
    double least = 0;
    bool found = false;

    for (size_t i = 0; i < fragment->nsteps; i++) {
        double texts = 0;
        if (!may_anchor(&fragment->steps[i]))
            continue;
        for (size_t k = 0; k < fragment->steps[i].nalt; k++)
            texts += expected(census, fragment->steps[i].alt[k]);
        if (!found || texts < least) {
            least = texts;
            fragment->anchor = i;
            found = true;
        }
    }
}

static void choose_all(const struct census *census, struct fragment *fragments, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fragments[i].kind == FRAGMENT_SEQUENCE)
            choose(census, &fragments[i]);
}

int anchor_choose(struct ruleset *ruleset)
{
    struct census census = {0};
    int rc;

    canon_init(&census.canon);
    rc = take_census(&census, ruleset);
    for (size_t i = 0; rc == 0 && i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;
        for (size_t s = 0; s < library->nsets; s++) {
            choose_all(&census, library->sets[s].fragments, library->sets[s].nfragments);
            choose_all(&census, library->sets[s].allow, library->sets[s].nallow);
        }
    }
    canon_fini(&census.canon);
    free(census.grams);
    return rc;
}
