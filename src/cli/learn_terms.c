/* learn_terms.c - runs of characters are counted first, over all documents; those that enough texts have get a number
 * when they are met again, in the order of the documents, as fragments and facts do. What rests on the sender is left
 * out when a sender map gave it: by label, so that the map would be learned. */
#include "cli/learn.h"

#include "cli/grams.h"
#include "core/array.h"
#include "core/ids.h"

#include <stdlib.h>
#include <xxhash.h>

#define NOT_LEARNED UINT32_MAX

struct numbering {
    struct learning *learning;
    uint32_t *ids;   /* of all documents so far */
    size_t n, cap, terms_cap;
    uint32_t *fragments; /* a fragment's term + 1, by the first number of its name */
    uint32_t *first;     /* that number, by any of them; NOT_LEARNED */
    uint32_t facts[MODEL_FACTS_MAX];
    bool fact_learned[MODEL_FACTS_MAX];
    bool failed;
};

static uint32_t new_term(struct numbering *numbering, struct learn_term term)
{
    struct learning *learning = numbering->learning;
    struct learn_term *bigger = array_grow(learning->terms, learning->nterms, &numbering->terms_cap, sizeof(*bigger));

    if (bigger == NULL) {
        numbering->failed = true;
        return 0;
    }
    learning->terms = bigger;
    learning->terms[learning->nterms++] = term;
    return (uint32_t)learning->nterms; /* its index + 1 */
}

/* The document has the term whose index + 1 is *known, which is `term` when it is new. */
static void put(struct numbering *numbering, uint32_t *known, struct learn_term term)
{
    uint32_t *bigger = array_grow(numbering->ids, numbering->n, &numbering->cap, sizeof(*bigger));

    if (bigger == NULL) {
        numbering->failed = true;
        return;
    }
    numbering->ids = bigger;
    if (*known == 0)
        *known = new_term(numbering, term);
    if (!numbering->failed)
        numbering->ids[numbering->n++] = *known - 1;
}

static void put_gram(void *ctx, struct gram *gram)
{
    if (gram->texts[0] + gram->texts[1] >= LEARN_TEXTS_LEAST)
        put(ctx, &gram->id, (struct learn_term){.kind = MODEL_GRAM, .gram = gram->text});
}

/* Leaves in document->nterms how many there are; where they are is set once the array no longer moves. */
static void number_document(struct numbering *numbering, struct grams *grams, struct learn_document *document)
{
    const struct model_features *features = document->features;
    size_t begin = numbering->n;

    for (size_t i = 0; i < features->nfacts; i++) {
        uint16_t fact = features->facts[i];
        if (numbering->fact_learned[fact])
            put(numbering, &numbering->facts[fact], (struct learn_term){.kind = MODEL_FACT, .index = fact});
    }
    for (size_t i = 0; i < features->nfragments; i++) {
        uint32_t first = numbering->first[features->fragments[i]];
        if (first != NOT_LEARNED)
            put(numbering, &numbering->fragments[first], (struct learn_term){.kind = MODEL_FRAGMENT, .index = first});
    }
    grams_each(grams, features->text, put_gram, numbering);
    document->nterms = ids_unite(numbering->ids + begin, numbering->n - begin);
    numbering->n = begin + document->nterms;
}

/* ---- what is learned of ---------------------------------------------------------------------------------------- */

static void choose_facts(struct numbering *numbering)
{
    static const char *const of_text[] = {"text.", "url.", "contact.", NULL};
    char name[MODEL_NAME_BYTES];

    for (size_t fact = 0; fact < model_fact_count(); fact++) {
        struct str text = model_fact_name(fact, name);
        bool *learned = &numbering->fact_learned[fact];
        *learned = numbering->learning->senders_known;
        for (size_t i = 0; of_text[i] != NULL; i++)
            *learned |= str_starts(text, str_of(of_text[i])) && !str_eqz(text, "text.asr");
    }
}

struct named {
    uint64_t hash; /* of a fragment's name */
    uint32_t fragment;
};

static int by_hash(const void *a, const void *b)
{
    const struct named *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->fragment < y->fragment ? -1 : x->fragment > y->fragment;
}

static uint32_t fragments_end(const struct learn_documents *documents)
{
    uint32_t end = 0;

    for (size_t i = 0; i < documents->n; i++) {
        const struct model_features *features = documents->items[i].features;
        if (features->nfragments > 0 && features->fragments[features->nfragments - 1] >= end)
            end = features->fragments[features->nfragments - 1] + 1;
    }
    return end;
}

/* A phrase that stands twice in a set is one term. */
static bool choose_fragments(struct numbering *numbering)
{
    const struct learning *learning = numbering->learning;
    uint32_t end = fragments_end(&learning->training);
    struct named *names = calloc(end + (size_t)1, sizeof(*names));
    char name[MODEL_NAME_BYTES];

    numbering->fragments = calloc(end + (size_t)1, sizeof(*numbering->fragments));
    numbering->first = calloc(end + (size_t)1, sizeof(*numbering->first));
    if (names == NULL || numbering->fragments == NULL || numbering->first == NULL) {
        free(names);
        return false;
    }
    for (uint32_t f = 0; f < end; f++) {
        struct str text = model_fragment_name(learning->eval.ruleset, f, name);
        names[f] = (struct named){XXH3_64bits(text.p, text.n), f};
    }
    qsort(names, end, sizeof(*names), by_hash);
    for (uint32_t i = 0, begin = 0; i < end; i++) {
        if (names[i].hash != names[begin].hash)
            begin = i;
        numbering->first[names[i].fragment] =
            learning->senders_known || model_fragment_of_text(learning->eval.ruleset, names[i].fragment)
                ? names[begin].fragment : NOT_LEARNED;
    }
    free(names);
    return true;
}

/* ---- all ------------------------------------------------------------------------------------------------------- */

static bool number_all(struct numbering *numbering, struct grams *grams)
{
    struct learning *learning = numbering->learning;
    const uint32_t *at;

    for (size_t i = 0; i < learning->training.n && !numbering->failed; i++)
        number_document(numbering, grams, &learning->training.items[i]);
    at = learning->term_ids = numbering->ids;
    for (size_t i = 0; i < learning->training.n && !numbering->failed; i++) {
        learning->training.items[i].terms = at;
        at += learning->training.items[i].nterms;
    }
    return !numbering->failed;
}

bool learn_terms_make(struct learning *learning)
{
    struct numbering numbering = {.learning = learning};
    struct grams grams;
    bool ok = grams_init(&grams, LEARN_CHARS_LEAST, LEARN_CHARS_MOST, true) && choose_fragments(&numbering);

    choose_facts(&numbering);
    for (size_t i = 0; i < learning->training.n && ok; i++) {
        const struct learn_document *document = &learning->training.items[i];
        ok = grams_count(&grams, document->features->text, document->fraud, false);
    }
    ok = ok && number_all(&numbering, &grams);
    free(numbering.fragments);
    free(numbering.first);
    grams_fini(&grams);
    return ok;
}
