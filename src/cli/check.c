/* check.c - load everything as the daemon would, and say what it is or what is wrong with it. */
#include "cli/check_watch.h"
#include "cli/command.h"
#include "cli/tally.h"
#include "config/config.h"
#include "daemon/offer_signature.h"
#include "kafka/client.h"
#include "match/judge.h"
#include "match/lint.h"
#include "match/lists_file.h"
#include "record/decoder.h"

#include <stdio.h>
#include <stdlib.h>

struct check {
    const char *rules_dir, *model, *config_file, *background;
    bool strict, watch;
    const char **sets;
    size_t nsets;
    struct config *config;
    uint64_t fields; /* that the configured topics can have, all together */
    struct lists *lists;
    struct err err;
};

static void print_lists(const struct lists *lists)
{
    char n[32];

    for (size_t i = 0; i < lists_count(lists); i++) {
        size_t entries = list_size(lists_at(lists, i), LIST_BASE);
        printf("  list %-14s %s entr%s\n", list_name(lists_at(lists, i)), tally_number(entries, n),
               entries == 1 ? "y" : "ies");
    }
}

static void print_libraries(const struct ruleset *ruleset)
{
    char n[32];

    for (size_t i = 0; i < ruleset_library_count(ruleset); i++) {
        const struct library *library = ruleset_library(ruleset, i);
        size_t phrases = 0, expired = 0, live = 0, canary = 0, shadow = 0, samples = 0;
        for (size_t s = 0; s < library->nsets; s++)
            phrases += library->sets[s].nfragments, expired += library->sets[s].nexpired;
        for (size_t r = 0; r < library->nrules; r++) {
            live += library->rules[r].state == RULE_LIVE;
            canary += library->rules[r].state == RULE_CANARY;
            shadow += library->rules[r].state == RULE_SHADOW;
            samples += library->rules[r].nhit + library->rules[r].nmiss;
        }
        printf("  %-14s %-2s %-12s %3zu rules live, %zu shadow  %4zu phrases  %4zu samples  %s\n", library->name,
               library->family != NULL ? library->family : "-", library->version, live, shadow, phrases, samples,
               library->title);
        if (canary > 0)
            printf("  %-14s %zu rules are canaries (\"share\")\n", "", canary);
        if (expired > 0)
            printf("  %-14s %zu phrases are out of their time (\"since\", \"until\") and not looked for\n", "",
                   expired);
    }
    printf("  %s expressions for the pattern engine, %zu KiB, compiled in %.0f ms of CPU\n",
           tally_number(ruleset_literal_count(ruleset), n), ruleset_database_bytes(ruleset) / 1024,
           ruleset_compile_ms(ruleset));
    if (ruleset_variant_count(ruleset) > 0)
        printf("  %s other ways of writing their words (variants.json); each by sound counts once\n",
               tally_number(ruleset_variant_count(ruleset), n));
    printf("  every sample and the engine self-test passed in %.0f ms of CPU; %s\n", ruleset_self_test_ms(ruleset),
           ruleset_hash(ruleset));
}

/* Can be read, and are enough to sign with today. */
static void check_keys(struct check *check)
{
    struct offer_signature *signature = offer_signature_new(check->config, &check->err);
    const char *trouble = signature != NULL ? offer_signature_trouble(signature) : "";

    if (trouble[0] != '\0')
        err_add(&check->err, "%s", trouble);
    offer_signature_free(&signature);
}

static int check_config(struct check *check)
{
    struct err found;

    check->config = config_load(check->config_file, check->sets, check->nsets, &check->err);
    if (check->config == NULL)
        return print_problems(&check->err, check->config_file);
    err_init(&found);
    for (size_t i = 0; i < check->config->input.ntopics; i++) {
        const struct config_topic *topic = &check->config->input.topics[i];
        char where[64];
        struct feed *feed;
        snprintf(where, sizeof(where), "input.topics[%zu]", i);
        feed = feed_new(topic->feed, where, &found);
        check->fields |= feed != NULL ? feed_fields(feed) : 0;
        feed_free(&feed);
    }
    client_check(check->config, &found);
    config_place(check->config, &found, &check->err);
    err_fini(&found);
    check_keys(check);
    if (check->err.count > 0)
        return print_problems(&check->err, check->config_file);
    printf("%s: valid, %zu topic%s\n", check->config_file, check->config->input.ntopics,
           check->config->input.ntopics == 1 ? "" : "s");
    return EXIT_DONE;
}

/* The facts that records with no other fields than these can have: judged by a made-up SMS and a made-up call. */
static uint64_t facts_of_fields(const struct ruleset *ruleset, uint64_t fields)
{
    struct judge *judge = judge_new();
    const struct verdict *verdict;
    uint64_t facts = 0;

    for (int kind = RECORD_SMS; kind <= RECORD_CALL && judge != NULL && judge_use(judge, ruleset) == 0; kind++) {
        struct record record = {.present = fields & ((UINT64_C(1) << RECORD_NFIELDS) - 1),
                                .kind = (enum record_kind)kind,
                                .ingress = fields & FIELD_BIT(FIELD_INGRESS) ? INGRESS_ONNET : INGRESS_UNKNOWN,
                                .text = STR_LIT("")};
        for (int f = 0; f < RECORD_NFIELDS; f++)
            if (record_fields[f].type == FIELD_TYPE_STR)
                record.field[f].s = STR_LIT("20260101");
        record.has_text = fields & (FIELD_BIT(FIELD_TEXT) | FIELD_BIT(FIELD_UD_B64) | FIELD_BIT(FIELD_ASR_TEXT));
        if (judge_record(judge, &record, &verdict) == 0)
            facts |= fact_known_mask(verdict->subject);
    }
    judge_free(&judge);
    return facts;
}

