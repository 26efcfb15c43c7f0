/* intake.c - each record of a payload is decoded, judged and booked before the next one is looked at.
 *
 * The quarantine knows where this thread is: DECODING while the payload is taken apart, then the record's index. A
 * payload that crashed the decoder twice is dead-lettered whole, as one record. */
#include "daemon/intake.h"
#include "core/arena.h"
#include "core/clock.h"
#include "core/log.h"
#include "match/alert.h"
#include "match/fact.h"
#include "match/judge.h"
#include "record/decoder.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES 65536
#define SAMPLE_EVERY 64 /* records: timing and known facts */
#define DECODING UINT32_MAX

struct intake {
    struct intake_setup setup;
    struct feed **feeds; /* per input topic */
    struct decoder *decoder;
    struct judge *judge;
    const struct ruleset *ruleset;
    struct alert_options options;
    enum record_field *context; /* both parties' context fields */
    struct arena arena;
    uint64_t nrecords;
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

struct dead_letter {
    enum dead_letter_reason reason;
    const char *field; /* may be NULL */
    struct ledger *ledger;
    uint64_t epoch;
    int64_t offset;
    uint32_t sub;
    struct str raw;    /* goes out only when the configuration says so */
};

static void add_header(struct delivery *delivery, const char *name, const char *value)
{
    delivery->headers[delivery->nheaders++] = (struct delivery_header){name, str_of(value)};
}

/* Topic names hold nothing that JSON would escape. */
static int dead_letter_body(const struct dead_letter *letter, char *out, size_t size)
{
    int n = snprintf(out, size,
                     "{\"v\":1,\"reason\":\"%s\",\"topic\":\"%s\",\"partition\":%d,\"offset\":%" PRId64
                     ",\"sub\":%" PRIu32,
                     reason_name(letter->reason), ledger_topic(letter->ledger), ledger_partition(letter->ledger),
                     letter->offset, letter->sub);

    if (letter->field != NULL)
        n += snprintf(out + n, size - (size_t)n, ",\"field\":\"%s\"", letter->field);
    return n + snprintf(out + n, size - (size_t)n, ",\"version\":\"%s\"}", TELSIEVE_VERSION);
}

static int send_dead_letter(struct intake *intake, struct producer *producer, const struct dead_letter *letter)
{
    char body[640], partition[16], offset[24], sub[16];
    struct delivery delivery = {.kind = DELIVERY_DEAD_LETTER};
    struct str text = {body, (size_t)dead_letter_body(letter, body, sizeof(body))};
    bool payload = intake->setup.config->dead_letter.payload && letter->raw.p != NULL;

    snprintf(partition, sizeof(partition), "%" PRId32, ledger_partition(letter->ledger));
    snprintf(offset, sizeof(offset), "%" PRId64, letter->offset);
    snprintf(sub, sizeof(sub), "%" PRIu32, letter->sub);
    delivery.origin = (struct delivery_origin){
        .ledger = letter->ledger,
        .epoch = letter->epoch,
        .offset = letter->offset,
        .sub = letter->sub,
        .read_ns = clock_mono_ns(),
        .reason = (uint8_t)letter->reason,
    };
    delivery.value = payload ? letter->raw : text;
    delivery.short_form = payload ? text : (struct str){0};
    add_header(&delivery, "telsieve.reason", reason_name(letter->reason));
    add_header(&delivery, "telsieve.topic", ledger_topic(letter->ledger));
    add_header(&delivery, "telsieve.partition", partition);
    add_header(&delivery, "telsieve.offset", offset);
    add_header(&delivery, "telsieve.sub", sub);
    add_header(&delivery, "telsieve.version", TELSIEVE_VERSION);
    if (letter->field != NULL)
        add_header(&delivery, "telsieve.field", letter->field);
    return producer_send(producer, &delivery);
}

static void log_dead_letter(struct intake *intake, const struct dead_letter *letter)
{
    uint64_t left_out;

    if (log_limit_pass(&intake->dead_letter_limit, clock_mono_ms(), &left_out))
        log_warn("dead_letter",
                 "worker=%u reason=%s topic=%s partition=%" PRId32 " offset=%" PRId64 " sub=%" PRIu32
                 " left_out=%" PRIu64,
                 intake->setup.index, reason_name(letter->reason), ledger_topic(letter->ledger),
                 ledger_partition(letter->ledger), letter->offset, letter->sub, left_out);
}

/* A record of the message in hand that cannot be judged. */
static int dead_letter(struct intake *intake, const struct job *job, enum dead_letter_reason reason,
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

    if (ledger_open(ledger) != 0)
        return -TS_ENOMEM;
    log_dead_letter(intake, &letter);
    return send_dead_letter(intake, job->producer, &letter);
}

int intake_dead_letter_warning(struct intake *intake, struct producer *producer, const struct delivery *warning)
{
    struct dead_letter letter = {
        .reason = REASON_WARNING_TOO_LARGE,
        .ledger = warning->origin.ledger,
        .epoch = warning->origin.epoch,
        .offset = warning->origin.offset,
        .sub = warning->origin.sub,
    };

    log_dead_letter(intake, &letter);
    return send_dead_letter(intake, producer, &letter);
}

/* ---- warnings -------------------------------------------------------------------------------------------------- */

static uint8_t tier_label(const char *name)
{
    enum tier tier = TIER_LOW;

    while (tier < TIER_HIGH && strcmp(tier_name(tier), name) != 0)
        tier++;
    return (uint8_t)tier;
}

static int encode_and_send(const struct job *job, const struct warning *warning, bool shadow)
{
    struct ledger *ledger = job->message->ledger;
    size_t n = 0, nshort = 0;
    char *full = warning_encode(warning, false, &n);
    char *shortened = warning_encode(warning, true, &nshort);
    int result = -TS_ENOMEM;
    struct delivery delivery = {
        .kind = shadow ? DELIVERY_SHADOW : DELIVERY_WARNING,
        .origin = {.ledger = ledger,
                   .epoch = ledger_epoch(ledger),
                   .offset = job->message->offset,
                   .sub = warning->sub,
                   .read_ns = clock_mono_ns(), /* a record is judged as soon as it is read */
                   .family = (uint8_t)warning->rules[0].family[0],
                   .tier = tier_label(warning->rules[0].tier)},
        .key = warning->victim,
        .value = {full, n},
        .short_form = {shortened, nshort},
    };

    add_header(&delivery, "telsieve.family", warning->rules[0].family);
    add_header(&delivery, "telsieve.tier", warning->rules[0].tier);
    add_header(&delivery, "telsieve.id", warning->id);
    if (full != NULL && shortened != NULL && (shadow || ledger_open(ledger) == 0))
        result = producer_send(job->producer, &delivery);
    free(full);
    free(shortened);
    return result;
}

static int warn(struct intake *intake, const struct job *job, const struct verdict *verdict, bool shadow)
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

