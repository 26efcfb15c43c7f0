/* properties.c - the table. Sources: librdkafka's CONFIGURATION.md, and the guarantees of docs/ARCHITECTURE.md. */
#include "config/properties.h"

#include <string.h>
#include <strings.h>

const struct property_rule property_rules[] = {
    {"enable.auto.offset.store", {NULL}, NULL,
     "an offset is stored only when everything of that record is delivered"},
    {"enable.auto.commit", {NULL}, NULL, "telsieve decides which offsets are committed"},
    {"auto.commit.enable", {NULL}, NULL, "telsieve decides which offsets are committed"},
    {"auto.commit.interval.ms", {NULL}, "0", "stored offsets would never be committed"},
    {"offset.store.method", {"broker", NULL}, NULL, "offsets live in the consumer group"},
    {"group.id", {NULL}, NULL, "set input.group"},
    {"group.instance.id", {NULL}, NULL, "set input.instance; one id for all workers would fence them off"},
    {"enable.partition.eof", {"false", NULL}, NULL, "the end of a partition is not an event here"},
    {"enabled_events", {NULL}, NULL, "delivery reports would not reach the ledger"},
    {"delivery.report.only.error", {"false", NULL}, NULL, "the ledger needs every acknowledgement"},
    {"acks", {"all", "-1", NULL}, NULL, "a warning counts as sent when every in-sync replica has it"},
    {"request.required.acks", {"all", "-1", NULL}, NULL,
     "a warning counts as sent when every in-sync replica has it"},
    {"enable.idempotence", {"true", NULL}, NULL, "a retry would write a warning twice or out of order"},
    {"message.timeout.ms", {NULL}, NULL, "a warning does not expire: it is sent until it is acknowledged"},
    {"delivery.timeout.ms", {NULL}, NULL, "a warning does not expire: it is sent until it is acknowledged"},
    {"transactional.id", {NULL}, NULL, "warnings would wait for a transaction that is never committed"},
    {"partitioner", {"murmur2_random", NULL}, NULL,
     "one victim's warnings must meet in one partition, as Java clients place them"},
    {"queuing.strategy", {"fifo", NULL}, NULL, "warnings leave in the order of their records"},
};

const size_t property_rules_count = sizeof(property_rules) / sizeof(property_rules[0]);

static bool allowed(const struct property_rule *rule, const char *value)
{
    if (rule->never != NULL)
        return strcasecmp(value, rule->never) != 0;
    for (const char *const *only = rule->only; *only != NULL; only++)
        if (strcasecmp(value, *only) == 0)
            return true;
    return false;
}

const struct property_rule *property_refused(const char *name, const char *value)
{
    for (size_t i = 0; i < property_rules_count; i++)
        if (strcmp(property_rules[i].name, name) == 0)
            return allowed(&property_rules[i], value) ? NULL : &property_rules[i];
    return NULL;
}
