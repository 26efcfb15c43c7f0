/* alert.h - from a verdict to the warning that is sent: picks, texts, ids, excerpt (DESIGN 5). */
#ifndef TELSIEVE_MATCH_ALERT_H
#define TELSIEVE_MATCH_ALERT_H

#include "core/arena.h"
#include "match/ruleset.h"
#include "record/warning.h"

struct alert_options {
    const enum record_field *caller_context, *callee_context; /* fields copied */
    size_t ncaller_context, ncallee_context;
    size_t excerpt_chars;   /* ≤ 120 */
    struct str digest_key;  /* empty: no digest */
    const char *engine_version;
};

/* Where the record came from; topic.p NULL for a file. */
struct alert_source {
    struct str topic, cluster, file;
    int32_t partition;
    int64_t offset, kafka_timestamp_ms;
    uint64_t line;
};

/* What warnings are made with, one after the other; of one thread. */
struct alert_maker {
    const struct alert_options *options;
    struct arena arena; /* of the last warning */
    struct warning_hasher hasher;
};

/* The options stay the caller's and are not changed while the maker lives. Returns 0, or -TS_EINVAL when OpenSSL
 * refuses to hash with their key; fini either way. */
int alert_maker_init(struct alert_maker *maker, const struct alert_options *options);
void alert_maker_fini(struct alert_maker *maker);

/* Fill *out from a warned verdict (`shadow`: from its shadow rules). Strings are lent by verdict, record, rule set,
 * source and options, or live in the maker until its next warning.
 * Urgency, by the record's time against now_ms: `in_call` for a call that has no duration and no release yet and began
 * at most 30 minutes ago; else `fresh` within an hour, while the money may still be stopped; else `late`.
 * What bounds it: the WARNING_RULES_MAX strongest rules (tier, then score). The evidence of each: its matches without
 * those that lie within another of the same set, at most 16, of every set about as many. Returns 0 or -TS_ENOMEM. */
int alert_build(struct alert_maker *maker, const struct verdict *verdict, const struct ruleset *ruleset,
                const struct alert_source *source, bool shadow, int64_t now_ms, struct warning *out);

#endif
