/* eval.c - options, loading, and what the exit code says. */
#include "cli/eval.h"

#include <stdlib.h>

/* ---- options ------------------------------------------------------------------------------------------------- */

static bool parse_share(struct args *args, const char *text, const char *option, double *out)
{
    char *end;

    *out = strtod(text, &end);
    if (end != text && *end == '\0' && *out >= 0 && *out <= 1)
        return true;
    usage_error(args->command, "%s needs a share between 0 and 1 such as 0.0005, not \"%s\"", option, text);
    return false;
}

/* FPR, or TIER:FPR for warnings of that tier and above. */
static bool parse_budget(struct args *args, struct evaluation *eval)
{
    const char *text = args_value(args), *colon = text != NULL ? strchr(text, ':') : NULL;
    enum tier tier = TIER_LOW;

    if (text == NULL)
        return false;
    if (colon != NULL) {
        struct str word = str_range(text, colon);
        while (tier <= TIER_HIGH && !str_eqz(word, tier_name(tier)))
            tier++;
        if (tier > TIER_HIGH) {
            usage_error(args->command, "--budget is a share or TIER:SHARE with low, medium or high, not \"%s\"", text);
            return false;
        }
        text = colon + 1;
    }
    return parse_share(args, text, "--budget", &eval->budget[tier]);
}

/* An option without value; NULL when it is none. */
static bool *flag_of(const struct args *args, struct evaluation *eval)
{
    const struct {
        const char *short_name, *name;
        bool *flag;
    } flags[] = {{NULL, "--json", &eval->json},           {NULL, "--brief", &eval->brief},
                 {NULL, "--suggest", &eval->suggest},     {NULL, "--unlabelled", &eval->unlabelled},
                 {NULL, "--by-file", &eval->by_file},     {"-q", "--quiet", &eval->quiet}};

    for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
        if (args_is(args, flags[i].short_name, flags[i].name))
            return flags[i].flag;
    return NULL;
}

/* An option whose value is a file or folder. */
static const char **path_of(const struct args *args, struct evaluation *eval)
{
    if (args_is(args, "-r", "--rules"))
        return &eval->rules_dir;
    if (args_is(args, NULL, "--model"))
        return &eval->model;
    if (args_is(args, NULL, "--compare"))
        return &eval->old_dir;
    if (args_is(args, NULL, "--sender-map"))
        return &eval->senders_file;
    if (args_is(args, NULL, "--errors"))
        return &eval->errors_file;
    return NULL;
}

static bool parse_option(struct args *args, struct evaluation *eval, long *jobs)
{
    const char **path = path_of(args, eval), *text;
    bool *flag = flag_of(args, eval);

    if (flag != NULL)
        return *flag = true;
    if (path != NULL)
        return (*path = args_value(args)) != NULL;
    if (args_is(args, NULL, "--prevalence"))
        return (text = args_value(args)) != NULL && parse_share(args, text, "--prevalence", &eval->prevalence);
    if (args_is(args, NULL, "--budget"))
        return parse_budget(args, eval);
    if (args_is(args, NULL, "--show"))
        return args_number(args, 1, &eval->show);
    if (args_is(args, "-j", "--jobs"))
        return args_number(args, 1, jobs);
    args_unknown(args);
    return false;
}

/* ---- the run ------------------------------------------------------------------------------------------------- */

static bool load_rules(struct evaluation *eval, const char *dir, struct ruleset **ruleset)
{
    struct ruleset_options options;

    ruleset_options_default(&options);
    options.model = eval->model;
    *ruleset = ruleset_load(dir, &options, &eval->err);
    if (*ruleset == NULL)
        print_problems(&eval->err, dir);
    return *ruleset != NULL;
}

static bool load(struct evaluation *eval)
{
    if (!load_rules(eval, eval->rules_dir, &eval->ruleset) ||
        (eval->old_dir != NULL && !load_rules(eval, eval->old_dir, &eval->old_ruleset)))
        return false;
    eval->feed = feed_new(NULL, "eval", &eval->err);
    eval->senders = eval->feed != NULL ? eval_senders_load(eval->senders_file, &eval->err) : NULL;
    if (eval->senders == NULL)
        print_problems(&eval->err, eval->senders_file != NULL ? eval->senders_file : "memory");
    return eval->senders != NULL;
}

static bool keeps_budget(const struct evaluation *eval)
{
    for (int t = TIER_LOW; t <= TIER_HIGH; t++)
        for (size_t i = 0; i < eval->nrows; i++)
            if (eval_breaks_budget(eval, &eval->rows[i], (enum tier)t))
                return false;
    return true;
}

/* An empty file and a budget for texts that are not there must not pass for good. */
static bool has_measured(const struct evaluation *eval)
{
    bool budget = eval->budget[TIER_LOW] >= 0 || eval->budget[TIER_MEDIUM] >= 0 || eval->budget[TIER_HIGH] >= 0;

    if (eval->nentries == 0)
        fputs("telsieve eval: no records in the labelled texts\n", stderr);
    else if (budget && eval->n[SIDE_HAM] + eval->n[SIDE_LAWFUL] == 0)
        fputs("telsieve eval: --budget has nothing to measure: no text is labelled ham, lawful or advisory\n", stderr);
    else
        return true;
    return false;
}

static int report(struct evaluation *eval)
{
    int code = EXIT_DONE;

    if (!eval_tally(eval)) {
        fputs("telsieve eval: out of memory\n", stderr);
        return EXIT_RUNTIME;
    }
    if (eval->senders_file == NULL && !eval->quiet)
        fputs("telsieve eval: texts without a sender are taken for SMS of an ordinary mobile number, spoken ones too "
              "(--sender-map says otherwise)\n", stderr);
    if (eval->errors_file != NULL)
        code = eval_write_errors(eval);
    if (code == EXIT_DONE && eval->json)
        code = eval_print_json(eval, stdout);
    else if (code == EXIT_DONE)
        eval_print(eval, stdout);
    return code == EXIT_DONE && !(has_measured(eval) && keeps_budget(eval)) ? EXIT_BAD_DATA : code;
}

void eval_free(struct evaluation *eval)
{
    free(eval->entries);
    free(eval->rows);
    free(eval->rules);
    free(eval->gaps);
    eval_batches_free(eval);
    eval_senders_free(&eval->senders);
    feed_free(&eval->feed);
    ruleset_free(&eval->old_ruleset);
    ruleset_free(&eval->ruleset);
    err_fini(&eval->crew.err);
    err_fini(&eval->err);
}

int command_eval(const struct command *self, int argc, char **argv)
{
    struct evaluation eval = {.rules_dir = "patterns",
                        .prevalence = 0.0005,
                        .budget = {-1, -1, -1, -1},
                        .alert = {.engine_version = TELSIEVE_VERSION}};
    long jobs = crew_jobs();
    struct args args;
    int kind, code = EXIT_DONE;

    args_init(&args, self, argc, argv);
    while (code == EXIT_DONE && (kind = args_next(&args)) != 0)
        if (kind == 'o')
            code = parse_option(&args, &eval, &jobs) ? EXIT_DONE : EXIT_USAGE;
    if (code == EXIT_DONE && args.noperands == 0)
        code = usage_error(self, "give files of labelled texts, or - for standard input");
    err_init(&eval.err);
    err_init(&eval.crew.err);
    if (code == EXIT_DONE)
        code = load(&eval) ? eval_judge_files(&eval, args.operands, args.noperands, jobs) : EXIT_BAD_DATA;
    if (code == EXIT_DONE)
        code = report(&eval);
    eval_free(&eval);
    return code;
}
