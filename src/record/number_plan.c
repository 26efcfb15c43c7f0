/* number_plan.c - read the dated tables of patterns/numbers into tries. Every problem is reported with its place, and
 * reading goes on, so that one look shows them all. */
#include "record/number_plan.h"
#include "config/document.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

struct reading {
    struct number_plan *plan;
    struct document doc;
    struct err *err;
};

#define PROBLEM(r, path, ...) document_error(&(r)->doc, (r)->err, path, false, __VA_ARGS__)
#define AT_SIZE 48   /* "institutions[12345]" */
#define PATH_SIZE 96 /* and a key behind it */

/* The string at `value`; an empty one after a complaint. */
static struct str text_at(struct reading *r, const json_t *value, const char *path)
{
    if (json_is_string(value))
        return (struct str){json_string_value(value), json_string_length(value)};
    PROBLEM(r, path, "must be a string");
    return STR_LIT("");
}

/* The array under `key` of `in`; NULL after a complaint. */
static const json_t *array_at(struct reading *r, const json_t *in, const char *key, const char *path)
{
    const json_t *array = json_object_get(in, key);

    if (json_is_array(array))
        return array;
    PROBLEM(r, path, "needs an array \"%s\"", key);
    return NULL;
}

/* "digits": N or [least, most], at most DIGITS_MAX. False after a complaint. */
static bool lengths_at(struct reading *r, const json_t *value, const char *path, unsigned *least, unsigned *most)
{
    const json_t *low = json_is_array(value) ? json_array_get(value, 0) : value;
    const json_t *high = json_is_array(value) ? json_array_get(value, 1) : value;
    json_int_t a = json_integer_value(low), b = json_integer_value(high);

    if (a < 1 || b < a || b > DIGITS_MAX || (json_is_array(value) && json_array_size(value) != 2)) {
        PROBLEM(r, path, "must be a length or [least, most], from 1 to %d", DIGITS_MAX);
        return false;
    }
    *least = (unsigned)a;
    *most = (unsigned)b;
    return true;
}

static void add(struct reading *r, struct digits *trie, struct str pattern, unsigned least, unsigned most,
                uint32_t value, const char *path)
{
    int rc = digits_add(trie, pattern, least, most, value);

    if (rc == -TS_EBUSY)
        PROBLEM(r, path, "\"%.*s\" is in this table already", STR_FMT(pattern));
    else if (rc == -TS_EINVAL)
        PROBLEM(r, path, "\"%.*s\" is no number pattern: digits, x at the end for any digit, or a-b", STR_FMT(pattern));
    else if (rc != 0)
        PROBLEM(r, path, "%s", ts_strerror(rc));
}

/* Add every pattern of the array `patterns` to `trie`. */
static void add_all(struct reading *r, struct digits *trie, const json_t *patterns, unsigned least, unsigned most,
                    uint32_t value, const char *path)
{
    for (size_t i = 0; i < json_array_size(patterns); i++) {
        char at[PATH_SIZE + 24];
        struct str pattern;
        snprintf(at, sizeof(at), "%s[%zu]", path, i);
        pattern = text_at(r, json_array_get(patterns, i), at);
        if (pattern.n > 0)
            add(r, trie, pattern, least, most, value, at);
    }
}

/* mobile.json, services.json */
static void read_segments(struct reading *r)
{
    const json_t *segments = array_at(r, r->doc.root, "segments", "");

    for (size_t i = 0; i < json_array_size(segments); i++) {
        const json_t *segment = json_array_get(segments, i);
        const char *word = json_string_value(json_object_get(segment, "kind"));
        bool unallocated = json_is_true(json_object_get(segment, "unallocated"));
        int kind = unallocated ? NUMBER_BAD : number_kind_find(str_of(word));
        char at[AT_SIZE], prefixes[PATH_SIZE], digits[PATH_SIZE];
        unsigned least, most;

        snprintf(at, sizeof(at), "segments[%zu]", i);
        snprintf(prefixes, sizeof(prefixes), "%s.prefixes", at);
        snprintf(digits, sizeof(digits), "%s.digits", at);
        if (kind < 0 || (!unallocated && (kind < NUMBER_MOBILE || kind == NUMBER_INTERNATIONAL)))
            PROBLEM(r, at, "needs a \"kind\" such as \"mobile\" or \"short\", or \"unallocated\": true");
        else if (lengths_at(r, json_object_get(segment, "digits"), digits, &least, &most))
            add_all(r, &r->plan->national, array_at(r, segment, "prefixes", at), least, most, (uint32_t)kind,
                    prefixes);
    }
}

static void read_local(struct reading *r)
{
    const json_t *local = json_object_get(r->doc.root, "local");
    const char *first = json_string_value(json_object_get(local, "first"));
    unsigned least, most;

    if (first == NULL || strspn(first, "0123456789") != strlen(first)) {
        PROBLEM(r, "local", "needs \"first\": the first digits of local numbers");
        return;
    }
    for (; *first != '\0'; first++)
        r->plan->local_first[*first - '0'] = true;
    if (lengths_at(r, json_object_get(local, "digits"), "local.digits", &least, &most)) {
        r->plan->local_least = (unsigned char)least;
        r->plan->local_most = (unsigned char)most;
    }
}

