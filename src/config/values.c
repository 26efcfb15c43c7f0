/* values.c - one function a type. A value that is not right leaves its place empty and a problem behind; the caller
 * looks at the count of problems in the end. No message shows a string's value: it may be a secret. */
#include "config/values.h"
#include "config/listen.h"
#include "config/properties.h"
#include "config/secret.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void *slot(struct config *config, const struct option *option)
{
    return (char *)config + option->offset;
}

static const void *slot_const(const struct config *config, const struct option *option)
{
    return (const char *)config + option->offset;
}

char *value_text(struct loader *loader, const struct option *option, const char *inside, const json_t *value,
                 size_t *n)
{
    char problem[512], *text = NULL;
    size_t length = 0;

    if (json_is_string(value)) {
        text = strdup(json_string_value(value));
        length = json_string_length(value);
        if (text == NULL)
            loader_problem(loader, option, inside, "%s", ts_strerror(TS_ENOMEM));
    } else if (secret_is_reference(value)) {
        if (secret_read(value, &text, &length, problem, sizeof(problem)) != 0)
            loader_problem(loader, option, inside, "%s", problem);
    } else {
        loader_problem(loader, option, inside, "must be a string");
    }
    if (text != NULL && n == NULL && strlen(text) != length) {
        loader_problem(loader, option, inside, "has a NUL byte inside");
        free(text);
        return NULL;
    }
    if (n != NULL)
        *n = length;
    return text;
}

bool value_is_topic(struct loader *loader, const struct option *option, const char *inside, const char *name)
{
    size_t n = strlen(name);

    if (n > 0 && n <= 249 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n)
        return true;
    loader_problem(loader, option, inside, "must be a topic name: 1 to 249 of a-z A-Z 0-9 . _ -");
    return false;
}

static void check_form(struct loader *loader, const struct option *option, const char *text)
{
    struct sockaddr_storage address;
    socklen_t length;

    switch (option->form) {
    case FORM_FILLED:
        if (*text == '\0')
            loader_problem(loader, option, "", "must not be empty");
        break;
    case FORM_TOPIC: value_is_topic(loader, option, "", text); break;
    case FORM_TOPIC_OR_NONE:
        if (*text != '\0')
            value_is_topic(loader, option, "", text);
        break;
    case FORM_EXPIRY:
        if (strcmp(text, "record") != 0 && strcmp(text, "wall") != 0)
            loader_problem(loader, option, "", "must be \"record\" or \"wall\"");
        break;
    case FORM_REQUIRE:
        if (strcmp(text, "off") != 0 && strcmp(text, "warn") != 0 && strcmp(text, "on") != 0)
            loader_problem(loader, option, "", "must be \"off\", \"warn\" or \"on\"");
        break;
    case FORM_LISTEN:
        if (*text != '\0' && !listen_parse(text, &address, &length))
            loader_problem(loader, option, "",
                           "must be an address and a port, \"127.0.0.1:9464\" or \"[::1]:9464\", or \"\" for none");
        break;
    default: break;
    }
}

static void store_string(struct loader *loader, const struct option *option, const json_t *value)
{
    char *text = value_text(loader, option, "", value, NULL);

    if (text == NULL)
        return;
    check_form(loader, option, text);
    *(char **)slot(loader->config, option) = text;
}

static void store_bytes(struct loader *loader, const struct option *option, const json_t *value)
{
    char **place = slot(loader->config, option);

    *place = value_text(loader, option, "", value, (size_t *)(place + 1));
}

static void store_strings(struct loader *loader, const struct option *option, const json_t *value)
{
    struct config_strings *strings = slot(loader->config, option);
    char inside[32];

    if (!json_is_array(value)) {
        loader_problem(loader, option, "", "must be an array of strings");
        return;
    }
    strings->items = calloc(json_array_size(value) + 1, sizeof(char *));
    if (strings->items == NULL) {
        loader_problem(loader, option, "", "%s", ts_strerror(TS_ENOMEM));
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        snprintf(inside, sizeof(inside), "[%zu]", i);
        char *text = value_text(loader, option, inside, json_array_get(value, i), NULL);
        if (text != NULL)
            strings->items[strings->n++] = text;
    }
}

