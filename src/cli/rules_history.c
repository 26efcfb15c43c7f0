/* rules_history.c - the audit log as a table: who changed what, and what came of it. */
#include "cli/blocks.h"
#include "cli/command.h"
#include "cli/fleet.h"
#include "cli/grid.h"
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>

#define DEFAULT_CONFIG "conf/telsieve.json"

static void add_line(struct grid *grid, const json_t *line)
{
    const char *rule = json_text(line, "rule"), *problem = json_text(line, "problem");
    char generation[24] = "", before[SHORT_HASH_BYTES], after[SHORT_HASH_BYTES], what[120];
    const json_t *number = json_object_get(line, "generation");

    snprintf(what, sizeof(what), "%s%s%s", json_text(line, "what"), rule[0] != '\0' ? " " : "", rule);
    if (number != NULL)
        snprintf(generation, sizeof(generation), "%" JSON_INTEGER_FORMAT, json_integer_value(number));
    grid_add(grid, (const char *const[]){json_text(line, "at"), json_text(line, "who"), what,
                                         json_text(line, "library"), json_text(line, "version"),
                                         json_text(line, "result"), generation,
                                         hash_short(json_text(line, "before"), before),
                                         hash_short(json_text(line, "after"), after),
                                         problem[0] != '\0' ? problem : json_text(line, "why")});
}

static void read_line(struct grid *grid, bool json, const struct block *block, struct str text, uint64_t at,
                      struct err *err)
{
    json_t *line = json_loadb(text.p, text.n, 0, NULL);

    if (line == NULL || json_text(line, "at")[0] == '\0')
        err_at(err, block->file, (unsigned)at, 1, "no line of an audit log");
    else if (json)
        printf("%.*s\n", STR_FMT(text));
    else
        add_line(grid, line);
    json_decref(line);
}

static void read_block(struct grid *grid, bool json, const struct block *block, struct err *err)
{
    struct str rest = {block->data, block->n};
    uint64_t at = block->line;

    while (rest.n > 0) {
        uint64_t newlines = 0;
        struct str text = block_line(&rest, false, &newlines);

        while (text.n > 0 && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
            text.n--;
        if (text.n > 0)
            read_line(grid, json, block, text, at, err);
        at += newlines;
    }
}

static int read_all(char *const *files, size_t n, bool json, struct err *err)
{
    struct blocks blocks;
    struct block block;
    struct grid grid;
    int rc;

    grid_init(&grid, 10);
    grid_add(&grid, (const char *const[]){"at", "who", "what", "library", "version", "result", "generation", "before",
                                          "after", "problem, or why"});
    blocks_init(&blocks, files, n, false, NULL);
    while ((rc = blocks_next(&blocks, &block, err)) == 1) {
        read_block(&grid, json, &block, err);
        block_fini(&block);
    }
    blocks_fini(&blocks);
    if (!json && grid.n > 1)
        grid_print(&grid, stdout);
    grid_fini(&grid);
    return rc < 0 ? EXIT_RUNTIME : err->count > 0 ? EXIT_BAD_DATA : EXIT_DONE;
}

static int show(const char *config_file, char *const *files, size_t n, bool json)
{
    struct config *config = NULL;
    struct err err;
    int code = EXIT_BAD_DATA;

    err_init(&err);
    if (n > 0)
        code = read_all(files, n, json, &err);
    else if ((config = config_load(config_file, NULL, 0, &err)) != NULL && config->audit.file[0] == '\0')
        err_add(&err, "%s: audit.file is empty: no history is kept; name a FILE to read another", config_file);
    else if (config != NULL)
        code = read_all(&config->audit.file, 1, json, &err);
    if (err.text != NULL)
        fputs(err.text, stderr);
    config_free(&config);
    err_fini(&err);
    return code;
}

int command_rules_history(const struct command *self, int argc, char **argv)
{
    const char *config_file = DEFAULT_CONFIG;
    struct args args;
    bool json = false;
    int kind;

    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        if (kind == 'a')
            continue;
        if (args_is(&args, NULL, "--json"))
            json = true;
        else if (!args_is(&args, "-c", "--config"))
            return args_unknown(&args);
        else if ((config_file = args_value(&args)) == NULL)
            return EXIT_USAGE;
    }
    return show(config_file, args.operands, args.noperands, json);
}
