/* dead_letter.c - headers for programs, a small JSON body (or the payload) for people. */
#include "daemon/dead_letter.h"
#include "core/clock.h"
#include "core/log.h"

#include <inttypes.h>
#include <stdio.h>

static void add_header(struct delivery *delivery, const char *name, const char *value)
{
    delivery->headers[delivery->nheaders++] = (struct delivery_header){name, str_of(value)};
}

/* Topic names hold nothing that JSON would escape. */
static int write_body(const struct dead_letter *letter, char *out, size_t size)
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

int dead_letter_send(const struct dead_letter *letter, const struct config *config, struct producer *producer)
{
    char body[640], partition[16], offset[24], sub[16];
    struct delivery delivery = {.kind = DELIVERY_DEAD_LETTER};
    struct str text = {body, (size_t)write_body(letter, body, sizeof(body))};
    bool payload = config->dead_letter.payload && letter->raw.p != NULL;

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

void dead_letter_log(const struct dead_letter *letter, unsigned worker, struct log_limit *limit)
{
    uint64_t left_out;

    if (log_limit_pass(limit, clock_mono_ms(), &left_out))
        log_warn("dead_letter",
                 "worker=%u reason=%s topic=%s partition=%" PRId32 " offset=%" PRId64 " sub=%" PRIu32
                 " left_out=%" PRIu64,
                 worker, reason_name(letter->reason), ledger_topic(letter->ledger),
                 ledger_partition(letter->ledger), letter->offset, letter->sub, left_out);
}
