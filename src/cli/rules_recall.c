/* rules_recall.c - the warnings of rules that turned out to be wrong are taken back: which, by version and hour, then
 * the sending. */
#include "cli/command.h"
#include "cli/grid.h"
#include "cli/past.h"
#include "cli/withdrawal.h"
#include "core/clock.h"
#include "core/utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR_MS INT64_C(3600000) /* zones of whole hours begin theirs at the same moments */
#define WHY "the rule was recalled"

struct recall {
    struct withdrawal_wish wish;
    const char *config_file, *why;
    bool timed, dry, json, yes;
};

struct tally { /* warnings of one rule within one hour */
    int64_t hour_ms;
    uint32_t rule;
    size_t n;
};

/* ---- what is found --------------------------------------------------------------------------------------------- */

static int by_hour(const void *a, const void *b)
{
    const struct tally *x = a, *y = b;

    if (x->hour_ms != y->hour_ms)
        return x->hour_ms < y->hour_ms ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

/* Of what stands; malloc'ed. */
static struct tally *count_hours(const struct withdrawals *all, size_t *n)
{
    struct tally *rows = calloc(all->n + 1, sizeof(*rows));
    size_t found = 0;

    *n = 0;
    for (size_t i = 0; rows != NULL && i < all->n; i++)
        if (all->items[i].state == WITHDRAWAL_STANDS)
            rows[found++] = (struct tally){all->items[i].at_ms / HOUR_MS * HOUR_MS, all->items[i].rule, 1};
    if (found > 0)
        qsort(rows, found, sizeof(*rows), by_hour);
    for (size_t i = 0; i < found; i++)
        if (*n > 0 && by_hour(&rows[*n - 1], &rows[i]) == 0)
            rows[*n - 1].n++;
        else
            rows[(*n)++] = rows[i];
    return rows;
}

static void print_hours(const struct withdrawals *all)
{
    size_t n;
    struct tally *rows = count_hours(all, &n);
    char hour[PAST_TIME_BYTES], count[24];
    struct grid grid;

    grid_init(&grid, 5);
    grid_add(&grid, (const char *const[]){"hour", "rule", "library", "version", "warnings"});
    for (size_t i = 0; i < n; i++) {
        const struct withdrawal_rule *rule = &all->rules[rows[i].rule];
        past_time_write(rows[i].hour_ms, hour);
        hour[sizeof("2026-11-22T09:00") - 1] = '\0';
        snprintf(count, sizeof(count), "%zu", rows[i].n);
        grid_add(&grid, (const char *const[]){hour, rule->id, rule->library, rule->version, count});
    }
    if (n > 0)
        grid_print(&grid, stdout);
    grid_fini(&grid);
    free(rows);
}

static void print_text(const struct withdrawals *all)
{
    const size_t *counts = all->counts;
    const char *topic = all->config->output.warnings;

    past_print_cut(all->partitions, all->npartitions, &topic, stdout);
    print_hours(all);
    printf("%zu warnings stand; %zu stay, for other rules warn of the same records; %zu were taken back before\n",
           counts[WITHDRAWAL_STANDS], counts[WITHDRAWAL_SHARED], counts[WITHDRAWAL_BEFORE]);
    if (all->unknown > 0)
        printf("note: %zu warnings have more rules than they list; they stay\n", all->unknown);
    fflush(stdout);
}

static json_t *hours_json(const struct withdrawals *all)
{
    json_t *out = json_array();
    size_t n;
    struct tally *rows = count_hours(all, &n);

    for (size_t i = 0; i < n; i++) {
        const struct withdrawal_rule *rule = &all->rules[rows[i].rule];
        json_array_append_new(out, json_pack("{s:I, s:s, s:s, s:s, s:I}", "hour", (json_int_t)rows[i].hour_ms, "rule",
                                             rule->id, "library", rule->library, "version", rule->version, "warnings",
                                             (json_int_t)rows[i].n));
    }
    free(rows);
    return out;
}

static void print_json(const struct withdrawals *all)
{
    const char *topic = all->config->output.warnings;
    json_t *json = json_pack(
        "{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "stand", (json_int_t)all->counts[WITHDRAWAL_STANDS], "shared",
        (json_int_t)all->counts[WITHDRAWAL_SHARED], "before", (json_int_t)all->counts[WITHDRAWAL_BEFORE], "unknown",
        (json_int_t)all->unknown, "strange", (json_int_t)all->strange, "withdrawn", (json_int_t)withdrawals_done(all),
        "hours", hours_json(all), "partitions",
        past_partitions_json(all->partitions, all->npartitions, &topic));

    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
}

/* ---- the order of things --------------------------------------------------------------------------------------- */

static int take_back(const struct recall *recall, const struct config *config, struct err *err)
{
    struct withdrawals all;
    int code = EXIT_RUNTIME;

    if (withdrawals_read(&all, config, &recall->wish, err) == 0) {
        if (!recall->json)
            print_text(&all);
        code = recall->dry ? EXIT_DONE : withdrawals_send(&all, recall->why, recall->yes, err);
        if (recall->json)
            print_json(&all);
    }
    withdrawals_fini(&all);
    return code;
}

static int run(const struct recall *recall)
{
    struct config *config;
    struct err err;
    int code;

    err_init(&err);
    config = config_load(recall->config_file, NULL, 0, &err);
    if (config == NULL) {
        code = print_problems(&err, recall->config_file);
    } else {
        log_set_level(LOG_LEVEL_ERROR);
        code = take_back(recall, config, &err);
        if (err.count > 0)
            fputs(err.text, stderr);
    }
    config_free(&config);
    err_fini(&err);
    return code;
}

/* ---- options --------------------------------------------------------------------------------------------------- */

static bool parse_option(struct args *args, struct recall *recall, int64_t now_ms)
{
    struct withdrawal_wish *wish = &recall->wish;

    if (args_is(args, "-c", "--config"))
        return (recall->config_file = args_value(args)) != NULL;
    if (args_is(args, NULL, "--version"))
        return (wish->version = args_value(args)) != NULL;
    if (args_is(args, NULL, "--from"))
        return recall->timed = past_time_option(args, now_ms, &wish->from_ms);
    if (args_is(args, NULL, "--to"))
        return past_time_option(args, now_ms, &wish->to_ms);
    if (args_is(args, NULL, "--why"))
        return (recall->why = args_value(args)) != NULL;
    if (args_is(args, NULL, "--rate"))
        return args_number(args, 1, &wish->rate);
    if (args_is(args, NULL, "--also-shared"))
        return wish->shared = true;
    if (args_is(args, NULL, "--dry-run"))
        return recall->dry = true;
    if (args_is(args, NULL, "--yes"))
        return recall->yes = true;
    if (args_is(args, NULL, "--json"))
        return recall->json = true;
    args_unknown(args);
    return false;
}

int command_rules_recall(const struct command *self, int argc, char **argv)
{
    int64_t now_ms = clock_wall_ms();
    struct recall recall = {.wish = {.to_ms = now_ms}, .why = WHY};
    struct args args;
    int kind;

    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0)
        if (kind == 'o' && !parse_option(&args, &recall, now_ms))
            return EXIT_USAGE;
    recall.wish.rules = (const char *const *)args.operands;
    recall.wish.nrules = args.noperands;
    if (args.noperands == 0)
        return usage_error(self, "which rule?");
    if (recall.config_file == NULL)
        return usage_error(self, "-c FILE: the configuration that names the topic of the warnings");
    if (!recall.timed)
        return usage_error(self, "--from TIME: since when were its warnings wrong?");
    if (!utf8_valid(str_of(recall.why)))
        return usage_error(self, "--why is UTF-8: it goes into messages");
    if (recall.wish.from_ms >= recall.wish.to_ms)
        return usage_error(self, "--from is not before --to");
    return run(&recall);
}
