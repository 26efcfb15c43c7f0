/* decoder.h - payload in, records out: JSON objects, JSON lines, CSV (RFC 4180) and |-separated lines.
 *
 * Threads: a decoder belongs to one worker. A feed is immutable once made and may be shared.
 * Ownership: records borrow from the decoder until the next decoder_begin; the payload need not outlive
 * decoder_begin (it is copied into a padded buffer). */
#ifndef TELSIEVE_RECORD_DECODER_H
#define TELSIEVE_RECORD_DECODER_H

#include "core/err.h"
#include "record/reason.h"
#include "record/record.h"

#include <jansson.h>

enum feed_format { FEED_JSON, FEED_CSV, FEED_PSV };

struct decode_limits {
    size_t max_payload_bytes;       /* default 1 MiB; a larger payload is REASON_TOO_LARGE */
    size_t max_text_chars;          /* default 4096; a longer text is cut and flagged */
    size_t max_records_per_payload; /* default 100,000 */
};

#define DECODE_LIMITS_DEFAULT ((struct decode_limits){1u << 20, 4096, 100000})

/* How one topic (or file) is written: format, a carrier's own names, constants. */
struct feed;

/* `spec` is NULL or an object with
 *   format   "json" (default), "csv" or "psv"
 *   header   csv, psv: every payload begins with a line of column names
 *   columns  csv, psv without header: array of these names in order, null for a column to skip
 *   fields   object: our name -> the carrier's name, which then replaces ours; in JSON "a.b" is member b of the object
 *            a; for csv and psv also a column number from 1
 *   const    object: our name -> value for every record; such a field is not read
 * ("topic" is ignored, other members are problems). Problems are added to err with their path below `where`
 * ("input.topics[1].fields.calling: …"). Returns NULL on problems. */
struct feed *feed_new(const json_t *spec, const char *where, struct err *err);
void feed_free(struct feed **feed);

/* The fields (bits of enum record_field) that records of this feed can have: those of its columns and constants; all of
 * them when the payload itself names its fields (JSON, a header line). */
uint64_t feed_fields(const struct feed *feed);

struct decoder;

struct decoder *decoder_new(const struct decode_limits *limits);
void decoder_free(struct decoder **decoder);

/* Start on one payload. Never fails: what is wrong with the whole payload is reported by the first
 * decoder_next; every payload gives at least one DECODE_RECORD or DECODE_BAD. p NULL means a Kafka null value.
 *
 * JSON: one object over the whole payload, else lines, each an object; blank lines are skipped. csv and psv: rows; an
 * empty cell is null. Ill-formed bytes are repaired (repair.h) and the record flagged; of several, only the one that
 * has them. An optional field of a wrong type is absent and flagged RECORD_MISTYPED; so is an optional time that is
 * none. `leg` and the texts are optional. The user data header of a long SMS fills absent concat fields. */
void decoder_begin(struct decoder *decoder, const struct feed *feed, struct str payload);

enum decode_result {
    DECODE_END,    /* no more records */
    DECODE_RECORD, /* *record is filled */
    DECODE_BAD,    /* this (sub-)record is bad: *fault says why; call again for the rest */
};

struct decode_fault {
    enum dead_letter_reason reason;
    const char *field; /* the field concerned, static string, or NULL */
    uint32_t sub;      /* index of the bad (sub-)record */
};

enum decode_result decoder_next(struct decoder *decoder, struct record *record, struct decode_fault *fault);

/* The bytes of the (sub-)record last returned, as received (its line, or the whole payload; for REASON_TOO_MANY the
 * rest of it; {NULL, 0} for a null or too large payload, which was not copied). Valid until the next decoder_begin. */
struct str decoder_raw(const struct decoder *decoder);

/* The JSON kernel in use on this CPU: "icelake", "haswell", "westmere" or "fallback". */
const char *decoder_implementation(void);

#endif
