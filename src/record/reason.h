/* reason.h - why a record goes to the dead-letter topic. The names are part of the contract: header
 * `telsieve.reason`, metric label, `scan --all`. */
#ifndef TELSIEVE_RECORD_REASON_H
#define TELSIEVE_RECORD_REASON_H

#define DEAD_LETTER_REASONS(X)                                                                                \
    X(NONE, "none", "no error")                                                                               \
    X(NULL_PAYLOAD, "null_payload", "the Kafka message has no value")                                         \
    X(TOO_LARGE, "too_large", "the payload is over input.max_payload_bytes")                                  \
    X(NOT_JSON, "not_json", "the payload or line is not a JSON object, also after repair")                    \
    X(DUPLICATE_KEY, "duplicate_key", "a known key occurs twice")                                             \
    X(MISSING_FIELD, "missing_field", "a required field is absent")                                           \
    X(BAD_TYPE, "bad_type", "a required field has the wrong type")                                            \
    X(UNKNOWN_KIND, "unknown_kind", "kind is neither sms nor call")                                           \
    X(BAD_VERSION, "bad_version", "v is not 1")                                                               \
    X(BAD_TIME, "bad_time", "ts is neither epoch milliseconds nor 14 digits of a real date")                  \
    X(BAD_ROW, "bad_row", "a CSV or | line that cannot be split or has too few columns")                      \
    X(TOO_MANY, "too_many", "more records in one payload than input.max_records_per_payload")                 \
    X(CRASHED, "crashed", "this record crashed the process twice")                                            \
    X(WARNING_TOO_LARGE, "warning_too_large", "the warning is larger than the broker takes, even shortened")  \
    X(INTERNAL, "internal", "the engine failed on this record (out of memory, scan error)")

enum dead_letter_reason {
#define X(name, label, help) REASON_##name,
    DEAD_LETTER_REASONS(X)
#undef X
    REASON_COUNT
};

/* "null_payload"…; and one sentence of help. */
const char *reason_name(enum dead_letter_reason reason);
const char *reason_help(enum dead_letter_reason reason);

#endif
