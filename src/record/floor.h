/* floor.h - the raw parse that benches compare the decoder with: simdjson On-Demand alone in one pass, keys seen where
 * they stand, every value read once by its own type (what the generator writes are fields the decoder knows and reads
 * too), nothing looked up, nothing kept. Behind it is the one C++ file.
 *
 * Threads: a floor belongs to one thread. */
#ifndef TELSIEVE_RECORD_FLOOR_H
#define TELSIEVE_RECORD_FLOOR_H

#include "core/str.h"

#include <stdint.h>

struct parse_floor;

#ifdef __cplusplus
extern "C" {
#endif

/* For payloads of at most `capacity` bytes; NULL when out of memory. */
struct parse_floor *parse_floor_new(size_t capacity);
void parse_floor_free(struct parse_floor **floor);

/* Copy the payload to a padded buffer, as every reader of Kafka's bytes must, and read it; adds to *sum what was read
 * so that nothing is optimised away. False when it is no JSON object. */
bool parse_floor_run(struct parse_floor *floor, struct str payload, uint64_t *sum);

/* simdjson's kernel in use. */
const char *parse_floor_implementation(void);

#ifdef __cplusplus
}
#endif

#endif
