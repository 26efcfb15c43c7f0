/* word_bytes.h - how filters tell a word: by its first (or last) six bytes, which are two Han characters, or by three
 * or one when it is shorter; as a number, the byte that stands first lowest. Private to the filters of match/. */
#ifndef TELSIEVE_MATCH_WORD_BYTES_H
#define TELSIEVE_MATCH_WORD_BYTES_H

#include <stddef.h>
#include <stdint.h>

#define SIX_BYTES ((UINT64_C(1) << 48) - 1)
#define THREE_BYTES ((UINT64_C(1) << 24) - 1)
#define ONE_BYTE UINT64_C(255)

/* How many bytes tell a word of n. */
static inline size_t word_bytes(size_t n)
{
    return n >= 6 ? 6 : n >= 3 ? 3 : 1;
}

static inline uint64_t bytes_number(const char *p, size_t n)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < n; i++)
        bytes |= (uint64_t)(unsigned char)p[i] << 8 * i;
    return bytes;
}

/* A hash of so many bits. */
static inline uint64_t bytes_hash(uint64_t bytes, unsigned bits)
{
    return bytes * UINT64_C(0x9E3779B97F4A7C15) >> (64 - bits);
}

#endif
