/* cache.h - a folder in which is kept what was dear to make, each thing in a file named by a key over all that it was
 * made from. A file counts only when it is whole (a digest over all of it), was written by this user and can be written
 * by nobody else; the digest protects from accidents, the owner from others. Any number of processes may share the
 * folder: files come by rename and are never changed. The least lately used ones make room.
 *
 * Threads: a cache belongs to one at a time. */
#ifndef TELSIEVE_MATCH_CACHE_H
#define TELSIEVE_MATCH_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#define CACHE_KEY_BYTES 32

struct cache;

struct cache_limits {
    size_t files, bytes; /* of all files together */
};
#define CACHE_LIMITS_DEFAULT {32, (size_t)512 << 20}

/* Open the folder, made when it is absent (not what is above it). Returns NULL only when memory is exhausted: a folder
 * that cannot be used is empty and takes nothing, and cache_problem says why. */
struct cache *cache_open(const char *folder, const struct cache_limits *limits);
void cache_close(struct cache **cache);

/* What is kept under the key. Returns 0 and its bytes, to be freed; -TS_ENOENT when there is nothing, -TS_EINVAL when
 * the file is not to be trusted (told by cache_problem, and removed where possible). */
int cache_read(struct cache *cache, const unsigned char key[CACHE_KEY_BYTES], char **bytes, size_t *n);

/* From now on what it does not have is not made either: who asks for it says so and fails. */
void cache_seal(struct cache *cache);
bool cache_is_sealed(const struct cache *cache);

/* Keep the bytes under the key. What fails here is only told by cache_problem. */
void cache_write(struct cache *cache, const unsigned char key[CACHE_KEY_BYTES], const char *bytes, size_t n);

/* Who read it found that it cannot be used: it was not there then. */
void cache_refuse(struct cache *cache, const unsigned char key[CACHE_KEY_BYTES], const char *why);

/* Forget everything. */
void cache_clear(struct cache *cache);

/* How often cache_read had nothing to give since it was opened. */
size_t cache_missed(const struct cache *cache);

/* The first thing that went wrong since it was opened, for a person; NULL: nothing. */
const char *cache_problem(const struct cache *cache);

#endif
