/* institution.c - read the table, then three questions: a name at a place, a number, a host. */
#include "record/institution.h"

#include <stdio.h>
#include <stdlib.h>

const char *institution_kind_name(enum institution_kind kind)
{
    static const char *const names[] = {
#define X(name, word) word,
        INSTITUTION_KINDS(X)
#undef X
    };

    return names[kind];
}

struct reading {
    struct institutions *table;
    const struct document *doc;
    struct err *err;
};

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* The kind that the string `kind` of `in` names; INSTITUTION_KIND_COUNT after a complaint. */
static enum institution_kind read_kind(const struct reading *r, const json_t *in, const char *path)
{
    const char *word = json_string_value(json_object_get(in, "kind"));
    unsigned kind = 0;

    while (kind < INSTITUTION_KIND_COUNT &&
           (word == NULL || strcmp(word, institution_kind_name((enum institution_kind)kind)) != 0))
        kind++;
    if (kind == INSTITUTION_KIND_COUNT)
        document_error(r->doc, r->err, path, false,
                       "needs a \"kind\" such as \"bank\", \"carrier\", \"police\"; \"%s\" is none",
                       word != NULL ? word : "");
    return (enum institution_kind)kind;
}

static bool known_id(const struct institutions *table, const char *id)
{
    for (size_t i = 0; i < table->n; i++)
        if (strcmp(table->items[i].id, id) == 0)
            return true;
    return false;
}

static void read_one(const struct reading *r, const json_t *in, size_t index)
{
    const char *id = json_string_value(json_object_get(in, "id"));
    struct institution item = {.kind = INSTITUTION_KIND_COUNT};
    char path[48];

    snprintf(path, sizeof(path), "institutions[%zu]", index);
    if (id == NULL || *id == '\0' || known_id(r->table, id)) {
        document_error(r->doc, r->err, path, false, "needs an \"id\" of its own");
        return;
    }
    item.kind = read_kind(r, in, path);
    if (item.kind == INSTITUTION_KIND_COUNT || (item.id = strdup(id)) == NULL)
        return;
    name_set_read(&item.names, r->doc, in, "names", path, false, r->err);
    name_set_read(&item.shorts, r->doc, in, "short", path, true, r->err);
    name_set_read(&item.numbers, r->doc, in, "numbers", path, true, r->err);
    name_set_read(&item.domains, r->doc, in, "domains", path, true, r->err);
    name_set_read(&item.brands, r->doc, in, "brands", path, true, r->err);
    name_set_sort(&item.domains, r->doc, path, r->err);
    r->table->items[r->table->n++] = item;
}

static void read_institutions(const struct reading *r)
{
    const json_t *array = json_object_get(r->doc->root, "institutions");
    size_t n = json_array_size(array);

    if (n == 0 || n > UINT16_MAX) {
        document_error(r->doc, r->err, "", false, "needs an array \"institutions\"");
        return;
    }
    r->table->items = calloc(n, sizeof(*r->table->items));
    if (r->table->items == NULL) {
        document_error(r->doc, r->err, "", false, "%s", ts_strerror(TS_ENOMEM));
        return;
    }
    for (size_t i = 0; i < n; i++)
        read_one(r, json_array_get(array, i), i);
}

static void read_words(const struct reading *r)
{
    static const char *const keys[] = {
#define X(name, key) key,
        INSTITUTION_WORDS(X)
#undef X
    };
    const json_t *words = json_object_get(r->doc->root, "words");

    for (unsigned i = 0; i < INSTITUTION_WORDS_COUNT; i++)
        name_set_read(&r->table->words[i], r->doc, words, keys[i], words != NULL ? "words" : "", false, r->err);
}

static unsigned staff_bit(const char *word)
{
    if (word != NULL && strcmp(word, "mobile") == 0)
        return STAFF_MOBILE;
    return word != NULL && strcmp(word, "fixed") == 0 ? STAFF_FIXED : 0;
}

static void read_staff(const struct reading *r)
{
    const json_t *array = json_object_get(r->doc->root, "staff"), *item;
    size_t i;

    json_array_foreach(array, i, item) {
        const json_t *from = json_object_get(item, "staff"), *word;
        enum institution_kind kind;
        char path[48];
        size_t k;
        snprintf(path, sizeof(path), "staff[%zu]", i);
        if ((kind = read_kind(r, item, path)) == INSTITUTION_KIND_COUNT)
            continue;
        json_array_foreach(from, k, word) {
            unsigned bit = staff_bit(json_string_value(word));
            if (bit == 0)
                document_error(r->doc, r->err, path, false, "\"staff\" is of \"mobile\" and \"fixed\"");
            r->table->staff[kind] |= bit;
        }
    }
}

static int compare_entries(const void *a, const void *b)
{
    const struct institution_name *x = a, *y = b;
    size_t i = institution_beginning(x->text.p), k = institution_beginning(y->text.p);

    if (i != k)
        return i < k ? -1 : 1;
    return x->text.n != y->text.n ? (x->text.n > y->text.n ? -1 : 1) : name_compare(x->text, y->text);
}

