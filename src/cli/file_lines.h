/* file_lines.h - from a line of a file to the payload that is judged: itself (jsonl), the header and it (csv), or the
 * record around a text.
 *
 * Threads: struct file_lines is only read once the options are; a buffer belongs to one thread. */
#ifndef TELSIEVE_CLI_FILE_LINES_H
#define TELSIEVE_CLI_FILE_LINES_H

#include "cli/blocks.h"
#include "cli/command.h"
#include "record/decoder.h"

enum file_format { FILE_JSONL, FILE_CSV, FILE_TEXT };

struct file_lines {
    enum file_format format;
    const char *caller; /* the sender of every text */
    int64_t wall_ms;    /* the ts of every text */
};

#define FILE_LINES_DEFAULT ((struct file_lines){.caller = "13912345678"})

/* The values of --format and --caller; false after an error message. */
bool file_lines_parse_format(struct file_lines *lines, struct args *args);
bool file_lines_parse_caller(struct file_lines *lines, struct args *args);

/* How such files are written; NULL on problems (to err). */
struct feed *file_lines_feed(const struct file_lines *lines, struct err *err);

/* Cut the next line, without its end, off *rest. */
struct str file_lines_next(const struct file_lines *lines, struct str *rest, uint64_t *newlines);

struct file_line_buffer {
    char *p; /* free it */
    size_t cap;
};

/* The payload of line `number`; lent until the next one. */
struct str file_lines_payload(const struct file_lines *lines, const struct block *block, struct str line,
                              uint64_t number, struct file_line_buffer *buffer);

#endif
