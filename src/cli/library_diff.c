/* library_diff.c - lists are compared by what their items are called, objects by their keys. */
#include "cli/library_diff.h"
#include "core/str.h"

#include <stdlib.h>

static const char *const parts[] = {"sets", "conditions", "rules", NULL};

static char *dump(const json_t *value)
{
    return json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
}

/* What an item of a list is called: a text by itself, an object by its phrase, name or id. To be free()d. */
static char *name_of(const json_t *item)
{
    static const char *const keys[] = {"p", "id", "name"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (json_is_string(json_object_get(item, keys[i])))
            return strdup(json_string_value(json_object_get(item, keys[i])));
    return json_is_string(item) ? strdup(json_string_value(item)) : dump(item);
}

/* A list as an object by the names of its items. */
static json_t *by_name(const json_t *list)
{
    json_t *object = json_object();

    for (size_t i = 0; i < json_array_size(list); i++) {
        char *name = name_of(json_array_get(list, i));
        if (name != NULL)
            json_object_set(object, name, json_array_get(list, i));
        free(name);
    }
    return object;
}

/* ---- keys -------------------------------------------------------------------------------------------------------- */

static json_t *list_diff(const char *key, const json_t *before, const json_t *after)
{
    json_t *a = by_name(before), *b = by_name(after), *item;
    json_t *added = json_array(), *removed = json_array(), *changed = json_array();
    const char *name;

    json_object_foreach (a, name, item) {
        json_t *other = json_object_get(b, name);
        if (other == NULL)
            json_array_append(removed, item);
        else if (!json_equal(item, other))
            json_array_append_new(changed, json_pack("[O,O]", item, other));
    }
    json_object_foreach (b, name, item)
        if (json_object_get(a, name) == NULL)
            json_array_append(added, item);
    json_decref(a);
    json_decref(b);
    return json_pack("{s:s,s:o,s:o,s:o}", "key", key, "added", added, "removed", removed, "changed", changed);
}

static bool is_empty_list_diff(const json_t *diff)
{
    return json_array_size(json_object_get(diff, "added")) + json_array_size(json_object_get(diff, "removed")) +
               json_array_size(json_object_get(diff, "changed")) == 0;
}

static void add_key(json_t *keys, const char *key, json_t *before, json_t *after)
{
    json_t *diff = NULL;

    if (before != NULL && after != NULL && json_equal(before, after))
        return;
    if (!json_is_array(before != NULL ? before : after)) {
        json_array_append_new(keys, json_pack("{s:s,s:O*,s:O*}", "key", key, "before", before, "after", after));
        return;
    }
    diff = list_diff(key, before, after);
    if (!is_empty_list_diff(diff))
        json_array_append(keys, diff);
    json_decref(diff);
}

/* Of two objects, but for the keys in `but`, which may be NULL. Either may be NULL. */
static json_t *keys_diff(const json_t *before, const json_t *after, const char *const *but)
{
    json_t *keys = json_array(), *value;
    const char *key;

    json_object_foreach ((json_t *)before, key, value)
        if (but == NULL || !str_is_among(str_of(key), but))
            add_key(keys, key, value, json_object_get(after, key));
    json_object_foreach ((json_t *)after, key, value)
        if (json_object_get(before, key) == NULL && (but == NULL || !str_is_among(str_of(key), but)))
            add_key(keys, key, NULL, value);
    return keys;
}

/* ---- sets, conditions, rules ------------------------------------------------------------------------------------- */

/* A condition may be a text only. */
static json_t *as_object(const json_t *value)
{
    if (value == NULL || json_is_object(value))
        return json_incref((json_t *)value);
    return json_pack("{s:O}", "when", value);
}

static void add_change(json_t *changes, const char *name, const json_t *before, const json_t *after)
{
    json_t *a = as_object(before), *b = as_object(after), *keys = keys_diff(a, b, NULL);
    const char *change = before == NULL ? "added" : after == NULL ? "removed" : "changed";

    if (json_array_size(keys) > 0 || before == NULL || after == NULL)
        json_array_append_new(changes, json_pack("{s:s,s:s,s:O}", "name", name, "change", change, "keys", keys));
    json_decref(keys);
    json_decref(a);
    json_decref(b);
}

static json_t *part_diff(const json_t *before, const json_t *after)
{
    json_t *a = json_is_array(before) ? by_name(before) : json_incref((json_t *)before);
    json_t *b = json_is_array(after) ? by_name(after) : json_incref((json_t *)after);
    json_t *changes = json_array(), *value;
    const char *name;

    json_object_foreach (a, name, value)
        add_change(changes, name, value, json_object_get(b, name));
    json_object_foreach (b, name, value)
        if (json_object_get(a, name) == NULL)
            add_change(changes, name, NULL, value);
    json_decref(a);
    json_decref(b);
    return changes;
}

json_t *library_diff(const json_t *before, const json_t *after)
{
    const char *const but[] = {parts[0], parts[1], parts[2], "version", NULL};
    json_t *diff = json_pack("{s:O*,s:O*,s:O*,s:o}", "library", json_object_get(after, "library"), "before",
                             json_object_get(before, "version"), "after", json_object_get(after, "version"), "keys",
                             keys_diff(before, after, but));

    for (const char *const *part = parts; *part != NULL; part++)
        json_object_set_new(diff, *part, part_diff(json_object_get(before, *part), json_object_get(after, *part)));
    return diff;
}

bool library_diff_is_empty(const json_t *diff)
{
    size_t n = json_array_size(json_object_get(diff, "keys"));

    for (const char *const *part = parts; *part != NULL; part++)
        n += json_array_size(json_object_get(diff, *part));
    return n == 0;
}

/* ---- for a person ------------------------------------------------------------------------------------------------ */

static void put_value(FILE *out, const json_t *value)
{
    char *text = value != NULL ? dump(value) : NULL;

    fputs(text != NULL ? text : "nothing", out);
    free(text);
}

static void put_items(FILE *out, const char *key, char sign, const json_t *items)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        fprintf(out, "  %-9s %c ", key, sign);
        put_value(out, json_array_get(items, i));
        fputc('\n', out);
    }
}