/* "of ms " when the option has a unit. */
static const char *of_unit(const struct option *option, char *out, size_t size)
{
    if (*option->unit == '\0')
        out[0] = '\0';
    else
        snprintf(out, size, "of %s ", option->unit);
    return out;
}

static void store_int(struct loader *loader, const struct option *option, const json_t *value)
{
    json_int_t n = json_integer_value(value);
    char unit[32], is[40] = "";

    if (json_is_integer(value) && (double)n >= option->min && (double)n <= option->max) {
        *(int64_t *)slot(loader->config, option) = (int64_t)n;
        return;
    }
    if (json_is_integer(value))
        snprintf(is, sizeof(is), " (is %lld)", (long long)n);
    loader_problem(loader, option, "", "must be a whole number %sfrom %.0f to %.0f%s",
                   of_unit(option, unit, sizeof(unit)), option->min, option->max, is);
}

static void store_number(struct loader *loader, const struct option *option, const json_t *value)
{
    double number = json_number_value(value);

    if (json_is_number(value) && isfinite(number) && number >= option->min && number <= option->max)
        *(double *)slot(loader->config, option) = number;
    else
        loader_problem(loader, option, "", "must be a number from %g to %g", option->min, option->max);
}

static void store_bool(struct loader *loader, const struct option *option, const json_t *value)
{
    if (json_is_boolean(value))
        *(bool *)slot(loader->config, option) = json_is_true(value);
    else
        loader_problem(loader, option, "", "must be true or false");
}

static void store_level(struct loader *loader, const struct option *option, const json_t *value)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    const char *name = json_string_value(value);

    for (size_t i = 0; name != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            *(enum log_level *)slot(loader->config, option) = (enum log_level)i;
            return;
        }
    }
    loader_problem(loader, option, "", "must be \"debug\", \"info\", \"warn\" or \"error\"");
}

/* ---- librdkafka properties ------------------------------------------------------------------------------------ */

/* A property's value as librdkafka reads it; NULL after a problem. */
static char *property_text(struct loader *loader, const struct option *option, const char *inside,
                           const json_t *value)
{
    char number[40];

    if (json_is_string(value) || json_is_object(value))
        return value_text(loader, option, inside, value, NULL);
    if (json_is_boolean(value))
        return strdup(json_is_true(value) ? "true" : "false");
    if (json_is_number(value)) {
        if (json_is_integer(value))
            snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
        else
            snprintf(number, sizeof(number), "%.15g", json_real_value(value));
        return strdup(number);
    }
    loader_problem(loader, option, inside, "must be a string, a number, or true or false");
    return NULL;
}

/* The path of a property below its option; keys with quotes or backslashes cannot be librdkafka's and are cut. */
static void property_path(const char *name, char *out, size_t size)
{
    snprintf(out, size, ".\"%.*s\"", (int)strcspn(name, "\"\\"), name);
}

static void store_property(struct loader *loader, const struct option *option, json_t *all, const char *name,
                           const json_t *value)
{
    char inside[300];
    const struct property_rule *refused;
    char *text;

    property_path(name, inside, sizeof(inside));
    text = property_text(loader, option, inside, value);
    if (text == NULL)
        return;
    refused = property_refused(name, text);
    if (refused != NULL && refused->only[0] != NULL)
        loader_problem(loader, option, inside, "only \"%s\" is allowed: %s", refused->only[0], refused->reason);
    else if (refused != NULL && refused->never != NULL)
        loader_problem(loader, option, inside, "\"%s\" is not allowed: %s", refused->never, refused->reason);
    else if (refused != NULL)
        loader_problem(loader, option, inside, "is not for the configuration: %s", refused->reason);
    else if (json_object_set_new(all, name, json_string(text)) != 0)
        loader_problem(loader, option, inside, "is not UTF-8");
    free(text);
}

static void store_properties(struct loader *loader, const struct option *option, const json_t *value)
{
    json_t *all, *member;
    const char *name;

    if (!json_is_object(value)) {
        loader_problem(loader, option, "", "must be an object of librdkafka properties");
        return;
    }
    all = json_object();
    *(json_t **)slot(loader->config, option) = all;
    json_object_foreach((json_t *)value, name, member)
        store_property(loader, option, all, name, member);
}

