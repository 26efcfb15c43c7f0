/* evidence_digest.c - libraries are hashed as what they say, with sorted keys and without white space, so that a file
 * laid out anew is the same; what is left out is left out of a copy that shares all else. */
#include "match/compiled.h"
#include "match/evidence_parts.h"

#include <openssl/evp.h>

/* What does not decide of which records a rule is true. */
static const char *const library_words[] = {"version", NULL};
static const char *const rule_words[] = {"state", "share", "reason", "advice", NULL};

static json_t *copy_without(json_t *object, const char *const *keys)
{
    json_t *copy = json_copy(object);

    for (; copy != NULL && *keys != NULL; keys++)
        json_object_del(copy, *keys);
    return copy;
}

/* NULL: out of memory. */
static json_t *content_of(const struct library *library)
{
    json_t *content = copy_without(library->document.root, library_words), *rules = json_array(), *rule;
    bool ok = content != NULL && rules != NULL;
    size_t i;

    json_array_foreach(json_object_get(library->document.root, "rules"), i, rule)
        ok = ok && json_array_append_new(rules, copy_without(rule, rule_words)) == 0;
    if (json_object_set_new(content, "rules", rules) == 0 && ok)
        return content;
    json_decref(content);
    return NULL;
}

static int update(const char *p, size_t n, void *md)
{
    return EVP_DigestUpdate(md, p, n) == 1 ? 0 : -1;
}

int evidence_digest_library(const struct library *library, unsigned char out[EVIDENCE_DIGEST])
{
    json_t *content = content_of(library);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = content != NULL && md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
              json_dump_callback(content, update, md, JSON_COMPACT | JSON_SORT_KEYS) == 0 &&
              EVP_DigestFinal_ex(md, out, NULL) == 1;

    EVP_MD_CTX_free(md);
    json_decref(content);
    return ok ? 0 : -TS_ENOMEM;
}

static bool add(EVP_MD_CTX *md, const void *p, size_t n)
{
    uint64_t length = n;

    return EVP_DigestUpdate(md, &length, sizeof(length)) == 1 && EVP_DigestUpdate(md, p, n) == 1;
}

/* What its score is made of; not whether it is on trial. */
static bool add_model(EVP_MD_CTX *md, const struct model *model)
{
    double bias = model != NULL ? model_bias(model) : 0;
    bool ok = add(md, &bias, sizeof(bias));

    for (size_t i = 0; model != NULL && ok && i < model_count(model); i++) {
        const struct model_term *term = model_term(model, i);
        ok = add(md, &term->kind, sizeof(term->kind)) && add(md, term->name.p, term->name.n) &&
             add(md, &term->weight, sizeof(term->weight));
    }
    return ok;
}

int evidence_digest_rule(const struct ruleset *ruleset, const struct rule_entry *entry,
                         unsigned char (*libraries)[EVIDENCE_DIGEST], unsigned char out[EVIDENCE_DIGEST])
{
    bool asks_model = ruleset_rule_asks_model(ruleset, (size_t)(entry - ruleset->rules));
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
              add(md, entry->rule->id, strlen(entry->rule->id)) &&
              add(md, libraries[entry->library_index], EVIDENCE_DIGEST);
    uint32_t last = entry->library_index;

    for (uint32_t i = 0; i < entry->nsets && ok; i++) {
        uint32_t library = ruleset->sets[entry->sets[i]].library_index;
        if (library != last)
            ok = add(md, libraries[library], EVIDENCE_DIGEST);
        last = library;
    }
    ok = ok && (!asks_model || add_model(md, ruleset->model)) && EVP_DigestFinal_ex(md, out, NULL) == 1;
    EVP_MD_CTX_free(md);
    return ok ? 0 : -TS_ENOMEM;
}
