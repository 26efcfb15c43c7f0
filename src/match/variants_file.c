/* variants_file.c - reads patterns/variants.json and patterns/ordinary.txt. */
#include "match/variants_parts.h"

#include "config/document.h"
#include "core/utf8.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

struct loader {
    struct variants *variants;
    const struct folding *folding;
    struct document doc;
    struct err *err;
};

static bool out_of_memory(struct loader *l)
{
    document_error(&l->doc, l->err, "", false, "out of memory");
    return false;
}

/* The text of `value` in the arena, when it is a canonical one; else a problem and p NULL. */
static struct str canonical(struct loader *l, const char *path, const json_t *value)
{
    struct str text = {0}, folded = {0};
    char *p = NULL;

    if (!json_is_string(value) || json_string_length(value) == 0) {
        document_error(&l->doc, l->err, path, false, "must be a text that is not empty");
        return text;
    }
    if (canon_fold_phrase(l->folding, str_of(json_string_value(value)), &p, &folded.n) != 0) {
        out_of_memory(l);
        return text;
    }
    folded.p = p;
    if (!str_eqz(folded, json_string_value(value)))
        document_error(&l->doc, l->err, path, false, "\"%s\" is folded to \"%.*s\" before variants are looked for",
                       json_string_value(value), STR_FMT(folded));
    else if ((text = arena_strdup(&l->variants->arena, folded)).p == NULL)
        out_of_memory(l);
    free(p);
    return text;
}

static bool is_letters(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 'a' || text.p[i] > 'z')
            return false;
    return text.n >= 2 && text.n <= VARIANT_MAX_LETTERS;
}

/* Each character of a group looks like each other one. */
static void add_group(struct loader *l, const char *path, struct str group)
{
    uint16_t chars[16];
    size_t n = variant_chars(group, chars, 16);

    if (n < 2)
        document_error(&l->doc, l->err, path, false, "must be 2 to 16 Han characters that look alike");
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            struct variant_shape *added;

            if (i == k)
                continue;
            if ((added = variant_list_add(&l->variants->shapes, sizeof(*added))) == NULL)
                out_of_memory(l);
            else
                *added = (struct variant_shape){chars[i], chars[k]};
        }
}

/* One pair: a part, the rest beside it, the whole character. */
static void add_part(struct loader *l, const char *part, const char *rest, const char *whole, bool behind, bool alone)
{
    struct variant_parts *added = variant_list_add(&l->variants->parts, sizeof(*added));
    char pair[6];

    memcpy(pair, behind ? rest : part, 3);
    memcpy(pair + 3, behind ? part : rest, 3);
    if (added == NULL)
        out_of_memory(l);
    else
        *added = (struct variant_parts){(uint16_t)variant_char(whole), alone,
                                        arena_strdup(&l->variants->arena, (struct str){pair, sizeof(pair)})};
}

/* {"part": "è® ", "rest": "…", "whole": "…"}: the part with each of `rest` makes the one of `whole` at its place. */
static void load_part(struct loader *l, const char *path, const json_t *item)
{
    struct str part = canonical(l, path, json_object_get(item, "part"));
    struct str rest = canonical(l, path, json_object_get(item, "rest"));
    struct str whole = canonical(l, path, json_object_get(item, "whole"));
    uint16_t chars[VARIANT_MAX_PAIRS];

    if (part.p == NULL || rest.p == NULL || whole.p == NULL)
        return;
    if (rest.n != whole.n || variant_chars(part, chars, 1) != 1 || variant_chars(rest, chars, VARIANT_MAX_PAIRS) == 0 ||
        variant_chars(whole, chars, VARIANT_MAX_PAIRS) == 0) {
        document_error(&l->doc, l->err, path, false,
                       "\"part\" is one Han character, \"rest\" and \"whole\" have one for each other, at most %d",
                       VARIANT_MAX_PAIRS);
        return;
    }
    for (size_t i = 0; i < rest.n; i += 3)
        add_part(l, part.p, rest.p + i, whole.p + i, json_is_true(json_object_get(item, "behind")),
                 json_is_true(json_object_get(item, "alone")));
}

