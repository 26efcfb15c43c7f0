/* blocks.c - read about a megabyte, cut behind its last line end, carry the rest over to the next block. A line longer
 * than a block makes the block grow until its end is found. */
#include "cli/blocks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES (1u << 20)

bool blocks_any_header(struct str line)
{
    (void)line;
    return true;
}

void blocks_init(struct blocks *blocks, char *const *files, size_t nfiles, bool quoted,
                 bool (*is_header)(struct str line))
{
    *blocks = (struct blocks){.files = files, .nfiles = nfiles, .size = BLOCK_BYTES, .quoted = quoted,
                              .is_header = is_header, .fd = -1, .line = 1};
    for (size_t i = 0; i < nfiles; i++) {
        struct stat status;
        if (strcmp(files[i], "-") == 0 || stat(files[i], &status) != 0 || !S_ISREG(status.st_mode)) {
            blocks->bytes_total = 0;
            return;
        }
        blocks->bytes_total += (uint64_t)status.st_size;
    }
}

static void close_file(struct blocks *blocks)
{
    if (blocks->fd > STDIN_FILENO)
        close(blocks->fd);
    blocks->fd = -1;
    blocks->at++;
    free(blocks->head);
    blocks->head = NULL;
    blocks->head_n = 0;
    blocks->inside = false;
    blocks->begun = false;
    blocks->line = 1;
}

void blocks_fini(struct blocks *blocks)
{
    if (blocks->fd >= 0)
        close_file(blocks);
    free(blocks->carry);
    free(blocks->head);
}

void block_fini(struct block *block)
{
    free(block->data);
    free(block->head);
    *block = (struct block){0};
}

struct str block_line(struct str *rest, bool quoted, uint64_t *newlines)
{
    struct str line = {rest->p, 0};
    bool inside = false;

    *newlines = 0;
    while (line.n < rest->n) {
        char c = rest->p[line.n++];
        if (quoted && c == '"')
            inside = !inside;
        if (c != '\n')
            continue;
        ++*newlines;
        if (!inside)
            break;
    }
    rest->p += line.n;
    rest->n -= line.n;
    return line;
}

/* Look for line ends in what was read since the last look: each byte is looked at once, however long the line. */
static void find_whole_lines(struct blocks *blocks)
{
    const char *fresh = blocks->carry + blocks->scanned, *last;

    if (!blocks->quoted) {
        last = memrchr(fresh, '\n', blocks->carry_n - blocks->scanned);
        blocks->whole = last != NULL ? (size_t)(last - blocks->carry) + 1 : blocks->whole;
        blocks->scanned = blocks->carry_n;
        return;
    }
    for (; blocks->scanned < blocks->carry_n; blocks->scanned++) {
        char c = blocks->carry[blocks->scanned];
        if (c == '"')
            blocks->inside = !blocks->inside;
        if (c == '\n' && !blocks->inside)
            blocks->whole = blocks->scanned + 1;
    }
}

/* Take n bytes off the front of what was read. */
static void drop_front(struct blocks *blocks, size_t n)
{
    memmove(blocks->carry, blocks->carry + n, blocks->carry_n - n);
    blocks->carry_n -= n;
    blocks->scanned -= n;
    blocks->whole -= n < blocks->whole ? n : blocks->whole;
}

static int open_file(struct blocks *blocks, struct err *err)
{
    const char *file = blocks->files[blocks->at];

    if (strcmp(file, "-") == 0) {
        blocks->fd = STDIN_FILENO;
        return 0;
    }
    blocks->fd = open(file, O_RDONLY | O_CLOEXEC);
    if (blocks->fd < 0) {
        err_add(err, "%s: %s", file, strerror(errno));
        return -TS_EIO;
    }
    return 0;
}

/* Read until there is a whole line or the file ends. Returns 1 at the end of the file, 0 otherwise. */
static int fill(struct blocks *blocks, struct err *err)
{
    for (;;) {
        ssize_t got;
        if (blocks->carry_cap - blocks->carry_n < blocks->size) {
            char *bigger = realloc(blocks->carry, blocks->carry_n + 2 * blocks->size);
            if (bigger == NULL)
                return -TS_ENOMEM;
            blocks->carry = bigger;
            blocks->carry_cap = blocks->carry_n + 2 * blocks->size;
        }
        got = read(blocks->fd, blocks->carry + blocks->carry_n, blocks->size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            err_add(err, "%s: %s", blocks->files[blocks->at], strerror(errno));
            return -TS_EIO;
        }
        blocks->bytes_read += (uint64_t)got;
        blocks->carry_n += (size_t)got;
        find_whole_lines(blocks);
        if (got == 0)
            return 1;
        if (blocks->whole > 0)
            return 0;
    }
}

/* Once a file, when its first line was read. */
static int cut_header(struct blocks *blocks)
{
    struct str rest = {blocks->carry, blocks->carry_n};
    uint64_t newlines;
    struct str head = block_line(&rest, blocks->quoted, &newlines);

    blocks->begun = true;
    if (blocks->is_header == NULL || !blocks->is_header(head))
        return 0;
    blocks->head = malloc(head.n + 1);
    if (blocks->head == NULL)
        return -TS_ENOMEM;
    memcpy(blocks->head, head.p, head.n);
    blocks->head_n = head.n;
    blocks->line += newlines;
    drop_front(blocks, head.n);
    return 0;
}

static int hand_out(struct blocks *blocks, size_t n, struct block *out)
{
    static const char nothing[1];

    *out = (struct block){.file = blocks->files[blocks->at], .n = n, .line = blocks->line};
    out->data = malloc(n + 1);
    out->head = blocks->head != NULL ? malloc(blocks->head_n + 1) : NULL;
    if (out->data == NULL || (blocks->head != NULL && out->head == NULL)) {
        block_fini(out);
        return -TS_ENOMEM;
    }
    memcpy(out->data, blocks->carry, n);
    if (blocks->head != NULL)
        memcpy(out->head, blocks->head, blocks->head_n);
    out->head_n = blocks->head_n;
    for (const char *p = n > 0 ? out->data : nothing; (p = memchr(p, '\n', (size_t)(out->data + n - p))) != NULL; p++)
        blocks->line++;
    drop_front(blocks, n);
    return 1;
}

int blocks_next(struct blocks *blocks, struct block *out, struct err *err)
{
    while (blocks->at < blocks->nfiles) {
        int ended, code;
        size_t n;

        if (blocks->fd < 0 && (code = open_file(blocks, err)) != 0)
            return code;
        ended = fill(blocks, err);
        if (ended < 0)
            return ended;
        if (!blocks->begun && (code = cut_header(blocks)) != 0)
            return code;
        n = ended ? blocks->carry_n : blocks->whole;
        if (n > 0 && (code = hand_out(blocks, n, out)) < 0)
            return code;
        if (ended)
            close_file(blocks);
        if (n > 0)
            return 1;
    }
    return 0;
}
