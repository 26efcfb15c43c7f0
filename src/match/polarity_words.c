/* polarity_words.c - reads patterns/polarity.json: each list by its key, every word folded as texts are. */
#include "match/polarity_words.h"

#include "config/document.h"
#include "match/database.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdlib.h>

#define MAX_PAIRS 250

static bool fold_word(struct polarity_words *polarity, const struct folding *folding, const char *text, struct str *out)
{
    char *folded;
    size_t n;

    if (canon_fold_phrase(folding, str_of(text), &folded, &n) != 0)
        return false;
    *out = arena_strdup(&polarity->arena, (struct str){folded, n});
    free(folded);
    return out->p != NULL && out->n > 0;
}

static void add_word(struct polarity_words *polarity, const struct folding *folding, const struct document *document,
                     const char *path, const json_t *value, struct word_use use, struct err *err)
{
    struct str word;

    if (!json_is_string(value)) {
        document_error(document, err, path, false, "must be a word");
        return;
    }
    if (!fold_word(polarity, folding, json_string_value(value), &word)) {
        document_error(document, err, path, false, "nothing is left of the word after folding");
        return;
    }
    assert(polarity->nwords < polarity->cap); /* load_words counted them */
    polarity->words[polarity->nwords] = word;
    polarity->uses[polarity->nwords++] = use;
}

static const json_t *array_of(const struct document *document, const char *key, struct err *err)
{
    const json_t *value = json_object_get(document->root, key);

    if (json_is_array(value))
        return value;
    document_error(document, err, value != NULL ? key : "", false, "\"%s\" must be an array", key);
    return NULL;
}

static void load_list(struct polarity_words *polarity, const struct folding *folding, const struct document *document,
                      const char *key, enum word_kind kind, struct err *err)
{
    const json_t *list = array_of(document, key, err), *value;
    size_t i;

    json_array_foreach(list, i, value) {
        char path[64];
        snprintf(path, sizeof(path), "%s[%zu]", key, i);
        add_word(polarity, folding, document, path, value, (struct word_use){(uint8_t)kind, 0}, err);
    }
}

/* One side of a pair: a word, or a list of them. */
static void load_side(struct polarity_words *polarity, const struct folding *folding, const struct document *document,
                      const char *path, const json_t *side, struct word_use use, struct err *err)
{
    const json_t *value;
    size_t i;

    if (!json_is_array(side)) {
        add_word(polarity, folding, document, path, side, use, err);
        return;
    }
    json_array_foreach(side, i, value)
        add_word(polarity, folding, document, path, value, use, err);
}

static void load_around(struct polarity_words *polarity, const struct folding *folding, const struct document *document,
                        struct err *err)
{
    const json_t *list = array_of(document, "around", err), *pair;
    size_t i;

    if (json_array_size(list) > MAX_PAIRS)
        document_error(document, err, "around", false, "at most %d pairs", MAX_PAIRS);
    json_array_foreach(list, i, pair) {
        char path[64];

        snprintf(path, sizeof(path), "around[%zu]", i);
        if (i >= MAX_PAIRS || !json_is_array(pair) || json_array_size(pair) != 2) {
            document_error(document, err, path, false,
                           "must be [opening, closing], each a word or a list of words");
            continue;
        }
        load_side(polarity, folding, document, path, json_array_get(pair, 0),
                  (struct word_use){WORD_OPENING, (uint8_t)i}, err);
        load_side(polarity, folding, document, path, json_array_get(pair, 1),
                  (struct word_use){WORD_CLOSING, (uint8_t)i}, err);
    }
}

