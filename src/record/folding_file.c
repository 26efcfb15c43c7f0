/* folding_file.c - reads patterns/folding.json and proves that folding with it is stable.
 *
 * Characters first, then the words (written as an analyst writes them; folded character by character here), then the
 * digit rule. Stable means: folding what was folded changes nothing. For characters: every replacement stays as it
 * is. For words: no word ends inside a replacement, neither alone nor together with what stands before it. */
#include "config/document.h"
#include "core/utf8.h"
#include "record/canon.h"
#include "record/folding.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_WORD_CHARS 8

struct place {
    size_t group, item;
};

struct loader {
    struct document doc;
    struct folding *folding;
    struct err *err;
    struct place *places; /* of each word, beside folding->words */
    size_t words_cap;
};

#define PATH_SIZE 64

static const char *const FILE_KEYS[] = {"telsieve", "version", "note", "chars", "words", "digits", NULL};
static const char *const CHAR_KEYS[] = {"from", "to", "all", "hides", "note", NULL};
static const char *const WORD_KEYS[] = {"from", "to", "not_after", "hides", "note", NULL};
static const char *const DIGIT_KEYS[] = {"min", "percent", "as", "note", NULL};

/* The string at `key`; complains and returns NULL when it is missing or empty and required, or no string. */
static const char *get_text(struct loader *l, const json_t *object, const char *path, const char *key, bool required)
{
    const json_t *value = json_object_get(object, key);
    char at[PATH_SIZE * 2];

    if (value == NULL && !required)
        return NULL;
    if (json_is_string(value) && json_string_length(value) > 0)
        return json_string_value(value);
    snprintf(at, sizeof(at), "%s%s%s", path, *path ? "." : "", key);
    document_error(&l->doc, l->err, value ? at : path, false, "\"%s\" must be a text that is not empty", key);
    return NULL;
}

static bool get_hides(struct loader *l, const json_t *object, const char *path)
{
    const json_t *value = json_object_get(object, "hides");
    char at[PATH_SIZE * 2];

    if (value == NULL || json_is_boolean(value))
        return value == NULL || json_is_true(value);
    snprintf(at, sizeof(at), "%s.hides", path);
    document_error(&l->doc, l->err, at, false, "\"hides\" must be true or false");
    return true;
}

/* ---- characters ------------------------------------------------------------------------------------------------- */

static int set_chars(struct loader *l, const json_t *item, const char *path)
{
    const char *from = get_text(l, item, path, "from", true);
    const char *to = get_text(l, item, path, "to", false), *all = get_text(l, item, path, "all", false);
    const char *p = from, *end = from ? from + strlen(from) : NULL;
    struct str rest = str_of(to);
    bool hides = get_hides(l, item, path);

    if (from == NULL)
        return 0;
    if ((to == NULL) == (all == NULL)) {
        document_error(&l->doc, l->err, path, false, "needs either \"to\" (as many characters as \"from\") or \"all\"");
        return 0;
    }
    if (to != NULL && utf8_count(str_of(to)) != utf8_count(str_of(from))) {
        document_error(&l->doc, l->err, path, false, "\"to\" has %zu characters, \"from\" %zu", utf8_count(str_of(to)),
                       utf8_count(str_of(from)));
        return 0;
    }
    while (p < end) {
        uint32_t cp;
        size_t n = utf8_decode(p, end, &cp);
        struct str out = all ? str_of(all) : (struct str){rest.p, utf8_prefix(rest, 1)};

        if (out.n > n || cp < 128)
            document_error(&l->doc, l->err, path, false,
                           "U+%04X: a replacement must not be longer than the character, nor replace ASCII",
                           (unsigned)cp);
        else if (folding_set_char(l->folding, cp, out, hides) != 0)
            return -TS_ENOMEM;
        p += n;
        if (to != NULL)
            rest = (struct str){rest.p + out.n, rest.n - out.n};
    }
    return 0;
}

