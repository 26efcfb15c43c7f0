/* write_file.h - a file is written whole or not at all: beside it first, then in its place. */
#ifndef TELSIEVE_CLI_WRITE_FILE_H
#define TELSIEVE_CLI_WRITE_FILE_H

#include "core/err.h"

#include <stdbool.h>

/* Replace what `path` holds (through symbolic links) by `text`, keeping its mode. False with a problem in err. */
bool write_file(const char *path, const char *text, struct err *err);

#endif
