/* cache.c - a file is a header and the content; the header names the key, the length and a SHA-256 over all before and
 * behind it. It is written under another name, forced to disk and renamed. The time of a file is when it was last
 * used. */
#include "match/cache.h"

#include "core/err.h"
#include "core/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAGIC "tscach1"
#define ENDING ".cache"
#define DRAFT_ENDING ".draft"   /* while it is written */
#define DRAFT_SECONDS (10 * 60) /* older ones were left by a process that died */
#define NAME_BYTES (2 * CACHE_KEY_BYTES + sizeof(ENDING))

struct cache {
    int fd; /* of the folder; -1: not to be used */
    struct cache_limits limits;
    bool sealed;
    size_t missed;
    char problem[400];
};

struct header {
    char magic[8];
    uint64_t length; /* of the content */
    unsigned char key[CACHE_KEY_BYTES];
    unsigned char digest[32]; /* of all of the above and the content */
};

__attribute__((format(printf, 2, 3))) static void complain(struct cache *cache, const char *fmt, ...)
{
    va_list args;

    if (cache->problem[0] != '\0')
        return;
    va_start(args, fmt);
    vsnprintf(cache->problem, sizeof(cache->problem), fmt, args);
    va_end(args);
}

const char *cache_problem(const struct cache *cache)
{
    return cache->problem[0] != '\0' ? cache->problem : NULL;
}

size_t cache_missed(const struct cache *cache)
{
    return cache->missed;
}

void cache_seal(struct cache *cache)
{
    cache->sealed = true;
}

bool cache_is_sealed(const struct cache *cache)
{
    return cache->sealed;
}

/* ---- the folder -------------------------------------------------------------------------------------------- */

/* Can somebody else have written it, or write it now? */
static bool is_foreign(const struct stat *st)
{
    return (st->st_uid != geteuid() && st->st_uid != 0) || (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

static int open_folder(struct cache *cache, const char *folder)
{
    struct stat st;
    int fd;

    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        complain(cache, "%s cannot be made: %s", folder, strerror(errno));
        return -1;
    }
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        complain(cache, "%s cannot be opened: %s", folder, strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) == 0 && !is_foreign(&st))
        return fd;
    complain(cache, "%s can be written by others: it must belong to this user, mode 0700", folder);
    close(fd);
    return -1;
}

struct cache *cache_open(const char *folder, const struct cache_limits *limits)
{
    struct cache *cache = calloc(1, sizeof(*cache));

    if (cache == NULL)
        return NULL;
    cache->limits = *limits;
    cache->fd = open_folder(cache, folder);
    return cache;
}

void cache_close(struct cache **cache)
{
    if (*cache == NULL)
        return;
    if ((*cache)->fd >= 0)
        close((*cache)->fd);
    free(*cache);
    *cache = NULL;
}

/* ---- one file ---------------------------------------------------------------------------------------------- */

static void name_file(const unsigned char key[CACHE_KEY_BYTES], char name[NAME_BYTES])
{
    hex_write(key, 2 * CACHE_KEY_BYTES, name);
    strcpy(name + (ptrdiff_t)2 * CACHE_KEY_BYTES, ENDING);
}

static bool digest_file(const struct header *header, const char *bytes, unsigned char out[32])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(md, header, offsetof(struct header, digest)) == 1 &&
              EVP_DigestUpdate(md, bytes, header->length) == 1 && EVP_DigestFinal_ex(md, out, NULL) == 1;

    EVP_MD_CTX_free(md);
    return ok;
}

/* What is wrong with the file, NULL: nothing, and *bytes is its content. */
static const char *read_content(const struct cache *cache, int fd, const unsigned char key[CACHE_KEY_BYTES],
                                char **bytes, size_t *n)
{
    struct header header;
    unsigned char digest[32];
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return "is no file";
    if (is_foreign(&st))
        return "can be written by others";
    if (file_read(fd, &header, sizeof(header)) != sizeof(header))
        return "is cut short";
    if (memcmp(header.magic, MAGIC, sizeof(header.magic)) != 0)
        return "is no file of this version";
    if (memcmp(header.key, key, CACHE_KEY_BYTES) != 0)
        return "is for something else";
    if (header.length != (uint64_t)st.st_size - sizeof(header) || header.length > cache->limits.bytes)
        return "is cut short or too long";
    *n = header.length;
    if ((*bytes = malloc(*n + 1)) == NULL)
        return "does not fit into memory";
    if (file_read(fd, *bytes, *n) == (ssize_t)*n && digest_file(&header, *bytes, digest) &&
        memcmp(digest, header.digest, sizeof(digest)) == 0)
        return NULL;
    return "is damaged";
}

static int read_file(struct cache *cache, const unsigned char key[CACHE_KEY_BYTES], char **bytes, size_t *n)
{
    const char *wrong;
    char name[NAME_BYTES];
    int fd;

    name_file(key, name);
    fd = openat(cache->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT)
            return -TS_ENOENT;
        complain(cache, "%s cannot be opened: %s", name, strerror(errno));
        return -TS_EINVAL;
    }
    wrong = read_content(cache, fd, key, bytes, n);
    if (wrong == NULL)
        (void)futimens(fd, NULL);
    close(fd);
    if (wrong == NULL)
        return 0;
    free(*bytes);
    *bytes = NULL;
    complain(cache, "%s %s: not used", name, wrong);
    (void)unlinkat(cache->fd, name, 0);
    return -TS_EINVAL;
}