/* area_codes.json: "0310-0319" is as long as its first half. */
static void read_areas(struct reading *r)
{
    const json_t *areas = array_at(r, r->doc.root, "areas", "");

    read_local(r);
    for (size_t i = 0; i < json_array_size(areas); i++) {
        const json_t *area = json_array_get(areas, i);
        const json_t *codes;
        char at[AT_SIZE], digits[PATH_SIZE];
        unsigned least, most;

        snprintf(at, sizeof(at), "areas[%zu]", i);
        snprintf(digits, sizeof(digits), "%s.local_digits", at);
        codes = array_at(r, area, "codes", at);
        if (!lengths_at(r, json_object_get(area, "local_digits"), digits, &least, &most))
            continue;
        for (size_t k = 0; k < json_array_size(codes); k++) {
            char path[PATH_SIZE];
            struct str code;
            unsigned n;
            snprintf(path, sizeof(path), "%s.codes[%zu]", at, k);
            code = text_at(r, json_array_get(codes, k), path);
            n = code.n > 4 ? (unsigned)code.n / 2 : (unsigned)code.n;
            if (n < 3 || n > 4 || code.p[0] != '0')
                PROBLEM(r, path, "must be an area code of three or four digits with its 0, or a range of them");
            else
                add(r, &r->plan->areas, code, n + least, n + most, n, path);
        }
    }
}

static void read_country(struct reading *r, const json_t *entry, const char *at)
{
    const json_t *digits = json_object_get(entry, "digits");
    struct country *country = &r->plan->country[r->plan->ncountries];
    struct str code = text_at(r, json_object_get(entry, "code"), at);
    unsigned least = 7, most = 15;
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s.digits", at);
    if (digits != NULL && !lengths_at(r, digits, path, &least, &most))
        return;
    if (code.n < 1 || code.n > 3 || strspn(code.p, "0123456789") != code.n) {
        PROBLEM(r, at, "needs a \"code\" of one to three digits");
        return;
    }
    *country = (struct country){.code = (uint16_t)atoi(code.p),
                                .least = (uint8_t)least,
                                .most = (uint8_t)most,
                                .hot = json_is_true(json_object_get(entry, "hot")),
                                .satellite = json_is_true(json_object_get(entry, "satellite"))};
    add(r, &r->plan->countries, code, (unsigned)code.n, DIGITS_MAX, (uint32_t)r->plan->ncountries, at);
    r->plan->ncountries++;
}

static void read_countries(struct reading *r)
{
    const json_t *countries = array_at(r, r->doc.root, "countries", "");

    r->plan->country = calloc(json_array_size(countries) + 1, sizeof(*r->plan->country));
    if (r->plan->country == NULL) {
        PROBLEM(r, "", "%s", ts_strerror(TS_ENOMEM));
        return;
    }
    for (size_t i = 0; i < json_array_size(countries); i++) {
        char at[AT_SIZE];
        snprintf(at, sizeof(at), "countries[%zu]", i);
        read_country(r, json_array_get(countries, i), at);
    }
}

static void read_withheld(struct reading *r)
{
    const json_t *words = array_at(r, r->doc.root, "withheld", "");

    r->plan->withheld = calloc(json_array_size(words) + 1, sizeof(*r->plan->withheld));
    for (size_t i = 0; i < json_array_size(words); i++) {
        char at[AT_SIZE];
        struct str word;
        char *copy;
        snprintf(at, sizeof(at), "withheld[%zu]", i);
        word = text_at(r, json_array_get(words, i), at);
        copy = r->plan->withheld != NULL ? strdup(word.p) : NULL;
        if (copy == NULL)
            PROBLEM(r, at, "%s", ts_strerror(TS_ENOMEM));
        else
            r->plan->withheld[r->plan->nwithheld++] = copy;
    }
}

static void read_dialling(struct reading *r)
{
    const json_t *prefixes = array_at(r, r->doc.root, "calling_prefixes", "");

    for (size_t i = 0; i < json_array_size(prefixes); i++) {
        char at[AT_SIZE];
        struct str prefix;
        snprintf(at, sizeof(at), "calling_prefixes[%zu]", i);
        prefix = text_at(r, json_array_get(prefixes, i), at);
        if (prefix.n > 0)
            add(r, &r->plan->calling, prefix, (unsigned)prefix.n + 1, DIGITS_MAX, (uint32_t)prefix.n, at);
    }
    read_withheld(r);
}

static void read_trusted(struct reading *r)
{
    add_all(r, &r->plan->trusted, array_at(r, r->doc.root, "trusted", ""), 0, 0, 0, "trusted");
}

