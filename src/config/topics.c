/* topics.c - input.topics: names or objects, each with the feed its decoder will be made from. A topic's own member
 * replaces the one of `input` as a whole: a CSV topic must not inherit the field names of a JSON one. */
#include "config/values.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const feed_members[] = {"format", "header", "fields", "const", "columns", NULL};

/* The FEED option behind a member: "format" -> input.format. */
static const struct option *feed_option(const char *member)
{
    char key[32];

    snprintf(key, sizeof(key), "input.%s", member);
    return option_find(str_of(key));
}

/* What `input` says for every topic. */
static json_t *common_feed(const struct loader *loader)
{
    const json_t *input = json_object_get(loader->root, "input");
    json_t *feed = json_object();

    json_object_set_new(feed, "format", json_string("json"));
    for (size_t i = 0; feed_members[i] != NULL; i++) {
        json_t *value = json_object_get(input, feed_members[i]);
        if (value != NULL)
            json_object_set(feed, feed_members[i], value);
    }
    return feed;
}

static void unknown_member(struct loader *loader, const struct option *option, const char *inside, const char *name)
{
    static const char *const known[] = {"topic", "format", "header", "fields", "const", "columns", NULL};
    char hint[ERR_HINT_BYTES];

    loader_problem(loader, option, inside, "unknown key \"%.60s\"%s", name, err_hint(name, known, hint));
}

/* The members of a topic object laid over `feed`. */
static void overlay(struct loader *loader, const struct option *option, size_t index, const json_t *object,
                    json_t *feed)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)object, name, value) {
        const struct option *member = NULL;
        char inside[300];

        snprintf(inside, sizeof(inside), "[%zu].\"%.*s\"", index, (int)strcspn(name, "\"\\"), name);
        for (size_t i = 0; feed_members[i] != NULL && member == NULL; i++)
            if (strcmp(name, feed_members[i]) == 0)
                member = feed_option(name);
        if (member != NULL && value_check_feed(loader, option, inside, member, value))
            json_object_set(feed, name, value);
        else if (member == NULL && strcmp(name, "topic") != 0)
            unknown_member(loader, option, inside, name);
    }
}

static void store_topic(struct loader *loader, const struct option *option, size_t index, const json_t *value)
{
    struct config_topic *topic = &loader->config->input.topics[loader->config->input.ntopics];
    const json_t *name = value;
    char inside[40];

    snprintf(inside, sizeof(inside), "[%zu]", index);
    if (json_is_object(value)) {
        name = json_object_get(value, "topic");
        if (name == NULL) {
            loader_problem(loader, option, inside, "a topic object needs \"topic\"");
            return;
        }
        snprintf(inside, sizeof(inside), "[%zu].topic", index);
    } else if (!json_is_string(value)) {
        loader_problem(loader, option, inside, "must be a topic name or an object with \"topic\"");
        return;
    }
    topic->name = value_text(loader, option, inside, name, NULL);
    if (topic->name == NULL)
        return;
    topic->feed = common_feed(loader);
    loader->config->input.ntopics++;
    value_is_topic(loader, option, inside, topic->name);
    for (size_t i = 0; i + 1 < loader->config->input.ntopics; i++)
        if (strcmp(loader->config->input.topics[i].name, topic->name) == 0)
            loader_problem(loader, option, inside, "the topic \"%s\" is listed twice", topic->name);
    if (json_is_object(value))
        overlay(loader, option, index, value, topic->feed);
}

void value_store_topics(struct loader *loader, const struct option *option, const json_t *value)
{
    size_t n = json_array_size(value);

    if (n == 0) {
        loader_problem(loader, option, "", "must be an array of at least one topic");
        return;
    }
    loader->config->input.topics = calloc(n, sizeof(struct config_topic));
    if (loader->config->input.topics == NULL) {
        loader_problem(loader, option, "", "%s", ts_strerror(TS_ENOMEM));
        return;
    }
    for (size_t i = 0; i < n; i++)
        store_topic(loader, option, i, json_array_get(value, i));
}

void value_free_topics(struct config *config)
{
    for (size_t i = 0; i < config->input.ntopics; i++) {
        free(config->input.topics[i].name);
        json_decref(config->input.topics[i].feed);
    }
    free(config->input.topics);
}
