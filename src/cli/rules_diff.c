/* rules_diff.c - show and diff: a library from a file, from a node or from the topic, looked at or compared. */
#include "cli/library_diff.h"
#include "cli/read_file.h"
#include "cli/rules_way.h"
#include "match/keyring.h"

#include <stdio.h>
#include <stdlib.h>

struct comparison {
    struct way way;
    const char *rules_dir, *other_node;
    bool json;
};

static int check_name(const struct command *self, const char *name)
{
    if (key_is_name(str_of(name)))
        return -1;
    return usage_error(self, "\"%s\": the name of a library is " KEY_NAME_RULE, name);
}

/* ---- show -------------------------------------------------------------------------------------------------------- */

int command_rules_show(const struct command *self, int argc, char **argv)
{
    struct way way;
    struct args args;
    struct err err;
    int kind, code = EXIT_BAD_DATA;
    size_t n = 0;
    char *text = NULL;

    way_init(&way);
    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        int taken = kind == 'o' ? way_option(&way, &args) : 1;
        if (taken <= 0)
            return taken == 0 ? args_unknown(&args) : EXIT_USAGE;
    }
    if (args.noperands != 1)
        return usage_error(self, "which library? one NAME");
    if (check_name(self, args.operands[0]) >= 0 || way_check(&way, self) != EXIT_DONE)
        return EXIT_USAGE;
    err_init(&err);
    if (way_open(&way, &err) == 0)
        text = way_fetch(&way, args.operands[0], &n, &code, &err);
    if (text != NULL) {
        code = EXIT_DONE;
        fwrite(text, 1, n, stdout);
        if (n > 0 && text[n - 1] != '\n')
            putchar('\n');
    }
    free(text);
    way_close(&way);
    way_failed(&err, code);
    err_fini(&err);
    return code;
}

/* ---- diff -------------------------------------------------------------------------------------------------------- */

/* Takes `text`; NULL with err. */
static json_t *parse(char *text, size_t n, const char *place, struct err *err)
{
    json_error_t error;
    json_t *root = text != NULL ? json_loadb(text, n, JSON_REJECT_DUPLICATES, &error) : NULL;

    if (text != NULL && root == NULL)
        err_at(err, place, error.line > 0 ? (unsigned)error.line : 1, error.column > 0 ? (unsigned)error.column : 1,
               "not JSON: %s", error.text);
    else if (root != NULL && !json_is_string(json_object_get(root, "library"))) {
        err_add(err, "%s: no rule library: \"library\" must be its name", place);
        json_decref(root);
        root = NULL;
    }
    free(text);
    return root;
}

static json_t *from_file(const char *path, struct err *err)
{
    size_t n = 0;
    char *text = read_file(path, &n, err);

    return parse(text, n, path, err);
}

static json_t *from_way(const struct way *way, const char *name, int *code, struct err *err)
{
    size_t n = 0;
    char *text = way_fetch(way, name, &n, code, err);

    return parse(text, n, name, err);
}

static bool is_file(const char *operand)
{
    return strchr(operand, '/') != NULL || str_ends(str_of(operand), STR_LIT(".json")) || strcmp(operand, "-") == 0;
}

/* Before and after: file and file; live and the file that may be pushed; node and node; the file in rules.dir and
 * live. */
static int load_both(struct comparison *c, char *const *operands, size_t n, json_t *both[2], struct err *err)
{
    const char *base = c->way.config != NULL ? c->way.config->rules.dir : "patterns";
    const char *dir = c->rules_dir != NULL ? c->rules_dir : base;
    int code = EXIT_BAD_DATA;
    char path[4096];

    if (n == 2) {
        both[0] = from_file(operands[0], err);
        both[1] = from_file(operands[1], err);
    } else if (is_file(operands[0])) {
        both[1] = from_file(operands[0], err);
        if (both[1] != NULL)
            both[0] = from_way(&c->way, json_string_value(json_object_get(both[1], "library")), &code, err);
    } else if (c->other_node != NULL) {
        both[0] = from_way(&c->way, operands[0], &code, err);
        snprintf(c->way.node, sizeof(c->way.node), "%s", c->other_node);
        if (both[0] != NULL)
            both[1] = from_way(&c->way, operands[0], &code, err);
    } else {
        snprintf(path, sizeof(path), "%s/%s.json", dir, operands[0]);
        both[0] = from_file(path, err);
        if (both[0] != NULL)
            both[1] = from_way(&c->way, operands[0], &code, err);
    }
    return both[0] != NULL && both[1] != NULL ? EXIT_DONE : code;
}

static void print_diff(const json_t *before, const json_t *after, bool json)
{
    json_t *diff = library_diff(before, after);

    if (json) {
        json_dumpf(diff, stdout, JSON_INDENT(1));
        putchar('\n');
    } else
        library_diff_print(diff, stdout);
    if (!json && library_diff_is_empty(diff))
        puts("  no difference");
    json_decref(diff);
}

static int compare(struct comparison *c, char *const *operands, size_t n)
{
    json_t *both[2] = {NULL, NULL};
    struct err err;
    int code = EXIT_BAD_DATA;

    err_init(&err);
    if (way_open(&c->way, &err) == 0)
        code = load_both(c, operands, n, both, &err);
    if (code == EXIT_DONE)
        print_diff(both[0], both[1], c->json);
    json_decref(both[0]);
    json_decref(both[1]);
    way_close(&c->way);
    way_failed(&err, code);
    err_fini(&err);
    return code;
}

/* One of its own options; -1 after an error message. */
static int own_option(struct comparison *c, struct args *args)
{
    if (args_is(args, NULL, "--json"))
        return c->json = true;
    if (args_is(args, "-r", "--rules"))
        return (c->rules_dir = args_value(args)) != NULL ? 1 : -1;
    if (args_is(args, NULL, "--with"))
        return (c->other_node = args_value(args)) != NULL ? 1 : -1;
    args_unknown(args);
    return -1;
}

int command_rules_diff(const struct command *self, int argc, char **argv)
{
    struct comparison c = {0};
    struct args args;
    int kind;

    way_init(&c.way);
    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        int taken = kind == 'o' ? way_option(&c.way, &args) : 1;
        if (taken < 0 || (taken == 0 && own_option(&c, &args) < 0))
            return EXIT_USAGE;
    }
    if (args.noperands < 1 || args.noperands > 2)
        return usage_error(self, "what? a library's NAME, a FILE, or two FILEs");
    if (args.noperands == 1 && !is_file(args.operands[0]) && check_name(self, args.operands[0]) >= 0)
        return EXIT_USAGE;
    if (c.other_node != NULL && (c.way.topic || args.noperands == 2 || is_file(args.operands[0])))
        return usage_error(self, "--with URL compares the library NAME of two nodes");
    if (way_check(&c.way, self) != EXIT_DONE)
        return EXIT_USAGE;
    return compare(&c, args.operands, args.noperands);
}
