/* ruleset.c - load the tables, then every library, then number, bind, compile and prove them; any problem anywhere
 * ends with NULL and all that was found in err. */
#include "core/clock.h"
#include "match/compiled.h"
#include "match/database.h"
#include "match/digits.h"
#include "match/evidence.h"
#include "match/proof.h"
#include "match/reference.h"
#include "match/ruleset_hash.h"
#include "match/ruleset_index.h"
#include "match/ruleset_read.h"
#include "match/selftest.h"
#include "match/undisguise.h"

#include <stdlib.h>

void ruleset_options_default(struct ruleset_options *options)
{
    /* DOMAIN.md 2.3 */
    *options = (struct ruleset_options){
        .weight = {[ROLE_TOPIC] = 2, [ROLE_BAIT] = 2, [ROLE_THREAT] = 1, [ROLE_IDENTITY] = 1, [ROLE_ACTION] = 2,
                   [ROLE_CONTACT] = 2},
        .bonus_disguise = 1,
        .bonus_international = 1,
        .bonus_international_url = 2,
        .bonus_personal_url = 1,
        .score_tier = {[TIER_LOW] = 4, [TIER_MEDIUM] = 6, [TIER_HIGH] = 8},
    };
}

void ruleset_options_from_config(struct ruleset_options *options, const struct config *config)
{
    *options = (struct ruleset_options){
        .weight = {[ROLE_TOPIC] = config->rules.weight_topic, [ROLE_BAIT] = config->rules.weight_bait,
                   [ROLE_THREAT] = config->rules.weight_threat, [ROLE_IDENTITY] = config->rules.weight_identity,
                   [ROLE_ACTION] = config->rules.weight_action, [ROLE_CONTACT] = config->rules.weight_contact},
        .bonus_disguise = config->rules.bonus_disguise,
        .bonus_international = config->rules.bonus_international,
        .bonus_international_url = config->rules.bonus_international_url,
        .bonus_personal_url = config->rules.bonus_personal_url,
        .score_tier = {[TIER_LOW] = config->rules.score_low, [TIER_MEDIUM] = config->rules.score_medium,
                       [TIER_HIGH] = config->rules.score_high},
        .model = config->rules.model[0] != '\0' ? config->rules.model : NULL,
    };
}

/* ---- load -------------------------------------------------------------------------------------------------- */

static unsigned problems(const struct err *err)
{
    return err->count + err->suppressed;
}

static int compare_libraries(const void *a, const void *b)
{
    const struct library_entry *x = a, *y = b;

    return strcmp(x->library->name, y->library->name);
}

/* What other programs do at the same time does not count. */
static double cpu_ms_since(int64_t began)
{
    return (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - began) / 1e6;
}

/* The self-test, or that of what changed, unless the cache knows that this rule set has passed it here. */
static int prove(struct ruleset *ruleset, struct cache *cache, struct err *err)
{
    const char *const *changed = ruleset->options.changed;
    int64_t began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    int rc;

    if (ruleset->options.skip_self_test || proof_is_kept(cache, ruleset->hash, NULL) ||
        (changed != NULL && proof_is_kept(cache, ruleset->hash, changed)))
        return 0;
    if (ruleset->options.cached_only) {
        err_add(err, "that these libraries were proved is not in the cache: their files were changed meanwhile, or "
                     "it was emptied; reload once more");
        return -TS_ENOENT;
    }
    rc = selftest_run(ruleset, changed, err);
    ruleset->self_test_ms = cpu_ms_since(began);
    ruleset->proved = rc == 0 && changed == NULL;
    if (rc == 0)
        proof_keep(cache, ruleset->hash, changed);
    return rc;
}

/* Everything behind the reading of files; each step needs the ones before it to have gone well. */
static int compile(struct ruleset *ruleset, struct cache *cache, struct err *err)
{
    int64_t began = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    unsigned before = problems(err);
    int rc;

    qsort(ruleset->libraries, ruleset->nlibraries, sizeof(*ruleset->libraries), compare_libraries);
    rc = ruleset_index(ruleset, err);
    if (rc == 0 && ruleset->model != NULL)
        rc = model_bind(ruleset->model, ruleset);
    if (rc == 0)
        rc = database_build(ruleset, cache, err);
    if (rc == 0 && cache != NULL)
        ruleset->cache = cache_missed(cache) == 0 ? RULESET_CACHE_HIT : RULESET_CACHE_MISS;
    if (rc == 0)
        rc = reference_prepare(ruleset);
    if (rc == 0)
        rc = ruleset_lead(ruleset);
    if (rc == 0)
        rc = digits_prepare(ruleset);
    if (rc == 0)
        rc = undisguise_prepare(ruleset);
    ruleset->compile_ms = cpu_ms_since(began);
    if (rc == 0)
        ruleset_make_hash(ruleset, err);
    if (rc == 0 && problems(err) == before)
        rc = prove(ruleset, cache, err);
    if (rc != 0 && problems(err) == before)
        err_add(err, "the libraries cannot be used: %s", ts_strerror(rc));
    return rc;
}

static void load(struct ruleset *ruleset, const char *dir, struct cache *cache, struct err *err)
{
    unsigned before = problems(err);

    ruleset_read_tables(ruleset, dir, cache, err);
    if (ruleset->folding != NULL)
        ruleset_read_libraries(ruleset, dir, err);
    if (problems(err) == before)
        (void)compile(ruleset, cache, err);
}

