/* place.c - a scanner that knows strings, brackets and scalars. Keys are compared as what they mean, so "\u0061" is
 * "a"; a value is stepped over by counting brackets outside strings. */
#include "config/place.h"
#include "core/utf8.h"

#include <stdlib.h>

#define MAX_DEPTH 2048 /* jansson's own bound: JSON_PARSER_MAX_DEPTH */

struct scanner {
    const char *p, *end;
};

void place_of(struct str text, size_t byte, unsigned *line, unsigned *col)
{
    size_t start = 0;

    *line = 1;
    for (size_t i = 0; i < byte && i < text.n; i++) {
        if (text.p[i] == '\n') {
            ++*line;
            start = i + 1;
        }
    }
    *col = (unsigned)utf8_count((struct str){text.p + start, byte - start}) + 1;
}

/* The next character that is not white space, '\0' at the end. */
static char peek(struct scanner *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
    return s->p < s->end ? *s->p : '\0';
}

static bool take(struct scanner *s, char c)
{
    if (peek(s) != c)
        return false;
    s->p++;
    return true;
}

/* The inside of the string at p, escapes untouched; false when it does not end. */
static bool take_string(struct scanner *s, struct str *inside)
{
    const char *start;

    if (!take(s, '"'))
        return false;
    for (start = s->p; s->p < s->end; s->p++) {
        if (*s->p == '\\' && s->end - s->p > 1) {
            s->p++;
        } else if (*s->p == '"') {
            *inside = str_range(start, s->p++);
            return true;
        }
    }
    return false;
}

/* Step over one value of any kind; false where the text is not JSON. */
static bool skip_value(struct scanner *s)
{
    size_t depth = 0;
    struct str ignored;

    do {
        char c = peek(s);
        if (c == '"') {
            if (!take_string(s, &ignored))
                return false;
        } else if (c == '{' || c == '[') {
            depth++;
            s->p++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return false;
            depth--;
            s->p++;
        } else if (c == '\0') {
            return false;
        } else if (c == ',' || c == ':') {
            if (depth == 0)
                return false;
            s->p++;
        } else {
            while (s->p < s->end && memchr(" \t\r\n,:]}{[\"", *s->p, 11) == NULL)
                s->p++;
        }
    } while (depth > 0);
    return true;
}

static unsigned hex4(const char *p, const char *end)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        char c = p + i < end ? p[i] : '0';
        unsigned digit = (unsigned)(c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0');
        value = value << 4 | (digit & 15);
    }
    return value;
}

/* One character of a string's inside: returns the bytes read, writes 1-4 bytes to out. */
static size_t unescape(const char *p, const char *end, char out[4], size_t *n)
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    const char *letter;
    uint32_t cp;

    *n = 1;
    out[0] = *p;
    if (*p != '\\' || end - p < 2)
        return 1;
    letter = p[1] != '\0' ? strchr(letters, p[1]) : NULL;
    out[0] = letter != NULL ? meanings[letter - letters] : p[1];
    if (p[1] != 'u')
        return 2;
    cp = hex4(p + 2, end);
    if (cp >= 0xD800 && cp < 0xDC00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
        cp = 0x10000 + ((cp - 0xD800) << 10) + ((hex4(p + 8, end) - 0xDC00) & 0x3FF);
        *n = utf8_encode(cp, out);
        return 12;
    }
    *n = utf8_encode(cp, out);
    return end - p >= 6 ? 6 : (size_t)(end - p);
}

/* What a string means, into out (at least inside.n bytes: an escape is never shorter than its meaning). */
static size_t decode(struct str inside, char *out)
{
    const char *p = inside.p, *end = inside.p + inside.n;
    size_t n = 0;

    while (p < end) {
        char bytes[4];
        size_t nbytes;
        p += unescape(p, end, bytes, &nbytes);
        for (size_t i = 0; i < nbytes; i++)
            out[n++] = bytes[i];
    }
    return n;
}

static bool key_means(struct str inside, const char *key)
{
    const char *p = inside.p, *end = inside.p + inside.n;

    while (p < end) {
        char bytes[4];
        size_t n;
        p += unescape(p, end, bytes, &n);
        for (size_t i = 0; i < n; i++)
            if (*key == '\0' || *key++ != bytes[i])
                return false;
    }
    return *key == '\0';
}

