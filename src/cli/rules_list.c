/* rules_list.c - one node: its libraries. All nodes: a line for each, and which libraries they have in common. */
#include "cli/grid.h"
#include "cli/rules_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct list {
    struct way way;
    const char *wait;
    bool json;
};

/* ---- for programs ------------------------------------------------------------------------------------------------ */

static void print_json(const struct fleet *fleet)
{
    const char **names = fleet_names(fleet);
    json_t *list = json_array();

    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        const json_t *node = json_object_get(fleet->nodes, names[i]), *rules = fleet_rules(node);
        const json_t *heartbeat = json_object_get(node, "heartbeat");
        json_array_append_new(
            list, json_pack("{s:s,s:b,s:O*,s:O*,s:O*,s:O*,s:O*,s:O*}", "node", names[i], "away",
                            fleet_is_away(fleet, node), "at", json_object_get(heartbeat, "at"), "ready",
                            json_object_get(heartbeat, "ready"), "trouble", json_object_get(heartbeat, "trouble"),
                            "generation", json_object_get(rules, "generation"), "ruleset",
                            json_object_get(rules, "ruleset"), "libraries",
                            json_object_get(json_object_get(node, "rules"), "libraries")));
    }
    json_dumpf(list, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(list);
    free(names);
}

/* ---- nodes ------------------------------------------------------------------------------------------------------- */

static void print_nodes(const struct fleet *fleet, const char *const *names)
{
    struct grid grid;

    grid_init(&grid, 6);
    grid_add(&grid, (const char *const[]){"node", "generation", "rule set", "libraries", "state", "trouble"});
    for (size_t i = 0; names[i] != NULL; i++) {
        const json_t *node = json_object_get(fleet->nodes, names[i]), *rules = fleet_rules(node);
        const json_t *heartbeat = json_object_get(node, "heartbeat"), *ready = json_object_get(heartbeat, "ready");
        char generation[24], hash[SHORT_HASH_BYTES], count[24], state[60];

        snprintf(generation, sizeof(generation), "%" JSON_INTEGER_FORMAT,
                 json_integer_value(json_object_get(rules, "generation")));
        snprintf(count, sizeof(count), "%zu",
                 json_array_size(json_object_get(json_object_get(node, "rules"), "libraries")));
        if (heartbeat == NULL || json_object_size(heartbeat) == 0)
            snprintf(state, sizeof(state), "no heartbeat");
        else if (fleet_is_away(fleet, node))
            snprintf(state, sizeof(state), "silent for %" PRId64 " s", fleet_silence_ms(node) / 1000);
        else
            snprintf(state, sizeof(state), "%s", json_is_false(ready) ? "not ready" : "ready");
        grid_add(&grid, (const char *const[]){names[i], generation, hash_short(json_text(rules, "ruleset"), hash),
                                              count, state,
                                              json_text(heartbeat, json_is_false(ready) ? "cause" : "trouble")});
    }
    grid_print(&grid, stdout);
    grid_fini(&grid);
}

/* Do the nodes that are not away judge by the same rules? */
static void print_agreement(const struct fleet *fleet, const char *const *names)
{
    const char *first = NULL;
    size_t present = fleet_count_present(fleet);
    bool same = true;

    for (size_t i = 0; names[i] != NULL; i++) {
        const json_t *node = json_object_get(fleet->nodes, names[i]);
        const char *hash = json_text(fleet_rules(node), "ruleset");
        if (fleet_is_away(fleet, node))
            continue;
        first = first != NULL ? first : hash;
        same = same && strcmp(first, hash) == 0;
    }
    if (present == 0)
        puts("\nno node has sent a heartbeat of late");
    else if (present == 1)
        puts("\none node");
    else
        printf("\n%zu nodes, %s\n", present, same ? "the same rules on all" : "NOT the same rules on all");
}

/* ---- libraries --------------------------------------------------------------------------------------------------- */

static void add_library(struct grid *grid, const json_t *library, const char *where)
{
    static const char *const states[] = {"live", "canary", "shadow", "off"};
    const json_t *rules = json_object_get(library, "rules");
    char count[80] = "", hash[SHORT_HASH_BYTES];
    size_t n = 0;

    for (size_t i = 0; i < sizeof(states) / sizeof(*states) && rules != NULL; i++)
        n += (size_t)snprintf(count + n, sizeof(count) - n, "%s%d", i > 0 ? "/" : "",
                              (int)json_integer_value(json_object_get(rules, states[i])));
    grid_add(grid, (const char *const[]){json_text(library, "library"), json_text(library, "version"), count,
                                         json_text(library, "from"), hash_short(json_text(library, "sha256"), hash),
                                         where});
}

static bool is_alike(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"version", "from", "sha256"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
        if (strcmp(json_text(a, keys[i]), json_text(b, keys[i])) != 0)
            return false;
    return true;
}