/* Each replacement must be left alone by the finished table. */
static void check_chars_stable(struct loader *l, const json_t *chars)
{
    size_t i;
    json_t *item;

    json_array_foreach((json_t *)chars, i, item) {
        const char *to = json_string_value(json_object_get(item, "to"));
        struct str s = str_of(to ? to : json_string_value(json_object_get(item, "all")));
        char path[PATH_SIZE], *out;

        out = malloc(s.n * FOLD_MAX_GROWTH + 1);
        if (out == NULL)
            continue;
        snprintf(path, sizeof(path), "chars[%zu]", i);
        if (s.n > 0 && !str_eq(s, (struct str){out, folding_chars(l->folding, s, out)}))
            document_error(&l->doc, l->err, path, false, "the replacement is itself folded: \"%s\" becomes \"%.*s\"",
                           s.p, (int)folding_chars(l->folding, s, out), out);
        free(out);
    }
}

static int load_chars(struct loader *l)
{
    const json_t *chars = json_object_get(l->doc.root, "chars");
    size_t i;
    json_t *item;
    int rc = 0;

    if (!json_is_array(chars))
        document_error(&l->doc, l->err, chars ? "chars" : "", false, "\"chars\" must be a list");
    json_array_foreach((json_t *)chars, i, item) {
        char path[PATH_SIZE];

        snprintf(path, sizeof(path), "chars[%zu]", i);
        document_check_keys(&l->doc, l->err, item, path, CHAR_KEYS);
        if (rc == 0)
            rc = set_chars(l, item, path);
    }
    folding_close_chars(l->folding);
    check_chars_stable(l, chars);
    return rc;
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

/* `text` folded character by character, in the arena; p is NULL when out of memory. */
static struct str canonical(struct loader *l, const char *text)
{
    struct str s = str_of(text), out = {0};
    char *buf = malloc(s.n * FOLD_MAX_GROWTH + 1);

    if (buf == NULL)
        return out;
    out = arena_strdup(&l->folding->arena, (struct str){buf, folding_chars(l->folding, s, buf)});
    free(buf);
    return out;
}

/* The same, but p is NULL after a complaint too, when there is anything but Han. */
static struct str canonical_han(struct loader *l, const char *path, const char *text)
{
    struct str s = canonical(l, text);

    if (s.n > 0 && folding_all(l->folding, s, FOLD_HAN))
        return s;
    document_error(&l->doc, l->err, path, false, "\"%s\": only Han characters can be given here", text);
    return (struct str){0};
}

static size_t char_len(const char *p)
{
    unsigned char lead = (unsigned char)*p;

    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Fill in what follows from `from` and `to`. */
static void compare_shape(struct fold_word *word, bool hides)
{
    const char *a = word->from.p, *b = word->to.p;
    const char *a_end = a + word->from.n, *b_end = b + word->to.n;
    uint32_t differ = 0;

    while (a < a_end && b < b_end && char_len(a) == char_len(b)) {
        size_t n = char_len(a);

        differ += memcmp(a, b, n) != 0;
        a += n;
        b += n;
    }
    word->same_shape = a == a_end && b == b_end;
    if (hides)
        word->hidden = word->same_shape ? differ : (uint32_t)utf8_count(word->from);
}

static int make_room(struct loader *l)
{
    struct folding *folding = l->folding;
    size_t cap = l->words_cap ? 2 * l->words_cap : 64;
    struct fold_word *words;
    struct place *places;

    if (folding->nwords < l->words_cap)
        return 0;
    words = realloc(folding->words, cap * sizeof(*words));
    if (words == NULL)
        return -TS_ENOMEM;
    folding->words = words;
    places = realloc(l->places, cap * sizeof(*places));
    if (places == NULL)
        return -TS_ENOMEM;
    l->places = places;
    l->words_cap = cap;
    return 0;
}

/* Add the word, completed from `model` (to, not_after), unless something is wrong with it. */
static int add_word(struct loader *l, const char *path, const char *from, struct fold_word model, bool hides,
                    struct place place)
{
    struct folding *folding = l->folding;
    size_t chars = utf8_count(str_of(from));
    struct fold_word *word;

    if (chars < 2 || chars > MAX_WORD_CHARS) {
        document_error(&l->doc, l->err, path, false, "a word has 2 to %d characters", MAX_WORD_CHARS);
        return 0;
    }
    if (make_room(l) != 0)
        return -TS_ENOMEM;
    word = &folding->words[folding->nwords];
    *word = model;
    word->from = canonical_han(l, path, from);
    if (word->from.p == NULL)
        return 0;
    if (word->to.n > word->from.n) {
        document_error(&l->doc, l->err, path, false, "\"%s\": the replacement must not be longer than the word", from);
        return 0;
    }
    for (size_t i = 0; i < folding->nwords; i++)
        if (str_eq(folding->words[i].from, word->from))
            document_error(&l->doc, l->err, path, false, "\"%s\" is here twice", from);
    compare_shape(word, hides);
    l->places[folding->nwords++] = place;
    return 0;
}

static int load_word_group(struct loader *l, const json_t *item, size_t index)
{
    char path[PATH_SIZE], at[PATH_SIZE * 2];
    const json_t *list = json_object_get(item, "from");
    const char *to, *not_after;
    struct fold_word model = {0};
    bool hides;
    size_t i;
    json_t *from;
    int rc = 0;

    snprintf(path, sizeof(path), "words[%zu]", index);
    document_check_keys(&l->doc, l->err, item, path, WORD_KEYS);
    to = get_text(l, item, path, "to", true);
    not_after = get_text(l, item, path, "not_after", false);
    hides = get_hides(l, item, path);
    if (!json_is_array(list))
        document_error(&l->doc, l->err, path, false, "\"from\" must be a list of words");
    if (to == NULL)
        return 0;
    snprintf(at, sizeof(at), "%s.to", path);
    model.to = canonical_han(l, at, to);
    if (model.to.p == NULL)
        return 0;
    if (!str_eqz(model.to, to))
        document_error(&l->doc, l->err, at, false, "\"%s\" is itself folded, to \"%.*s\"", to, STR_FMT(model.to));
    if (not_after != NULL)
        model.not_after = canonical(l, not_after);
    json_array_foreach((json_t *)list, i, from) {
        snprintf(at, sizeof(at), "%s.from[%zu]", path, i);
        if (!json_is_string(from))
            document_error(&l->doc, l->err, at, false, "a word must be a text");
        else if (rc == 0)
            rc = add_word(l, at, json_string_value(from), model, hides, (struct place){index, i});
    }
    return rc;
}

/* Does some word end inside `to`: as a part of it, or because its end is the beginning of `to`? */
static bool ends_inside(struct str word, struct str to)
{
    if (memmem(to.p, to.n, word.p, word.n) != NULL)
        return true;
    for (size_t n = char_len(to.p); n <= to.n && n < word.n; n += char_len(to.p + n)) {
        if (str_ends(word, (struct str){to.p, n}))
            return true;
        if (n == to.n)
            break;
    }
    return false;
}

static void check_words_stable(struct loader *l)
{
    const struct folding *folding = l->folding;

    for (size_t i = 0; i < folding->nwords; i++) {
        const struct fold_word *a = &folding->words[i];
        char path[PATH_SIZE];

        snprintf(path, sizeof(path), "words[%zu].from[%zu]", l->places[i].group, l->places[i].item);
        for (size_t j = 0; j < folding->nwords; j++) {
            const struct fold_word *b = &folding->words[j];
            const char *inside = memmem(a->from.p, a->from.n, b->from.p, b->from.n);

            if (ends_inside(b->from, a->to))
                document_error(&l->doc, l->err, path, false,
                               "\"%.*s\" becomes \"%.*s\", in which the word \"%.*s\" may end: not stable",
                               STR_FMT(a->from), STR_FMT(a->to), STR_FMT(b->from));
            if (i != j && inside != NULL && inside + b->from.n != a->from.p + a->from.n)
                document_error(&l->doc, l->err, path, false,
                               "\"%.*s\" is never found: the word \"%.*s\" in it is replaced first", STR_FMT(a->from),
                               STR_FMT(b->from));
        }
    }
}

static int load_words(struct loader *l)
{
    const json_t *words = json_object_get(l->doc.root, "words");
    size_t i;
    json_t *item;
    int rc = 0;

    if (!json_is_array(words))
        document_error(&l->doc, l->err, words ? "words" : "", false, "\"words\" must be a list");
    json_array_foreach((json_t *)words, i, item)
        if (rc == 0)
            rc = load_word_group(l, item, i);
    check_words_stable(l);
    return rc;
}

/* ---- digits ----------------------------------------------------------------------------------------------------- */

static unsigned get_number(struct loader *l, const json_t *digits, const char *key, int low, int high)
{
    const json_t *value = json_object_get(digits, key);
    char at[PATH_SIZE];

    if (json_is_integer(value) && json_integer_value(value) >= low && json_integer_value(value) <= high)
        return (unsigned)json_integer_value(value);
    snprintf(at, sizeof(at), "digits.%s", key);
    document_error(&l->doc, l->err, value ? at : "digits", false, "\"%s\" must be a number from %d to %d", key, low,
                   high);
    return (unsigned)high;
}

static void load_digits(struct loader *l)
{
    const json_t *digits = json_object_get(l->doc.root, "digits");
    struct fold_digits *rule = &l->folding->digits;
    const char *key;
    json_t *value;

    if (!json_is_object(digits)) {
        document_error(&l->doc, l->err, digits ? "digits" : "", false, "\"digits\" must be an object");
        return;
    }
    document_check_keys(&l->doc, l->err, digits, "digits", DIGIT_KEYS);
    rule->min_chars = get_number(l, digits, "min", 2, 100);
    rule->min_percent = get_number(l, digits, "percent", 50, 100);
    if (!json_is_object(json_object_get(digits, "as")))
        document_error(&l->doc, l->err, "digits", false, "\"as\" must be an object of look-alike and digit");
    json_object_foreach(json_object_get(digits, "as"), key, value) {
        const char *digit = json_string_value(value);

        if (key[0] != '\0' && key[1] == '\0' && ((key[0] >= 'a' && key[0] <= 'z') || key[0] == '|') && digit != NULL &&
            digit[0] >= '0' && digit[0] <= '9' && digit[1] == '\0')
            rule->value[(unsigned char)key[0]] = digit[0];
        else
            document_error(&l->doc, l->err, "digits.as", false,
                           "\"%.10s\" must be one small letter or |, and stand for one digit", key);
    }
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

static int load_all(struct loader *l)
{
    int rc;

    document_check_keys(&l->doc, l->err, l->doc.root, "", FILE_KEYS);
    if (json_integer_value(json_object_get(l->doc.root, "telsieve")) != 1)
        document_error(&l->doc, l->err, "telsieve", false, "\"telsieve\" must be 1, the version of this format");
    get_text(l, l->doc.root, "", "version", true);
    rc = load_chars(l);
    if (rc == 0)
        rc = load_words(l);
    load_digits(l);
    return rc != 0 ? rc : folding_finish(l->folding);
}

struct folding *folding_load(const char *file, struct err *err)
{
    struct loader l = {.err = err};
    unsigned before = err->count;

    if (document_load(&l.doc, file, err) != 0)
        return NULL;
    l.folding = folding_new();
    if (l.folding == NULL || load_all(&l) != 0)
        err_add(err, "%s: %s", file, ts_strerror(TS_ENOMEM));
    else
        SHA256((const unsigned char *)l.doc.text, l.doc.n, l.folding->digest);
    document_fini(&l.doc);
    free(l.places);
    if (err->count != before)
        folding_free(&l.folding);
    return l.folding;
}
