/* read_file.h - the whole of a file or of standard input. */
#ifndef TELSIEVE_CLI_READ_FILE_H
#define TELSIEVE_CLI_READ_FILE_H

#include "core/err.h"

#include <stddef.h>

/* What `path` ("-": standard input) holds, *n bytes and a NUL behind them, malloc'ed. NULL with a problem in err. */
char *read_file(const char *path, size_t *n, struct err *err);

#endif
