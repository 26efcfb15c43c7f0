/* eval_suggest.c - runs of Han characters counted by the templates that have them. First those of missed frauds; what
 * is in three of them is looked for in ham. Of those rare there the best by log odds are left, and no piece of a longer
 * one that is in as many. */
#include "cli/eval.h"

#include "core/utf8.h"

#include <stdlib.h>
#include <xxhash.h>

#define CHARS_LEAST 2
#define CHARS_MOST 6
#define MISSES_LEAST 3  /* templates: below, a phrase may be one person's */
#define Z_LEAST 1.96
#define HAM_MOST 0.001  /* of its templates: a more frequent phrase tells nothing */
#define WHOLE_CHARS 4   /* from here on a phrase can stand for itself; shorter ones are pieces */
#define SHOWN 30        /* of phrases, and of pieces */
#define PRIOR_TEMPLATES 50 /* at most; of few templates a tenth */
#define HAN_BYTES 3

/* ---- counts -------------------------------------------------------------------------------------------------- */

struct slot {
    uint64_t hash;       /* 0: free */
    struct str text;
    uint32_t misses, ham;
    uint32_t seen;       /* number of the template that counted it last */
};

struct counts {
    struct slot *slots;
    size_t cap, n;       /* cap: a power of two */
    uint32_t document;
    bool ham;            /* count for ham, only what is known */
    bool failed;
};

static struct slot *find_slot(const struct counts *counts, uint64_t hash)
{
    size_t at = hash & (counts->cap - 1);

    while (counts->slots[at].hash != 0 && counts->slots[at].hash != hash)
        at = (at + 1) & (counts->cap - 1);
    return &counts->slots[at];
}

static bool grow(struct counts *counts)
{
    struct counts bigger = {.cap = counts->cap > 0 ? 2 * counts->cap : 1u << 16};

    bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i < counts->cap; i++)
        if (counts->slots[i].hash != 0)
            *find_slot(&bigger, counts->slots[i].hash) = counts->slots[i];
    free(counts->slots);
    counts->slots = bigger.slots;
    counts->cap = bigger.cap;
    return true;
}

static void count(struct counts *counts, struct str text)
{
    uint64_t hash = XXH3_64bits(text.p, text.n) | 1;
    struct slot *slot;

    if (!counts->ham && 2 * counts->n >= counts->cap && !grow(counts)) {
        counts->failed = true;
        return;
    }
    slot = find_slot(counts, hash);
    if (slot->hash == 0) {
        if (counts->ham)
            return;
        *slot = (struct slot){.hash = hash, .text = text};
        counts->n++;
    }
    if (slot->seen == counts->document)
        return;
    slot->seen = counts->document;
    *(counts->ham ? &slot->ham : &slot->misses) += 1;
}

/* Han, of the blocks that messages use; all take HAN_BYTES. */
static bool is_han(uint32_t cp)
{
    return (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0x3400 && cp <= 0x4DBF);
}

/* Every run of 2 to 6 Han characters of a text, once. */
static void count_text(struct counts *counts, struct str text)
{
    const char *end = str_end(text);

    counts->document++;
    for (const char *p = text.p; p < end && !counts->failed;) {
        uint32_t cp;
        size_t first = utf8_decode(p, end, &cp);
        const char *q = p;
        for (int chars = 1; chars <= CHARS_MOST && q < end; chars++) {
            size_t n = utf8_decode(q, end, &cp);
            if (!is_han(cp))
                break;
            q += n;
            if (chars >= CHARS_LEAST)
                count(counts, str_range(p, q));
        }
        p += first;
    }
}

/* ---- templates ----------------------------------------------------------------------------------------------- */

static int by_template(const void *a, const void *b)
{
    uint64_t x = (*(const struct eval_entry *const *)a)->template, y = (*(const struct eval_entry *const *)b)->template;

    return x < y ? -1 : x > y;
}

/* Count every template of the wanted side once; returns how many there are. */
static uint64_t count_side(struct counts *counts, const struct evaluation *eval, enum eval_side side)
{
    const struct eval_entry **wanted = malloc((eval->nentries + 1) * sizeof(*wanted));
    uint64_t templates = 0;
    size_t n = 0;

    for (size_t i = 0; i < eval->nentries && wanted != NULL; i++)
        if (eval->entries[i]->label->side == side && (side != SIDE_FRAUD || eval_is_error(eval->entries[i])))
            wanted[n++] = eval->entries[i];
    if (n > 0)
        qsort(wanted, n, sizeof(*wanted), by_template);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && wanted[i]->template == wanted[i - 1]->template)
            continue;
        count_text(counts, wanted[i]->canonical);
        templates++;
    }
    free(wanted);
    return templates;
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

static size_t choose(const struct counts *counts, uint64_t misses, uint64_t ham, struct eval_phrase **out)
{
    struct eval_phrase *phrases = malloc((counts->n + 1) * sizeof(*phrases));
    double tenth = (double)(misses + ham) / 10, prior = tenth < PRIOR_TEMPLATES ? tenth : PRIOR_TEMPLATES;
    size_t n = 0;

    for (size_t i = 0; i < counts->cap && phrases != NULL; i++) {
        const struct slot *slot = &counts->slots[i];
        if (slot->misses < MISSES_LEAST || (double)slot->ham > HAM_MOST * (double)ham)
            continue;
        phrases[n] = (struct eval_phrase){slot->text, slot->misses, slot->ham,
                                          log_odds_z(slot->misses, misses, slot->ham, ham, prior)};
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
    struct counts counts = {0};
    uint64_t misses, ham;
    size_t n = 0;

    *out = NULL;
    if (!grow(&counts))
        return 0;
    misses = count_side(&counts, eval, SIDE_FRAUD);
    counts.ham = true;
    ham = count_side(&counts, eval, SIDE_HAM);
    if (misses > 0 && ham > 0 && !counts.failed)
        n = choose(&counts, misses, ham, out);
    free(counts.slots);
    return n;
}