    if (alert_build(verdict, intake->ruleset, &intake->options, &source, shadow, clock_wall_ms(), &intake->arena,
                    &warning) != 0)
        return -TS_ENOMEM;
    assert(warning.nrules > 0); /* alert_build: a warned verdict has a rule */
    return encode_and_send(job, &warning, shadow);
}

/* ---- records --------------------------------------------------------------------------------------------------- */

static void enter(struct intake *intake, const struct job *job, uint32_t sub)
{
    const struct ledger *ledger = job->message->ledger;

    if (intake->setup.quarantine != NULL)
        quarantine_enter(intake->setup.quarantine, ledger_topic(ledger), ledger_partition(ledger),
                         job->message->offset, sub);
}

static void leave(struct intake *intake)
{
    if (intake->setup.quarantine != NULL)
        quarantine_leave(intake->setup.quarantine);
}

static bool is_quarantined(const struct intake *intake, const struct job *job, uint32_t sub)
{
    const struct ledger *ledger = job->message->ledger;

    return intake->setup.quarantine != NULL && !quarantine_empty(intake->setup.quarantine) &&
           quarantine_check(intake->setup.quarantine, str_of(ledger_topic(ledger)), ledger_partition(ledger),
                            job->message->offset, sub);
}

static void cross_check(struct intake *intake, const struct job *job)
{
    char what[128] = "";
    uint64_t left_out;

    metrics_add(intake->setup.metrics, METRIC_SCAN_CHECKED, 1);
    if (judge_cross_check(intake->judge, what, sizeof(what)) != 1)
        return;
    metrics_add(intake->setup.metrics, METRIC_SCAN_MISMATCH, 1);
    if (log_limit_pass(&intake->mismatch_limit, clock_mono_ms(), &left_out))
        log_warn("scan_mismatch",
                 "worker=%u set=%s topic=%s partition=%" PRId32 " offset=%" PRId64 " left_out=%" PRIu64,
                 intake->setup.index, what, ledger_topic(job->message->ledger),
                 ledger_partition(job->message->ledger), job->message->offset, left_out);
}

