/* document.c - read the whole file, let jansson parse it, and look for places only when something is wrong.
 *
 * What jansson says near a syntax error is not repeated: it would show a piece of the text, which may be a secret. */
#include "config/document.h"
#include "core/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_FILE_BYTES (64u << 20)
#define MAX_STEPS 64

struct duplicates {
    const struct document *document;
    struct err *err;
};

static void report_duplicate(void *ctx, size_t first, size_t second, struct str key)
{
    struct duplicates *duplicates = ctx;
    const struct document *document = duplicates->document;
    struct str text = {document->text, document->n};
    unsigned line, col, first_line, first_col;

    place_of(text, first, &first_line, &first_col);
    place_of(text, second, &line, &col);
    err_at(duplicates->err, document->file, line, col, "key \"%.*s\" occurs twice (first at line %u column %u)",
           (int)utf8_prefix(key, 80), key.p, first_line, first_col);
}

/* jansson's reason without the piece of text it quotes. */
static void report_syntax(const struct document *document, const json_error_t *error, struct err *err)
{
    const char *near = strstr(error->text, " near '");
    int n = near != NULL ? (int)(near - error->text) : (int)strlen(error->text);

    err_at(err, document->file, error->line > 0 ? (unsigned)error->line : 1,
           error->column > 0 ? (unsigned)error->column : 1, "not JSON: %.*s", n, error->text);
}

static int parse(struct document *document, struct err *err)
{
    json_error_t error;
    unsigned before = err->count;

    document->root = json_loadb(document->text, document->n, JSON_REJECT_DUPLICATES, &error);
    if (document->root != NULL)
        return 0;
    if (json_error_code(&error) == json_error_duplicate_key) {
        struct duplicates duplicates = {document, err};
        place_duplicates((struct str){document->text, document->n}, report_duplicate, &duplicates);
        if (err->count > before)
            return -TS_ESYNTAX;
    }
    report_syntax(document, &error, err);
    return -TS_ESYNTAX;
}

/* Takes `text`. A byte order mark, as Windows editors write it, is no part of it. */
static int take_text(struct document *document, const char *name, char *text, size_t n, struct err *err)
{
    int rc;

    if (str_starts((struct str){text, n}, STR_LIT("\xEF\xBB\xBF"))) {
        n -= 3;
        memmove(text, text + 3, n + 1);
    }
    *document = (struct document){.file = strdup(name), .text = text, .n = n};
    if (document->file == NULL) {
        document_fini(document);
        return -TS_ENOMEM;
    }
    rc = parse(document, err);
    if (rc == 0 && !json_is_object(document->root)) {
        document_error(document, err, "", false, "must be an object: { … }");
        rc = -TS_ESYNTAX;
    }
    if (rc != 0)
        document_fini(document);
    return rc;
}

int document_parse(struct document *document, const char *name, struct str text, struct err *err)
{
    char *copy = malloc(text.n + 1);

    *document = (struct document){0};
    if (copy == NULL)
        return -TS_ENOMEM;
    if (text.n > 0)
        memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    return take_text(document, name, copy, text.n, err);
}

/* The whole of a stream, NUL-terminated; NULL with errno set (EFBIG when over the bound). */
static char *read_all(FILE *in, size_t *n)
{
    size_t cap = 4096;
    char *text = malloc(cap);

    *n = 0;
    while (text != NULL) {
        char *grown;
        *n += fread(text + *n, 1, cap - *n - 1, in);
        if (ferror(in) || *n > MAX_FILE_BYTES)
            break;
        if (*n < cap - 1) {
            text[*n] = '\0';
            return text;
        }
        cap *= 2;
        grown = realloc(text, cap);
        if (grown == NULL)
            break;
        text = grown;
    }
    if (text != NULL && !ferror(in) && *n > MAX_FILE_BYTES)
        errno = EFBIG;
    free(text);
    return NULL;
}

int document_load(struct document *document, const char *file, struct err *err)
{
    FILE *in = fopen(file, "rbe");
    char *text = NULL;
    size_t n = 0;

    *document = (struct document){0};
    if (in != NULL)
        text = read_all(in, &n);
    if (text == NULL)
        err_at(err, file, 0, 0, "cannot be read: %s", strerror(errno));
    if (in != NULL)
        fclose(in);
    return text == NULL ? -TS_EIO : take_text(document, file, text, n, err);
}

void document_fini(struct document *document)
{
    json_decref(document->root);
    free(document->text);
    free(document->file);
    *document = (struct document){0};
}

void document_find(const struct document *document, const struct document_step *path, size_t nsteps, bool at_key,
                   unsigned *line, unsigned *col)
{
    struct str text = {document->text, document->n};

    place_of(text, place_find(text, path, nsteps, at_key), line, col);
}

/* ---- written paths -------------------------------------------------------------------------------------------- */

/* Cut the next step off a written path; keys are copied to *room, NUL-terminated. False at the end. */
static bool next_step(const char **path, char **room, struct document_step *step)
{
    const char *p = *path;

    if (*p == '.')
        p++;
    if (*p == '\0')
        return false;
    *step = (struct document_step){0};
    if (*p == '[') {
        char *end;
        step->index = strtoul(p + 1, &end, 10);
        *path = *end == ']' ? end + 1 : end;
        return *end == ']';
    }
    step->key = *room;
    if (*p == '"') {
        for (p++; *p != '\0' && *p != '"'; p++) {
            if (*p == '\\' && p[1] != '\0')
                p++;
            *(*room)++ = *p;
        }
        p += *p == '"';
    } else {
        while (*p != '\0' && *p != '.' && *p != '[')
            *(*room)++ = *p++;
    }
    *(*room)++ = '\0';
    *path = p;
    return true;
}

void document_find_path(const struct document *document, const char *path, bool at_key, unsigned *line,
                        unsigned *col)
{
    struct document_step steps[MAX_STEPS];
    size_t nsteps = 0;
    char *room = malloc(strlen(path) * 2 + 2), *next = room;

    while (room != NULL && nsteps < MAX_STEPS && next_step(&path, &next, &steps[nsteps]))
        nsteps++;
    document_find(document, steps, nsteps, at_key, line, col);
    free(room);
}

void document_error(const struct document *document, struct err *err, const char *path, bool at_key,
                    const char *fmt, ...)
{
    char text[1024];
    unsigned line, col;
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    document_find_path(document, path, at_key, &line, &col);
    err_at(err, document->file, line, col, "%s", text);
}

void document_check_keys(const struct document *document, struct err *err, const json_t *object, const char *path,
                         const char *const *keys)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value) {
        char at[512], hint[ERR_HINT_BYTES];
        if (str_is_among(str_of(key), keys))
            continue;
        snprintf(at, sizeof(at), "%s%s\"%.200s\"", path, path[0] != '\0' ? "." : "", key);
        document_error(document, err, at, true, "unknown key \"%.*s\"%s", (int)utf8_prefix(str_of(key), 60), key,
                       err_hint(key, keys, hint));
    }
}
