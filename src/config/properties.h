/* properties.h - librdkafka properties that telsieve does not leave to the configuration, and why.
 *
 * Whether librdkafka knows a property at all is found out by kafka/. Immutable; any thread. */
#ifndef TELSIEVE_CONFIG_PROPERTIES_H
#define TELSIEVE_CONFIG_PROPERTIES_H

#include <stdbool.h>
#include <stddef.h>

struct property_rule {
    const char *name;
    const char *only[3]; /* the values that are allowed; [0] NULL = none: it may not be given at all */
    const char *never;   /* with only[0] NULL: everything but this value is allowed */
    const char *reason;
};

extern const struct property_rule property_rules[];
extern const size_t property_rules_count;

/* The rule that `name` = `value` breaks, or NULL. */
const struct property_rule *property_refused(const char *name, const char *value);

#endif
