/* pipeline.c - each record of a payload is decoded, judged and booked before the next one is looked at.
 *
 * The quarantine knows where this thread is: DECODING while the payload is taken apart, then the record's index. A
 * payload that crashed the decoder twice is dead-lettered whole, as one record. */
#include "daemon/pipeline.h"
#include "core/clock.h"
#include "core/log.h"
#include "daemon/dead_letter.h"
#include "match/alert.h"
#include "match/evidence.h"
#include "match/fact.h"
#include "match/judge.h"
#include "match/settings.h"
#include "record/decoder.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_EVERY 64  /* records: timing */
#define FACTS_EVERY 1024 /* records: known facts, which cost as much as a record; a multiple of SAMPLE_EVERY */
#define DECODING UINT32_MAX

struct pipeline {
    struct pipeline_setup setup;
    struct feed **feeds; /* per input topic */
    struct decoder *decoder;
    struct judge *judge;
    const struct ruleset *ruleset;
    struct alert_options options;
    struct alert_maker alerts;
    uint64_t nrecords, nunjudged; /* read; dead-lettered of them */
    uint64_t counted;             /* judged, and counted for a rule set */
    struct log_limit mismatch_limit, dead_letter_limit;
    struct record record;
};

/* The message in hand. */
struct job {
    struct producer *producer;
    const struct consumer_message *message;
    struct str cluster;
};

/* ---- dead letters ---------------------------------------------------------------------------------------------- */

/* A record of the message in hand that cannot be judged. */
static int dead_letter(struct pipeline *pipeline, const struct job *job, enum dead_letter_reason reason,
                       const char *field, uint32_t sub, struct str raw)
{
    struct ledger *ledger = job->message->ledger;
    struct dead_letter letter = {
        .reason = reason,
        .field = field,
        .ledger = ledger,
        .epoch = ledger_epoch(ledger),
        .offset = job->message->offset,
        .sub = sub,
        .raw = raw,
    };

    pipeline->nunjudged++;
    if (ledger_open(ledger) != 0)
        return -TS_ENOMEM;
    dead_letter_log(&letter, pipeline->setup.index, &pipeline->dead_letter_limit);
    return dead_letter_send(&letter, pipeline->setup.config, job->producer);
}

int pipeline_dead_letter_warning(struct pipeline *pipeline, struct producer *producer, const struct delivery *warning)
{
    struct dead_letter letter = {
        .reason = REASON_WARNING_TOO_LARGE,
        .ledger = warning->origin.ledger,
        .epoch = warning->origin.epoch,
        .offset = warning->origin.offset,
        .sub = warning->origin.sub,
    };

    dead_letter_log(&letter, pipeline->setup.index, &pipeline->dead_letter_limit);
    return dead_letter_send(&letter, pipeline->setup.config, producer);
}

/* ---- warnings -------------------------------------------------------------------------------------------------- */

static uint8_t tier_label(const char *name)
{
    enum tier tier = TIER_LOW;

    while (tier < TIER_HIGH && strcmp(tier_name(tier), name) != 0)
        tier++;
    return (uint8_t)tier;
}

static void add_header(struct delivery *delivery, const char *name, const char *value)
{
    delivery->headers[delivery->nheaders++] = (struct delivery_header){name, str_of(value)};
}

static char *shorten(const struct delivery *warning, size_t *len)
{
    return warning_shorten(warning->value, len);
}

static int encode_and_send(const struct job *job, const struct warning *warning, bool shadow)
{
    struct ledger *ledger = job->message->ledger;
    size_t n = 0;
    char *encoded = warning_encode(warning, &n);
    int result = -TS_ENOMEM;
    struct delivery delivery = {
        .kind = shadow ? DELIVERY_SHADOW : DELIVERY_WARNING,
        .origin = {.ledger = ledger,
                   .epoch = ledger_epoch(ledger),
                   .offset = job->message->offset,
                   .sub = warning->sub,
                   .read_ns = clock_mono_ns(), /* a record is judged as soon as it is read */
                   .family = (uint8_t)warning->rules[0].family[0],
                   .tier = tier_label(warning->tier)},
        .key = warning->victim,
        .value = {encoded, n},
        .shorten = shorten,
    };

    add_header(&delivery, "telsieve.family", warning->rules[0].family);
    add_header(&delivery, "telsieve.tier", warning->tier);
    add_header(&delivery, "telsieve.id", warning->id);
    if (encoded != NULL && (shadow || ledger_open(ledger) == 0))
        result = producer_send(job->producer, &delivery);
    free(encoded);
    return result;
}

