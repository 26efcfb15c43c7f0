/* config.h - the configuration: one JSON file, one option table (options.h), overrides, secrets.
 *
 * Threads: immutable after config_load. Ownership: config_free frees everything the struct points to. */
#ifndef TELSIEVE_CONFIG_CONFIG_H
#define TELSIEVE_CONFIG_CONFIG_H

#include "core/err.h"
#include "core/log.h"
#include "core/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct config_topic {
    char *name;
    json_t *feed; /* spec for feed_new: topic object merged over input.format/fields/header/…; owned */
};

struct config_strings {
    char **items;
    size_t n;
};

struct config {
    char *file; /* where it was read from, for messages */
    struct {
        struct config_topic *topics;
        size_t ntopics;
        char *group, *instance; /* instance "" = dynamic membership */
        int64_t max_payload_bytes, max_text_chars, max_records_per_payload;
    } input;
    struct {
        char *warnings, *dead_letter, *shadow;
        struct config_strings caller_context, callee_context; /* record field names copied into warnings */
        int64_t excerpt_chars;
        char *digest_key; /* secret; "" = no digest */
        size_t digest_key_len;
        int64_t pending_bytes;   /* back-pressure: consumption pauses above this many unacknowledged bytes per worker */
        int64_t retry_max_ms;    /* back-off bound of deliveries, ≤ 5000 */
    } output;
    struct {
        bool payload; /* put the payload into dead letters */
    } dead_letter;
    struct {
        json_t *common, *consumer, *producer; /* objects of strings, secrets resolved; owned */
    } kafka;
    struct {
        char *dir;
        char *cache; /* folder; "" = off */
        char *model; /* file; "" = none */
        int64_t compile_memory_bytes, compile_cpu_s; /* limits of the child that compiles */
        bool watch; /* reload when files change */
        int64_t cross_check_every; /* one record in N is judged by the reference matcher too; 0 off */
        int64_t templates; /* that a worker remembers as clean (32,768); 0: none */
        double weight_topic, weight_bait, weight_threat, weight_identity, weight_action, weight_contact;
        double bonus_disguise, bonus_international, bonus_international_url, bonus_personal_url;
        double score_low, score_medium, score_high; /* tier by score, for rules without a tier of their own */
        char *require_signature; /* "off", "warn", "on" */
        char *trusted_keys;      /* folder; "" = none */
        int64_t signatures;      /* by so many different keys */
    } rules;
    struct {
        char *expiry; /* "record" or "wall" */
    } lists;
    struct {
        char *rules, *lists, *status, *feedback; /* topics; "" = none */
        char *state;                  /* folder; "" = nothing is kept */
        int64_t ready_wait_ms, heartbeat_ms, max_library_bytes, archive_ms;
    } control;
    struct {
        int64_t rule_per_minute, share_minimum, cool_ms;
        double rule_share; /* of all warnings; 0 = off, as rule_per_minute */
    } breaker;
    struct {
        int64_t min_judged, min_feedback;
        double max_hit_rate, min_precision, prevalence; /* 0-1 */
    } promote;
    char *node; /* the host name unless configured */
    int64_t workers; /* 0 = one per usable core */
    bool pin_workers;
    struct {
        char *listen; /* "127.0.0.1:9464", "[::1]:9464", "" = no admin HTTP */
        char *token;  /* secret; "" = none */
    } admin;
    struct {
        char *file; /* "" = no audit log */
    } audit;
    struct {
        enum log_level level;
    } log;
    struct {
        int64_t deadline_ms;   /* whole drain at stop */
        int64_t rebalance_ms;  /* drain of revoked partitions */
    } drain;
    struct {
        char *file; /* crash coordinates survive here; "" = off */
    } quarantine;
    struct {
        int64_t stage_limit_ms; /* one record in one stage longer than this is not progress (10,000) */
    } watchdog;
};

struct option;

/* Read `file`, apply `sets` ("key.path=value", later ones win; value is JSON, else taken as a string), resolve
 * secrets, check everything. `file` NULL = defaults only. All problems are added to err. NULL on any problem. */
struct config *config_load(const char *file, const char *const *sets, size_t nsets, struct err *err);
void config_free(struct config **config);

/* Call fn for every option whose value differs between two configurations (reload: what needs a restart). */
void config_compare(const struct config *a, const struct config *b, void (*fn)(void *ctx, const struct option *option),
                    void *ctx);

/* Hand on what others found wrong with a configuration's values ("input.topics[1].fields.calling: …",
 * "kafka.common.acks: …", one a line) with the place in its file, each once. Other lines, and values that are not in
 * the file, pass as they are. */
void config_place(const struct config *config, const struct err *found, struct err *err);

#endif
