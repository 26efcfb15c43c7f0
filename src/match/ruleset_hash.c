/* ruleset_hash.c - the name of a rule set: a SHA-256 over all that its verdicts depend on. */
#include "match/ruleset_hash.h"

#include <openssl/evp.h>
#include <stdio.h>

static bool hash_part(EVP_MD_CTX *md, const void *p, size_t n)
{
    uint64_t length = n;

    return EVP_DigestUpdate(md, &length, sizeof(length)) == 1 && EVP_DigestUpdate(md, p, n) == 1;
}

static bool hash_options(EVP_MD_CTX *md, const struct ruleset_options *options)
{
    char text[1024];
    int n = 0;

    for (int i = 0; i < ROLE_COUNT; i++)
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%.17g ", options->weight[i]);
    for (int i = 0; i <= TIER_HIGH; i++)
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%.17g ", options->score_tier[i]);
    n += snprintf(text + n, sizeof(text) - (size_t)n, "%.17g %.17g %.17g %.17g", options->bonus_disguise,
                  options->bonus_international, options->bonus_international_url, options->bonus_personal_url);
    return hash_part(md, text, (size_t)n);
}

/* The same files on another day may have other phrases in force. */
static bool hash_expired(EVP_MD_CTX *md, const struct library *library)
{
    bool ok = true;

    for (size_t i = 0; i < library->nsets && ok; i++)
        for (size_t k = 0; k < library->sets[i].nfragments && library->sets[i].dated && ok; k++)
            ok = hash_part(md, library->sets[i].fragments[k].source.p, library->sets[i].fragments[k].source.n);
    return ok;
}

static bool hash_model(EVP_MD_CTX *md, const struct model *model)
{
    unsigned char digest[32];

    if (model == NULL)
        return true;
    model_digest(model, digest);
    return hash_part(md, digest, sizeof(digest));
}

/* Libraries by name (their file names do not count), then folding, polarity, number tables, contact tables, variants,
 * scoring, the learned model. */
static bool hash_all(const struct ruleset *ruleset, EVP_MD_CTX *md)
{
    unsigned char digest[5][32] = {0};
    bool ok = true;

    for (size_t i = 0; i < ruleset->nlibraries; i++) {
        const struct library *library = ruleset->libraries[i].library;
        ok = ok && hash_part(md, library->name, strlen(library->name)) &&
             hash_part(md, library->document.text, library->document.n) && hash_expired(md, library);
    }
    folding_digest(ruleset->folding, digest[0]);
    polarity_digest(ruleset->polarity, digest[1]);
    number_plan_digest(ruleset->plan, digest[2]);
    contact_tables_digest(ruleset->contact_tables, digest[3]);
    if (ruleset->variants != NULL)
        variants_digest(ruleset->variants, digest[4]);
    return ok && hash_part(md, digest, sizeof(digest)) && hash_options(md, &ruleset->options) &&
           hash_model(md, ruleset->model);
}

void ruleset_make_hash(struct ruleset *ruleset, struct err *err)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    unsigned char digest[32];

    if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1 || !hash_all(ruleset, md) ||
        EVP_DigestFinal_ex(md, digest, NULL) != 1) {
        err_add(err, "the hash of the rule set cannot be computed");
    } else {
        strcpy(ruleset->hash, "sha256:");
        hex_write(digest, 2 * sizeof(digest), ruleset->hash + strlen(ruleset->hash));
    }
    EVP_MD_CTX_free(md);
}
