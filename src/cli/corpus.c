/* corpus.c - payloads one behind the other in one pool, canonical texts in another. */
#include "cli/corpus.h"

#include <stdlib.h>

/* A record's canonical text is at most four times as long as its text (canon.h); grows like a vector. */
static char *make_room(char **pool, size_t *cap, size_t need)
{
    if (need > *cap) {
        char *more = realloc(*pool, *cap = need * 2);
        if (more == NULL)
            return NULL;
        *pool = more;
    }
    return *pool;
}

static int fill(struct corpus *corpus, int64_t now_ms, uint64_t seed)
{
    struct generator generator;
    char buf[GENERATED_MAX_BYTES];
    size_t cap = 0;

    generator_init(&generator, corpus->mix, seed, now_ms);
    for (size_t i = 0; i < corpus->n; i++) {
        struct generated made = generator_next(&generator, buf);
        if (make_room(&corpus->pool, &cap, corpus->bytes + made.payload.n) == NULL)
            return -TS_ENOMEM;
        memcpy(corpus->pool + corpus->bytes, made.payload.p, made.payload.n);
        corpus->payloads[i].n = made.payload.n;
        corpus->bytes += made.payload.n;
    }
    for (size_t i = 0, at = 0; i < corpus->n; at += corpus->payloads[i++].n)
        corpus->payloads[i].p = corpus->pool + at;
    return 0;
}

struct corpus *corpus_new(const struct generator_mix *mix, size_t n, int64_t now_ms, uint64_t seed)
{
    struct corpus *corpus = calloc(1, sizeof(*corpus));

    if (corpus == NULL)
        return NULL;
    corpus->mix = mix;
    corpus->n = n;
    corpus->payloads = calloc(n, sizeof(*corpus->payloads));
    corpus->canonical = calloc(n, sizeof(*corpus->canonical));
    if (corpus->payloads == NULL || corpus->canonical == NULL || fill(corpus, now_ms, seed) != 0)
        corpus_free(&corpus);
    return corpus;
}

void corpus_free(struct corpus **corpus)
{
    if (*corpus == NULL)
        return;
    free((*corpus)->payloads);
    free((*corpus)->canonical);
    free((*corpus)->pool);
    free((*corpus)->canonical_pool);
    free(*corpus);
    *corpus = NULL;
}

static int keep(struct corpus *corpus, size_t *cap, size_t i, const struct canon *canon)
{
    if (make_room(&corpus->canonical_pool, cap, corpus->canonical_bytes + canon->len) == NULL)
        return -TS_ENOMEM;
    memcpy(corpus->canonical_pool + corpus->canonical_bytes, canon->buf, canon->len);
    corpus->canonical[i].n = canon->len;
    corpus->canonical_bytes += canon->len;
    return 0;
}

int corpus_judge(struct corpus *corpus, struct session *session, const struct feed *feed)
{
    const struct alert_source source = {.file = STR_LIT("bench")};
    struct session_result result;
    size_t cap = 0;

    for (size_t i = 0; i < corpus->n; i++) {
        session_begin(session, feed, corpus->payloads[i], &source);
        while (session_next(session, &result)) {
            corpus->outcomes[result.outcome]++;
            if (result.verdict == NULL && corpus->mix->malformed == 0)
                return -TS_EINVAL;
            if (result.verdict != NULL && keep(corpus, &cap, i, result.verdict->subject->canon) != 0)
                return -TS_ENOMEM;
        }
    }
    for (size_t i = 0, at = 0; i < corpus->n; at += corpus->canonical[i++].n)
        corpus->canonical[i].p = corpus->canonical_pool + at;
    return 0;
}

uint64_t corpus_decode(const struct corpus *corpus, struct decoder *decoder, const struct feed *feed)
{
    struct record record;
    struct decode_fault fault;
    uint64_t sum = 0;

    for (size_t i = 0; i < corpus->n; i++) {
        decoder_begin(decoder, feed, corpus->payloads[i]);
        while (decoder_next(decoder, &record, &fault) != DECODE_END)
            sum += record.present;
    }
    return sum;
}