/* Quotation marks are looked for in the original text: folding drops them between Han characters. */
static void load_quotes(struct polarity_words *polarity, const struct document *document, struct err *err)
{
    json_t *quotes = json_object_get(document->root, "quotes"), *pairs = json_object_get(quotes, "pairs"), *pair;
    json_int_t max = json_integer_value(json_object_get(quotes, "max_chars"));
    json_int_t speech = json_integer_value(json_object_get(quotes, "speech_chars"));
    size_t i;

    if (!json_is_array(pairs) || max < 1 || max > speech || speech > 200) {
        document_error(document, err, "quotes", false,
                       "must be {\"pairs\": [[open, close], …], \"max_chars\": 1 or more, \"speech_chars\": from "
                       "max_chars to 200}");
        return;
    }
    polarity->quote_chars = (size_t)max;
    polarity->speech_chars = (size_t)speech;
    polarity->quotes = arena_calloc(&polarity->arena, json_array_size(pairs) + 1, sizeof(*polarity->quotes));
    json_array_foreach(pairs, i, pair) {
        const char *open = json_string_value(json_array_get(pair, 0));
        const char *close = json_string_value(json_array_get(pair, 1));

        if (open == NULL || close == NULL || *open == '\0' || *close == '\0')
            document_error(document, err, "quotes.pairs", false, "a pair must be [opening mark, closing mark]");
        else if (polarity->quotes != NULL)
            polarity->quotes[polarity->nquotes++] = (struct quote){arena_strdup(&polarity->arena, str_of(open)),
                                                                   arena_strdup(&polarity->arena, str_of(close))};
    }
}

static void load_greetings(struct polarity_words *polarity, const struct folding *folding, const struct document *document,
                           struct err *err)
{
    const json_t *list = array_of(document, "greetings", err), *value;
    size_t i;

    polarity->greetings = arena_calloc(&polarity->arena, json_array_size(list) + 1, sizeof(*polarity->greetings));
    json_array_foreach(list, i, value) {
        struct str *out = &polarity->greetings[polarity->ngreetings];
        if (json_is_string(value) && fold_word(polarity, folding, json_string_value(value), out))
            polarity->ngreetings++;
        else
            document_error(document, err, "greetings", false, "must be words");
    }
}

static size_t count_side(const json_t *side)
{
    return json_is_array(side) ? json_array_size(side) : 1;
}

static size_t count_words(const json_t *root)
{
    const json_t *pair;
    size_t n = 0, i;

    json_array_foreach(json_object_get(root, "around"), i, pair)
        n += count_side(json_array_get(pair, 0)) + count_side(json_array_get(pair, 1));

#define X(id, key) n += json_array_size(json_object_get(root, key));
    WORD_LISTS(X)
#undef X
    return n;
}

static void load_words(struct polarity_words *polarity, const struct folding *folding, const struct document *document,
                       struct err *err)
{
    polarity->cap = count_words(document->root);
    polarity->words = arena_calloc(&polarity->arena, polarity->cap + 1, sizeof(*polarity->words));
    polarity->uses = arena_calloc(&polarity->arena, polarity->cap + 1, sizeof(*polarity->uses));
    if (polarity->words == NULL || polarity->uses == NULL) {
        err_add(err, "out of memory while reading %s", document->file);
        return;
    }
#define X(id, key) load_list(polarity, folding, document, key, WORD_##id, err);
    WORD_LISTS(X)
#undef X
    load_around(polarity, folding, document, err);
    load_quotes(polarity, document, err);
    load_greetings(polarity, folding, document, err);
}

struct polarity_words *polarity_load(const char *file, const struct folding *folding, struct err *err)
{
    struct polarity_words *polarity = calloc(1, sizeof(*polarity));
    unsigned problems = err->count;
    struct document document;

    if (polarity == NULL) {
        err_add(err, "out of memory while reading %s", file);
        return NULL;
    }
    arena_init(&polarity->arena, 16384);
    if (document_load(&document, file, err) != 0) {
        polarity_free(&polarity);
        return NULL;
    }
    SHA256((const unsigned char *)document.text, document.n, polarity->digest);
    load_words(polarity, folding, &document, err);
    if (err->count == problems && polarity->nwords > 0)
        (void)database_build_words(polarity->words, polarity->nwords, &polarity->database, err);
    document_fini(&document);
    if (err->count != problems)
        polarity_free(&polarity);
    return polarity;
}

void polarity_free(struct polarity_words **polarity)
{
    if (*polarity == NULL)
        return;
    hs_free_database((*polarity)->database);
    arena_fini(&(*polarity)->arena);
    free(*polarity);
    *polarity = NULL;
}

void polarity_digest(const struct polarity_words *polarity, unsigned char out[32])
{
    memcpy(out, polarity->digest, 32);
}

const hs_database_t *polarity_database(const struct polarity_words *polarity)
{
    return polarity->database;
}