static void read_dno(struct reading *r)
{
    const json_t *numbers = array_at(r, r->doc.root, "numbers", "");

    for (size_t i = 0; i < json_array_size(numbers); i++) {
        const json_t *entry = json_array_get(numbers, i);
        const char *when = json_string_value(json_object_get(entry, "when"));
        char at[AT_SIZE], path[PATH_SIZE];
        unsigned least, most;

        snprintf(at, sizeof(at), "numbers[%zu]", i);
        snprintf(path, sizeof(path), "%s.prefixes", at);
        if (when == NULL || (strcmp(when, "always") != 0 && strcmp(when, "call") != 0))
            PROBLEM(r, at, "needs \"when\": \"always\" or \"call\"");
        else if (lengths_at(r, json_object_get(entry, "digits"), at, &least, &most))
            add_all(r, &r->plan->dno, array_at(r, entry, "prefixes", at), least, most,
                    strcmp(when, "call") == 0 ? DNO_CALL : DNO_ALWAYS, path);
    }
}

static void add_tail(struct reading *r, struct str number, uint32_t weak, const char *path)
{
    char reversed[DIGITS_MAX + 1] = "";

    if (number.n == 0 || number.n > DIGITS_MAX)
        return;
    for (size_t i = 0; i < number.n; i++)
        reversed[i] = number.p[number.n - 1 - i];
    add(r, &r->plan->tails, (struct str){reversed, number.n}, (unsigned)number.n, DIGITS_MAX, weak, path);
}

static void read_institution(struct reading *r, const json_t *institution, const char *at)
{
    const json_t *numbers = array_at(r, institution, "numbers", at);
    bool imitated = json_is_true(json_object_get(institution, "imitated"));
    char path[PATH_SIZE];

    snprintf(path, sizeof(path), "%s.numbers", at);
    add_all(r, &r->plan->official, numbers, 0, 0, 0, path);
    for (size_t i = 0; imitated && i < json_array_size(numbers); i++) {
        snprintf(path, sizeof(path), "%s.numbers[%zu]", at, i);
        add_tail(r, text_at(r, json_array_get(numbers, i), path), 0, path);
    }
}

static void read_official(struct reading *r)
{
    const json_t *institutions = array_at(r, r->doc.root, "institutions", "");
    const json_t *weak = array_at(r, r->doc.root, "weak_tails", "");
    char at[AT_SIZE];

    for (size_t i = 0; i < json_array_size(institutions); i++) {
        snprintf(at, sizeof(at), "institutions[%zu]", i);
        read_institution(r, json_array_get(institutions, i), at);
    }
    for (size_t i = 0; i < json_array_size(weak); i++) {
        snprintf(at, sizeof(at), "weak_tails[%zu]", i);
        add_tail(r, text_at(r, json_array_get(weak, i), at), 1, at);
    }
}

static const struct {
    const char *file;
    void (*read)(struct reading *r);
} tables[] = {
    {"mobile.json", read_segments},      {"services.json", read_segments}, {"area_codes.json", read_areas},
    {"countries.json", read_countries},  {"dialling.json", read_dialling}, {"trusted.json", read_trusted},
    {"do_not_originate.json", read_dno}, {"official.json", read_official},
};

/* A table without a date or a source is an opinion. */
static void read_header(struct reading *r)
{
    static const char *const keys[] = {"as_of", "source"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (json_string_length(json_object_get(r->doc.root, keys[i])) == 0)
            PROBLEM(r, "", "needs \"%s\": where the table comes from and when it was true", keys[i]);
}

static void read_table(struct number_plan *plan, const char *dir, size_t i, EVP_MD_CTX *digest, struct err *err)
{
    struct reading r = {.plan = plan, .err = err};
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", dir, tables[i].file);
    if (document_load(&r.doc, path, err) != 0)
        return;
    EVP_DigestUpdate(digest, r.doc.text, r.doc.n);
    read_header(&r);
    tables[i].read(&r);
    document_fini(&r.doc);
}

struct number_plan *number_plan_load(const char *dir, struct err *err)
{
    struct number_plan *plan = calloc(1, sizeof(*plan));
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    unsigned before = err->count;

    if (plan == NULL || digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
        err_add(err, "%s: %s", dir, ts_strerror(TS_ENOMEM));
    } else {
        for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
            read_table(plan, dir, i, digest, err);
        EVP_DigestFinal_ex(digest, plan->digest, NULL);
    }
    EVP_MD_CTX_free(digest);
    if (err->count > before)
        number_plan_free(&plan);
    else
        number_leads_find(plan);
    return plan;
}

void number_plan_free(struct number_plan **plan)
{
    struct number_plan *p = *plan;

    *plan = NULL;
    if (p == NULL)
        return;
    struct digits *tries[] = {&p->national, &p->areas, &p->countries, &p->calling,
                              &p->trusted,  &p->dno,   &p->official,  &p->tails};
    for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++)
        digits_fini(tries[i]);
    for (size_t i = 0; i < p->nwithheld; i++)
        free(p->withheld[i]);
    free(p->withheld);
    free(p->country);
    free(p);
}

void number_plan_digest(const struct number_plan *plan, unsigned char out[32])
{
    memcpy(out, plan->digest, 32);
}

bool number_plan_official_service(const struct number_plan *plan, struct str digits)
{
    if (digits.n == 0 || digits.n > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return false;
    return digits_find(&plan->official, digits.p, digits.n, NULL) != NULL;
}
