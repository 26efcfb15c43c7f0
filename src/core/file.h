/* file.h - all bytes to or from a descriptor, past interrupts and short counts. Any thread. */
#ifndef TELSIEVE_CORE_FILE_H
#define TELSIEVE_CORE_FILE_H

#include "core/str.h"

#include <sys/types.h>

/* Up to n bytes; fewer only at the end of the file. -1 with errno when it cannot be read. */
ssize_t file_read(int fd, void *into, size_t n);

/* False with errno when it cannot be written. */
bool file_write(int fd, struct str bytes);

#endif
