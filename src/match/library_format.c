/* library_format.c - one function per thing that has a layout of its own; all else is written on one line. */
#include "match/library_format.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REMARKS "note", "source", "comment"

static const char *const head_keys[] = {"telsieve", "library", "family", "title", "version", REMARKS, "weights",
                                        "thresholds", NULL};
static const char *const section_keys[] = {"sets", "conditions", "suppress", "rules", "retired", NULL};
static const char *const set_keys[] = {"role", "field", REMARKS, "phrases", "allow", NULL};
static const char *const phrase_keys[] = {"p", "weight", "source", "since", "until", "note", "comment", NULL};
static const char *const suppress_keys[] = {"name", "when", "unless", "why", REMARKS, NULL};
static const char *const rule_keys[] = {"when", "reason", "advice", REMARKS, "hit", "miss", NULL};
static const char *const rule_line[] = {"id", "type", "family", "state", "share", "tier", "stage", "scope", "alone",
                                        "victim", "subject", "suppress", NULL}; /* share the first line of a rule */

typedef void put_value(FILE *out, const char *key, const json_t *value, int indent);

static bool is_among(const char *key, const char *const *keys)
{
    for (; *keys != NULL; keys++) {
        if (strcmp(key, *keys) == 0)
            return true;
    }
    return false;
}

/* On one line. Numbers as short as they can be without becoming others. */
static void put_inline(FILE *out, const json_t *value)
{
    char *text = NULL;

    for (size_t digits = 15; digits <= 17; digits += 2) {
        json_t *again;
        bool same;
        free(text);
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        again = text != NULL ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
        same = json_equal(value, again) == 1;
        json_decref(again);
        if (same)
            break;
    }
    if (text != NULL)
        fputs(text, out);
    free(text);
}

static void put_key(FILE *out, const char *key)
{
    json_t *name = json_string(key);

    put_inline(out, name);
    fputs(": ", out);
    json_decref(name);
}

static void put_start(FILE *out, bool *first, int indent)
{
    fprintf(out, "%s%*s", *first ? "" : ",\n", indent, "");
    *first = false;
}

static const char *const none[] = {NULL};

/* Members one a line: those of `order` first, then all others but those of `done`. */
static void put_members(FILE *out, const json_t *object, const char *const *order, const char *const *done, bool first,
                        int indent, put_value *put)
{
    const char *key;
    json_t *value;

    for (size_t i = 0; order[i] != NULL; i++) {
        if ((value = json_object_get(object, order[i])) == NULL)
            continue;
        put_start(out, &first, indent);
        put_key(out, order[i]);
        put(out, order[i], value, indent);
    }
    json_object_foreach((json_t *)object, key, value)
    {
        if (is_among(key, order) || is_among(key, done))
            continue;
        put_start(out, &first, indent);
        put_key(out, key);
        put(out, key, value, indent);
    }
}

/* An object or list of lines between its brackets. */
static void put_object(FILE *out, const json_t *object, const char *const *order, int indent, put_value *put)
{
    if (!json_is_object(object) || json_object_size(object) == 0) {
        put_inline(out, object);
        return;
    }
    fputs("{\n", out);
    put_members(out, object, order, none, true, indent + 2, put);
    fprintf(out, "\n%*s}", indent, "");
}

static void put_list(FILE *out, const json_t *list, int indent, put_value *put)
{
    bool first = true;
    json_t *value;
    size_t i;

    if (!json_is_array(list) || json_array_size(list) == 0) {
        put_inline(out, list);
        return;
    }
    fputs("[\n", out);
    json_array_foreach(list, i, value)
    {
        put_start(out, &first, indent + 2);
        put(out, NULL, value, indent + 2);
    }
    fprintf(out, "\n%*s]", indent, "");
}

static void put_plain(FILE *out, const char *key, const json_t *value, int indent)
{
    (void)key;
    (void)indent;
    put_inline(out, value);
}

/* ---- what has a layout ---- */

static void put_phrase(FILE *out, const char *key, const json_t *value, int indent)
{
    json_t *ordered = json_object();
    const char *name;
    json_t *member;

    (void)key;
    (void)indent;
    for (size_t i = 0; phrase_keys[i] != NULL && json_is_object(value); i++) {
        if ((member = json_object_get(value, phrase_keys[i])) != NULL)
            json_object_set(ordered, phrase_keys[i], member);
    }
    json_object_foreach((json_t *)value, name, member)
        json_object_set(ordered, name, member);
    put_inline(out, json_is_object(value) ? ordered : value);
    json_decref(ordered);
}

static void put_set_member(FILE *out, const char *key, const json_t *value, int indent)
{
    if (strcmp(key, "phrases") == 0 || strcmp(key, "allow") == 0)
        put_list(out, value, indent, put_phrase);
    else
        put_inline(out, value);
}

static void put_set(FILE *out, const char *key, const json_t *value, int indent)
{
    (void)key;
    put_object(out, value, set_keys, indent, put_set_member);
}

static void put_suppressor(FILE *out, const char *key, const json_t *value, int indent)
{
    (void)key;
    put_object(out, value, suppress_keys, indent, put_plain);
}

static void put_rule_member(FILE *out, const char *key, const json_t *value, int indent)
{
    if (strcmp(key, "hit") == 0 || strcmp(key, "miss") == 0)
        put_list(out, value, indent, put_plain);
    else
        put_inline(out, value);
}

static void put_rule(FILE *out, const char *key, const json_t *value, int indent)
{
    bool first = true;

    (void)key;
    if (!json_is_object(value)) {
        put_inline(out, value);
        return;
    }
    fputs("{\n", out);
    for (size_t i = 0; rule_line[i] != NULL; i++) {
        const json_t *member = json_object_get(value, rule_line[i]);
        if (member == NULL)
            continue;
        fprintf(out, "%s%*s", first ? "" : ", ", first ? indent + 2 : 0, "");
        first = false;
        put_key(out, rule_line[i]);
        put_inline(out, member);
    }
    put_members(out, value, rule_keys, rule_line, first, indent + 2, put_rule_member);
    fprintf(out, "\n%*s}", indent, "");
}

/* ---- the whole ---- */

static void put_section(FILE *out, const char *key, const json_t *value, int indent)
{
    if (strcmp(key, "sets") == 0)
        put_object(out, value, none, indent, put_set);
    else if (strcmp(key, "conditions") == 0)
        put_object(out, value, none, indent, put_plain);
    else if (strcmp(key, "suppress") == 0)
        put_list(out, value, indent, put_suppressor);
    else if (strcmp(key, "rules") == 0)
        put_list(out, value, indent, put_rule);
    else
        put_inline(out, value);
}

/* A blank line before each section. */
static void put_library(FILE *out, const json_t *root)
{
    size_t sections = 0;
    bool first;

    for (size_t i = 0; section_keys[i] != NULL; i++)
        sections += json_object_get(root, section_keys[i]) != NULL;
    first = json_object_size(root) == sections;
    fputs("{\n", out);
    put_members(out, root, head_keys, section_keys, true, 2, put_section);
    for (size_t i = 0; section_keys[i] != NULL; i++) {
        const json_t *value = json_object_get(root, section_keys[i]);
        if (value == NULL)
            continue;
        fputs(first ? "  " : ",\n\n  ", out);
        first = false;
        put_key(out, section_keys[i]);
        put_section(out, section_keys[i], value, 2);
    }
    fputs("\n}\n", out);
}

char *library_format(const json_t *root)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    put_library(out, root);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