/* Go to the value of `key` in the object at s; *at is where the key begins. */
static bool enter_key(struct scanner *s, const char *key, const char **at)
{
    struct str inside;

    if (!take(s, '{'))
        return false;
    while (peek(s) == '"') {
        *at = s->p;
        if (!take_string(s, &inside) || !take(s, ':'))
            return false;
        if (key_means(inside, key))
            return true;
        if (!skip_value(s) || !take(s, ','))
            return false;
    }
    return false;
}

static bool enter_index(struct scanner *s, size_t index, const char **at)
{
    if (!take(s, '[') || peek(s) == ']')
        return false;
    for (size_t i = 0; i < index; i++)
        if (!skip_value(s) || !take(s, ','))
            return false;
    peek(s);
    *at = s->p;
    return s->p < s->end;
}

size_t place_find(struct str text, const struct document_step *path, size_t nsteps, bool at_key)
{
    struct scanner s = {text.p, text.p + text.n};
    const char *value, *key;

    peek(&s);
    value = key = s.p;
    for (size_t i = 0; i < nsteps; i++) {
        const char *at = NULL;
        if (!(path[i].key != NULL ? enter_key(&s, path[i].key, &at) : enter_index(&s, path[i].index, &at)))
            break;
        peek(&s);
        key = at;
        value = s.p;
    }
    return (size_t)((at_key ? key : value) - text.p);
}

/* ---- keys that occur twice ------------------------------------------------------------------------------------ */

struct seen {
    struct str key;     /* as written */
    struct str meaning; /* decoded; own memory */
};

struct hunt {
    const char *text;
    void (*fn)(void *ctx, size_t first, size_t second, struct str key);
    void *ctx;
    struct seen *seen; /* keys of all open objects, the innermost last */
    size_t nseen, cap;
};

/* Remember a key; false when the heap is exhausted. */
static bool remember(struct hunt *hunt, size_t base, struct str inside)
{
    char *meaning = malloc(inside.n + 1);
    struct seen now;

    if (meaning == NULL)
        return false;
    now = (struct seen){inside, {meaning, decode(inside, meaning)}};
    for (size_t i = base; i < hunt->nseen; i++) {
        if (str_eq(hunt->seen[i].meaning, now.meaning)) {
            hunt->fn(hunt->ctx, (size_t)(hunt->seen[i].key.p - 1 - hunt->text), (size_t)(inside.p - 1 - hunt->text),
                     inside);
            free(meaning);
            return true;
        }
    }
    if (hunt->nseen == hunt->cap) {
        size_t cap = hunt->cap ? hunt->cap * 2 : 64;
        struct seen *grown = realloc(hunt->seen, cap * sizeof(*grown));
        if (grown == NULL) {
            free(meaning);
            return false;
        }
        hunt->seen = grown;
        hunt->cap = cap;
    }
    hunt->seen[hunt->nseen++] = now;
    return true;
}

static void forget(struct hunt *hunt, size_t base)
{
    while (hunt->nseen > base)
        free((char *)hunt->seen[--hunt->nseen].meaning.p);
}

static bool hunt_value(struct hunt *hunt, struct scanner *s, unsigned depth);

static bool hunt_object(struct hunt *hunt, struct scanner *s, unsigned depth)
{
    size_t base = hunt->nseen;
    struct str inside;
    bool ok = take(s, '{');

    while (ok && peek(s) == '"') {
        ok = take_string(s, &inside) && remember(hunt, base, inside) && take(s, ':') &&
             hunt_value(hunt, s, depth + 1);
        if (ok && !take(s, ','))
            break;
    }
    forget(hunt, base);
    return ok && take(s, '}');
}

static bool hunt_value(struct hunt *hunt, struct scanner *s, unsigned depth)
{
    char c = peek(s);

    if (depth > MAX_DEPTH)
        return false;
    if (c == '{')
        return hunt_object(hunt, s, depth);
    if (c != '[')
        return skip_value(s);
    s->p++;
    while (peek(s) != ']')
        if (!hunt_value(hunt, s, depth + 1) || (!take(s, ',') && peek(s) != ']'))
            return false;
    return take(s, ']');
}

void place_duplicates(struct str text, void (*fn)(void *ctx, size_t first, size_t second, struct str key), void *ctx)
{
    struct hunt hunt = {.text = text.p, .fn = fn, .ctx = ctx};
    struct scanner s = {text.p, text.p + text.n};

    hunt_value(&hunt, &s, 0);
    forget(&hunt, 0);
    free(hunt.seen);
}
