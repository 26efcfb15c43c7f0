/* producer.h - the outbox of one worker: every warning and dead letter is kept until the cluster acknowledged it.
 *
 * A delivery that fails is sent again with a growing back-off (at most output.retry_max_ms); a topic that is missing,
 * refused or unreachable is asked for again until it is there; after a fatal error (cluster authorisation is one, for
 * an idempotent producer) the whole instance is made anew and all that is pending is sent again. One too large for
 * the broker is sent again in its short form, and one that is still too large is handed back. Shadow warnings are
 * fire and forget, counted only.
 *
 * Threads: a producer belongs to one worker; callbacks happen inside producer_serve, of what is
 * too large inside producer_send too. */
#ifndef TELSIEVE_KAFKA_PRODUCER_H
#define TELSIEVE_KAFKA_PRODUCER_H

#include "config/config.h"
#include "core/err.h"
#include "core/metrics.h"
#include "core/str.h"
#include "kafka/ledger.h"

#include <stdbool.h>

enum delivery_kind { DELIVERY_WARNING, DELIVERY_DEAD_LETTER, DELIVERY_SHADOW };

#define DELIVERY_HEADERS 8

struct delivery_header {
    const char *name; /* static */
    struct str value;
};

/* The record a delivery belongs to; the ledger must outlive the producer. */
struct delivery_origin {
    struct ledger *ledger;
    uint64_t epoch;
    int64_t offset;
    uint32_t sub;
    int64_t read_ns;              /* monotonic time at which the message was read */
    uint8_t family, tier, reason; /* labels for the metrics: 'A'.., enum tier, enum dead_letter_reason */
};

struct delivery {
    enum delivery_kind kind;
    struct delivery_origin origin;
    struct str key;        /* p NULL: no key */
    struct str value;
    struct delivery_header headers[DELIVERY_HEADERS];
    size_t nheaders;
    /* Its short form, for a broker that finds `value` too large: malloc'ed, its bytes in *len, or NULL when memory is
     * exhausted: it is asked again later. NULL: it has none. */
    char *(*shorten)(const struct delivery *delivery, size_t *len);
};

struct producer;

struct producer_setup {
    const struct config *config;
    unsigned index; /* of the worker */
    struct metrics *metrics;
    /* Called for an acknowledged warning or dead letter; it is freed afterwards. */
    void (*acknowledged)(void *ctx, const struct delivery *delivery);
    /* Called for a warning too large even in its short form; what replaces it must be sent by the callee. Returns 0,
     * or -TS_ENOMEM: then it is asked again later. */
    int (*too_large)(void *ctx, const struct delivery *delivery);
    void *ctx;
};

/* NULL on problems (to err). */
struct producer *producer_new(const struct producer_setup *setup, struct err *err);
/* What is pending is dropped. */
void producer_free(struct producer **producer);

/* Take a copy of `delivery` and send it. Returns 0 or -TS_ENOMEM (then it is not taken). Never fails for Kafka's
 * reasons. For a shadow warning that cannot be taken the failure is counted. */
int producer_send(struct producer *producer, const struct delivery *delivery);

/* One turn: delivery reports, what is due again, probes, rebuilding. Waits for reports at most wait_ms; while an output
 * fails, a probe may block for up to a second. */
void producer_serve(struct producer *producer, int wait_ms);

/* Warnings and dead letters not acknowledged, and their bytes. */
uint64_t producer_pending(const struct producer *producer);
uint64_t producer_pending_bytes(const struct producer *producer);

/* True when both output topics were seen and nothing says that deliveries fail. Else *cause (valid until the next
 * call of any function here) tells why, for a person. */
bool producer_ok(const struct producer *producer, const char **cause);

/* Wait for shadow warnings on their way, at most timeout_ms. */
void producer_flush(struct producer *producer, int timeout_ms);

#endif
