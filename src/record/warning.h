/* warning.h - the warning as JSON, schema v 1 (docs/warning.schema.json). Plain data in, bytes out.
 *
 * Absent things (p NULL, n 0, or the documented value) are left out of the JSON. Ownership: everything is borrowed
 * for the call; the encoded bytes are the caller's to free(). */
#ifndef TELSIEVE_RECORD_WARNING_H
#define TELSIEVE_RECORD_WARNING_H

#include "core/str.h"
#include "record/contact.h"
#include "record/number.h"

#include <stdint.h>

#define WARNING_RULES_MAX 8

struct warning_pair {
    const char *key;
    struct str value;
};

struct warning_evidence {
    const char *set;
    uint32_t start, end; /* characters of the original text; for other fields of that field */
    const char *field;   /* NULL for the text, else "caller", "callee", "signature" */
    struct str text;     /* the original characters */
    bool disguised;
};

struct warning_listed { /* a number or contact of the record that is in a list */
    const char *what, *list; /* "caller", "text.url", … */
    struct str value, entry; /* what it is, and the entry that holds it */
    const char *tier;        /* of the entry; NULL: none */
    int64_t expires_ms;      /* 0: never */
    struct str source, note; /* empty: none */
};

struct warning_rule {
    const char *id, *library, *version, *family, *type, *tier, *stage, *reason, *advice; /* stage, advice may be NULL */
    const char *state; /* "canary", "shadow", "demoted"; NULL: live */
    const struct warning_evidence *evidence;
    size_t nevidence, evidence_omitted; /* omitted: there were so many more */
    const struct warning_listed *listed;
    size_t nlisted;
};

struct warning_model { /* the learned score and what it did to the tier */
    const char *version; /* NULL: there is none */
    bool live;
    unsigned score_tenths; /* 0 to 1000 */
    int moves;           /* -1, 0, 1: a live model has moved the tier by so much, one on trial would */
};

struct warning_party {
    struct str raw;             /* p NULL: the number was missing */
    const struct number *number;
    const struct warning_pair *context;
    size_t ncontext;
};

struct warning {
    char id[33];                /* 32 hex digits, NUL */
    int64_t ts_ms, detected_ms;
    const char *kind;           /* "sms", "call" */
    const char *urgency, *subject;
    const char *tier;           /* of rules[0], moved by the model */
    struct warning_model model;
    int score;
    struct str victim, suspect; /* E.164 where there is one, else raw; p NULL when missing */
    char group[33];
    char campaign_text[17];     /* simhash as 16 hex digits, "" when the record has no text */
    char campaign_contact[33];  /* hash of the first contact, "" when none */
    char digest[65];            /* HMAC-SHA-256 of the whole text, "" without text or key */
    struct warning_party caller, callee;
    const struct warning_rule *rules; /* [0] is the one the top level repeats */
    size_t nrules, rules_omitted;       /* 1 … WARNING_RULES_MAX; omitted: so many weaker ones warned too */
    const struct warning_pair *against;
    size_t nagainst;
    const char *const *facts;
    size_t nfacts;
    const struct contact *contacts;
    size_t ncontacts;
    const int64_t *amounts;
    size_t namounts;
    struct str excerpt;         /* original text around the evidence, at most 120 characters */
    bool is_call, answered_known, answered, redirected;
    int64_t dur_s;              /* -1 unknown */
    struct str topic;           /* Kafka source; p NULL for files */
    int32_t partition;
    int64_t offset;
    struct str file;            /* file source */
    uint64_t line;
    uint32_t sub;
    struct str record_id;
    const char *engine_version, *ruleset; /* "1.0.0", "sha256:…" */
    uint64_t generation;
    char lists[24]; /* digest of the lists, "" when no rule asks any */
};

/* Returns malloc'ed JSON (NUL-terminated, *len without it) or NULL when memory is exhausted. */
char *warning_encode(const struct warning *warning, size_t *len);

/* Of an encoded warning, for a broker that refuses the whole: ids, tiers, parties, source, engine and excerpt; no
 * string is longer than 128 characters. Returns as above. */
char *warning_shorten(struct str encoded, size_t *len);

/* What ids and digests of warnings are worked out with, one after the other; of one thread. */
struct warning_hasher {
    struct evp_md_ctx_st *sha256;
    struct evp_mac_ctx_st *hmac; /* NULL: there is no key */
    struct str key;
};
/* `key`: of the digests, lent while the hasher lives; empty: there are none. Returns 0, or -TS_EINVAL when OpenSSL
 * refuses one of both, or memory is exhausted (then there is nothing to free). */
int warning_hasher_init(struct warning_hasher *hasher, struct str key);
void warning_hasher_fini(struct warning_hasher *hasher);

/* id (DESIGN 5): first 128 bits of SHA-256 over the parts, as 32 hex digits. */
void warning_id_kafka(struct warning_hasher *hasher, struct str cluster, struct str topic, int32_t partition,
                      int64_t offset, uint32_t sub, int64_t kafka_timestamp_ms, char out[33]);
void warning_id_file(struct warning_hasher *hasher, struct str file, uint64_t line, uint32_t sub, char out[33]);

/* 64-bit simhash over character bigrams of canonical text with its digits masked, as 16 hex digits. */
void warning_simhash(struct str canonical_text, char out[17]);

/* HMAC-SHA-256 of `data` under the hasher's key, first `hex_digits` (≤ 64) hex digits; "" without a key. */
void warning_hmac(struct warning_hasher *hasher, struct str data, unsigned hex_digits, char *out);

/* Unkeyed first 128 bits of SHA-256 over length-prefixed parts, 32 hex digits (group, campaign.contact). */
void warning_hash(struct warning_hasher *hasher, const struct str *parts, size_t nparts, char out[33]);

#endif
