/* corpus.h - generated records in memory, and their canonical texts: what benches and the instruction count run over.
 *
 * Ownership: payloads and texts live as long as the corpus. */
#ifndef TELSIEVE_CLI_CORPUS_H
#define TELSIEVE_CLI_CORPUS_H

#include "cli/generate.h"
#include "match/session.h"

struct corpus {
    const struct generator_mix *mix;
    size_t n;
    struct str *payloads, *canonical; /* n each; canonical once judged: all fields of the record, folded */
    size_t bytes, canonical_bytes;
    uint64_t outcomes[OUTCOME_COUNT]; /* once judged */
    char *pool, *canonical_pool;      /* private */
};

#define CORPUS_SEED 20261122
#define CORPUS_TEMPLATES 32768 /* rules.templates as shipped */

/* n records of a mix, all of the time `now_ms`; the same seed, the same records. NULL when memory is exhausted. */
struct corpus *corpus_new(const struct generator_mix *mix, size_t n, int64_t now_ms, uint64_t seed);
void corpus_free(struct corpus **corpus);

/* Judge every record once: warms the session up, keeps the canonical texts, counts the outcomes. Returns 0, -TS_ENOMEM,
 * or -TS_EINVAL when a record that is not meant to be malformed has no verdict. */
int corpus_judge(struct corpus *corpus, struct session *session, const struct feed *feed);

/* Decode every record and judge none. Returns what keeps a compiler from leaving things out. */
uint64_t corpus_decode(const struct corpus *corpus, struct decoder *decoder, const struct feed *feed);

#endif
