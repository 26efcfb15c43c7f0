/* file_lines.c - a text becomes an SMS record with the line's number for its id. */
#include "cli/file_lines.h"

#include <stdio.h>
#include <stdlib.h>

bool file_lines_parse_format(struct file_lines *lines, struct args *args)
{
    const char *word = args_value(args);

    if (word == NULL)
        return false;
    if (strcmp(word, "jsonl") == 0)
        lines->format = FILE_JSONL;
    else if (strcmp(word, "csv") == 0)
        lines->format = FILE_CSV;
    else if (strcmp(word, "text") == 0)
        lines->format = FILE_TEXT;
    else
        return usage_error(args->command, "--format is jsonl, csv or text, not \"%s\"", word) == EXIT_DONE;
    return true;
}

/* A sender that can stand in a JSON string as it is. */
bool file_lines_parse_caller(struct file_lines *lines, struct args *args)
{
    const char *caller = args_value(args);

    if (caller != NULL && strpbrk(caller, "\"\\") != NULL) {
        usage_error(args->command, "--caller cannot contain quotes or backslashes");
        return false;
    }
    lines->caller = caller;
    return caller != NULL;
}

struct feed *file_lines_feed(const struct file_lines *lines, struct err *err)
{
    json_t *spec = lines->format == FILE_CSV ? json_pack("{s:s, s:b}", "format", "csv", "header", 1) : NULL;
    struct feed *feed = feed_new(spec, "files", err);

    json_decref(spec);
    return feed;
}

struct str file_lines_next(const struct file_lines *lines, struct str *rest, uint64_t *newlines)
{
    struct str line = block_line(rest, lines->format == FILE_CSV, newlines);

    while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    return line;
}

/* A text line as the JSON record it stands for; control characters cannot be in a line of text but tabs. */
static size_t wrap_text(const struct file_lines *lines, struct str line, uint64_t number, char *out)
{
    size_t n = (size_t)sprintf(out,
                               "{\"v\":1,\"kind\":\"sms\",\"id\":\"line-%llu\",\"ts\":%lld,\"calling\":\"%s\","
                               "\"called\":\"13812345678\",\"ingress\":\"onnet\",\"text\":\"",
                               (unsigned long long)number, (long long)lines->wall_ms, lines->caller);

    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == '"' || line.p[i] == '\\')
            out[n++] = '\\';
        out[n++] = line.p[i] == '\t' ? ' ' : line.p[i];
    }
    memcpy(out + n, "\"}", 2);
    return n + 2;
}

struct str file_lines_payload(const struct file_lines *lines, const struct block *block, struct str line,
                              uint64_t number, struct file_line_buffer *buffer)
{
    size_t need = 2 * line.n + block->head_n + strlen(lines->caller) + 256;

    if (lines->format == FILE_JSONL)
        return line;
    if (need > buffer->cap) {
        char *bigger = realloc(buffer->p, need);
        if (bigger == NULL)
            return line;
        buffer->p = bigger;
        buffer->cap = need;
    }
    if (lines->format == FILE_TEXT)
        return (struct str){buffer->p, wrap_text(lines, line, number, buffer->p)};
    memcpy(buffer->p, block->head, block->head_n);
    memcpy(buffer->p + block->head_n, line.p, line.n);
    return (struct str){buffer->p, block->head_n + line.n};
}
