/* grams.c - an open hash table of 64-bit hashes, which stand for their runs: two alike among millions are one chance in
 * a million. */
#include "cli/grams.h"

#include "core/utf8.h"

#include <stdlib.h>
#include <xxhash.h>

#define CAP_FIRST ((size_t)1 << 16)

static struct gram *find_slot(const struct grams *grams, uint64_t hash)
{
    size_t at = hash & (grams->cap - 1);

    while (grams->slots[at].hash != 0 && grams->slots[at].hash != hash)
        at = (at + 1) & (grams->cap - 1);
    return &grams->slots[at];
}

static bool grow(struct grams *grams)
{
    struct grams bigger = {.cap = grams->cap > 0 ? 2 * grams->cap : CAP_FIRST};

    bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i < grams->cap; i++)
        if (grams->slots[i].hash != 0)
            *find_slot(&bigger, grams->slots[i].hash) = grams->slots[i];
    free(grams->slots);
    grams->slots = bigger.slots;
    grams->cap = bigger.cap;
    return true;
}

bool grams_init(struct grams *grams, unsigned least, unsigned most, bool latin)
{
    *grams = (struct grams){.least = least, .most = most, .latin = latin};
    return grow(grams);
}

void grams_fini(struct grams *grams)
{
    free(grams->slots);
    *grams = (struct grams){0};
}

/* Han of the blocks that messages use. */
static bool is_letter(const struct grams *grams, uint32_t cp)
{
    return (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0x3400 && cp <= 0x4DBF) ||
           (grams->latin && cp >= 'a' && cp <= 'z');
}

struct walk {
    bool add, failed;
    void (*take)(void *ctx, struct gram *gram);
    void *ctx;
};

static void meet(struct grams *grams, struct str run, struct walk *walk)
{
    uint64_t hash = XXH3_64bits(run.p, run.n) | 1;
    struct gram *gram;

    if (walk->add && 2 * grams->n >= grams->cap && !grow(grams)) {
        walk->failed = true;
        return;
    }
    gram = find_slot(grams, hash);
    if (gram->hash == 0) {
        if (!walk->add)
            return;
        *gram = (struct gram){.hash = hash, .text = run};
        grams->n++;
    }
    if (gram->seen != grams->text)
        walk->take(walk->ctx, gram);
    gram->seen = grams->text;
}

static void walk_text(struct grams *grams, struct str text, struct walk *walk)
{
    const char *end = str_end(text);

    grams->text++;
    for (const char *p = text.p; p < end && !walk->failed;) {
        uint32_t cp;
        size_t first = utf8_decode(p, end, &cp);
        const char *q = p;
        for (unsigned chars = 1; chars <= grams->most && q < end; chars++) {
            size_t n = utf8_decode(q, end, &cp);
            if (!is_letter(grams, cp))
                break;
            q += n;
            if (chars >= grams->least)
                meet(grams, str_range(p, q), walk);
        }
        p += first;
    }
}

static void count_gram(void *ctx, struct gram *gram)
{
    gram->texts[*(const unsigned *)ctx]++;
}

bool grams_count(struct grams *grams, struct str text, unsigned side, bool known_only)
{
    struct walk walk = {.add = !known_only, .take = count_gram, .ctx = &side};

    walk_text(grams, text, &walk);
    return !walk.failed;
}

void grams_each(struct grams *grams, struct str text, void (*take)(void *ctx, struct gram *gram), void *ctx)
{
    struct walk walk = {.take = take, .ctx = ctx};

    walk_text(grams, text, &walk);
}
