/* dead_letter.c - headers for programs, a small JSON body (or the payload) for people. */
#include "daemon/dead_letter.h"
#include "core/clock.h"
#include "core/log.h"
#include "record/json_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_HEADER "telsieve.field"

static void add_header(struct delivery *delivery, const char *name, const char *value)
{
    delivery->headers[delivery->nheaders++] = (struct delivery_header){name, str_of(value)};
}

static struct str header(const struct delivery *delivery, const char *name)
{
    for (size_t i = 0; i < delivery->nheaders; i++)
        if (strcmp(delivery->headers[i].name, name) == 0)
            return delivery->headers[i].value;
    return (struct str){0};
}

/* What a letter says without its payload. */
static char *write_body(const struct delivery *delivery, size_t *len)
{
    const struct delivery_origin *origin = &delivery->origin;
    struct str field = header(delivery, FIELD_HEADER);
    struct json_writer json;

    json_writer_init(&json);
    json_writer_open(&json, '{');
    json_writer_put_int(&json, STR_LIT("v"), 1);
    json_writer_put_bytes(&json, STR_LIT("reason"), str_of(reason_name(origin->reason)));
    json_writer_put_bytes(&json, STR_LIT("topic"), str_of(ledger_topic(origin->ledger)));
    json_writer_put_int(&json, STR_LIT("partition"), ledger_partition(origin->ledger));
    json_writer_put_int(&json, STR_LIT("offset"), origin->offset);
    json_writer_put_int(&json, STR_LIT("sub"), origin->sub);
    if (field.n > 0)
        json_writer_put_bytes(&json, STR_LIT("field"), field);
    json_writer_put_bytes(&json, STR_LIT("version"), str_of(TELSIEVE_VERSION));
    json_writer_close(&json, '}');
    return json_writer_take(&json, len);
}

int dead_letter_send(const struct dead_letter *letter, const struct config *config, struct producer *producer)
{
    bool payload = config->dead_letter.payload && letter->raw.p != NULL;
    struct delivery delivery = {.kind = DELIVERY_DEAD_LETTER, .shorten = payload ? write_body : NULL};
    char partition[16], offset[24], sub[16], *body = NULL;
    int result = -TS_ENOMEM;
    size_t n = 0;

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
    add_header(&delivery, "telsieve.reason", reason_name(letter->reason));
    add_header(&delivery, "telsieve.topic", ledger_topic(letter->ledger));
    add_header(&delivery, "telsieve.partition", partition);
    add_header(&delivery, "telsieve.offset", offset);
    add_header(&delivery, "telsieve.sub", sub);
    add_header(&delivery, "telsieve.version", TELSIEVE_VERSION);
    if (letter->field != NULL)
        add_header(&delivery, FIELD_HEADER, letter->field);
    if (!payload)
        body = write_body(&delivery, &n);
    delivery.value = payload ? letter->raw : (struct str){body, n};
    if (payload || body != NULL)
        result = producer_send(producer, &delivery);
    free(body);
    return result;
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
