/* polarity_words.c - reads patterns/polarity.json: each list by its key, a word with [a|b] in it as many words, every
 * word folded as texts are. */
#include "match/polarity_words.h"

#include "config/document.h"
#include "match/database.h"

#include <openssl/sha.h>
#include <stdlib.h>

#define MAX_PAIRS 250
#define MAX_WORDS 20000
#define WORD_BYTES_MAX 96

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

/* What is read, and where problems are told. */
struct source {
    struct polarity_words *polarity;
    const struct folding *folding;
    const struct document *document;
    struct err *err;
};

static bool reserve(struct polarity_words *polarity)
{
    size_t cap = polarity->cap > 0 ? 2 * polarity->cap : 1024;
    struct str *words = realloc(polarity->words, cap * sizeof(*words));
    struct word_use *uses;

    if (words == NULL)
        return false;
    polarity->words = words;
    if ((uses = realloc(polarity->uses, cap * sizeof(*uses))) == NULL)
        return false;
    polarity->uses = uses;
    polarity->cap = cap;
    return true;
}

static void add_word(const struct source *source, const char *path, const char *text, struct word_use use)
{
    struct polarity_words *polarity = source->polarity;
    struct str word;

    if (!fold_word(polarity, source->folding, text, &word))
        document_error(source->document, source->err, path, false, "nothing is left of the word after folding");
    else if (polarity->nwords == polarity->cap && !reserve(polarity))
        err_add(source->err, "out of memory while reading %s", source->document->file);
    else {
        polarity->words[polarity->nwords] = word;
        polarity->uses[polarity->nwords++] = use;
    }
}

/* A word with [a|b] in it is as many words. `done` characters of `word` are written, `rest` is to come. False when
 * brackets do not fit, it is too long, or there are too many. */
static bool add_ways(const struct source *source, const char *path, char word[WORD_BYTES_MAX], size_t done,
                     const char *rest, struct word_use use)
{
    size_t plain = strcspn(rest, "[]");
    const char *close;

    if (done + plain >= WORD_BYTES_MAX || source->polarity->nwords >= MAX_WORDS)
        return false;
    memcpy(word + done, rest, plain);
    done += plain;
    word[done] = '\0';
    if (rest[plain] == '\0') {
        add_word(source, path, word, use);
        return true;
    }
    rest += plain + 1;
    if (rest[-1] == ']' || (close = strpbrk(rest, "[]")) == NULL || *close == '[')
        return false;
    for (size_t n; rest <= close; rest += n + 1) {
        n = strcspn(rest, "|]");
        if (done + n >= WORD_BYTES_MAX)
            return false;
        memcpy(word + done, rest, n);
        if (!add_ways(source, path, word, done + n, close + 1, use))
            return false;
    }
    return true;
}

static void add_words(const struct source *source, const char *path, const json_t *value, struct word_use use)
{
    char word[WORD_BYTES_MAX];

    if (!json_is_string(value))
        document_error(source->document, source->err, path, false, "must be a word");
    else if (!add_ways(source, path, word, 0, json_string_value(value), use))
        document_error(source->document, source->err, path, false,
                       "must be a word of less than %d bytes, with alternatives as in [a|b]; at most %d words in all",
                       WORD_BYTES_MAX, MAX_WORDS);
}

static const json_t *array_of(const struct document *document, const char *key, struct err *err)
{
    const json_t *value = json_object_get(document->root, key);

    if (json_is_array(value))
        return value;
    document_error(document, err, value != NULL ? key : "", false, "\"%s\" must be an array", key);
    return NULL;
}

static void load_list(const struct source *source, const char *key, enum word_kind kind)
{
    const json_t *list = array_of(source->document, key, source->err), *value;
    size_t i;

    json_array_foreach(list, i, value) {
        char path[64];
        snprintf(path, sizeof(path), "%s[%zu]", key, i);
        add_words(source, path, value, (struct word_use){(uint8_t)kind, 0});
    }
}

/* One side of a pair: a word, or a list of them. */
static void load_side(const struct source *source, const char *path, const json_t *side, struct word_use use)
{
    const json_t *value;
    size_t i;

    if (!json_is_array(side)) {
        add_words(source, path, side, use);
        return;
    }
    json_array_foreach(side, i, value)
        add_words(source, path, value, use);
}

static void load_around(const struct source *source)
{
    const json_t *list = array_of(source->document, "around", source->err), *pair;
    size_t i;

    if (json_array_size(list) > MAX_PAIRS)
        document_error(source->document, source->err, "around", false, "at most %d pairs", MAX_PAIRS);
    json_array_foreach(list, i, pair) {
        char path[64];

        snprintf(path, sizeof(path), "around[%zu]", i);
        if (i >= MAX_PAIRS || !json_is_array(pair) || json_array_size(pair) != 2) {
            document_error(source->document, source->err, path, false,
                           "must be [opening, closing], each a word or a list of words");
            continue;
        }
        load_side(source, path, json_array_get(pair, 0), (struct word_use){WORD_OPENING, (uint8_t)i});
        load_side(source, path, json_array_get(pair, 1), (struct word_use){WORD_CLOSING, (uint8_t)i});
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

static void load_greetings(struct polarity_words *polarity, const struct folding *folding,
                           const struct document *document, struct err *err)
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

static void load_words(const struct source *source)
{
#define X(id, key) load_list(source, key, WORD_##id);
    WORD_LISTS(X)
#undef X
    load_around(source);
    load_quotes(source->polarity, source->document, source->err);
    load_greetings(source->polarity, source->folding, source->document, source->err);
}

struct polarity_words *polarity_load(const char *file, const struct folding *folding, struct cache *cache,
                                     struct err *err)
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
    load_words(&(struct source){polarity, folding, &document, err});
    if (err->count == problems && polarity->nwords > 0)
        (void)database_build_words(polarity->words, polarity->nwords, cache, &polarity->database, err);
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
    free((*polarity)->words);
    free((*polarity)->uses);
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