/* Which of the nodes present have this very library: NULL when one before names[at] has it too, and told it. */
static char *where_is(const struct fleet *fleet, const char *const *names, size_t at, const json_t *library)
{
    char *where = NULL;
    size_t n = 0, found = 0;
    FILE *out = open_memstream(&where, &n);

    for (size_t i = 0; out != NULL && names[i] != NULL; i++) {
        const json_t *node = json_object_get(fleet->nodes, names[i]);
        const json_t *theirs = fleet_library(node, json_text(library, "library"));
        if (fleet_is_away(fleet, node) || theirs == NULL || !is_alike(theirs, library))
            continue;
        if (i < at) {
            fclose(out);
            free(where);
            return NULL;
        }
        fprintf(out, "%s%s", found++ > 0 ? ", " : "", names[i]);
    }
    if (out != NULL)
        fclose(out);
    if (where != NULL && found == fleet_count_present(fleet))
        strcpy(where, ""); /* on all */
    return where;
}

static void print_libraries(const struct fleet *fleet, const char *const *names)
{
    struct grid grid;

    grid_init(&grid, 6);
    grid_add(&grid, (const char *const[]){"library", "version", "live/canary/shadow/off", "from", "sha256", ""});
    for (size_t i = 0; names[i] != NULL; i++) {
        const json_t *node = json_object_get(fleet->nodes, names[i]);
        const json_t *libraries = json_object_get(json_object_get(node, "rules"), "libraries");
        for (size_t k = 0; !fleet_is_away(fleet, node) && k < json_array_size(libraries); k++) {
            const json_t *library = json_array_get(libraries, k);
            char *where = where_is(fleet, names, i, library);
            if (where != NULL)
                add_library(&grid, library, where);
            free(where);
        }
    }
    if (grid.n > 1) {
        putchar('\n');
        grid_print(&grid, stdout);
    }
    grid_fini(&grid);
}

/* What was refused last, library by library. */
static void print_refused(const struct fleet *fleet, const char *const *names)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        const json_t *answer;
        const char *library;
        json_object_foreach (json_object_get(json_object_get(fleet->nodes, names[i]), "answers"), library, answer) {
            const json_t *error = json_array_get(json_object_get(answer, "errors"), 0);
            char line[1600];
            if (strcmp(json_text(answer, "result"), "refused") != 0)
                continue;
            snprintf(line, sizeof(line), "%s refused %s %s: %s", names[i], library, json_text(answer, "version"),
                     json_text(error, "what"));
            putchar('\n');
            put_harmless(stdout, line);
            putchar('\n');
        }
    }
}

static void print_all(const struct fleet *fleet, bool by_topic)
{
    const char **names = fleet_names(fleet);

    if (names == NULL)
        return;
    print_nodes(fleet, names);
    if (by_topic)
        print_agreement(fleet, names);
    print_libraries(fleet, names);
    print_refused(fleet, names);
    free(names);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static bool all_have(void *ctx, const struct fleet *fleet)
{
    const struct list *list = ctx;
    const char *name;
    json_t *node;

    if (list->wait == NULL)
        return true;
    json_object_foreach (fleet->nodes, name, node)
        if (!fleet_is_away(fleet, node) && !fleet_has(node, list->wait))
            return false;
    return fleet_count_present(fleet) > 0;
}

static int run(struct list *list)
{
    struct watch_fleet watch = {0};
    struct err err;
    int code = EXIT_BAD_DATA;

    err_init(&err);
    if (way_open(&list->way, &err) == 0)
        code = watch_fleet_open(&watch, &list->way, &err);
    if (code == EXIT_DONE)
        code = watch_fleet_until(&watch, all_have, list, &err);
    if (code == EXIT_DONE || code == EXIT_DEADLINE) {
        if (list->json)
            print_json(&watch.fleet);
        else
            print_all(&watch.fleet, list->way.topic);
    }
    if (code == EXIT_DEADLINE)
        err_add(&err, "after %ld s not every node has %s", list->way.timeout_s, list->wait);
    watch_fleet_close(&watch);
    way_close(&list->way);
    way_failed(&err, code);
    err_fini(&err);
    return code;
}

int command_rules_list(const struct command *self, int argc, char **argv)
{
    struct list list = {0};
    struct args args;
    int kind;

    way_init(&list.way);
    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        int taken = kind == 'o' ? way_option(&list.way, &args) : 0;
        if (kind == 'a')
            return usage_error(self, "unexpected \"%s\"", args.option);
        if (taken < 0)
            return EXIT_USAGE;
        if (taken > 0)
            continue;
        if (args_is(&args, NULL, "--json"))
            list.json = true;
        else if (!args_is(&args, NULL, "--wait"))
            return args_unknown(&args);
        else if ((list.wait = args_value(&args)) == NULL)
            return EXIT_USAGE;
    }
    if (list.wait != NULL && !fleet_can_ask(list.wait))
        return usage_error(self, "--wait needs a hash (at least 8 digits of it) or LIBRARY@VERSION, not \"%s\"",
                           list.wait);
    if (way_check(&list.way, self) != EXIT_DONE)
        return EXIT_USAGE;
    return run(&list);
}