static void put_arrow(FILE *out, const json_t *before, const json_t *after)
{
    put_value(out, before);
    fputs(" -> ", out);
    put_value(out, after);
    fputc('\n', out);
}

static void put_keys(FILE *out, const json_t *keys)
{
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *diff = json_array_get(keys, i), *changed = json_object_get(diff, "changed");
        const char *key = json_string_value(json_object_get(diff, "key"));

        if (changed == NULL) {
            fprintf(out, "  %-9s   ", key);
            put_arrow(out, json_object_get(diff, "before"), json_object_get(diff, "after"));
        }
        put_items(out, key, '-', json_object_get(diff, "removed"));
        put_items(out, key, '+', json_object_get(diff, "added"));
        for (size_t k = 0; k < json_array_size(changed); k++) {
            fprintf(out, "  %-9s ~ ", key);
            put_arrow(out, json_array_get(json_array_get(changed, k), 0),
                      json_array_get(json_array_get(changed, k), 1));
        }
    }
}

static void put_changes(FILE *out, const char *what, const json_t *changes)
{
    for (size_t i = 0; i < json_array_size(changes); i++) {
        const json_t *change = json_array_get(changes, i);
        const char *kind = json_string_value(json_object_get(change, "change"));

        fprintf(out, "%s %s %s\n", what, json_string_value(json_object_get(change, "name")), kind);
        if (strcmp(kind, "removed") != 0)
            put_keys(out, json_object_get(change, "keys"));
    }
}

void library_diff_print(const json_t *diff, FILE *out)
{
    fprintf(out, "%s ", json_string_value(json_object_get(diff, "library")));
    put_arrow(out, json_object_get(diff, "before"), json_object_get(diff, "after"));
    put_keys(out, json_object_get(diff, "keys"));
    put_changes(out, "set", json_object_get(diff, "sets"));
    put_changes(out, "condition", json_object_get(diff, "conditions"));
    put_changes(out, "rule", json_object_get(diff, "rules"));
}