static void count_model(struct metrics *metrics, const struct warning_model *model)
{
    static const enum metric live[] = {METRIC_MODEL_LIVE_DOWN, METRIC_MODEL_LIVE_NONE, METRIC_MODEL_LIVE_UP},
                             shadow[] = {METRIC_MODEL_SHADOW_DOWN, METRIC_MODEL_SHADOW_NONE, METRIC_MODEL_SHADOW_UP};

    if (model->version != NULL)
        metrics_add(metrics, (model->live ? live : shadow)[model->moves + 1], 1);
}

/* Which rules fired, for the platform's word on it. */
static void archive_hits(struct pipeline *pipeline, const struct verdict *verdict, const struct warning *warning)
{
    const struct evidence_set *evidence = ruleset_evidence(pipeline->ruleset);

    if (pipeline->setup.hits != NULL &&
        !hit_ring_note(pipeline->setup.hits, evidence, verdict, warning->id, warning->detected_ms))
        metrics_add(pipeline->setup.metrics, METRIC_HITS_DROPPED, 1);
}

static int warn(struct pipeline *pipeline, const struct job *job, const struct verdict *verdict, bool shadow)
{
    const struct consumer_message *message = job->message;
    struct alert_source source = {
        .topic = str_of(ledger_topic(message->ledger)),
        .cluster = job->cluster,
        .partition = ledger_partition(message->ledger),
        .offset = message->offset,
        .kafka_timestamp_ms = message->timestamp_ms,
    };
    struct warning warning;

    if (alert_build(&pipeline->alerts, verdict, pipeline->ruleset, &source, shadow, clock_wall_ms(), &warning) != 0)
        return -TS_ENOMEM;
    assert(warning.nrules > 0); /* alert_build: a warned verdict has a rule */
    if (!shadow)
        count_model(pipeline->setup.metrics, &warning.model);
    if (shadow || verdict->nshadow == 0) /* once for a record: both have the same id */
        archive_hits(pipeline, verdict, &warning);
    return encode_and_send(job, &warning, shadow);
}

/* ---- records --------------------------------------------------------------------------------------------------- */

static void enter(struct pipeline *pipeline, const struct job *job, uint32_t sub)
{
    const struct ledger *ledger = job->message->ledger;

    if (pipeline->setup.quarantine != NULL)
        quarantine_enter(pipeline->setup.quarantine, ledger_topic(ledger), ledger_partition(ledger),
                         job->message->offset, sub);
}

static void leave(struct pipeline *pipeline)
{
    if (pipeline->setup.quarantine != NULL)
        quarantine_leave(pipeline->setup.quarantine);
}

static bool is_quarantined(const struct pipeline *pipeline, const struct job *job, uint32_t sub)
{
    const struct ledger *ledger = job->message->ledger;

    return pipeline->setup.quarantine != NULL && !quarantine_empty(pipeline->setup.quarantine) &&
           quarantine_check(pipeline->setup.quarantine, str_of(ledger_topic(ledger)), ledger_partition(ledger),
                            job->message->offset, sub);
}

static void cross_check(struct pipeline *pipeline, const struct job *job)
{
    char what[128] = "";
    uint64_t left_out;

    metrics_add(pipeline->setup.metrics, METRIC_SCAN_CHECKED, 1);
    if (judge_cross_check(pipeline->judge, what, sizeof(what)) != 1)
        return;
    metrics_add(pipeline->setup.metrics, METRIC_SCAN_MISMATCH, 1);
    if (log_limit_pass(&pipeline->mismatch_limit, clock_mono_ms(), &left_out))
        log_warn("scan_mismatch",
                 "worker=%u set=%s topic=%s partition=%" PRId32 " offset=%" PRId64 " left_out=%" PRIu64,
                 pipeline->setup.index, what, ledger_topic(job->message->ledger),
                 ledger_partition(job->message->ledger), job->message->offset, left_out);
}

static bool asks_facts(const struct pipeline *pipeline)
{
    return (pipeline->nrecords - 1) % FACTS_EVERY == 0;
}

