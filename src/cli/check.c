/* check.c - load everything as the daemon would, and say what it is or what is wrong with it. */
#include "cli/command.h"
#include "cli/tally.h"
#include "config/config.h"
#include "match/ruleset.h"
#include "record/decoder.h"

#include <stdio.h>
#include <stdlib.h>

struct check {
    const char *rules_dir, *config_file;
    const char **sets;
    size_t nsets;
    struct config *config;
    struct err err;
};

static void print_libraries(const struct ruleset *ruleset)
{
    char n[32];

    for (size_t i = 0; i < ruleset_library_count(ruleset); i++) {
        const struct library *library = ruleset_library(ruleset, i);
        size_t phrases = 0, live = 0, shadow = 0, samples = 0;
        for (size_t s = 0; s < library->nsets; s++)
            phrases += library->sets[s].nfragments;
        for (size_t r = 0; r < library->nrules; r++) {
            live += library->rules[r].state == RULE_LIVE;
            shadow += library->rules[r].state == RULE_SHADOW;
            samples += library->rules[r].nhit + library->rules[r].nmiss;
        }
        printf("  %-14s %-2s %-12s %3zu rules live, %zu shadow  %4zu phrases  %4zu samples  %s\n", library->name,
               library->family != NULL ? library->family : "-", library->version, live, shadow, phrases, samples,
               library->title);
    }
    printf("  %s expressions for the pattern engine, %zu KiB, compiled in %.0f ms\n",
           tally_number(ruleset_literal_count(ruleset), n), ruleset_database_bytes(ruleset) / 1024,
           ruleset_compile_ms(ruleset));
    printf("  every sample and the engine self-test passed; %s\n", ruleset_hash(ruleset));
}

static int check_config(struct check *check)
{
    check->config = config_load(check->config_file, check->sets, check->nsets, &check->err);
    if (check->config == NULL)
        return print_problems(&check->err, check->config_file);
    for (size_t i = 0; i < check->config->input.ntopics; i++) {
        const struct config_topic *topic = &check->config->input.topics[i];
        char where[96];
        struct feed *feed;
        snprintf(where, sizeof(where), "%.40s: input.topics[%zu]", check->config_file, i);
        feed = feed_new(topic->feed, where, &check->err);
        feed_free(&feed);
    }
    if (check->err.count > 0)
        return print_problems(&check->err, check->config_file);
    printf("%s: valid, %zu topic%s\n", check->config_file, check->config->input.ntopics,
           check->config->input.ntopics == 1 ? "" : "s");
    return EXIT_DONE;
}

static int check_rules(struct check *check)
{
    struct ruleset_options options;
    struct ruleset *ruleset;

    ruleset_options_default(&options);
    if (check->config != NULL)
        ruleset_options_from_config(&options, check->config);
    ruleset = ruleset_load(check->rules_dir, &options, &check->err);
    if (ruleset == NULL)
        return print_problems(&check->err, check->rules_dir);
    printf("%s: valid, %zu libraries\n", check->rules_dir, ruleset_library_count(ruleset));
    print_libraries(ruleset);
    ruleset_free(&ruleset);
    return EXIT_DONE;
}

static int parse(struct check *check, const struct command *self, int argc, char **argv)
{
    struct args args;
    int kind;

    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        const char **into = NULL;
        if (kind == 'a')
            return usage_error(self, "unexpected \"%s\"", args.option);
        if (args_is(&args, "-r", "--rules"))
            into = &check->rules_dir;
        else if (args_is(&args, "-c", "--config"))
            into = &check->config_file;
        else if (args_is(&args, NULL, "--set"))
            into = &check->sets[check->nsets++];
        else
            return args_unknown(&args);
        if ((*into = args_value(&args)) == NULL)
            return EXIT_USAGE;
    }
    if (check->nsets > 0 && check->config_file == NULL)
        return usage_error(self, "--set needs a configuration (-c FILE)");
    return EXIT_DONE;
}

int command_check(const struct command *self, int argc, char **argv)
{
    struct check check = {.sets = calloc((size_t)argc + 1, sizeof(char *))};
    int code;

    if (check.sets == NULL)
        return EXIT_RUNTIME;
    err_init(&check.err);
    code = parse(&check, self, argc, argv);
    if (code == EXIT_DONE && check.config_file != NULL)
        code = check_config(&check);
    if (code != EXIT_USAGE) {
        int rules;
        if (check.rules_dir == NULL)
            check.rules_dir = check.config != NULL ? check.config->rules.dir : "patterns";
        err_fini(&check.err);
        rules = check_rules(&check);
        code = code == EXIT_DONE ? rules : code;
    }
    config_free(&check.config);
    err_fini(&check.err);
    free(check.sets);
    return code;
}
