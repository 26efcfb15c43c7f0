/* expression_problem.c - where in the file a character of a condition stands. The JSON text holds the same
 * bytes as the value when the string has no escapes; only then is the place inside it certain. */
#include "config/document.h"
#include "match/expression_tree.h"

#include "core/utf8.h"

#include <stdarg.h>
#include <stdio.h>

/* Byte offset of the place a line and column name. */
static size_t offset_of(struct str text, unsigned line, unsigned col)
{
    size_t at = 0;

    for (; line > 1 && at < text.n; at++)
        line -= text.p[at] == '\n';
    return at + utf8_prefix((struct str){text.p + at, text.n - at}, col - 1);
}

static bool is_written_so(struct str file, size_t quote, struct str value)
{
    return file.n - quote >= value.n + 2 && file.p[quote] == '"' &&
           memcmp(file.p + quote + 1, value.p, value.n) == 0 && file.p[quote + 1 + value.n] == '"';
}

void expression_problem(const struct document *document, struct err *err, const char *path, struct str text,
                        size_t pos, const char *fmt, ...)
{
    char message[512];
    unsigned line, col;
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof(message), fmt, args);
    va_end(args);
    if (document == NULL) {
        err_add(err, "%s: %s", path, message);
        return;
    }
    struct str file = {document->text, document->n};
    document_find_path(document, path, false, &line, &col);
    if (is_written_so(file, offset_of(file, line, col), text))
        col += 1 + (unsigned)utf8_count((struct str){text.p, pos < text.n ? pos : text.n});
    err_at(err, document->file, line, col, "%s: %s", path, message);
}