static void sample(struct intake *intake, const struct verdict *verdict, int64_t since_ns)
{
    struct metrics *metrics = intake->setup.metrics;
    uint64_t known = fact_known_mask(verdict->subject);

    metrics_observe_ns(&metrics->judge_seconds, clock_mono_ns() - since_ns);
    metrics_cell_add(&metrics->fact_asked, 1);
    for (; known != 0; known &= known - 1)
        metrics_cell_add(&metrics->fact_known[__builtin_ctzll(known)], 1);
}

static int handle_verdict(struct intake *intake, const struct job *job, const struct verdict *verdict)
{
    struct ledger *ledger = job->message->ledger;

    if (verdict->nshadow > 0) {
        metrics_add(intake->setup.metrics, METRIC_RECORDS_SHADOW, 1);
        if (warn(intake, job, verdict, true) != 0)
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
    return warn(intake, job, verdict, false);
}

#ifdef TELSIEVE_CRASH_TEXT
/* Test builds only: the record that the quarantine is proved with. */
static void crash_on(struct str text)
{
    if (text.p != NULL && memmem(text.p, text.n, TELSIEVE_CRASH_TEXT, sizeof(TELSIEVE_CRASH_TEXT) - 1) != NULL)
        abort();
}
#endif

static int handle_record(struct intake *intake, const struct job *job, const struct record *record, int64_t since_ns)
{
    struct metrics *metrics = intake->setup.metrics;
    int64_t every = intake->setup.config->rules.cross_check_every;
    const struct verdict *verdict;
    int result;

    metrics_add(metrics, METRIC_RECORDS_REPAIRED, (record->flags & RECORD_REPAIRED) != 0);
    metrics_add(metrics, METRIC_RECORDS_TRUNCATED, (record->flags & RECORD_TRUNCATED) != 0);
    if (is_quarantined(intake, job, record->sub))
        return dead_letter(intake, job, REASON_CRASHED, NULL, record->sub, decoder_raw(intake->decoder));
    enter(intake, job, record->sub);
#ifdef TELSIEVE_CRASH_TEXT
    crash_on(record->text);
#endif
    if (judge_record(intake->judge, record, &verdict) != 0) {
        metrics_add(metrics, METRIC_ENGINE_ERRORS, 1);
        return dead_letter(intake, job, REASON_INTERNAL, NULL, record->sub, decoder_raw(intake->decoder));
    }
    if (since_ns != 0)
        sample(intake, verdict, since_ns);
    result = handle_verdict(intake, job, verdict);
    if (every > 0 && intake->nrecords % (uint64_t)every == 0)
        cross_check(intake, job);
    return result;
}

/* One (sub-)record; false at the end of the payload. */
static bool next_record(struct intake *intake, const struct job *job, int *result)
{
    struct decode_fault fault = {0};
    int64_t since_ns = intake->nrecords % SAMPLE_EVERY == 0 ? clock_mono_ns() : 0;
    enum decode_result decoded;

    enter(intake, job, DECODING);
    atomic_store_explicit(intake->setup.progress_ms, clock_ns(CLOCK_MONOTONIC_COARSE) / 1000000,
                          memory_order_relaxed);
    decoded = decoder_next(intake->decoder, &intake->record, &fault);
    if (decoded == DECODE_END)
        return false;
    intake->nrecords++;
    if (decoded == DECODE_RECORD)
        *result = handle_record(intake, job, &intake->record, since_ns);
    else
        *result = dead_letter(intake, job, fault.reason, fault.field, fault.sub, decoder_raw(intake->decoder));
    return *result == 0;
}

int intake_message(struct intake *intake, struct producer *producer, const struct consumer_message *message,
                   struct str cluster)
{
    struct job job = {.producer = producer, .message = message, .cluster = cluster};
    int result = 0;

    metrics_add(intake->setup.metrics, METRIC_MESSAGES, 1);
    metrics_add(intake->setup.metrics, METRIC_BYTES, message->payload.n);
    if (is_quarantined(intake, &job, DECODING)) {
        result = dead_letter(intake, &job, REASON_CRASHED, NULL, 0, message->payload);
    } else {
        enter(intake, &job, DECODING);
        decoder_begin(intake->decoder, intake->feeds[message->topic_index], message->payload);
        while (next_record(intake, &job, &result))
            ;
        leave(intake);
    }
    if (result == 0)
        ledger_end(message->ledger);
    return result;
}

int intake_use(struct intake *intake, const struct ruleset *ruleset)
{
    intake->ruleset = ruleset;
    return judge_use(intake->judge, ruleset);
}

void intake_end_batch(struct intake *intake)
{
    arena_reset(&intake->arena);
}

/* ---- setting up ------------------------------------------------------------------------------------------------ */

/* Resolve names of record fields into `out`. */
static void find_fields(const struct config_strings *names, const char *option, enum record_field *out,
                        struct err *err)
{
    for (size_t i = 0; i < names->n; i++) {
        int field = record_field_find(str_of(names->items[i]));
        if (field < 0)
            err_add(err, "output.%s: unknown record field \"%s\"", option, names->items[i]);
        else
            out[i] = (enum record_field)field;
    }
}

static int set_options(struct intake *intake, struct err *err)
{
    const struct config *config = intake->setup.config;
    const struct config_strings *caller = &config->output.caller_context, *callee = &config->output.callee_context;

    intake->context = calloc(caller->n + callee->n + 1, sizeof(*intake->context));
    if (intake->context == NULL)
        return -TS_ENOMEM;
    find_fields(caller, "caller_context", intake->context, err);
    find_fields(callee, "callee_context", intake->context + caller->n, err);
    intake->options = (struct alert_options){
        .caller_context = intake->context,
        .callee_context = intake->context + caller->n,
        .ncaller_context = caller->n,
        .ncallee_context = callee->n,
        .excerpt_chars = (size_t)config->output.excerpt_chars,
        .digest_key = {config->output.digest_key, config->output.digest_key_len},
        .engine_version = TELSIEVE_VERSION,
    };
    return 0;
}

static int make_feeds(struct intake *intake, struct err *err)
{
    const struct config *config = intake->setup.config;
    char where[64];

    intake->feeds = calloc(config->input.ntopics + 1, sizeof(*intake->feeds));
    if (intake->feeds == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < config->input.ntopics; i++) {
        snprintf(where, sizeof(where), "input.topics[%zu]", i);
        intake->feeds[i] = feed_new(config->input.topics[i].feed, where, err);
    }
    return 0;
}

struct intake *intake_new(const struct intake_setup *setup, struct err *err)
{
    const struct decode_limits limits = {
        .max_payload_bytes = (size_t)setup->config->input.max_payload_bytes,
        .max_text_chars = (size_t)setup->config->input.max_text_chars,
        .max_records_per_payload = (size_t)setup->config->input.max_records_per_payload,
    };
    struct intake *intake = calloc(1, sizeof(*intake));
    unsigned problems = err->count;

    if (intake == NULL) {
        err_add(err, "out of memory");
        return NULL;
    }
    intake->setup = *setup;
    intake->mismatch_limit = (struct log_limit)LOG_LIMIT(5, 60000);
    intake->dead_letter_limit = (struct log_limit)LOG_LIMIT(10, 10000);
    arena_init(&intake->arena, ARENA_BLOCK_BYTES);
    intake->decoder = decoder_new(&limits);
    intake->judge = judge_new();
    if (set_options(intake, err) != 0 || make_feeds(intake, err) != 0 || intake->decoder == NULL ||
        intake->judge == NULL)
        err_add(err, "out of memory");
    if (err->count > problems)
        intake_free(&intake);
    return intake;
}

void intake_free(struct intake **intake)
{
    struct intake *i = *intake;

    if (i == NULL)
        return;
    for (size_t t = 0; i->feeds != NULL && t < i->setup.config->input.ntopics; t++)
        feed_free(&i->feeds[t]);
    free(i->feeds);
    decoder_free(&i->decoder);
    judge_free(&i->judge);
    arena_fini(&i->arena);
    free(i->context);
    free(i);
    *intake = NULL;
}