/* Name the rules that ask for facts which no configured topic can give. */
static void print_blind_rules(const struct ruleset *ruleset, uint64_t fields)
{
    uint64_t known = facts_of_fields(ruleset, fields);

    for (size_t i = 0; i < ruleset_rule_count(ruleset); i++) {
        const struct rule *rule = ruleset_rule(ruleset, i, NULL);
        uint64_t asked = rule->when != NULL ? expression_facts(rule->when) & ~known : 0;
        if (rule->state == RULE_OFF || asked == 0)
            continue;
        printf("  note: rule %s asks for", rule->id);
        for (int f = 0; f < FACT_COUNT; f++)
            if (asked & UINT64_C(1) << f)
                printf(" %s", fact_defs[f].name);
        printf(", which the columns of no topic give\n");
    }
}

/* What surely nobody meant. Only with --strict is it a failure. */
static int print_warnings(const struct check *check, const struct err *warnings)
{
    char n[32];

    if (warnings->count == 0)
        return EXIT_DONE;
    if (warnings->text != NULL)
        fputs(warnings->text, stderr);
    if (warnings->suppressed > 0)
        fprintf(stderr, "… and %u more\n", warnings->suppressed);
    fprintf(stderr, "telsieve: %s warning%s in %s\n", tally_number(warnings->count, n), warnings->count == 1 ? "" : "s",
            check->rules_dir);
    return check->strict ? EXIT_BAD_DATA : EXIT_DONE;
}

/* A list that no file declares is perhaps misspelt. */
static void lint_lists(const struct check *check, const struct ruleset *ruleset, struct err *warnings)
{
    const char *declared[LISTS_MAX + 1] = {NULL};
    char hint[ERR_HINT_BYTES];

    for (size_t i = 0; i < lists_count(check->lists); i++)
        declared[i] = list_name(lists_at(check->lists, i));
    for (size_t i = 0; i < ruleset_list_count(ruleset); i++) {
        const char *name = ruleset_list(ruleset, i);
        if (lists_find(check->lists, str_of(name)) == NULL)
            err_add(warnings, "warning: list \"%s\" is asked, but there is no %s/lists/%s.csv that declares it%s", name,
                    check->rules_dir, name, err_hint(name, declared, hint));
    }
}

static int lint(struct check *check, const struct ruleset *ruleset)
{
    struct lint_background background;
    struct err warnings;
    char n[32];
    int rc, code;

    err_init(&warnings);
    warnings.kind = "warning: ";
    lint_lists(check, ruleset, &warnings);
    rc = lint_run(ruleset, &warnings);
    if (rc == 0 && check->background != NULL) {
        rc = lint_background(ruleset, check->background, &background, &warnings, &check->err);
        if (rc == 0)
            printf("  %s: %s different texts", check->background, tally_number(background.distinct, n));
        if (rc == 0 && background.unreadable > 0)
            printf(", %s lines left out that are not UTF-8", tally_number(background.unreadable, n));
        fputs(rc == 0 ? "\n" : "", stdout);
    }
    code = print_warnings(check, &warnings);
    err_fini(&warnings);
    if (rc == 0)
        return check->err.count > 0 ? print_problems(&check->err, check->background) : code;
    if (check->err.count == 0)
        err_add(&check->err, "the rules cannot be looked through: %s", ts_strerror(rc));
    (void)print_problems(&check->err, check->rules_dir);
    return EXIT_RUNTIME;
}

static int check_rules(struct check *check)
{
    struct ruleset_options options;
    struct ruleset *ruleset;
    int code;

    ruleset_options_default(&options);
    if (check->config != NULL)
        ruleset_options_from_config(&options, check->config);
    if (check->model != NULL)
        options.model = check->model;
    ruleset = ruleset_load(check->rules_dir, &options, &check->err);
    check->lists = lists_open(check->rules_dir, 0, &check->err);
    if (ruleset == NULL || check->lists == NULL) {
        ruleset_free(&ruleset);
        lists_free(&check->lists);
        return print_problems(&check->err, check->rules_dir);
    }
    printf("%s: valid, %zu libraries\n", check->rules_dir, ruleset_library_count(ruleset));
    print_libraries(ruleset);
    print_lists(check->lists);
    if (check->config != NULL)
        print_blind_rules(ruleset, check->fields);
    fflush(stdout);
    code = lint(check, ruleset);
    lists_free(&check->lists);
    ruleset_free(&ruleset);
    return code;
}

static int check_again(void *ctx)
{
    struct check *check = ctx;

    err_fini(&check->err);
    return check_rules(check);
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
        if (args_is(&args, NULL, "--strict") || args_is(&args, NULL, "--watch")) {
            *(args_is(&args, NULL, "--strict") ? &check->strict : &check->watch) = true;
            continue;
        }
        if (args_is(&args, "-r", "--rules"))
            into = &check->rules_dir;
        else if (args_is(&args, NULL, "--model"))
            into = &check->model;
        else if (args_is(&args, NULL, "--background"))
            into = &check->background;
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
        rules = check.watch ? check_watch(check.rules_dir, check_again, &check) : check_again(&check);
        code = code == EXIT_DONE ? rules : code;
    }
    config_free(&check.config);
    err_fini(&check.err);
    free(check.sets);
    return code;
}