/* ---- every type ----------------------------------------------------------------------------------------------- */

bool value_check_feed(struct loader *loader, const struct option *place, const char *inside,
                      const struct option *feed, const json_t *value)
{
    const char *text = json_string_value(value);

    switch (feed->form) {
    case FORM_FORMAT:
        if (text != NULL && (strcmp(text, "json") == 0 || strcmp(text, "csv") == 0 || strcmp(text, "psv") == 0))
            return true;
        loader_problem(loader, place, inside, "must be \"json\", \"csv\" or \"psv\"");
        return false;
    case FORM_BOOL:
        if (json_is_boolean(value))
            return true;
        break;
    case FORM_OBJECT:
        if (json_is_object(value))
            return true;
        break;
    default:
        if (json_is_array(value))
            return true;
        break;
    }
    loader_problem(loader, place, inside, "must be %s%s", feed->form == FORM_BOOL ? "" : "an ",
                   option_type_name(feed));
    return false;
}

void value_store(struct loader *loader, const struct option *option, const json_t *value)
{
    switch (option->type) {
    case OPTION_STRING: store_string(loader, option, value); break;
    case OPTION_BYTES: store_bytes(loader, option, value); break;
    case OPTION_STRINGS: store_strings(loader, option, value); break;
    case OPTION_INT: store_int(loader, option, value); break;
    case OPTION_NUMBER: store_number(loader, option, value); break;
    case OPTION_BOOL: store_bool(loader, option, value); break;
    case OPTION_LEVEL: store_level(loader, option, value); break;
    case OPTION_TOPICS: value_store_topics(loader, option, value); break;
    case OPTION_PROPERTIES: store_properties(loader, option, value); break;
    case OPTION_FEED: value_check_feed(loader, option, "", option, value); break;
    }
}

void value_free(struct config *config, const struct option *option)
{
    void *place = slot(config, option);
    struct config_strings *strings = place;

    switch (option->type) {
    case OPTION_STRING:
    case OPTION_BYTES: free(*(char **)place); break;
    case OPTION_STRINGS:
        for (size_t i = 0; i < strings->n; i++)
            free(strings->items[i]);
        free(strings->items);
        break;
    case OPTION_TOPICS: value_free_topics(config); break;
    case OPTION_PROPERTIES: json_decref(*(json_t **)place); break;
    default: break;
    }
}

static bool strings_equal(const struct config_strings *a, const struct config_strings *b)
{
    for (size_t i = 0; a->n == b->n && i < a->n; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return a->n == b->n;
}

static bool topics_equal(const struct config *a, const struct config *b)
{
    if (a->input.ntopics != b->input.ntopics)
        return false;
    for (size_t i = 0; i < a->input.ntopics; i++)
        if (strcmp(a->input.topics[i].name, b->input.topics[i].name) != 0 ||
            !json_equal(a->input.topics[i].feed, b->input.topics[i].feed))
            return false;
    return true;
}

bool value_equal(const struct config *a, const struct config *b, const struct option *option)
{
    const void *x = slot_const(a, option), *y = slot_const(b, option);

    switch (option->type) {
    case OPTION_STRING: return strcmp(*(char *const *)x, *(char *const *)y) == 0;
    case OPTION_BYTES:
        return str_eq((struct str){*(char *const *)x, *(const size_t *)((char *const *)x + 1)},
                      (struct str){*(char *const *)y, *(const size_t *)((char *const *)y + 1)});
    case OPTION_STRINGS: return strings_equal(x, y);
    case OPTION_INT: return *(const int64_t *)x == *(const int64_t *)y;
    case OPTION_NUMBER: return !(*(const double *)x < *(const double *)y || *(const double *)x > *(const double *)y);
    case OPTION_BOOL: return *(const bool *)x == *(const bool *)y;
    case OPTION_LEVEL: return *(const enum log_level *)x == *(const enum log_level *)y;
    case OPTION_TOPICS: return topics_equal(a, b);
    case OPTION_PROPERTIES: return json_equal(*(json_t *const *)x, *(json_t *const *)y);
    case OPTION_FEED: break;
    }
    return true;
}
