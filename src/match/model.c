/* model.c - reading a model: head, then terms, each into one table by kind and name. */
#include "match/compiled.h"
#include "match/model_parts.h"

#include "core/utf8.h"

#include <math.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

static const char *const kinds[MODEL_KINDS + 1] = {"gram", "fragment", "fact", NULL};

struct loading {
    struct model *model;
    const struct document *document;
    struct err *err;
};

const char *model_kind_name(enum model_kind kind)
{
    return kinds[kind];
}

/* ---- the table --------------------------------------------------------------------------------------------- */

static uint32_t hash_of(enum model_kind kind, struct str name)
{
    return (uint32_t)XXH3_64bits_withSeed(name.p, name.n, (uint64_t)kind);
}

/* Where the term stands, or the free place where it would. */
static struct model_slot *find_slot(const struct model *model, enum model_kind kind, struct str name, uint32_t hash)
{
    uint32_t at = hash & model->mask;

    for (;; at = (at + 1) & model->mask) {
        struct model_slot *slot = &model->slots[at];
        const struct model_term *term = &model->terms[slot->term == MODEL_NO_TERM ? 0 : slot->term];

        if (slot->term == MODEL_NO_TERM || (slot->hash == hash && term->kind == kind && str_eq(term->name, name)))
            return slot;
    }
}

uint32_t model_find(const struct model *model, enum model_kind kind, struct str name)
{
    return find_slot(model, kind, name, hash_of(kind, name))->term;
}

static int make_room(struct model *model, size_t nterms)
{
    size_t n = 16;

    while (n < 2 * nterms)
        n *= 2;
    model->terms = arena_calloc(&model->arena, nterms + 1, sizeof(*model->terms));
    model->slots = arena_alloc(&model->arena, n * sizeof(*model->slots));
    if (model->terms == NULL || model->slots == NULL)
        return -TS_ENOMEM;
    memset(model->slots, 0xff, n * sizeof(*model->slots));
    model->mask = (uint32_t)(n - 1);
    return 0;
}

/* ---- terms ------------------------------------------------------------------------------------------------- */

bool model_gram_is_fit(struct str gram)
{
    size_t chars = utf8_count(gram), digits = 0;

    for (size_t i = 0; i < gram.n; i++) {
        if ((unsigned char)gram.p[i] < ' ')
            return false;
        digits += ascii_is_digit(gram.p[i]);
    }
    return chars >= 1 && chars <= MODEL_GRAM_CHARS && digits <= MODEL_GRAM_DIGITS;
}

static bool is_number(const json_t *value, double low, double high)
{
    double number = json_number_value(value);

    return json_is_number(value) && isfinite(number) && number >= low && number <= high;
}

static bool check_gram(const struct loading *loading, const char *path, struct str gram)
{
    if (model_gram_is_fit(gram)) {
        loading->model->gram_chars |= 1u << utf8_count(gram);
        loading->model->ngrams++;
        return true;
    }
    document_error(loading->document, loading->err, path, false,
                   "a gram has 1 to %d characters, no control characters and at most %d digits", MODEL_GRAM_CHARS,
                   MODEL_GRAM_DIGITS);
    return false;
}

static bool check_fragment(const struct loading *loading, const char *path, struct str fragment)
{
    const char *slash = memchr(fragment.p, '/', fragment.n);

    if (slash != NULL && slash > fragment.p && memchr(slash + 1, '/', (size_t)(str_end(fragment) - slash - 1)) != NULL)
        return true;
    document_error(loading->document, loading->err, path, false,
                   "a fragment is LIBRARY/SET/PHRASE, as in refund/topic/快递~丢失");
    return false;
}

static bool check_fact(const struct loading *loading, const char *path, struct str name)
{
    char known[MODEL_NAME_BYTES], hint[ERR_HINT_BYTES];

    for (size_t i = 0; i < model_fact_count(); i++)
        if (str_eq(model_fact_name(i, known), name)) {
            loading->model->fact_terms[i] = loading->model->nterms;
            return true;
        }
    document_error(loading->document, loading->err, path, false,
                   "no fact \"%.*s\" can be a term%s; what is true or false is, by its name, words and flags as in "
                   "caller.kind=mvno, numbers are not",
                   STR_FMT(name), err_hint(name.p, fact_names(), hint));
    return false;
}