static bool is_cross_checked(const struct pipeline *pipeline)
{
    int64_t every = pipeline->setup.config->rules.cross_check_every;

    return every > 0 && pipeline->nrecords % (uint64_t)every == 0;
}

static void sample(struct pipeline *pipeline, const struct verdict *verdict, int64_t since_ns)
{
    struct metrics *metrics = pipeline->setup.metrics;

    metrics_observe_ns(&metrics->judge_seconds, clock_mono_ns() - since_ns);
    if (!asks_facts(pipeline))
        return;
    metrics_cell_add(&metrics->fact_asked, 1);
    for (uint64_t known = fact_known_mask(verdict->subject); known != 0; known &= known - 1)
        metrics_cell_add(&metrics->fact_known[__builtin_ctzll(known)], 1);
}

static int handle_verdict(struct pipeline *pipeline, const struct job *job, const struct verdict *verdict)
{
    struct ledger *ledger = job->message->ledger;

    if ((verdict->nlive | verdict->nshadow) > 0)
        evidence_note(ruleset_evidence(pipeline->ruleset), pipeline->setup.index, verdict, clock_mono_ms());
    if (verdict->nshadow > 0) {
        metrics_add(pipeline->setup.metrics, METRIC_RECORDS_SHADOW, 1);
        if (warn(pipeline, job, verdict, true) != 0)
            return -TS_ENOMEM;
    }
    switch (verdict->kind) {
    case VERDICT_CLEAN:
        ledger_settle(ledger, LEDGER_CLEAN);
        return 0;
    case VERDICT_SUPPRESSED:
        ledger_settle(ledger, LEDGER_SUPPRESSED);
        return 0;
    case VERDICT_WARNED:
        break;
    }
    return warn(pipeline, job, verdict, false);
}

#ifdef TELSIEVE_CRASH_TEXT
/* Test builds only: the record that the quarantine is proved with. */
static void crash_on(struct str text)
{
    if (text.p != NULL && memmem(text.p, text.n, TELSIEVE_CRASH_TEXT, sizeof(TELSIEVE_CRASH_TEXT) - 1) != NULL)
        abort();
}
#endif

static int handle_record(struct pipeline *pipeline, const struct job *job, const struct record *record,
                         int64_t since_ns)
{
    struct metrics *metrics = pipeline->setup.metrics;
    bool checked = is_cross_checked(pipeline), whole = checked || asks_facts(pipeline), remembered;
    const struct verdict *verdict;
    int result;

    metrics_add(metrics, METRIC_RECORDS_REPAIRED, (record->flags & RECORD_REPAIRED) != 0);
    metrics_add(metrics, METRIC_RECORDS_TRUNCATED, (record->flags & RECORD_TRUNCATED) != 0);
    if (is_quarantined(pipeline, job, record->sub))
        return dead_letter(pipeline, job, REASON_CRASHED, NULL, record->sub, decoder_raw(pipeline->decoder));
    enter(pipeline, job, record->sub);
#ifdef TELSIEVE_CRASH_TEXT
    crash_on(record->text);
#endif
    if ((whole ? judge_whole : judge_record)(pipeline->judge, record, &verdict) != 0) {
        metrics_add(metrics, METRIC_ENGINE_ERRORS, 1);
        return dead_letter(pipeline, job, REASON_INTERNAL, NULL, record->sub, decoder_raw(pipeline->decoder));
    }
    remembered = judge_remembered(pipeline->judge);
    metrics_add(metrics, METRIC_RECORDS_REMEMBERED, remembered);
    if (since_ns != 0)
        sample(pipeline, verdict, since_ns);
    result = handle_verdict(pipeline, job, verdict);
    if (checked || (remembered && (verdict->nfired | verdict->nshadow) > 0))
        cross_check(pipeline, job);
    return result;
}

/* One (sub-)record; false at the end of the payload. */
static bool next_record(struct pipeline *pipeline, const struct job *job, int *result)
{
    struct decode_fault fault = {0};
    int64_t since_ns = pipeline->nrecords % SAMPLE_EVERY == 0 ? clock_mono_ns() : 0;
    enum decode_result decoded;

    enter(pipeline, job, DECODING);
    decoded = decoder_next(pipeline->decoder, &pipeline->record, &fault);
    if (decoded == DECODE_END)
        return false;
    atomic_store_explicit(pipeline->setup.progress_ms, clock_ns(CLOCK_MONOTONIC_COARSE) / 1000000,
                          memory_order_relaxed);
    pipeline->nrecords++;
    if (decoded == DECODE_RECORD)
        *result = handle_record(pipeline, job, &pipeline->record, since_ns);
    else
        *result = dead_letter(pipeline, job, fault.reason, fault.field, fault.sub, decoder_raw(pipeline->decoder));
    return *result == 0;
}

