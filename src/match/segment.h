/* segment.h - sentences and clauses of a canonical text, computed once for a record that has hits.
 *
 * A sentence ends behind 。 ! ? ; and a clause also at , 、 : whether kept in the text or dropped as a break. Text
 * without punctuation is cut: a clause after 40 characters, a sentence after 120 (DESIGN 7).
 * Threads: a struct segments belongs to one worker and is reused. */
#ifndef TELSIEVE_MATCH_SEGMENT_H
#define TELSIEVE_MATCH_SEGMENT_H

#include "record/canon.h"

#define SEGMENT_CLAUSE_CHARS 40
#define SEGMENT_SENTENCE_CHARS 120
#define SEGMENT_RUN_ON_CHARS 30 /* more characters than this between one separator and the next, on average */

struct segments {
    uint32_t *sentences; /* first byte of each, ascending; [nsentences] is the end of the text */
    uint32_t *clauses;   /* the same */
    size_t nsentences, nclauses;
    size_t cap; /* of both arrays */
    bool run_on; /* hardly any punctuation: what was said, as a machine wrote it down */
};

void segments_init(struct segments *segments);
void segments_fini(struct segments *segments);

/* Cut the text field of `canon`. Returns 0 or -TS_ENOMEM. */
int segments_cut(struct segments *segments, const struct canon *canon);

/* Index of the sentence (clause) that holds byte `at` of canon.buf. */
uint32_t segments_sentence(const struct segments *segments, uint32_t at);
uint32_t segments_clause(const struct segments *segments, uint32_t at);

/* Bytes of the character at p; well-formed UTF-8 is the canonical text's promise. */
static inline uint32_t segment_char_bytes(const char *p)
{
    unsigned char c = (unsigned char)*p;

    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* Those of the character that ends at p; most have three. There is a mark before the first of a field (canon.buf). */
static inline uint32_t segment_char_bytes_before(const char *p)
{
    if ((unsigned char)p[-1] < 0x80)
        return 1;
    if ((unsigned char)p[-3] >= 0xE0)
        return 3;
    return (unsigned char)p[-2] >= 0xC0 ? 2 : 4;
}

#endif