static void index_set(const struct reading *r, const struct name_set *set, size_t institution, bool is_short)
{
    for (size_t i = 0; i < set->n; i++) {
        if (set->names[i].n < INSTITUTION_NAME_MIN)
            document_error(r->doc, r->err, "institutions", false, "\"%s\" of \"%s\" is too short for a name",
                           set->names[i].p, r->table->items[institution].id);
        else
            r->table->names[r->table->nnames++] =
                (struct institution_name){set->names[i], (uint16_t)institution, is_short};
    }
}

static void index_names(const struct reading *r)
{
    struct institutions *t = r->table;
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += t->items[i].names.n + t->items[i].shorts.n;
    if (n > UINT16_MAX) {
        document_error(r->doc, r->err, "institutions", false, "more than %d names", UINT16_MAX);
        return;
    }
    t->names = calloc(n + 1, sizeof(*t->names));
    if (t->names == NULL) {
        document_error(r->doc, r->err, "", false, "%s", ts_strerror(TS_ENOMEM));
        return;
    }
    for (size_t i = 0; i < t->n; i++) {
        index_set(r, &t->items[i].names, i, false);
        index_set(r, &t->items[i].shorts, i, true);
    }
    qsort(t->names, t->nnames, sizeof(*t->names), compare_entries);
    for (size_t b = 0, i = 0; b <= INSTITUTION_BEGINNINGS; b++) {
        while (i < t->nnames && institution_beginning(t->names[i].text.p) < b)
            i++;
        t->by_beginning[b] = (uint16_t)i;
    }
    for (size_t i = 1; i < t->nnames; i++)
        if (str_eq(t->names[i - 1].text, t->names[i].text))
            document_error(r->doc, r->err, "institutions", false, "\"%s\" names both \"%s\" and \"%s\"",
                           t->names[i].text.p, t->items[t->names[i - 1].institution].id,
                           t->items[t->names[i].institution].id);
}

struct institutions *institutions_read(const struct document *doc, struct err *err)
{
    struct reading r = {calloc(1, sizeof(struct institutions)), doc, err};

    if (r.table == NULL) {
        document_error(doc, err, "", false, "%s", ts_strerror(TS_ENOMEM));
        return NULL;
    }
    read_words(&r);
    read_staff(&r);
    read_institutions(&r);
    index_names(&r);
    if (institution_draw_looks(r.table) != 0)
        document_error(doc, err, "", false, "%s", ts_strerror(TS_ENOMEM));
    return r.table;
}

static void free_looks(struct institution_look *looks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free((char *)looks[i].text.p);
    free(looks);
}

void institutions_free(struct institutions **institutions)
{
    struct institutions *t = *institutions;

    *institutions = NULL;
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->n; i++) {
        struct institution *item = &t->items[i];
        free((char *)item->id);
        name_set_fini(&item->names);
        name_set_fini(&item->shorts);
        name_set_fini(&item->numbers);
        name_set_fini(&item->domains);
        name_set_fini(&item->brands);
    }
    for (unsigned i = 0; i < INSTITUTION_WORDS_COUNT; i++)
        name_set_fini(&t->words[i]);
    free_looks(t->brands, t->nbrands);
    free_looks(t->hosts, t->nhosts);
    free(t->items);
    free(t->names);
    free(t);
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

/* 10086 within 100861 or 510086 is another number; so is boc within bock another word. */
static bool stands_alone(struct str name, const char *start, const char *p, const char *end)
{
    const char *last = p + name.n - 1;

    return !(ascii_is_alnum(*p) && p > start && ascii_is_alnum(p[-1])) &&
           !(ascii_is_alnum(*last) && last + 1 < end && ascii_is_alnum(last[1]));
}

const struct institution_name *institution_search_at(const struct institutions *institutions, size_t beginning,
                                                     const char *start, const char *p, const char *end)
{
    for (size_t i = institutions->by_beginning[beginning]; i < institutions->by_beginning[beginning + 1]; i++) {
        const struct institution_name *name = &institutions->names[i];
        size_t n = name->text.n;
        if (n <= (size_t)(end - p) && p[n - 1] == name->text.p[n - 1] && memcmp(p, name->text.p, n) == 0 &&
            stands_alone(name->text, start, p, end))
            return name;
    }
    return NULL;
}

bool institution_has_number(const struct institution *institution, const struct number *number)
{
    struct str digits = {number->digits, number->ndigits};
    bool extends = number->kind == NUMBER_S100 || number->kind == NUMBER_S95;

    for (size_t i = 0; i < institution->numbers.n; i++) {
        struct str own = institution->numbers.names[i];
        if (str_eq(digits, own) || (extends && str_starts(digits, own)))
            return true;
    }
    return false;
}
