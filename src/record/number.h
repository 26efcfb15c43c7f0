/* number.h - what a calling or called number is: class, country, flags, trust (DOMAIN.md 4).
 *
 * The tables (numbering plan, country codes, service numbers, trusted senders) are dated data files in
 * patterns/numbers/, not code. Threads: a plan is immutable and shared; classify is pure.
 * Sources: ITU-T E.164; MIIT allocations as dated in the tables. */
#ifndef TELSIEVE_RECORD_NUMBER_H
#define TELSIEVE_RECORD_NUMBER_H

#include "core/err.h"
#include "record/record.h"

/* Classes: enum name, DOMAIN.md code, name used in conditions and warnings. */
#define NUMBER_KINDS(X)                                                                                       \
    X(MISSING, "MISSING", "missing")                                                                          \
    X(WITHHELD, "WITHHELD", "withheld")                                                                       \
    X(ALPHA, "ALPHA", "alpha")                                                                                \
    X(BAD, "BAD", "bad")                                                                                      \
    X(MOBILE, "MOB", "mobile")                                                                                \
    X(MVNO, "MVNO", "mvno")                                                                                   \
    X(IOT, "IOT", "iot")                                                                                      \
    X(SATELLITE, "SAT", "satellite")                                                                          \
    X(FIXED, "FIX", "fixed")                                                                                  \
    X(FIXED_LOCAL, "FIXL", "fixed_local")                                                                     \
    X(S95, "S95", "service95")                                                                                \
    X(S96, "S96", "service96")                                                                                \
    X(S100, "S100", "carrier")                                                                                \
    X(S106, "S106", "port106")                                                                                \
    X(S400, "S400", "service400")                                                                             \
    X(S800, "S800", "service800")                                                                             \
    X(SHORT, "SHORT", "short")                                                                                \
    X(PRIVACY, "PRIV700", "privacy")                                                                          \
    X(INTERNATIONAL, "INTL", "international")

/* Flags, DOMAIN.md 4.5. At most 32. The upper-case name is what warnings and conditions use. */
#define NUMBER_FLAGS(X)                                                                                       \
    X(IDD_PLUS) X(IDD_00) X(MULTI0) X(PLUS0) X(ZERO) X(CC86) X(CN_INTL) X(CC_UNASSIGNED) X(NOIDD) X(HOTCC)    \
    X(SAT) X(TAIL_IMP) X(TAIL_110) X(DNO) X(UNASSIGNED_SEG) X(LEN) X(LD0) X(CALLPFX) X(AC) X(CN_BODY)         \
    X(FULLWIDTH) X(SIP)

enum number_kind {
#define X(name, code, word) NUMBER_##name,
    NUMBER_KINDS(X)
#undef X
    NUMBER_KIND_COUNT
};

enum number_flag_index {
#define X(name) NUMBER_FLAG_INDEX_##name,
    NUMBER_FLAGS(X)
#undef X
    NUMBER_FLAG_COUNT
};
#define NUMBER_FLAG(name) (UINT32_C(1) << NUMBER_FLAG_INDEX_##name)

/* Sender trust, DOMAIN.md 4.6. */
enum number_trust { TRUST_INVALID, TRUST_INTERNATIONAL, TRUST_PERSONAL, TRUST_PORT, TRUST_TRUSTED, TRUST_OTHER };

struct number {
    enum number_kind kind;
    enum number_trust trust;
    uint32_t flags;         /* NUMBER_FLAG(x) */
    uint16_t country;       /* calling code: 86 for Chinese numbers, 0 when unknown or none */
    bool international;     /* of a country other than +86 (also Hong Kong, Macao, Taiwan), or shaped so */
    uint8_t ndigits;
    char digits[32];        /* significant digits without +, 00, trunk 0, 86; NUL-terminated; shortened at 31 */
};

struct number_plan;

/* Load every table of `dir` (patterns/numbers). NULL on problems, which are all in err. */
struct number_plan *number_plan_load(const char *dir, struct err *err);
void number_plan_free(struct number_plan **plan);
/* The files a plan was read from, and a SHA-256 over their bytes (32 bytes) for the rule-set hash. */
void number_plan_digest(const struct number_plan *plan, unsigned char out[32]);

struct number_context {
    enum ingress ingress;
    bool roaming_known, roaming; /* outbound roamer abroad: a Chinese number may then come from abroad */
    bool is_call;
    int ton;                     /* type of number (3GPP TS 24.008 10.5.4.7), -1 unknown: 1 international */
};

/* Classify `raw` as received; p NULL means the number is missing. Never fails. No allocation.
 *
 * An unknown ingress counts as domestic: national digits are read as Chinese, and trusted numbers are trusted. On
 * INGRESS_INTL every Chinese number gets CN_INTL, except a mobile known to roam; INGRESS_VOIP is domestic but never
 * makes a sender trusted (a company's SIP trunk sends what it likes). TON 1 stands for a missing + or 00 (and is the
 * only thing that tells a number of North America from a Chinese mobile), TON 2 for a missing trunk 0. Flags of
 * origin (CN_INTL, DNO) speak of a caller: classify a called number with INGRESS_UNKNOWN. */
void number_classify(const struct number_plan *plan, struct str raw, const struct number_context *context,
                     struct number *out);

/* "+8613800138000", NUL-terminated, into `out`; "" when the number has no E.164 form. Returns what was written. */
#define NUMBER_E164_SIZE 20
struct str number_e164(const struct number *number, char out[NUMBER_E164_SIZE]);

const char *number_kind_name(enum number_kind kind);   /* "mobile" */
const char *number_kind_code(enum number_kind kind);   /* "MOB" */
const char *number_flag_name(unsigned flag_index);     /* "IDD_00" */
const char *number_trust_name(enum number_trust trust);
int number_kind_find(struct str name);                 /* by name; -1 unknown */
int number_flag_find(struct str name);                 /* index; -1 unknown */

/* Mask for logs: first three and last four digits, "138****8000" (without 86); of fewer than 11 digits at most the
 * first two are kept, "-" stands for no number. Always shorter than 16 bytes. Returns out. */
const char *number_mask(struct str raw, char *out, size_t size);

/* Official domains and service numbers, from the same tables. */
/* 955xx, 10086, 400 lists… of institutions */
bool number_plan_official_service(const struct number_plan *plan, struct str digits);

#endif
