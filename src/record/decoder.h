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

/* `spec` is NULL or an object with format ("json"|"csv"|"psv"), header (bool: each payload of csv/psv begins
 * with a line of column names; for files, once), fields (object: our name -> carrier's name; for csv/psv also a
 * 1-based column number), const (object: our name -> value). `columns` of csv/psv without header and without
 * `fields`: the order of an array `columns`. Problems are added to err with json path words ("input.topics[1].fields.calling: …").
 * Returns NULL on problems. */
struct feed *feed_new(const json_t *spec, const char *where, struct err *err);
void feed_free(struct feed **feed);
enum feed_format feed_format(const struct feed *feed);

struct decoder;

struct decoder *decoder_new(const struct decode_limits *limits);
void decoder_free(struct decoder **decoder);

/* Start on one payload. Never fails: what is wrong with the whole payload is reported by the first
 * decoder_next. p NULL means a Kafka null value. */
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

/* The bytes of the (sub-)record last returned, as received (its line, or the whole payload). Valid until the
 * next decoder_begin. */
struct str decoder_raw(const struct decoder *decoder);

#endif
