/* model_weigh.c - the terms of a model that a record has: grams by a look at every run of its text that is as long as
 * some gram, phrases and facts by their numbers; and what they weigh together, added in the order of the file, so that
 * the same terms give the same score to the last bit. */
#include "match/compiled.h"
#include "match/model_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- names ------------------------------------------------------------------------------------------------- */

/* How many terms a fact can be: a truth one, a word or flags as many as there are words; numbers, and words that may be
 * any, none. */
static size_t values_of(enum fact fact)
{
    const char *const *words = fact_words(fact);
    size_t n = 0;

    if (fact_defs[fact].type == FACT_TYPE_BOOL)
        return 1;
    while (words != NULL && words[n] != NULL)
        n++;
    return n;
}

size_t model_fact_count(void)
{
    size_t n = 0;

    for (int fact = 0; fact < FACT_COUNT; fact++)
        n += values_of((enum fact)fact);
    return n;
}

struct str model_fact_name(size_t number, char out[MODEL_NAME_BYTES])
{
    int fact = 0;

    for (; number >= values_of((enum fact)fact); fact++)
        number -= values_of((enum fact)fact);
    if (fact_defs[fact].type == FACT_TYPE_BOOL)
        snprintf(out, MODEL_NAME_BYTES, "%s", fact_defs[fact].name);
    else
        snprintf(out, MODEL_NAME_BYTES, "%s=%s", fact_defs[fact].name, fact_words((enum fact)fact)[number]);
    return str_of(out);
}

struct str model_fragment_name(const struct ruleset *ruleset, uint32_t fragment, char out[MODEL_NAME_BYTES])
{
    const struct phrase *phrase = &ruleset->phrases[fragment];
    const struct set_entry *set = &ruleset->sets[phrase->set];

    snprintf(out, MODEL_NAME_BYTES, "%s/%s/%.*s", set->library->name, set->set->name,
             STR_FMT(phrase->fragment->source));
    return str_of(out);
}

bool model_fragment_of_text(const struct ruleset *ruleset, uint32_t fragment)
{
    enum canon_field field = ruleset->sets[ruleset->phrases[fragment].set].set->field;

    return field == CANON_TEXT || field == CANON_SIGNATURE;
}

/* ---- binding ----------------------------------------------------------------------------------------------- */

/* What is no phrase of the rule set. A phrase that stands twice in a set is one term. */
static int count_missing(struct model *model)
{
    bool *found = calloc(model->nterms + (size_t)1, sizeof(*found));

    if (found == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < model->nfragments; i++)
        if (model->fragment_terms[i] != MODEL_NO_TERM)
            found[model->fragment_terms[i]] = true;
    for (uint32_t i = model->nterms; i-- > 0;)
        if (model->terms[i].kind == MODEL_FRAGMENT && !found[i]) {
            model->nmissing++;
            model->first_missing = model->terms[i].name;
        }
    free(found);
    return 0;
}

int model_bind(struct model *model, const struct ruleset *ruleset)
{
    char name[MODEL_NAME_BYTES];

    model->fragment_terms = calloc(ruleset->nfragments + 1, sizeof(*model->fragment_terms));
    if (model->fragment_terms == NULL)
        return -TS_ENOMEM;
    model->nfragments = ruleset->nfragments;
    for (uint32_t i = 0; i < ruleset->nfragments; i++)
        model->fragment_terms[i] = model_find(model, MODEL_FRAGMENT, model_fragment_name(ruleset, i, name));
    return count_missing(model);
}

/* ---- what is there ----------------------------------------------------------------------------------------- */

static size_t word_index(enum fact fact, struct str word)
{
    const char *const *words = fact_words(fact);
    size_t i = 0;

    while (words[i] != NULL && !str_eqz(word, words[i]))
        i++;
    return i;
}

