/* hit_ring.h - which rules fired on which record, on the way from one worker to the archive.
 *
 * Threads: one writes (the worker), one reads (the archive's); no locks, nobody waits for the other. */
#ifndef TELSIEVE_DAEMON_HIT_RING_H
#define TELSIEVE_DAEMON_HIT_RING_H

#include "match/evidence.h"
#include "match/verdict.h"

#include <stdint.h>

#define HIT_ID_BYTES 16

struct hit { /* one rule on one record */
    int64_t at_ms;                         /* epoch; the record was judged */
    unsigned char id[HIT_ID_BYTES];        /* of its warning */
    unsigned char digest[EVIDENCE_DIGEST]; /* of the rule */
};

struct hit_ring;

/* `room` in hits, a power of two. NULL: out of memory. */
struct hit_ring *hit_ring_new(size_t room);
void hit_ring_free(struct hit_ring **ring);

/* The bytes of 32 hex digits; false when it is something else. */
bool hit_id_read(struct str hex, unsigned char out[HIT_ID_BYTES]);

/* By the worker, with the rule set pinned: every rule that fired on the record whose warning has this id; all of them
 * or, when there is no room, none (false). */
bool hit_ring_note(struct hit_ring *ring, const struct evidence_set *set, const struct verdict *verdict,
                   const char *id, int64_t at_ms);

/* By the archive: the oldest hits, at most `most`, copied to `out`; they stay until they are dropped. */
size_t hit_ring_peek(const struct hit_ring *ring, struct hit *out, size_t most);
void hit_ring_drop(struct hit_ring *ring, size_t n);

#endif
