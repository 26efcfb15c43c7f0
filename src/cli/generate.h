/* generate.h - an invented stream of SMS and call records for demo and bench: the same seed gives the same stream.
 *
 * Of 1,000 records about 620 are SMS and 380 calls; 4 are fraudulent (one in five of those disguised), 2 are advice
 * against fraud (must stay silent), 1 is malformed. All texts and numbers are made up. */
#ifndef TELSIEVE_CLI_GENERATE_H
#define TELSIEVE_CLI_GENERATE_H

#include "core/str.h"

#include <stdint.h>

struct generator {
    uint64_t state;   /* of the random numbers */
    uint64_t count;   /* records made */
    int64_t ts_ms;    /* time of the records to come; the caller moves it on */
};

enum generated_kind { GENERATED_LAWFUL, GENERATED_ADVICE, GENERATED_FRAUD, GENERATED_DISGUISED, GENERATED_MALFORMED };

struct generated {
    struct str payload; /* lent until the next call with the same buffer */
    enum generated_kind kind;
    bool is_call;
};

#define GENERATED_MAX_BYTES 2048

void generator_init(struct generator *generator, uint64_t seed, int64_t start_ms);

/* Make the next record in buf (GENERATED_MAX_BYTES). `only_lawful`: nothing fraudulent, malformed or advising (benches
 * of clean records). */
struct generated generator_next(struct generator *generator, bool only_lawful, char *buf);

#endif