size_t model_facts(struct subject *subject, uint16_t out[MODEL_FACTS_MAX])
{
    size_t n = 0, first = 0, count;

    for (int fact = 0; fact < FACT_COUNT; fact++, first += count) {
        struct fact_value value;

        count = values_of((enum fact)fact);
        if (count == 0 || !fact_get(subject, (enum fact)fact, &value))
            continue;
        for (size_t i = 0; i < count; i++) {
            bool holds = fact_defs[fact].type == FACT_TYPE_BOOL    ? value.b
                         : fact_defs[fact].type == FACT_TYPE_FLAGS ? (value.flags >> i & 1) != 0
                                                                   : word_index((enum fact)fact, value.word) == i;
            if (holds)
                out[n++] = (uint16_t)(first + i);
        }
    }
    return n;
}

static void mark(uint64_t *marks, uint32_t term)
{
    if (term != MODEL_NO_TERM)
        marks[term / 64] |= UINT64_C(1) << term % 64;
}

/* Every run of the text that is as long as some gram is looked up, once it ends. */
static void mark_grams(const struct model *model, struct str text, uint64_t *marks)
{
    const char *begin[MODEL_GRAM_CHARS + 1]; /* of the last characters, in a ring */
    const unsigned room = MODEL_GRAM_CHARS + 1;
    const char *p = text.p, *end = str_end(text);

    for (unsigned at = 0; p < end; at++) {
        begin[at % room] = p;
        for (p++; p < end && (*p & 0xc0) == 0x80; p++)
            ;
        for (unsigned n = 1; n <= MODEL_GRAM_CHARS && n <= at + 1; n++)
            if ((model->gram_chars >> n & 1) != 0)
                mark(marks, model_find(model, MODEL_GRAM, str_range(begin[(at + 1 - n) % room], p)));
    }
}

void model_mark(const struct model *model, const struct model_features *features, uint64_t *marks)
{
    memset(marks, 0, MODEL_MARK_WORDS(model->nterms) * sizeof(*marks));
    if (model->gram_chars != 0)
        mark_grams(model, features->text, marks);
    for (size_t i = 0; i < features->nfragments; i++)
        mark(marks, model->fragment_terms[features->fragments[i]]);
    for (size_t i = 0; i < features->nfacts; i++)
        mark(marks, model->fact_terms[features->facts[i]]);
}

/* ---- what it weighs ---------------------------------------------------------------------------------------- */

double model_score(const struct model *model, const uint64_t *marks)
{
    double sum = model->bias;

    for (size_t i = 0; i < MODEL_MARK_WORDS(model->nterms); i++)
        for (uint64_t left = marks[i]; left != 0; left &= left - 1)
            sum += model->terms[64 * i + (size_t)__builtin_ctzll(left)].weight;
    return 100 / (1 + exp(-sum));
}

int model_leaning(const struct model *model, double score)
{
    return score >= 100 * model->raise ? 1 : score <= 100 * model->lower ? -1 : 0;
}

static size_t keep_larger(const struct model_term **out, size_t n, size_t max, const struct model_term *term)
{
    size_t i = n < max ? n : max - 1;

    if (n == max && fabs(out[i]->weight) >= fabs(term->weight))
        return n;
    for (; i > 0 && fabs(out[i - 1]->weight) < fabs(term->weight); i--)
        out[i] = out[i - 1];
    out[i] = term;
    return n < max ? n + 1 : n;
}

size_t model_largest(const struct model *model, const uint64_t *marks, const struct model_term **out, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < MODEL_MARK_WORDS(model->nterms); i++)
        for (uint64_t left = marks[i]; left != 0; left &= left - 1)
            n = keep_larger(out, n, max, &model->terms[64 * i + (size_t)__builtin_ctzll(left)]);
    return n;
}

/* ---- of itself --------------------------------------------------------------------------------------------- */

size_t model_missing(const struct model *model, struct str *first)
{
    *first = model->first_missing;
    return model->nmissing;
}

const char *model_file(const struct model *model)
{
    return model->file;
}

const char *model_version(const struct model *model)
{
    return model->version;
}

bool model_is_live(const struct model *model)
{
    return model->live;
}

double model_bias(const struct model *model)
{
    return model->bias;
}

void model_digest(const struct model *model, unsigned char out[32])
{
    memcpy(out, model->digest, sizeof(model->digest));
}

size_t model_count(const struct model *model)
{
    return model->nterms;
}

const struct model_term *model_term(const struct model *model, size_t i)
{
    return &model->terms[i];
}
