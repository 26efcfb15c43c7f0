/* fleet.c - messages are kept as they came; questions look into them. */
#include "cli/fleet.h"
#include "core/clock.h"

#include <stdio.h>
#include <stdlib.h>

#define AWAY_HEARTBEATS 3
#define HASH_PREFIX "sha256:"
#define LEAST_DIGITS 8

void fleet_init(struct fleet *fleet, int64_t heartbeat_ms)
{
    *fleet = (struct fleet){json_object(), heartbeat_ms};
}

void fleet_fini(struct fleet *fleet)
{
    json_decref(fleet->nodes);
    fleet->nodes = NULL;
}

const char *json_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? text : "";
}

/* ---- what is said ------------------------------------------------------------------------------------------------ */

static json_t *node_of(struct fleet *fleet, const char *name)
{
    json_t *node = json_object_get(fleet->nodes, name);

    if (node != NULL)
        return node;
    node = json_pack("{s:{},s:{},s:{}}", "heartbeat", "rules", "answers");
    json_object_set_new(fleet->nodes, name, node);
    return node;
}

void fleet_take_message(struct fleet *fleet, struct str text)
{
    json_t *message = text.p != NULL ? json_loadb(text.p, text.n, 0, NULL) : NULL;
    const char *name = json_text(message, "node"), *kind = json_text(message, "kind");
    const char *library = json_text(message, "library");

    if (name[0] != '\0' && (strcmp(kind, "heartbeat") == 0 || strcmp(kind, "rules") == 0))
        json_object_set(node_of(fleet, name), kind, message);
    else if (name[0] != '\0' && strcmp(kind, "library") == 0 && library[0] != '\0')
        json_object_set(json_object_get(node_of(fleet, name), "answers"), library, message);
    json_decref(message);
}

/* The generation that is live. */
static const json_t *active_of(const json_t *page)
{
    const json_t *generations = json_object_get(page, "generations");

    for (size_t i = 0; i < json_array_size(generations); i++)
        if (strcmp(json_text(json_array_get(generations, i), "state"), "active") == 0)
            return json_array_get(generations, i);
    return NULL;
}

static void take_answers(json_t *node, const json_t *answers)
{
    for (size_t i = 0; i < json_array_size(answers); i++)
        json_object_set(json_object_get(node, "answers"), json_text(json_array_get(answers, i), "library"),
                        json_array_get(answers, i));
}

bool fleet_take_page(struct fleet *fleet, struct str text)
{
    json_t *page = json_loadb(text.p, text.n, 0, NULL), *node;
    const json_t *control = json_object_get(page, "control"), *active = active_of(page);
    const char *name = json_text(control, "node");
    bool ok = name[0] != '\0';

    if (ok) {
        node = node_of(fleet, name);
        json_object_set_new(node, "rules",
                            json_pack("{s:O*,s:O*,s:O*}", "libraries", json_object_get(control, "libraries"),
                                      "generation", json_object_get(active, "generation"), "ruleset",
                                      json_object_get(active, "hash")));
        json_object_set_new(node, "heartbeat", json_pack("{s:I,s:O*}", "at", (json_int_t)clock_wall_ms(), "trouble",
                                                         json_object_get(control, "trouble")));
        take_answers(node, json_object_get(control, "answers"));
    }
    json_decref(page);
    return ok;
}

void fleet_forget(struct fleet *fleet, const char *library)
{
    const char *name;
    json_t *node;

    json_object_foreach (fleet->nodes, name, node)
        json_object_del(json_object_get(node, "answers"), library);
}

/* ---- questions --------------------------------------------------------------------------------------------------- */

int64_t fleet_silence_ms(const json_t *node)
{
    return clock_wall_ms() - json_integer_value(json_object_get(json_object_get(node, "heartbeat"), "at"));
}

bool fleet_is_away(const struct fleet *fleet, const json_t *node)
{
    return fleet->heartbeat_ms > 0 && fleet_silence_ms(node) > AWAY_HEARTBEATS * fleet->heartbeat_ms;
}

