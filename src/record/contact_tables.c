/* contact_tables.c - read domains.json and contact_words.json; names are found by bisection, words by their last byte. */
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

static int compare(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int compare_names(const void *a, const void *b)
{
    return compare(*(const struct str *)a, *(const struct str *)b);
}

bool name_set_has(const struct name_set *set, struct str name)
{
    return set->n > 0 && bsearch(&name, set->names, set->n, sizeof(name), compare_names) != NULL;
}

/* Append the strings of the array `key` of `in`; false after a complaint. */
static bool read_names(struct reading *r, const json_t *in, const char *key, const char *path, struct name_set *set)
{
    const json_t *array = json_object_get(in, key);
    struct str *grown;

    if (!json_is_array(array) || json_array_size(array) == 0) {
        document_error(&r->doc, r->err, path, false, "needs an array \"%s\" of names", key);
        return false;
    }
    grown = realloc(set->names, (set->n + json_array_size(array)) * sizeof(*grown));
    if (grown == NULL) {
        document_error(&r->doc, r->err, path, false, "%s", ts_strerror(TS_ENOMEM));
        return false;
    }
    set->names = grown;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const char *name = json_string_value(json_array_get(array, i));
        char *copy = name != NULL && *name != '\0' ? strdup(name) : NULL;
        char at[128];
        snprintf(at, sizeof(at), "%s%s%s[%zu]", path, *path != '\0' ? "." : "", key, i);
        if (copy == NULL)
            document_error(&r->doc, r->err, at, false, "must be a name that is not empty");
        else
            set->names[set->n++] = str_of(copy);
    }
    return true;
}

static void sort_names(struct reading *r, const char *what, struct name_set *set)
{
    if (set->n > 0)
        qsort(set->names, set->n, sizeof(*set->names), compare_names);
    for (size_t i = 1; i < set->n; i++)
        if (str_eq(set->names[i - 1], set->names[i]))
            document_error(&r->doc, r->err, what, false, "\"%s\" occurs twice", set->names[i].p);
}

static void read_domains(struct reading *r)
{
    struct contact_tables *t = r->tables;
    const json_t *official = json_object_get(r->doc.root, "official");
    struct {
        const char *key;
        struct name_set *set;
    } lists[] = {{"suffixes", &t->suffixes}, {"open", &t->open}, {"mail", &t->mail}, {"shorteners", &t->shorteners}};

    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        read_names(r, r->doc.root, lists[i].key, "", lists[i].set);
        sort_names(r, lists[i].key, lists[i].set);
    }
    if (!json_is_array(official))
        document_error(&r->doc, r->err, "", false, "needs an array \"official\"");
    for (size_t i = 0; i < json_array_size(official); i++) {
        char at[48];
        snprintf(at, sizeof(at), "official[%zu]", i);
        read_names(r, json_array_get(official, i), "domains", at, &t->official);
    }
    sort_names(r, "official", &t->official);
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
    return compare(x->text, y->text);
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
        if (!read_names(r, r->doc.root, keys[role], "", &names))
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

bool contact_word_at(const struct contact_tables *tables, const char *at, const char *end, uint32_t role)
{
    for (size_t i = 0; i < tables->nwords; i++)
        if ((tables->words[i].roles & role) && str_starts(str_range(at, end), tables->words[i].text))
            return true;
    return false;
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
        EVP_DigestFinal_ex(digest, tables->digest, NULL);
    }
    EVP_MD_CTX_free(digest);
    if (err->count > before)
        contact_tables_free(&tables);
    return tables;
}

static void free_names(struct name_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        free((char *)set->names[i].p);
    free(set->names);
}

void contact_tables_free(struct contact_tables **tables)
{
    struct contact_tables *t = *tables;

    *tables = NULL;
    if (t == NULL)
        return;
    free_names(&t->suffixes);
    free_names(&t->official);
    free_names(&t->open);
    free_names(&t->mail);
    free_names(&t->shorteners);
    for (size_t i = 0; i < t->nwords; i++)
        free((char *)t->words[i].text.p);
    free(t->words);
    free(t);
}

void contact_tables_digest(const struct contact_tables *tables, unsigned char out[32])
{
    memcpy(out, tables->digest, 32);
}
