/* model.h - a learned score: which n-grams, phrases and facts speak for fraud, and how much each.
 *
 * The file (`telsieve learn` writes it; none ships):
 *   {"telsieve_model":1, "version":"2026.11.22", "state":"shadow", "bias":-3.1, "raise":0.98, "lower":0.02,
 *    "trained":{whatever tells where it comes from},
 *    "terms":[{"gram":"加微信","weight":1.2}, {"fragment":"refund/topic/快递~丢失","weight":0.7},
 *             {"fact":"caller.personal","weight":0.3}, {"fact":"caller.kind=mvno","weight":0.4}]}
 * gram: 1 to 8 characters of canonical text, spaces count, at most 4 digits among them. fragment: LIBRARY/SET/PHRASE,
 * the phrase as its library writes it. fact: the name of one that is true or false, or NAME=WORD of one that is a known
 * word or a set of flags; numbers are none. Weights and bias: within ±1000. raise, lower: shares of 1, lower < raise.
 *
 * The score is 100 / (1 + exp(-(bias + the weights of the terms that are there))), each term once. A phrase is there
 * when it is found, whatever is said of it; a fact that is unknown is not there. One description of a record (struct
 * model_features) serves scorer and trainer, so that what was trained is what is asked.
 *
 * Threads: immutable once bound to a rule set; any number of judges use one at a time. */
#ifndef TELSIEVE_MATCH_MODEL_H
#define TELSIEVE_MATCH_MODEL_H

#include "core/err.h"
#include "core/str.h"

#include <stdint.h>

#define MODEL_GRAMS_MAX 20000
#define MODEL_TERMS_MAX 200000 /* of all kinds */
#define MODEL_GRAM_CHARS 8
#define MODEL_GRAM_DIGITS 4 /* more are a piece of somebody's number */
#define MODEL_WEIGHT_MAX 1000
#define MODEL_FACTS_MAX 256     /* model_fact_count() is less */
#define MODEL_NAME_BYTES 4352   /* of a term's name, with its NUL */

struct model;
struct ruleset;

enum model_kind { MODEL_GRAM, MODEL_FRAGMENT, MODEL_FACT, MODEL_KINDS };
const char *model_kind_name(enum model_kind kind); /* "gram", "fragment", "fact" */

struct model_term {
    enum model_kind kind;
    struct str name;
    double weight;
};

/* Read a model. All problems to err with file:line:col, NULL on any. `name` is for messages. */
struct model *model_load(const char *file, struct err *err);
struct model *model_parse(const char *name, struct str text, struct err *err);
void model_free(struct model **model);

/* Find its fragments among the phrases of this rule set, from which features will come. Those that are not there (a
 * phrase may be withdrawn at any time) count for nothing; model_missing tells how many. Once, before it is used.
 * Returns 0 or -TS_ENOMEM. */
int model_bind(struct model *model, const struct ruleset *ruleset);
size_t model_missing(const struct model *model, struct str *first); /* `first`: one of them */

const char *model_file(const struct model *model);    /* or the name it was parsed under */
const char *model_version(const struct model *model);
bool model_is_live(const struct model *model);         /* else "shadow" */
double model_bias(const struct model *model);
void model_digest(const struct model *model, unsigned char out[32]); /* SHA-256 of its text */
size_t model_count(const struct model *model);         /* of terms */
const struct model_term *model_term(const struct model *model, size_t i); /* in the order of the file */

/* ---- what of a record a model can weigh -------------------------------------------------------------------- */

/* Of the record that a judge has judged (judge_features, judge.h); lent until its next one. */
struct model_features {
    struct str text;           /* canonical: any run of its characters is a gram that is there */
    const uint32_t *fragments; /* numbers of the phrases found, in whatever field; ascending, each once */
    size_t nfragments;
    const uint16_t *facts;     /* numbers of the facts that hold; ascending */
    size_t nfacts;
};

/* May a model have this gram? Well-formed UTF-8 expected. */
bool model_gram_is_fit(struct str gram);

/* What a term of this phrase, of this fact is called; written to `out`, which the result points to. */
struct str model_fragment_name(const struct ruleset *ruleset, uint32_t fragment, char out[MODEL_NAME_BYTES]);

/* Is it looked for in text or signature? Else in a number. */
bool model_fragment_of_text(const struct ruleset *ruleset, uint32_t fragment);

struct str model_fact_name(size_t fact, char out[MODEL_NAME_BYTES]);
size_t model_fact_count(void);

/* ---- weighing ---------------------------------------------------------------------------------------------- */

/* Set the bits of the terms that are there, and clear all others. `marks` has MODEL_MARK_WORDS of the model's count. */
#define MODEL_MARK_WORDS(count) (((count) + 63) / 64)
void model_mark(const struct model *model, const struct model_features *features, uint64_t *marks);

/* 0 to 100. */
double model_score(const struct model *model, const uint64_t *marks);

/* 1: the score reaches `raise`; -1: it does not exceed `lower`; else 0. */
int model_leaning(const struct model *model, double score);

/* The terms that are there with the largest weights, whatever their signs; largest first. Returns how many. */
size_t model_largest(const struct model *model, const uint64_t *marks, const struct model_term **out, size_t max);

#endif