int pipeline_message(struct pipeline *pipeline, struct producer *producer, const struct consumer_message *message,
                   struct str cluster)
{
    struct job job = {.producer = producer, .message = message, .cluster = cluster};
    int result = 0;

    metrics_add(pipeline->setup.metrics, METRIC_MESSAGES, 1);
    metrics_add(pipeline->setup.metrics, METRIC_BYTES, message->payload.n);
    if (is_quarantined(pipeline, &job, DECODING)) {
        pipeline->nrecords++;
        result = dead_letter(pipeline, &job, REASON_CRASHED, NULL, 0, message->payload);
    } else {
        enter(pipeline, &job, DECODING); /* decoder_begin looks at the payload */
        decoder_begin(pipeline->decoder, pipeline->feeds[message->topic_index], message->payload);
        while (next_record(pipeline, &job, &result))
            ;
        leave(pipeline);
    }
    if (result == 0)
        ledger_end(message->ledger);
    return result;
}

int pipeline_use(struct pipeline *pipeline, const struct ruleset *ruleset)
{
    pipeline->ruleset = ruleset;
    return judge_use(pipeline->judge, ruleset);
}

void pipeline_settle(struct pipeline *pipeline)
{
    uint64_t judged = pipeline->nrecords - pipeline->nunjudged;

    evidence_judged(ruleset_evidence(pipeline->ruleset), pipeline->setup.index, judged - pipeline->counted);
    pipeline->counted = judged;
}

/* ---- setting up ------------------------------------------------------------------------------------------------ */

static int make_feeds(struct pipeline *pipeline, struct err *err)
{
    const struct config *config = pipeline->setup.config;
    char where[64];

    pipeline->feeds = calloc(config->input.ntopics + 1, sizeof(*pipeline->feeds));
    if (pipeline->feeds == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < config->input.ntopics; i++) {
        snprintf(where, sizeof(where), "input.topics[%zu]", i);
        pipeline->feeds[i] = feed_new(config->input.topics[i].feed, where, err);
    }
    return 0;
}

struct pipeline *pipeline_new(const struct pipeline_setup *setup, struct err *err)
{
    const struct decode_limits limits = settings_limits(setup->config);
    struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
    unsigned problems = err->count;

    if (pipeline == NULL) {
        err_add(err, "out of memory");
        return NULL;
    }
    pipeline->setup = *setup;
    pipeline->mismatch_limit = (struct log_limit)LOG_LIMIT(5, 60000);
    pipeline->dead_letter_limit = (struct log_limit)LOG_LIMIT(10, 10000);
    pipeline->decoder = decoder_new(&limits);
    pipeline->judge = judge_new();
    settings_alert(&pipeline->options, setup->config, err);
    if (alert_maker_init(&pipeline->alerts, &pipeline->options) != 0)
        err_add(err, "output.digest_key: OpenSSL gives no SHA-256, or no HMAC with this key");
    if (make_feeds(pipeline, err) != 0 || pipeline->decoder == NULL || pipeline->judge == NULL ||
        judge_remember(pipeline->judge, (size_t)setup->config->rules.templates) != 0)
        err_add(err, "out of memory");
    else
        judge_lists(pipeline->judge, setup->lists, strcmp(setup->config->lists.expiry, "wall") == 0);
    if (err->count > problems)
        pipeline_free(&pipeline);
    return pipeline;
}

void pipeline_free(struct pipeline **pipeline)
{
    struct pipeline *i = *pipeline;

    if (i == NULL)
        return;
    for (size_t t = 0; i->feeds != NULL && t < i->setup.config->input.ntopics; t++)
        feed_free(&i->feeds[t]);
    free(i->feeds);
    decoder_free(&i->decoder);
    judge_free(&i->judge);
    alert_maker_fini(&i->alerts);
    settings_alert_fini(&i->options);
    free(i);
    *pipeline = NULL;
}