static void load_parts(struct loader *l)
{
    const json_t *list = json_object_get(l->doc.root, "parts");
    size_t i;
    json_t *item;

    if (!json_is_array(list))
        document_error(&l->doc, l->err, list != NULL ? "parts" : "", false, "\"parts\" must be a list");
    json_array_foreach((json_t *)list, i, item) {
        char path[64];

        snprintf(path, sizeof(path), "parts[%zu]", i);
        load_part(l, path, item);
    }
}

static void add_listed(struct loader *l, const char *path, struct str to, struct str from)
{
    uint16_t chars[2 * VARIANT_MAX_CHARS];
    struct variant_listed *added;

    if (variant_chars(to, chars, VARIANT_MAX_CHARS) < VARIANT_MIN_CHARS ||
        (!is_letters(from) && variant_chars(from, chars, 2 * VARIANT_MAX_CHARS) < VARIANT_MIN_CHARS)) {
        document_error(&l->doc, l->err, path, false,
                       "a word of 2 to %d Han characters, written in Han characters or in the letters a to z",
                       VARIANT_MAX_CHARS);
        return;
    }
    if ((added = variant_list_add(&l->variants->listed, sizeof(*added))) == NULL)
        out_of_memory(l);
    else
        *added = (struct variant_listed){from, to};
}

/* {"what is meant": ["how it is written", …], …} */
static void load_words(struct loader *l)
{
    const json_t *object = json_object_get(l->doc.root, "words");
    const char *meant;
    json_t *list;

    if (!json_is_object(object)) {
        document_error(&l->doc, l->err, object != NULL ? "words" : "", false,
                       "\"words\" must be an object: what is meant, and a list of how it is written");
        return;
    }
    json_object_foreach((json_t *)object, meant, list) {
        struct str to = arena_strdup(&l->variants->arena, str_of(meant));
        char path[200];
        size_t i;
        json_t *value;

        snprintf(path, sizeof(path), "words.\"%s\"", meant);
        if (!json_is_array(list))
            document_error(&l->doc, l->err, path, false, "must be a list");
        json_array_foreach(list, i, value) {
            struct str from;

            snprintf(path, sizeof(path), "words.\"%s\"[%zu]", meant, i);
            from = canonical(l, path, value);
            if (from.p != NULL && to.p != NULL)
                add_listed(l, path, to, from);
        }
    }
}

static void load_list(struct loader *l, const char *key, void (*add)(struct loader *l, const char *path, struct str s))
{
    const json_t *list = json_object_get(l->doc.root, key);
    size_t i;
    json_t *value;

    if (!json_is_array(list))
        document_error(&l->doc, l->err, list != NULL ? key : "", false, "\"%s\" must be a list", key);
    json_array_foreach((json_t *)list, i, value) {
        char path[64];
        struct str text;

        snprintf(path, sizeof(path), "%s[%zu]", key, i);
        text = canonical(l, path, value);
        if (text.p != NULL)
            add(l, path, text);
    }
}

static void add_denied(struct loader *l, const char *path, struct str text)
{
    struct str *added = variant_list_add(&l->variants->denied, sizeof(*added));

    (void)path;
    if (added == NULL)
        out_of_memory(l);
    else
        *added = text;
}

static void add_plain(struct loader *l, const char *path, struct str text)
{
    struct str *added = variant_list_add(&l->variants->plain, sizeof(*added));

    (void)path;
    if (added == NULL)
        out_of_memory(l);
    else
        *added = text;
}

static void add_also(struct loader *l, const char *path, struct str text)
{
    uint16_t chars[VARIANT_MAX_CHARS];

    if (variant_chars(text, chars, VARIANT_MAX_CHARS) < VARIANT_MIN_CHARS)
        document_error(&l->doc, l->err, path, false, "must be %d to %d Han characters", VARIANT_MIN_CHARS,
                       VARIANT_MAX_CHARS);
    else if (variants_add_word(l->variants, text) != 0)
        out_of_memory(l);
}

static void load_fixed(struct loader *l)
{
    const json_t *value = json_object_get(l->doc.root, "fixed");
    struct str text = value != NULL ? canonical(l, "fixed", value) : (struct str){0};
    uint16_t chars[VARIANT_MAX_FIXED];
    size_t n = variant_chars(text, chars, VARIANT_MAX_FIXED);

    for (size_t i = 0; i < n; i++)
        l->variants->fixed[(chars[i] - HAN_FIRST) / 64] |= UINT64_C(1) << (chars[i] - HAN_FIRST) % 64;
    if (text.n > 0 && n == 0)
        document_error(&l->doc, l->err, "fixed", false, "at most %d Han characters", VARIANT_MAX_FIXED);
}

