/* blocks.h - files cut into blocks of whole lines, for several threads to work on.
 *
 * Threads: one caller at a time (crew.c holds its mutex around it). */
#ifndef TELSIEVE_CLI_BLOCKS_H
#define TELSIEVE_CLI_BLOCKS_H

#include "core/err.h"
#include "core/str.h"

#include <stdint.h>

struct blocks {
    char *const *files;
    size_t nfiles, at;   /* at: index of the file being read */
    size_t size;         /* bytes read at a time, about those of a block; 1 MiB unless changed */
    bool quoted;         /* CSV: a newline inside quotes ends no line */
    bool (*is_header)(struct str line); /* of a file's first line: kept apart; NULL: no file has one */
    bool begun;          /* the first line of the current file was looked at */
    int fd;              /* -1 between files */
    char *carry;         /* bytes behind the last whole line */
    size_t carry_n, carry_cap;
    size_t scanned, whole; /* bytes of carry looked at, and those up to the end of its last whole line */
    bool inside;           /* behind `scanned` is the inside of quotes */
    uint64_t line;       /* number of the next block's first line, from 1 */
    uint64_t bytes_read, bytes_total; /* total 0: unknown (a pipe) */
    char *head;          /* header line of the current file, with its newline */
    size_t head_n;
};

struct block {
    const char *file;
    char *data;          /* malloc'ed, the caller's; whole lines (the last may lack its newline) */
    size_t n;
    uint64_t line;       /* number of its first line */
    char *head;          /* malloc'ed copy of the file's header line, or NULL */
    size_t head_n;
    uint64_t sequence;   /* 0, 1, 2 … over all files */
};

/* `files`: paths, "-" is standard input. */
void blocks_init(struct blocks *blocks, char *const *files, size_t nfiles, bool quoted,
                 bool (*is_header)(struct str line));
bool blocks_any_header(struct str line); /* the first line always is one */
void blocks_fini(struct blocks *blocks);

/* The next block; 1 when there is one, 0 at the end, -TS_EIO (message in err) or -TS_ENOMEM. */
int blocks_next(struct blocks *blocks, struct block *out, struct err *err);
void block_fini(struct block *block);

/* Cut the next line (with its newline, if any) off *rest; quoted as above. n 0 at the end. */
struct str block_line(struct str *rest, bool quoted, uint64_t *newlines);

#endif
