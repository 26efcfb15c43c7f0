/* problems.c - a problem line begins with its path; the path is looked up in the file's tree, and what is found there
 * has a place in the text. A member that a topic does not have itself came from input.*, so it is told of once there
 * and not once for every topic. */
#include "config/config.h"
#include "config/document.h"

#include <stdio.h>
#include <stdlib.h>

#define PATH_MAX_BYTES 200

/* Write the path of a librdkafka property, whose name has dots itself: kafka.common."socket.timeout.ms". */
static bool property_path(const char *path, const json_t *root, char *out, size_t size)
{
    const char *sections[] = {"common", "consumer", "producer"};

    for (size_t i = 0; i < 3; i++) {
        char start[32];
        size_t n = (size_t)snprintf(start, sizeof(start), "kafka.%s.", sections[i]);
        if (strncmp(path, start, n) != 0)
            continue;
        snprintf(out, size, "%s\"%s\"", start, path + n);
        return json_object_get(json_object_get(json_object_get(root, "kafka"), sections[i]), path + n) != NULL;
    }
    return false;
}

/* Write the path of a topic's member: its own, or the one in input.* that it was taken from. */
static bool topic_path(const char *path, const json_t *root, char *out, size_t size)
{
    const json_t *input = json_object_get(root, "input"), *topic;
    char member[32];
    unsigned index;
    int n = 0;

    if (sscanf(path, "input.topics[%u].%31[^.[]%n", &index, member, &n) != 2 || n == 0)
        return false;
    topic = json_array_get(json_object_get(input, "topics"), index);
    if (json_object_get(topic, member) != NULL)
        snprintf(out, size, "%s", path);
    else if (json_object_get(input, member) != NULL)
        snprintf(out, size, "input.%s", strstr(path, "].") + 2);
    else if (topic != NULL) /* about something that is lacking */
        snprintf(out, size, "input.topics[%u]", index);
    else
        snprintf(out, size, "input");
    return input != NULL;
}

/* The path without the quotes that only separate. */
static void unquote(char *path)
{
    char *to = path;

    for (const char *p = path; *p != '\0'; p++)
        if (*p != '"')
            *to++ = *p;
    *to = '\0';
}

static void place_line(const struct document *document, struct str line, struct err *err)
{
    const char *colon = memmem(line.p, line.n, ": ", 2);
    char path[PATH_MAX_BYTES], found[PATH_MAX_BYTES + 8];
    size_t n = colon != NULL ? (size_t)(colon - line.p) : sizeof(path);
    struct str what;
    unsigned row, col;

    if (document == NULL || n >= sizeof(path)) {
        err_add(err, "%.*s", STR_FMT(line));
        return;
    }
    memcpy(path, line.p, n);
    path[n] = '\0';
    what = str_range(colon + 2, line.p + line.n);
    if (!property_path(path, document->root, found, sizeof(found)) &&
        !topic_path(path, document->root, found, sizeof(found))) {
        err_add(err, "%.*s", STR_FMT(line));
        return;
    }
    document_find_path(document, found, false, &row, &col);
    unquote(found);
    err_at(err, document->file, row, col, "%s: %.*s", strstr(path, found) != NULL ? path : found, STR_FMT(what));
}

void config_place(const struct config *config, const struct err *found, struct err *err)
{
    struct document document;
    struct str rest = {found->text, found->n};
    struct err ignored;
    bool loaded;

    err_init(&ignored);
    loaded = *config->file != '\0' && document_load(&document, config->file, &ignored) == 0;
    err_fini(&ignored);
    while (rest.n > 0) {
        const char *end = memchr(rest.p, '\n', rest.n);
        struct err one;
        err_init(&one);
        place_line(loaded ? &document : NULL, str_range(rest.p, end), &one);
        if (err->text == NULL || strstr(err->text, one.text) == NULL)
            err_add(err, "%.*s", (int)one.n - 1, one.text);
        err_fini(&one);
        rest = str_range(end + 1, rest.p + rest.n);
    }
    err->suppressed += found->suppressed;
    err->count += found->suppressed;
    if (loaded)
        document_fini(&document);
}