struct ruleset *ruleset_load(const char *dir, const struct ruleset_options *options, struct err *err)
{
    const struct cache_limits limits = CACHE_LIMITS_DEFAULT;
    struct ruleset *ruleset = calloc(1, sizeof(*ruleset));
    unsigned before = problems(err);
    struct cache *cache;

    if (ruleset == NULL) {
        err_add(err, "out of memory while reading %s", dir);
        return NULL;
    }
    arena_init(&ruleset->arena, 1u << 16);
    ruleset->options = *options;
    cache = options->cache != NULL ? cache_open(options->cache, &limits) : NULL;
    if (cache != NULL && options->cached_only)
        cache_seal(cache);
    if (cache == NULL && options->cached_only)
        err_add(err, "there is no cache to take the rules from");
    else
        load(ruleset, dir, cache, err);
    if (cache != NULL && cache_problem(cache) != NULL)
        ruleset->cache_problem = strdup(cache_problem(cache));
    cache_close(&cache);
    if (options->cache_problem != NULL)
        *options->cache_problem = ruleset->cache_problem != NULL ? strdup(ruleset->cache_problem) : NULL;
    if (problems(err) != before)
        ruleset_free(&ruleset);
    return ruleset;
}

void ruleset_free(struct ruleset **ruleset)
{
    struct ruleset *old = *ruleset;

    if (old == NULL)
        return;
    evidence_forget(&old->evidence);
    for (size_t i = 0; i < old->nphrases && old->phrases != NULL; i++)
        pcre2_code_free(old->phrases[i].regex);
    hs_free_database(old->database);
    for (size_t i = 0; i < old->nlibraries; i++)
        library_free(&old->libraries[i].library);
    free(old->libraries);
    free(old->cache_problem);
    model_free(&old->model);
    variants_free(&old->variants);
    polarity_free(&old->polarity);
    contact_tables_free(&old->contact_tables);
    number_plan_free(&old->plan);
    folding_free(&old->folding);
    arena_fini(&old->arena);
    free(old);
    *ruleset = NULL;
}

/* ---- read -------------------------------------------------------------------------------------------------- */

const char *ruleset_hash(const struct ruleset *ruleset)
{
    return ruleset->hash;
}

const struct model *ruleset_model(const struct ruleset *ruleset)
{
    return ruleset->model;
}

struct evidence_set *ruleset_evidence(const struct ruleset *ruleset)
{
    return ruleset->evidence;
}

uint64_t ruleset_generation(const struct ruleset *ruleset)
{
    return ruleset->generation;
}

void ruleset_set_generation(struct ruleset *ruleset, uint64_t generation)
{
    ruleset->generation = generation;
}

size_t ruleset_library_count(const struct ruleset *ruleset)
{
    return ruleset->nlibraries;
}

const struct library *ruleset_library(const struct ruleset *ruleset, size_t i)
{
    return ruleset->libraries[i].library;
}

const struct library *ruleset_find_library(const struct ruleset *ruleset, const char *name)
{
    for (size_t i = 0; i < ruleset->nlibraries; i++)
        if (strcmp(ruleset->libraries[i].library->name, name) == 0)
            return ruleset->libraries[i].library;
    return NULL;
}

size_t ruleset_rule_count(const struct ruleset *ruleset)
{
    return ruleset->nrules;
}

const struct rule *ruleset_rule(const struct ruleset *ruleset, size_t i, const struct library **library)
{
    if (library != NULL)
        *library = ruleset->rules[i].library;
    return ruleset->rules[i].rule;
}

size_t ruleset_set_count(const struct ruleset *ruleset)
{
    return ruleset->nsets;
}

const struct set *ruleset_set(const struct ruleset *ruleset, size_t i, const struct library **library)
{
    if (library != NULL)
        *library = ruleset->sets[i].library;
    return ruleset->sets[i].set;
}

size_t ruleset_list_count(const struct ruleset *ruleset)
{
    return ruleset->nlists;
}

const char *ruleset_list(const struct ruleset *ruleset, size_t i)
{
    return ruleset->lists[i];
}

const struct list_question *ruleset_rule_lists(const struct ruleset *ruleset, size_t rule, size_t *n)
{
    *n = ruleset->rules[rule].nlists;
    return ruleset->rules[rule].lists;
}

bool ruleset_rule_asks_model(const struct ruleset *ruleset, size_t rule)
{
    return (ruleset->rules[rule].facts >> FACT_MODEL_SCORE & 1) != 0;
}

size_t ruleset_literal_count(const struct ruleset *ruleset)
{
    return ruleset->nliterals;
}

size_t ruleset_variant_count(const struct ruleset *ruleset)
{
    return ruleset->variants != NULL ? variants_count(ruleset->variants) : 0;
}

size_t ruleset_database_bytes(const struct ruleset *ruleset)
{
    return ruleset->database_bytes;
}

enum ruleset_cache ruleset_cache(const struct ruleset *ruleset)
{
    return ruleset->cache;
}

const char *ruleset_cache_problem(const struct ruleset *ruleset)
{
    return ruleset->cache_problem;
}

bool ruleset_is_proved(const struct ruleset *ruleset)
{
    return ruleset->proved;
}

int ruleset_prove(const struct ruleset *ruleset, struct err *err)
{
    return selftest_run(ruleset, NULL, err);
}

double ruleset_compile_ms(const struct ruleset *ruleset)
{
    return ruleset->compile_ms;
}

double ruleset_self_test_ms(const struct ruleset *ruleset)
{
    return ruleset->self_test_ms;
}
