/* read_file.c - a stream is copied into memory until its end. */
#include "cli/read_file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NULL when it cannot be read or memory is exhausted. */
static char *read_stream(FILE *in, size_t *n)
{
    char *text = NULL, block[65536];
    FILE *out = open_memstream(&text, n);
    bool ok = out != NULL;
    size_t got;

    while (ok && (got = fread(block, 1, sizeof(block), in)) > 0)
        ok = fwrite(block, 1, got, out) == got;
    ok = ok && !ferror(in);
    if (out != NULL && fclose(out) != 0)
        ok = false;
    if (ok)
        return text;
    free(text);
    return NULL;
}

char *read_file(const char *path, size_t *n, struct err *err)
{
    bool input = strcmp(path, "-") == 0;
    FILE *in = input ? stdin : fopen(path, "re");
    char *text = in != NULL ? read_stream(in, n) : NULL;

    if (text == NULL)
        err_add(err, "%s: cannot be read: %m", input ? "standard input" : path);
    if (in != NULL && !input)
        fclose(in);
    return text;
}