static bool check_name(const struct loading *loading, const char *path, enum model_kind kind, struct str name)
{
    switch (kind) {
    case MODEL_GRAM: return check_gram(loading, path, name);
    case MODEL_FRAGMENT: return check_fragment(loading, path, name);
    default: return check_fact(loading, path, name);
    }
}

/* Which of the three names it has; -1, and a problem, when it has not exactly one. */
static int kind_of(const struct loading *loading, const json_t *value, const char *path)
{
    int kind = -1, n = 0;

    for (int i = 0; i < MODEL_KINDS; i++)
        if (json_is_string(json_object_get(value, kinds[i]))) {
            kind = i;
            n++;
        }
    if (n == 1)
        return kind;
    document_error(loading->document, loading->err, path, false,
                   "a term is {\"gram\": …, \"weight\": …}, or with \"fragment\" or \"fact\" in the place of \"gram\"");
    return -1;
}

static void add_term(const struct loading *loading, enum model_kind kind, struct str name, double weight,
                     const char *path)
{
    struct model *model = loading->model;
    uint32_t hash = hash_of(kind, name);
    struct model_slot *slot = find_slot(model, kind, name, hash);
    struct str copy;

    if (slot->term != MODEL_NO_TERM) {
        document_error(loading->document, loading->err, path, false, "this %s is a term already: terms[%u]",
                       kinds[kind], (unsigned)slot->term);
        return;
    }
    copy = arena_strdup(&model->arena, name);
    if (copy.p == NULL) {
        document_error(loading->document, loading->err, path, false, "%s", ts_strerror(TS_ENOMEM));
        return;
    }
    *slot = (struct model_slot){hash, model->nterms};
    model->terms[model->nterms++] = (struct model_term){kind, copy, weight};
}

static void read_term(const struct loading *loading, const json_t *value, size_t i)
{
    static const char *const keys[] = {"gram", "fragment", "fact", "weight", NULL};
    const json_t *weight = json_object_get(value, "weight");
    char path[64], at[80];
    struct str name;
    int kind;

    snprintf(path, sizeof(path), "terms[%zu]", i);
    if ((kind = kind_of(loading, value, path)) < 0)
        return;
    document_check_keys(loading->document, loading->err, value, path, keys);
    snprintf(at, sizeof(at), "%s.weight", path);
    if (!is_number(weight, -MODEL_WEIGHT_MAX, MODEL_WEIGHT_MAX))
        document_error(loading->document, loading->err, weight != NULL ? at : path, false,
                       "\"weight\": a number within ±%d expected", MODEL_WEIGHT_MAX);
    name = str_of(json_string_value(json_object_get(value, kinds[kind])));
    snprintf(at, sizeof(at), "%s.%s", path, kinds[kind]);
    if (check_name(loading, at, (enum model_kind)kind, name))
        add_term(loading, (enum model_kind)kind, name, json_number_value(weight), at);
}

static void read_terms(const struct loading *loading)
{
    const json_t *terms = json_object_get(loading->document->root, "terms"), *term;
    size_t i;

    if (!json_is_array(terms) || json_array_size(terms) > MODEL_TERMS_MAX) {
        document_error(loading->document, loading->err, "terms", false, "an array of at most %d terms expected",
                       MODEL_TERMS_MAX);
        return;
    }
    if (make_room(loading->model, json_array_size(terms)) != 0) {
        err_add(loading->err, "%s: %s", loading->document->file, ts_strerror(TS_ENOMEM));
        return;
    }
    json_array_foreach(terms, i, term)
        read_term(loading, term, i);
    if (loading->model->ngrams > MODEL_GRAMS_MAX)
        document_error(loading->document, loading->err, "terms", false, "%u grams: at most %d, keep the heaviest",
                       loading->model->ngrams, MODEL_GRAMS_MAX);
}

/* ---- head -------------------------------------------------------------------------------------------------- */

