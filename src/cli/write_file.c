/* write_file.c - a temporary file in the same directory, so that rename is one step. */
#include "cli/write_file.h"
#include "core/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_beside(const char *path, const char *text)
{
    char beside[4200];
    struct stat old;
    bool ok;
    int fd;

    snprintf(beside, sizeof(beside), "%s.XXXXXX", path);
    fd = mkstemp(beside);
    if (fd < 0)
        return false;
    ok = (stat(path, &old) != 0 || fchmod(fd, old.st_mode & 07777) == 0) &&
         file_write(fd, str_of(text)) && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    ok = ok && rename(beside, path) == 0;
    if (!ok)
        unlink(beside);
    return ok;
}

bool write_file(const char *path, const char *text, struct err *err)
{
    char *real = realpath(path, NULL);
    bool ok = write_beside(real != NULL ? real : path, text);

    if (!ok)
        err_add(err, "%s: cannot be written: %m", path);
    free(real);
    return ok;
}
