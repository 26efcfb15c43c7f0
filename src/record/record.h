/* record.h - one SMS or one call leg as the carrier reports it, decoded into spans; nothing is judged here.
 *
 * Ownership: spans point into the decoder's buffers or its arena and live until the next decoder_begin. */
#ifndef TELSIEVE_RECORD_RECORD_H
#define TELSIEVE_RECORD_RECORD_H

#include "core/str.h"

#include <stdint.h>

/* The fields of a record and how they are read. One table: decoding, CSV mapping, `input.fields`, docs.
 * STR   JSON string, or a JSON number taken as its digits      -> value.s
 * INT   JSON integer, or a string of an integer                -> value.i
 * TIME  epoch milliseconds, or 14 digits YYYYMMDDhhmmss read as Asia/Shanghai (integer or string) -> value.i in ms
 * Names of members of `concat` are written with a dot here and are nested objects in JSON. */
#define RECORD_FIELDS(X)                                                                                      \
    X(V, "v", INT)                                                                                            \
    X(KIND, "kind", STR)                                                                                      \
    X(ID, "id", STR)                                                                                          \
    X(TS, "ts", TIME)                                                                                         \
    X(CALLING, "calling", STR)                                                                                \
    X(CALLED, "called", STR)                                                                                  \
    X(TEXT, "text", STR)                                                                                      \
    X(UD_B64, "ud_b64", STR)                                                                                  \
    X(DCS, "dcs", INT)                                                                                        \
    X(UDH_B64, "udh_b64", STR)                                                                                \
    X(CONCAT_REF, "concat.ref", INT)                                                                          \
    X(CONCAT_REF_BITS, "concat.ref_bits", INT)                                                                \
    X(CONCAT_TOTAL, "concat.total", INT)                                                                      \
    X(CONCAT_SEQ, "concat.seq", INT)                                                                          \
    X(LEG, "leg", STR)                                                                                        \
    X(INGRESS, "ingress", STR)                                                                                \
    X(CALLING_TON, "calling_ton", INT)                                                                        \
    X(CALLING_NPI, "calling_npi", INT)                                                                        \
    X(NOA, "noa", INT)                                                                                        \
    X(SI, "si", INT)                                                                                          \
    X(APRI, "apri", INT)                                                                                      \
    X(SRC, "src", STR)                                                                                        \
    X(PROV, "prov", STR)                                                                                      \
    X(CITY, "city", STR)                                                                                      \
    X(SMSC, "smsc", STR)                                                                                      \
    X(SP_CODE, "sp_code", STR)                                                                                \
    X(SERVICE_ID, "service_id", STR)                                                                          \
    X(PROTO, "proto", STR)                                                                                    \
    X(IMSI, "imsi", STR)                                                                                      \
    X(IMEI, "imei", STR)                                                                                      \
    X(LAC, "lac", STR)                                                                                        \
    X(CI, "ci", STR)                                                                                          \
    X(ECGI, "ecgi", STR)                                                                                      \
    X(ROAM, "roam", INT)                                                                                      \
    X(VPLMN, "vplmn", STR)                                                                                    \
    X(TG_IN, "tg_in", STR)                                                                                    \
    X(TG_OUT, "tg_out", STR)                                                                                  \
    X(MSC, "msc", STR)                                                                                        \
    X(RAT, "rat", STR)                                                                                        \
    X(RESULT, "result", INT)                                                                                  \
    X(OPEN_DATE, "open_date", STR)                                                                            \
    X(USER_CLASS, "user_class", STR)                                                                          \
    X(DIALED, "dialed", STR)                                                                                  \
    X(ORIG_CALLED, "orig_called", STR)                                                                        \
    X(REDIRECTING, "redirecting", STR)                                                                        \
    X(CONNECTED, "connected", STR)                                                                            \
    X(T_ALERT, "t_alert", TIME)                                                                               \
    X(T_ANSWER, "t_answer", TIME)                                                                             \
    X(T_RELEASE, "t_release", TIME)                                                                           \
    X(DUR, "dur", INT)                                                                                        \
    X(RING_MS, "ring_ms", INT)                                                                                \
    X(RELEASE_CAUSE, "release_cause", INT)                                                                    \
    X(RELEASE_PARTY, "release_party", STR)                                                                    \
    X(CALL_REF, "call_ref", STR)                                                                              \
    X(PARTIAL_SEQ, "partial_seq", INT)                                                                        \
    X(ASR_TEXT, "asr_text", STR)

enum record_field {
#define X(name, key, type) FIELD_##name,
    RECORD_FIELDS(X)
#undef X
    RECORD_NFIELDS /* at most 64: they are bits of a mask */
};

enum field_type { FIELD_TYPE_STR, FIELD_TYPE_INT, FIELD_TYPE_TIME };

struct field_def {
    const char *name; /* "calling"; nested as "concat.ref" */
    enum field_type type;
};

extern const struct field_def record_fields[RECORD_NFIELDS];

enum record_kind { RECORD_SMS, RECORD_CALL };
#define RECORD_KINDS 2

/* Where the call or SMS entered this carrier (DOMAIN 4.1). */
enum ingress { INGRESS_UNKNOWN, INGRESS_ONNET, INGRESS_INTERCONNECT, INGRESS_INTL, INGRESS_VOIP };

/* What happened to a record while it was read; the record is judged all the same. */
enum record_flag {
    RECORD_REPAIRED = 1u << 0,    /* bytes replaced by U+FFFD, control characters or a BOM removed */
    RECORD_TRUNCATED = 1u << 1,   /* text longer than the limit: cut */
    RECORD_INCOMPLETE = 1u << 2,  /* one part of a longer SMS (concat.total > 1) */
    RECORD_MISTYPED = 1u << 3,    /* an optional field had a wrong type and is treated as absent */
    RECORD_UNDECODABLE = 1u << 4, /* ud_b64/dcs could not be turned into text: judged without text */
};

union field_value {
    struct str s;
    int64_t i;
};

struct record {
    uint64_t present; /* bit FIELD_x: the field has a value in field[x] */
    uint64_t nulls;   /* bit FIELD_x: the field was JSON null (then not present) */
    union field_value field[RECORD_NFIELDS];
    enum record_kind kind;
    enum ingress ingress; /* INGRESS_UNKNOWN also when absent */
    uint32_t flags;       /* enum record_flag */
    struct str text;      /* UTF-8, well-formed: `text`, decoded user data, or a call's asr_text; p NULL when none */
    bool has_text;        /* false for a record without text; an empty text is a text */
    uint32_t sub;         /* index of the record within its payload, from 0 */
};

#define FIELD_BIT(f) (UINT64_C(1) << (f))

static inline bool record_has(const struct record *record, enum record_field f)
{
    return (record->present & FIELD_BIT(f)) != 0;
}

/* The string value of a field of type STR; {NULL, 0} when absent. */
static inline struct str record_str(const struct record *record, enum record_field f)
{
    return record_has(record, f) ? record->field[f].s : (struct str){0};
}

/* The field with this name, or -1. */
int record_field_find(struct str name);

/* Parse an ingress word; unknown words are INGRESS_UNKNOWN. Name: "onnet"… */
enum ingress ingress_parse(struct str word);
const char *ingress_name(enum ingress ingress);

#endif
