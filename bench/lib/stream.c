/* stream.c - two generators: one lends its lawful records, the other its frauds. */
#include "stream.h"
#include "core/clock.h"

#include <stdlib.h>
#include <string.h>

bool stream_init(struct stream *stream, uint64_t seed, unsigned fraud_every, unsigned pack)
{
    *stream = (struct stream){.fraud_every = fraud_every, .pack = pack > 0 ? pack : 1};
    generator_init(&stream->lawful, generator_mix("clean"), seed, clock_wall_ms());
    generator_init(&stream->frauds, generator_mix("fraud"), seed + 1, clock_wall_ms());
    stream->buf = malloc((size_t)stream->pack * GENERATED_MAX_BYTES);
    return stream->buf != NULL;
}

void stream_fini(struct stream *stream)
{
    free(stream->buf);
    stream->buf = NULL;
}

void stream_only_plain(struct stream *stream)
{
    stream->lawful.mix = generator_mix("typical");
    stream->plain = true;
}

static size_t next_record(struct stream *stream, char *out)
{
    bool lawful = stream->fraud_every == 0 || ++stream->count % stream->fraud_every != 0;
    struct generated made;

    do
        made = generator_next(lawful ? &stream->lawful : &stream->frauds, out);
    while (stream->plain && made.kind == GENERATED_DISGUISED);
    return made.payload.n;
}

struct str stream_next(struct stream *stream, uint64_t limit)
{
    size_t n = next_record(stream, stream->buf);

    for (unsigned i = 1; i < stream->pack && i < limit; i++) {
        stream->buf[n++] = '\n';
        n += next_record(stream, stream->buf + n);
    }
    return (struct str){stream->buf, n};
}
