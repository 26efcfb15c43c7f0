/* ruleset.h - all libraries of one moment, compiled: immutable, numbered, named by a content hash (DESIGN 10).
 *
 * Threads: immutable after ruleset_load; any number of judges use one at a time. */
#ifndef TELSIEVE_MATCH_RULESET_H
#define TELSIEVE_MATCH_RULESET_H

#include "config/config.h"
#include "core/err.h"
#include "match/verdict.h"

struct model;
struct ruleset;

/* A library from memory, in the place of the file whose library has its name. */
struct fed_library {
    const char *name;
    struct str text;
    const char *place; /* for messages, in the place of a file's path: "control.rules/refund" */
};

struct ruleset_options {
    double weight[ROLE_COUNT];
    double bonus_disguise, bonus_international, bonus_international_url, bonus_personal_url;
    double score_tier[4]; /* by enum tier; [TIER_NONE] unused */
    bool skip_self_test;  /* only for benches, tests and where each text is cross-checked (explain) */
    const char *model;    /* file of the learned model (model.h), or NULL (borrowed while loading) */
    const char *draft;    /* a library file to load too, in the place of one with its name; or NULL (borrowed) */
    const struct fed_library *fed; /* each name once (borrowed while loading, as the next) */
    size_t nfed;
    const char *const *changed; /* names of libraries, ended by NULL: only phrases of these, and samples of rules that
                                   rest on them, are proved while loading; NULL: all. The rest is ruleset_prove's */
    bool cached_only;     /* make nothing: what `cache` does not have is a problem */
    char **cache_problem; /* where what is wrong with the cache is left, also when nothing comes of loading (to be
                             freed; NULL: nothing); or NULL */
    const char *cache;    /* folder of what is kept for the next start (cache.h), or NULL (borrowed while loading) */
    const char *const *only; /* names of the libraries to load besides `shared`, ended by NULL; NULL: all (borrowed
                                while loading; for benches) */
};
void ruleset_options_default(struct ruleset_options *options);
void ruleset_options_from_config(struct ruleset_options *options, const struct config *config);

/* Load every *.json of `dir` (libraries; folding.json, polarity.json, variants.json with ordinary.txt
 * and numbers/ by their names), compile, run the
 * samples and the engine self-test. All problems to err. NULL on any. */
struct ruleset *ruleset_load(const char *dir, const struct ruleset_options *options, struct err *err);
void ruleset_free(struct ruleset **ruleset);

const char *ruleset_hash(const struct ruleset *ruleset); /* "sha256:…64 hex" */
uint64_t ruleset_generation(const struct ruleset *ruleset);
void ruleset_set_generation(struct ruleset *ruleset, uint64_t generation); /* before it is published */

size_t ruleset_library_count(const struct ruleset *ruleset);
const struct library *ruleset_library(const struct ruleset *ruleset, size_t i);
const struct library *ruleset_find_library(const struct ruleset *ruleset, const char *name); /* NULL: it has none */
size_t ruleset_rule_count(const struct ruleset *ruleset);
const struct rule *ruleset_rule(const struct ruleset *ruleset, size_t i, const struct library **library);
size_t ruleset_set_count(const struct ruleset *ruleset);
const struct set *ruleset_set(const struct ruleset *ruleset, size_t i, const struct library **library);
/* The lists that conditions ask, and what one rule asks of them. */
size_t ruleset_list_count(const struct ruleset *ruleset);
const char *ruleset_list(const struct ruleset *ruleset, size_t i);
const struct list_question *ruleset_rule_lists(const struct ruleset *ruleset, size_t rule, size_t *n);
bool ruleset_rule_asks_model(const struct ruleset *ruleset, size_t rule); /* for its score */
size_t ruleset_literal_count(const struct ruleset *ruleset); /* patterns given to Hyperscan */
size_t ruleset_variant_count(const struct ruleset *ruleset); /* other ways of writing words of phrases (variants.h) */
size_t ruleset_database_bytes(const struct ruleset *ruleset);

/* Where Hyperscan's databases came from. */
enum ruleset_cache { RULESET_CACHE_OFF, RULESET_CACHE_MISS, RULESET_CACHE_HIT };
enum ruleset_cache ruleset_cache(const struct ruleset *ruleset);
const char *ruleset_cache_problem(const struct ruleset *ruleset); /* for a person; NULL: none */

/* The learned model; NULL: there is none. */
const struct model *ruleset_model(const struct ruleset *ruleset);

/* What its rules do is counted here (evidence.h); NULL: nowhere. */
struct evidence_set *ruleset_evidence(const struct ruleset *ruleset);

/* Has all of it been proved while it was loaded? Else it was taken on the word of a proof kept in the cache (proof.h),
 * or only what changed was proved, or options->skip_self_test. */
bool ruleset_is_proved(const struct ruleset *ruleset);
/* Run samples and self-test again; any thread. All failures to err. Returns 0 or -TS_E…. */
int ruleset_prove(const struct ruleset *ruleset, struct err *err);

double ruleset_compile_ms(const struct ruleset *ruleset); /* CPU time, as the next: indexes and the engine's database */
double ruleset_self_test_ms(const struct ruleset *ruleset); /* of phrases and samples; 0: skipped */

#endif
