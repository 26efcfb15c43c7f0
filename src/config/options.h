/* options.h - the one table of everything that can be configured: it drives reading, checks, --set and the manual
 * (docs/configuration.md). Immutable; any thread. */
#ifndef TELSIEVE_CONFIG_OPTIONS_H
#define TELSIEVE_CONFIG_OPTIONS_H

#include "core/str.h"

#include <stdbool.h>
#include <stddef.h>

enum option_type {
    OPTION_STRING,     /* char *; may be a reference (secret.h) */
    OPTION_BYTES,      /* char * with a size_t length behind it; may be a reference, may hold any byte */
    OPTION_STRINGS,    /* struct config_strings */
    OPTION_INT,        /* int64_t */
    OPTION_NUMBER,     /* double */
    OPTION_BOOL,       /* bool */
    OPTION_LEVEL,      /* enum log_level */
    OPTION_TOPICS,     /* array of struct config_topic and its count */
    OPTION_PROPERTIES, /* json_t *: librdkafka properties */
    OPTION_FEED,       /* no place of its own: part of every topic's feed */
};

/* What the value must be beyond its type. */
enum option_form {
    FORM_ANY,
    FORM_FILLED, /* not "" */
    FORM_TOPIC,  /* a Kafka topic name */
    FORM_LISTEN, /* "" or IP:port */
    FORM_TOPIC_OR_NONE, /* the same, or "" */
    FORM_EXPIRY, /* record, wall */
    FORM_REQUIRE, /* off, warn, on */
    FORM_FORMAT, /* json, csv, psv */
    FORM_BOOL,   /* kinds of OPTION_FEED */
    FORM_OBJECT,
    FORM_ARRAY,
};

struct option {
    const char *key; /* "section.name" or "name" */
    enum option_type type;
    enum option_form form;
    const char *unit;     /* of numbers: "ms", "bytes", …; "" for none */
    double min, max;      /* bounds of numbers, both included */
    const char *fallback; /* the default, as JSON; NULL = absent */
    bool reloadable;      /* taken anew at SIGHUP and POST /reload */
    size_t offset;        /* in struct config */
    const char *help;     /* one or two sentences */
};

extern const struct option option_table[];
extern const size_t option_count;

/* The option with this key, or NULL. */
const struct option *option_find(struct str key);

/* "string", "whole number", …: for messages and the manual. */
const char *option_type_name(const struct option *option);

#endif
