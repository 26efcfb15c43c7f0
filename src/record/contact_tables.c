/* contact_tables.c - read domains.json, contact_words.json and institutions.json; names are found by bisection, words
 * by their last byte. */
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
    if (!json_is_array(official))
        document_error(&r->doc, r->err, "", false, "needs an array \"official\"");
    for (size_t i = 0; i < json_array_size(official); i++) {
        char at[48];
        snprintf(at, sizeof(at), "official[%zu]", i);
        name_set_read(&t->official, &r->doc, json_array_get(official, i), "domains", at, false, r->err);
    }
    name_set_sort(&t->official, &r->doc, "official", r->err);
}

static unsigned char last_byte(struct str s)
{
    return (unsigned char)s.p[s.n - 1];
}

static int compare_words(const void *a, const void *b)
{
    const struct contact_word *x = a, *y = b;
    int order = last_byte(x->text) - last_byte(y->text);

    if (order != 0)
        return order;
    if (x->text.n != y->text.n)
        return x->text.n > y->text.n ? -1 : 1;
    return name_compare(x->text, y->text);
}

/* One entry for a word of several roles; then the index by last byte. */
static void index_words(struct contact_tables *t)
{
    size_t kept = 0;

    qsort(t->words, t->nwords, sizeof(*t->words), compare_words);
    for (size_t i = 0; i < t->nwords; i++) {
        if (kept > 0 && str_eq(t->words[kept - 1].text, t->words[i].text)) {
            t->words[kept - 1].roles |= t->words[i].roles;
            free((char *)t->words[i].text.p);
        } else {
            t->words[kept++] = t->words[i];
        }
    }
    t->nwords = kept;
    for (size_t b = 0, i = 0; b <= 256; b++) {
        while (i < kept && last_byte(t->words[i].text) < b)
            i++;
        t->by_last[b] = (uint16_t)i;
    }
}

static void read_words(struct reading *r)
{
    static const char *const keys[] = {
#define X(name, key) key,
        CONTACT_ROLES(X)
#undef X
    };
    struct contact_tables *t = r->tables;

    for (unsigned role = 0; role < ROLE_COUNT; role++) {
        struct name_set names = {0};
        struct contact_word *grown;
        if (!name_set_read(&names, &r->doc, r->doc.root, keys[role], "", false, r->err))
            continue;
        grown = realloc(t->words, (t->nwords + names.n + 1) * sizeof(*grown));
        if (grown != NULL)
            t->words = grown;
        else
            document_error(&r->doc, r->err, "", false, "%s", ts_strerror(TS_ENOMEM));
        for (size_t i = 0; i < names.n; i++) {
            if (grown != NULL)
                t->words[t->nwords++] = (struct contact_word){names.names[i], 1u << role};
            else
                free((char *)names.names[i].p);
        }
        free(names.names);
    }
    if (t->nwords >= UINT16_MAX)
        document_error(&r->doc, r->err, "", false, "more than %d words", UINT16_MAX - 1);
    else if (t->nwords > 0)
        index_words(t);
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

const struct contact_word *contact_word_before(const struct contact_tables *tables, const char *start,
                                               const char *at, uint32_t roles)
{
    unsigned char last;

    if (at == start)
        return NULL;
    last = (unsigned char)at[-1];
    for (size_t i = tables->by_last[last]; i < tables->by_last[last + 1]; i++) {
        const struct contact_word *word = &tables->words[i];
        const char *from = at - word->text.n;
        if ((word->roles & roles) == 0 || word->text.n > (size_t)(at - start) ||
            memcmp(from, word->text.p, word->text.n) != 0)
            continue;
        if (from == start || !is_alnum(*from) || !is_alnum(from[-1]))
            return word;
    }
    return NULL;
}

size_t contact_word_at(const struct contact_tables *tables, const char *at, const char *end, uint32_t role)
{
    for (size_t i = 0; i < tables->nwords; i++)
        if ((tables->words[i].roles & role) && str_starts(str_range(at, end), tables->words[i].text))
            return tables->words[i].text.n;
    return 0;
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

static void read_table(struct contact_tables *tables, const char *dir, const char *file, void (*read)(struct reading *r),
                       EVP_MD_CTX *digest, struct err *err)
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
    for (size_t i = 0; i < t->nwords; i++)
        free((char *)t->words[i].text.p);
    free(t->words);
    free(t);
}

void contact_tables_digest(const struct contact_tables *tables, unsigned char out[32])
{
    memcpy(out, tables->digest, 32);
}