static double read_number(const struct loading *loading, const char *key, double low, double high)
{
    const json_t *value = json_object_get(loading->document->root, key);

    if (!is_number(value, low, high))
        document_error(loading->document, loading->err, key, false, "\"%s\": a number from %g to %g expected", key, low,
                       high);
    return json_number_value(value);
}

static void read_state(const struct loading *loading)
{
    static const char *const states[] = {"shadow", "live", NULL};
    struct str state = str_of(json_string_value(json_object_get(loading->document->root, "state")));

    if (state.p == NULL || !str_is_among(state, states))
        document_error(loading->document, loading->err, "state", false, "\"state\": \"shadow\" or \"live\" expected");
    loading->model->live = state.p != NULL && str_eqz(state, "live");
}

/* It stands in logs. */
static bool is_version(struct str version)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    return version.n >= 1 && version.n <= 64 && strspn(version.p, allowed) == version.n;
}

static void read_head(const struct loading *loading)
{
    static const char *const keys[] = {"telsieve_model", "version", "state", "bias", "raise", "lower", "trained",
                                       "terms", NULL};
    struct model *model = loading->model;
    const json_t *root = loading->document->root, *trained = json_object_get(root, "trained");
    struct str version = str_of(json_string_value(json_object_get(root, "version")));

    document_check_keys(loading->document, loading->err, root, "", keys);
    if (json_integer_value(json_object_get(root, "telsieve_model")) != 1)
        document_error(loading->document, loading->err, "telsieve_model", false,
                       "\"telsieve_model\": 1 expected, the version of this form");
    if (!is_version(version))
        document_error(loading->document, loading->err, "version", false,
                       "\"version\": 1 to 64 letters, digits, '.', '_' and '-' expected, such as \"2026.11.22\"");
    if (trained != NULL && !json_is_object(trained))
        document_error(loading->document, loading->err, "trained", false, "\"trained\": an object expected");
    model->version = arena_strdup(&model->arena, version).p;
    model->file = arena_strdup(&model->arena, str_of(loading->document->file)).p;
    read_state(loading);
    model->bias = read_number(loading, "bias", -MODEL_WEIGHT_MAX, MODEL_WEIGHT_MAX);
    model->raise = read_number(loading, "raise", 0, 1);
    model->lower = read_number(loading, "lower", 0, 1);
    if (model->lower >= model->raise)
        document_error(loading->document, loading->err, "lower", false, "\"lower\" must be less than \"raise\"");
    if (model->version == NULL || model->file == NULL)
        err_add(loading->err, "%s: %s", loading->document->file, ts_strerror(TS_ENOMEM));
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static struct model *read_document(struct document *document, struct err *err)
{
    struct model *model = calloc(1, sizeof(*model));
    unsigned problems = err->count + err->suppressed;

    if (model == NULL) {
        err_add(err, "%s: %s", document->file, ts_strerror(TS_ENOMEM));
        return NULL;
    }
    arena_init(&model->arena, 1u << 16);
    SHA256((const unsigned char *)document->text, document->n, model->digest);
    for (size_t i = 0; i < MODEL_FACTS_MAX; i++)
        model->fact_terms[i] = MODEL_NO_TERM;
    read_head(&(struct loading){model, document, err});
    read_terms(&(struct loading){model, document, err});
    if (err->count + err->suppressed != problems)
        model_free(&model);
    return model;
}

struct model *model_load(const char *file, struct err *err)
{
    struct document document;
    struct model *model;

    if (document_load(&document, file, err) != 0)
        return NULL;
    model = read_document(&document, err);
    document_fini(&document);
    return model;
}

struct model *model_parse(const char *name, struct str text, struct err *err)
{
    struct document document;
    struct model *model;

    if (document_parse(&document, name, text, err) != 0)
        return NULL;
    model = read_document(&document, err);
    document_fini(&document);
    return model;
}

void model_free(struct model **model)
{
    if (*model == NULL)
        return;
    arena_fini(&(*model)->arena);
    free((*model)->fragment_terms);
    free(*model);
    *model = NULL;
}
