/* scratch.c - telsieve-PID-XXXXXX. A folder that is wrongly taken for a dead process's (of another container with the
 * same /tmp) only costs that one a compile. */
#include "daemon/scratch.h"

#include "core/err.h"
#include "match/cache.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *base_folder(void)
{
    const char *base = getenv("TMPDIR");

    return base != NULL && base[0] == '/' && strlen(base) < SCRATCH_BYTES / 2 ? base : "/tmp";
}

void scratch_clear(const char *path)
{
    const struct cache_limits limits = CACHE_LIMITS_DEFAULT;
    struct cache *cache = cache_open(path, &limits);

    if (cache != NULL)
        cache_clear(cache);
    cache_close(&cache);
}

void scratch_remove(char path[SCRATCH_BYTES])
{
    if (path[0] == '\0')
        return;
    scratch_clear(path);
    rmdir(path);
    path[0] = '\0';
}

/* Of this user, by its name of a process that is no more? */
static bool is_left_over(const char *path, const char *name)
{
    struct stat st;
    char rest[8];
    int pid;

    return sscanf(name, "telsieve-%d-%7s", &pid, rest) == 2 && strlen(rest) == 6 && pid > 0 &&
           kill(pid, 0) != 0 && errno == ESRCH && lstat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
           st.st_uid == geteuid();
}

static void remove_left_over(const char *base)
{
    DIR *dir = opendir(base);
    struct dirent *entry;
    char path[SCRATCH_BYTES];

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        int n = snprintf(path, sizeof(path), "%s/%s", base, entry->d_name);

        if (n > 0 && (size_t)n < sizeof(path) && is_left_over(path, entry->d_name))
            scratch_remove(path);
    }
    if (dir != NULL)
        closedir(dir);
}

int scratch_make(char path[SCRATCH_BYTES])
{
    const char *base = base_folder();

    remove_left_over(base);
    snprintf(path, SCRATCH_BYTES, "%s/telsieve-%d-XXXXXX", base, (int)getpid());
    if (mkdtemp(path) != NULL)
        return 0;
    path[0] = '\0';
    return -TS_EIO;
}
