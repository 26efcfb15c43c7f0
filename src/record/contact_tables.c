/* contact_tables.c - read domains.json, contact_words.json and institutions.json; names are found by bisection,
 * words by contact_lexicon.h. */
#include "record/contact_tables.h"
#include "config/document.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct reading {
    struct contact_tables *tables;
    struct document doc;
    struct err *err;
};

static void read_domains(struct reading *r)
{
    struct contact_tables *t = r->tables;
    const json_t *official = json_object_get(r->doc.root, "official");
    struct {
        const char *key;
        struct name_set *set;
    } lists[] = {{"endings", &t->endings}, {"open", &t->open}, {"mail", &t->mail}, {"shorteners", &t->shorteners}};

    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        name_set_read(lists[i].set, &r->doc, r->doc.root, lists[i].key, "", false, r->err);
        name_set_sort(lists[i].set, &r->doc, lists[i].key, r->err);
    }
    for (size_t i = 0; i < t->endings.n; i++) {
        size_t bit = contact_ending_bit(t->endings.names[i]);
        t->ending_bits[bit / 64] |= UINT64_C(1) << (bit % 64);
    }
    if (!json_is_array(official))
        document_error(&r->doc, r->err, "", false, "needs an array \"official\"");
    for (size_t i = 0; i < json_array_size(official); i++) {
        char at[48];
        snprintf(at, sizeof(at), "official[%zu]", i);
        name_set_read(&t->official, &r->doc, json_array_get(official, i), "domains", at, false, r->err);
    }
    name_set_sort(&t->official, &r->doc, "official", r->err);
}

/* Append the words of `role`, the array `key`. */
static void read_role(struct reading *r, const char *key, uint32_t role, struct lexicon_word **words, size_t *n)
{
    struct name_set names = {0};
    struct lexicon_word *grown;

    if (!name_set_read(&names, &r->doc, r->doc.root, key, "", false, r->err))
        return;
    grown = realloc(*words, (*n + names.n + 1) * sizeof(*grown));
    if (grown == NULL) {
        document_error(&r->doc, r->err, "", false, "%s", ts_strerror(TS_ENOMEM));
        name_set_fini(&names);
        return;
    }
    for (size_t i = 0; i < names.n; i++)
        grown[(*n)++] = (struct lexicon_word){names.names[i], role};
    free(names.names);
    *words = grown;
}

static void read_words(struct reading *r)
{
    static const char *const keys[] = {
#define X(name, key) key,
        CONTACT_ROLES(X)
#undef X
    };
    struct lexicon_word *words = NULL;
    size_t n = 0;

    for (unsigned role = 0; role < ROLE_COUNT; role++)
        read_role(r, keys[role], 1u << role, &words, &n);
    if (lexicon_build(&r->tables->lexicon, words, n) != 0)
        document_error(&r->doc, r->err, "", false, "%s", ts_strerror(TS_ENOMEM));
    if (n > LEXICON_MAX)
        document_error(&r->doc, r->err, "", false, "more than %d words", LEXICON_MAX);
}

/* Their domains are official ones. */
static void read_institutions(struct reading *r)
{
    const json_t *array = json_object_get(r->doc.root, "institutions");

    r->tables->institutions = institutions_read(&r->doc, r->err);
    for (size_t i = 0; i < json_array_size(array); i++)
        name_set_read(&r->tables->official, &r->doc, json_array_get(array, i), "domains", "institutions", true, r->err);
    name_set_sort(&r->tables->official, &r->doc, NULL, r->err);
}

static void read_table(struct contact_tables *tables, const char *dir, const char *file,
                       void (*read)(struct reading *r), EVP_MD_CTX *digest, struct err *err)
{
    struct reading r = {.tables = tables, .err = err};
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    if (document_load(&r.doc, path, err) != 0)
        return;
    EVP_DigestUpdate(digest, r.doc.text, r.doc.n);
    if (json_string_length(json_object_get(r.doc.root, "as_of")) == 0 ||
        json_string_length(json_object_get(r.doc.root, "source")) == 0)
        document_error(&r.doc, err, "", false, "needs \"as_of\" and \"source\"");
    read(&r);
    document_fini(&r.doc);
}

/* The newer of the list built into libpsl and the one of the package publicsuffix. Both are part of the digest: which
 * domain is registrable may differ between machines. */
static void load_suffixes(struct contact_tables *tables, EVP_MD_CTX *digest, struct err *err)
{
    const char *file = psl_dist_filename(), *built_in = psl_builtin_sha1sum();
    FILE *in = file != NULL && *file != '\0' ? fopen(file, "rb") : NULL;
    char block[4096];
    size_t n;

    EVP_DigestUpdate(digest, built_in, strlen(built_in));
    while (in != NULL && (n = fread(block, 1, sizeof(block), in)) > 0)
        EVP_DigestUpdate(digest, block, n);
    if (in != NULL)
        fclose(in);
    tables->suffixes = psl_latest(NULL);
    if (tables->suffixes == NULL)
        err_add(err, "no public suffix list: neither built into libpsl nor at %s", file != NULL ? file : "any place");
}

struct contact_tables *contact_tables_load(const char *dir, struct err *err)
{
    struct contact_tables *tables = calloc(1, sizeof(*tables));
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    unsigned before = err->count;

    if (tables == NULL || digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
        err_add(err, "%s: %s", dir, ts_strerror(TS_ENOMEM));
    } else {
        read_table(tables, dir, "domains.json", read_domains, digest, err);
        read_table(tables, dir, "contact_words.json", read_words, digest, err);
        read_table(tables, dir, "institutions.json", read_institutions, digest, err);
        load_suffixes(tables, digest, err);
        EVP_DigestFinal_ex(digest, tables->digest, NULL);
    }
    EVP_MD_CTX_free(digest);
    if (err->count > before)
        contact_tables_free(&tables);
    return tables;
}

void contact_tables_free(struct contact_tables **tables)
{
    struct contact_tables *t = *tables;

    *tables = NULL;
    if (t == NULL)
        return;
    psl_free(t->suffixes);
    institutions_free(&t->institutions);
    name_set_fini(&t->endings);
    name_set_fini(&t->official);
    name_set_fini(&t->open);
    name_set_fini(&t->mail);
    name_set_fini(&t->shorteners);
    lexicon_fini(&t->lexicon);
    free(t);
}

void contact_tables_digest(const struct contact_tables *tables, unsigned char out[32])
{
    memcpy(out, tables->digest, 32);
}