/* ---- ordinary words ---------------------------------------------------------------------------------------- */

/* One line: 提 交供倡|亲价; false when it is none. */
static bool add_ordinary(struct loader *l, struct str line)
{
    uint32_t first = line.n > 4 ? variant_char(line.p) : 0;
    unsigned grade = 2;

    if (first == 0 || line.p[3] != ' ')
        return false;
    for (const char *p = line.p + 4; p < line.p + line.n;) {
        uint32_t *added, second;

        if (*p == '|') {
            grade = 1;
            p++;
            continue;
        }
        second = line.p + line.n - p >= 3 ? variant_char(p) : 0;
        if (second == 0)
            return false;
        if ((added = variant_list_add(&l->variants->ordinary, sizeof(*added))) == NULL)
            return out_of_memory(l);
        *added = variant_ordinary(first, second, grade);
        p += 3;
    }
    return true;
}

static void load_ordinary(struct loader *l, const char *file)
{
    FILE *in = fopen(file, "r");
    char *line = NULL;
    size_t room = 0;
    unsigned number = 0;
    ssize_t n;

    if (in == NULL) {
        err_add(l->err, "%s: cannot be read: %s", file, strerror(errno));
        return;
    }
    while ((n = getline(&line, &room, in)) > 0) {
        number++;
        if (line[n - 1] == '\n')
            line[--n] = '\0';
        if (n > 0 && line[0] != '#' && !add_ordinary(l, (struct str){line, (size_t)n}))
            err_at(l->err, file, number, 1, "not a line of ordinary words: a Han character, a space, the second ones "
                                            "of frequent words, |, those of the others");
    }
    free(line);
    fclose(in);
}

/* ---- all --------------------------------------------------------------------------------------------------- */

struct variants *variants_load(const char *file, const char *ordinary_file, const struct folding *folding,
                               struct err *err)
{
    static const char *const keys[] = {"telsieve", "version", "note",  "shapes", "parts", "words",
                                       "also",     "plain",   "fixed", "deny",   NULL};
    struct loader l = {.variants = calloc(1, sizeof(struct variants)), .folding = folding, .err = err};
    unsigned before = err->count + err->suppressed;

    if (l.variants == NULL) {
        err_add(err, "out of memory while reading %s", file);
        return NULL;
    }
    arena_init(&l.variants->arena, 1u << 16);
    if (document_load(&l.doc, file, err) == 0) {
        document_check_keys(&l.doc, err, l.doc.root, "", keys);
        load_list(&l, "shapes", add_group);
        load_parts(&l);
        load_words(&l);
        load_list(&l, "plain", add_plain);
        load_list(&l, "deny", add_denied);
        load_fixed(&l);
        if (variants_order(l.variants) != 0)
            out_of_memory(&l);
        load_list(&l, "also", add_also);
        SHA256((const unsigned char *)l.doc.text, l.doc.n, l.variants->digest[0]);
        document_fini(&l.doc);
    }
    load_ordinary(&l, ordinary_file);
    SHA256(l.variants->ordinary.items, l.variants->ordinary.n * sizeof(uint32_t), l.variants->digest[1]);
    if (err->count + err->suppressed != before)
        variants_free(&l.variants);
    return l.variants;
}

void variants_free(struct variants **variants)
{
    struct variants *old = *variants;

    if (old == NULL)
        return;
    free(old->shapes.items);
    free(old->parts.items);
    free(old->listed.items);
    free(old->plain.items);
    free(old->denied.items);
    for (int i = 0; i < VARIANT_ORDERS; i++)
        free(old->orders[i].items);
    free(old->ordinary.items);
    free(old->words.items);
    free(old->known.items);
    free(old->units.items);
    free(old->entries.items);
    free(old->letters.items);
    arena_fini(&old->arena);
    free(old);
    *variants = NULL;
}

void variants_digest(const struct variants *variants, unsigned char out[32])
{
    SHA256(variants->digest[0], sizeof(variants->digest), out);
}