int cache_read(struct cache *cache, const unsigned char key[CACHE_KEY_BYTES], char **bytes, size_t *n)
{
    int rc;

    *bytes = NULL;
    rc = cache->fd >= 0 ? read_file(cache, key, bytes, n) : -TS_ENOENT;
    cache->missed += rc != 0;
    return rc;
}

void cache_refuse(struct cache *cache, const unsigned char key[CACHE_KEY_BYTES], const char *why)
{
    char name[NAME_BYTES];

    name_file(key, name);
    complain(cache, "%s %s: not used", name, why);
    (void)unlinkat(cache->fd, name, 0);
    cache->missed++;
}

/* ---- room -------------------------------------------------------------------------------------------------- */

struct kept {
    char name[NAME_BYTES];
    struct timespec used;
    size_t bytes;
};

static int compare_kept(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;

    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec > y->used.tv_sec ? -1 : 1;
    return (x->used.tv_nsec < y->used.tv_nsec) - (x->used.tv_nsec > y->used.tv_nsec);
}

static bool is_ours(const char *name, const char *ending)
{
    size_t n = strspn(name, "0123456789abcdef");

    return n > 0 && n <= 2 * (size_t)CACHE_KEY_BYTES && strcmp(name + n, ending) == 0;
}

/* Note a file for list_kept, or remove it when it is one that nobody writes any more. */
static bool note_file(const struct cache *cache, const char *name, struct kept *kept)
{
    struct stat st;

    if ((!is_ours(name, ENDING) && !is_ours(name, DRAFT_ENDING)) ||
        fstatat(cache->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return false;
    if (is_ours(name, DRAFT_ENDING)) {
        if (st.st_mtim.tv_sec + DRAFT_SECONDS < time(NULL))
            (void)unlinkat(cache->fd, name, 0);
        return false;
    }
    *kept = (struct kept){.used = st.st_mtim, .bytes = (size_t)st.st_size};
    memcpy(kept->name, name, strlen(name) + 1); // is_ours: it fits
    return true;
}

/* All files, to be freed; NULL: there are none to be seen. */
static struct kept *list_kept(const struct cache *cache, size_t *n)
{
    int fd = openat(cache->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct kept *all = NULL;
    struct dirent *entry;

    *n = 0;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct kept *grown = realloc(all, (*n + 1) * sizeof(*all));

        if (grown == NULL)
            break;
        all = grown;
        *n += note_file(cache, entry->d_name, &all[*n]);
    }
    if (dir != NULL)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    return all;
}

/* Remove the least lately used until the others are within the limits. */
static void make_room(const struct cache *cache)
{
    size_t n, bytes = 0;
    struct kept *all = list_kept(cache, &n);

    if (n > 0)
        qsort(all, n, sizeof(*all), compare_kept);
    for (size_t i = 0; i < n; i++) {
        bytes += all[i].bytes;
        if (i >= cache->limits.files || bytes > cache->limits.bytes)
            (void)unlinkat(cache->fd, all[i].name, 0);
    }
    free(all);
}

void cache_clear(struct cache *cache)
{
    const struct cache_limits limits = cache->limits;

    cache->limits = (struct cache_limits){0};
    if (cache->fd >= 0)
        make_room(cache);
    cache->limits = limits;
}

/* ---- writing ----------------------------------------------------------------------------------------------- */

static bool write_draft(int fd, const struct header *header, const char *bytes)
{
    return file_write(fd, (struct str){(const char *)header, sizeof(*header)}) &&
           file_write(fd, (struct str){bytes, header->length}) && fsync(fd) == 0;
}

void cache_write(struct cache *cache, const unsigned char key[CACHE_KEY_BYTES], const char *bytes, size_t n)
{
    struct header header = {.magic = MAGIC, .length = n};
    char name[NAME_BYTES], draft[32];
    uint64_t number;
    bool ok;
    int fd;

    memcpy(header.key, key, CACHE_KEY_BYTES);
    if (cache->fd < 0 || n + sizeof(header) > cache->limits.bytes || !digest_file(&header, bytes, header.digest) ||
        getrandom(&number, sizeof(number), 0) != sizeof(number))
        return;
    name_file(key, name);
    snprintf(draft, sizeof(draft), "%016llx" DRAFT_ENDING, (unsigned long long)number);
    fd = openat(cache->fd, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    ok = fd >= 0 && write_draft(fd, &header, bytes);
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    if (ok && renameat(cache->fd, draft, cache->fd, name) == 0) {
        (void)fsync(cache->fd);
        make_room(cache);
        return;
    }
    complain(cache, "nothing can be kept for the next start: %s", strerror(errno));
    if (fd >= 0)
        (void)unlinkat(cache->fd, draft, 0);
}
