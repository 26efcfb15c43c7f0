/* values.h - from a JSON value to its place in struct config, by the type of its option; inside config/ only. */
#ifndef TELSIEVE_CONFIG_VALUES_H
#define TELSIEVE_CONFIG_VALUES_H

#include "config/config.h"
#include "config/document.h"
#include "config/options.h"

/* One --set, taken apart. */
struct override {
    const struct option *option;
    char *member; /* of an object option: "kafka.common.acks" has member "acks"; NULL = the whole option */
};

struct loader {
    struct config *config;
    const struct document *document; /* NULL = no file */
    json_t *root;                    /* the file with the overrides laid over it */
    struct override *overrides;
    size_t noverrides;
    struct err *err;
};

/* Add a problem with an option's value: at its place in the file, or naming --set when that is where it came from.
 * `inside` is the written path below the option: "", "[1].fields", ".\"acks\"". */
void loader_problem(struct loader *loader, const struct option *option, const char *inside, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Check `value` and store it in loader->config. */
void value_store(struct loader *loader, const struct option *option, const json_t *value);

/* Free what value_store stored. */
void value_free(struct config *config, const struct option *option);

bool value_equal(const struct config *a, const struct config *b, const struct option *option);

/* The topics, with their feeds merged from the FEED options of loader->root. */
void value_store_topics(struct loader *loader, const struct option *option, const json_t *value);
void value_free_topics(struct config *config);

/* A string or a reference, copied; *n may be NULL (then no NUL byte may be inside). NULL after a problem. */
char *value_text(struct loader *loader, const struct option *option, const char *inside, const json_t *value,
                 size_t *n);
/* A name Kafka accepts for a topic; adds a problem when not. */
bool value_is_topic(struct loader *loader, const struct option *option, const char *inside, const char *name);
/* Check one FEED value against the form of its option. */
bool value_check_feed(struct loader *loader, const struct option *place, const char *inside,
                      const struct option *feed, const json_t *value);

#endif
