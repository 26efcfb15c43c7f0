/* file.c - read and write until all is done. */
#include "core/file.h"

#include <errno.h>
#include <unistd.h>

ssize_t file_read(int fd, void *into, size_t n)
{
    size_t got = 0;

    while (got < n) {
        ssize_t more = read(fd, (char *)into + got, n - got);

        if (more < 0 && errno == EINTR)
            continue;
        if (more < 0)
            return -1;
        if (more == 0)
            break;
        got += (size_t)more;
    }
    return (ssize_t)got;
}

bool file_write(int fd, struct str bytes)
{
    while (bytes.n > 0) {
        ssize_t put = write(fd, bytes.p, bytes.n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes = (struct str){bytes.p + put, bytes.n - (size_t)put};
    }
    return true;
}
