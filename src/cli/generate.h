/* generate.h - an invented stream of SMS and call records for demo and benches: the same seed and mix give the same
 * stream. All texts and numbers are made up. */
#ifndef TELSIEVE_CLI_GENERATE_H
#define TELSIEVE_CLI_GENERATE_H

#include "core/str.h"

#include <stdint.h>

/* What a stream is made of. */
enum generated_text { TEXT_TYPICAL, TEXT_SHORT, TEXT_LONG, TEXT_DISGUISED };

struct generator_mix {
    const char *name;
    unsigned fraud, advice, malformed; /* of 1,000 records; one fraud in five is disguised */
    unsigned calls;                    /* of 1,000 lawful ones */
    enum generated_text text;          /* of the lawful ones: a notice or a message as most are (50 to 150 bytes), a few
                                        * characters, several sentences (400 to 600 bytes), or with symbols between the
                                        * characters and digits of full width */
};

/* sample (of the demo), clean, hits_0.2, hits_1, hits_10 (per cent), short, typical, long, disguised (SMS only),
 * calls, fraud (nothing else); ends with a NULL name. */
extern const struct generator_mix generator_mixes[];
const struct generator_mix *generator_mix(const char *name); /* NULL: there is none */

struct generator {
    const struct generator_mix *mix;
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

void generator_init(struct generator *generator, const struct generator_mix *mix, uint64_t seed, int64_t start_ms);

/* Make the next record in buf (GENERATED_MAX_BYTES). */
struct generated generator_next(struct generator *generator, char *buf);

#endif