size_t fleet_count_present(const struct fleet *fleet)
{
    const char *name;
    json_t *node;
    size_t n = 0;

    json_object_foreach (fleet->nodes, name, node)
        n += !fleet_is_away(fleet, node);
    return n;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char **fleet_names(const struct fleet *fleet)
{
    const char **names = calloc(json_object_size(fleet->nodes) + 1, sizeof(*names)), *name;
    json_t *node;
    size_t n = 0;

    if (names == NULL)
        return NULL;
    json_object_foreach (fleet->nodes, name, node)
        names[n++] = name;
    qsort(names, n, sizeof(*names), by_name);
    return names;
}

const json_t *fleet_rules(const json_t *node)
{
    const json_t *rules = json_object_get(node, "rules");

    return json_object_get(rules, "ruleset") != NULL ? rules : json_object_get(node, "heartbeat");
}

const json_t *fleet_library(const json_t *node, const char *library)
{
    const json_t *libraries = json_object_get(json_object_get(node, "rules"), "libraries");

    for (size_t i = 0; i < json_array_size(libraries); i++)
        if (strcmp(json_text(json_array_get(libraries, i), "library"), library) == 0)
            return json_array_get(libraries, i);
    return NULL;
}

static bool is_fed(const json_t *library)
{
    return library != NULL && strcmp(json_text(library, "from"), "files") != 0;
}

bool fleet_answers_to(const json_t *answer, const char *sha256)
{
    bool withdrawal = strcmp(json_text(answer, "asked"), "withdraw") == 0;

    return answer != NULL && withdrawal == (sha256[0] == '\0') &&
           (withdrawal || strcmp(json_text(answer, "sha256"), sha256) == 0);
}

enum fleet_state fleet_state(const json_t *node, const char *library, const char *sha256)
{
    const json_t *answer = json_object_get(json_object_get(node, "answers"), library);
    const json_t *live = fleet_library(node, library);
    const char *result = json_text(answer, "result");

    if (fleet_answers_to(answer, sha256)) {
        if (strcmp(result, "refused") == 0)
            return FLEET_REFUSED;
        if (strcmp(result, "superseded") == 0)
            return FLEET_SUPERSEDED;
        return strcmp(result, "waiting") == 0 ? FLEET_WAITS : FLEET_DONE;
    }
    if (sha256[0] == '\0' ? !is_fed(live) : is_fed(live) && strcmp(json_text(live, "sha256"), sha256) == 0)
        return FLEET_DONE;
    return FLEET_WAITS;
}

static const char *without_prefix(const char *hash)
{
    size_t n = strlen(HASH_PREFIX);

    return strncmp(hash, HASH_PREFIX, n) == 0 ? hash + n : hash;
}

static bool begins(const char *hash, const char *what)
{
    return strncmp(without_prefix(hash), without_prefix(what), strlen(without_prefix(what))) == 0;
}

bool fleet_can_ask(const char *what)
{
    const char *digits = without_prefix(what);
    size_t n = strspn(digits, "0123456789abcdef");

    return strchr(what, '@') != NULL || (n >= LEAST_DIGITS && digits[n] == '\0');
}

bool fleet_has(const json_t *node, const char *what)
{
    const json_t *libraries = json_object_get(json_object_get(node, "rules"), "libraries");
    const char *at = strchr(what, '@');

    if (at == NULL && begins(json_text(fleet_rules(node), "ruleset"), what))
        return true;
    for (size_t i = 0; i < json_array_size(libraries); i++) {
        const json_t *library = json_array_get(libraries, i);
        if (at != NULL ? str_eqz(str_range(what, at), json_text(library, "library")) &&
                             strcmp(at + 1, json_text(library, "version")) == 0
                       : begins(json_text(library, "sha256"), what))
            return true;
    }
    return false;
}

const char *hash_short(const char *hash, char out[SHORT_HASH_BYTES])
{
    snprintf(out, SHORT_HASH_BYTES, "%s", without_prefix(hash));
    return out;
}
