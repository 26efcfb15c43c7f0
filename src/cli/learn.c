/* learn.c - options and the order of the steps: judge, number, fit, read the model back as the engine does, measure,
 * write. */
#include "cli/learn.h"
#include "cli/learn_fit.h"
#include "cli/write_file.h"
#include "core/day.h"

#include <math.h>
#include <stdlib.h>

struct options {
    struct learning *learning;
    char **files;     /* of the sources, in their order: training first */
    const char **holdouts, **feedbacks;
    size_t nholdouts, nfeedbacks;
    long jobs;
};

/* ---- options --------------------------------------------------------------------------------------------------- */

static bool parse_cost(struct args *args, double *cost)
{
    const char *text = args_value(args);
    char *end = NULL;

    if (text == NULL)
        return false;
    *cost = strtod(text, &end);
    if (end != text && *end == '\0' && isfinite(*cost) && *cost > 0)
        return true;
    usage_error(args->command, "--l1 needs a number above 0 such as 0.3, not \"%s\"", text);
    return false;
}

static bool parse_grams(struct args *args, long *grams)
{
    if (!args_number(args, 0, grams))
        return false;
    if (*grams <= MODEL_GRAMS_MAX)
        return true;
    usage_error(args->command, "--grams is at most %d", MODEL_GRAMS_MAX);
    return false;
}

/* An option whose value is a word or a file. */
static const char **word_of(const struct args *args, struct options *options)
{
    struct learning *learning = options->learning;

    if (args_is(args, "-r", "--rules"))
        return &learning->eval.rules_dir;
    if (args_is(args, NULL, "--sender-map"))
        return &learning->eval.senders_file;
    if (args_is(args, "-o", "--out"))
        return &learning->out;
    if (args_is(args, NULL, "--check"))
        return &learning->check;
    if (args_is(args, NULL, "--version"))
        return &learning->version;
    if (args_is(args, NULL, "--holdout"))
        return &options->holdouts[options->nholdouts++];
    if (args_is(args, NULL, "--feedback"))
        return &options->feedbacks[options->nfeedbacks++];
    return NULL;
}

static bool parse_option(struct args *args, struct options *options)
{
    struct learning *learning = options->learning;
    const char **word = word_of(args, options);

    if (word != NULL)
        return (*word = args_value(args)) != NULL;
    if (args_is(args, NULL, "--grams"))
        return parse_grams(args, &learning->grams);
    if (args_is(args, NULL, "--l1"))
        return parse_cost(args, &learning->cost);
    if (args_is(args, "-j", "--jobs"))
        return args_number(args, 1, &options->jobs);
    if (args_is(args, "-q", "--quiet"))
        return learning->eval.quiet = true;
    args_unknown(args);
    return false;
}

static int check_options(const struct args *args, const struct options *options)
{
    const struct learning *learning = options->learning;

    if (learning->check != NULL && (learning->out != NULL || args->noperands + options->nfeedbacks > 0))
        return usage_error(args->command, "--check MODEL measures a model, on --holdout FILE only");
    if (learning->check != NULL && options->nholdouts == 0)
        return usage_error(args->command, "--check needs --holdout FILE, texts of another source than the model's");
    if (learning->check == NULL && learning->out == NULL)
        return usage_error(args->command, "--out MODEL.json says where the model goes");
    if (learning->check == NULL && args->noperands + options->nfeedbacks == 0)
        return usage_error(args->command, "give files of labelled texts");
    return EXIT_DONE;
}

static int add_source(struct options *options, const struct args *args, const char *file, enum learn_use use)
{
    struct learning *learning = options->learning;

    if (strcmp(file, "-") == 0)
        return usage_error(args->command, "each source is a file, which the model names; - is none");
    options->files[learning->nsources] = (char *)file;
    learning->sources[learning->nsources++] = (struct learn_source){.file = file, .use = use};
    return EXIT_DONE;
}

static int add_sources(struct options *options, const struct args *args)
{
    int code = EXIT_DONE;

    for (size_t i = 0; i < args->noperands && code == EXIT_DONE; i++)
        code = add_source(options, args, args->operands[i], LEARN_TEXTS);
    for (size_t i = 0; i < options->nfeedbacks && code == EXIT_DONE; i++)
        code = add_source(options, args, options->feedbacks[i], LEARN_FEEDBACK);
    for (size_t i = 0; i < options->nholdouts && code == EXIT_DONE; i++)
        code = add_source(options, args, options->holdouts[i], LEARN_HOLDOUT);
    return code;
}

static int parse(struct options *options, const struct command *self, int argc, char **argv)
{
    struct args args;
    int kind, code = EXIT_DONE;
    size_t most = (size_t)argc + 1;

    options->files = calloc(most, sizeof(*options->files));
    options->holdouts = calloc(most, sizeof(*options->holdouts));
    options->feedbacks = calloc(most, sizeof(*options->feedbacks));
    options->learning->sources = calloc(most, sizeof(*options->learning->sources));
    if (options->files == NULL || options->holdouts == NULL || options->feedbacks == NULL ||
        options->learning->sources == NULL)
        return EXIT_RUNTIME;
    args_init(&args, self, argc, argv);
    while (code == EXIT_DONE && (kind = args_next(&args)) != 0)
        if (kind == 'o')
            code = parse_option(&args, options) ? EXIT_DONE : EXIT_USAGE;
    if (code == EXIT_DONE)
        code = check_options(&args, options);
    return code == EXIT_DONE ? add_sources(options, &args) : code;
}

/* ---- a model ---------------------------------------------------------------------------------------------------- */

static int out_of_memory(void)
{
    fputs("telsieve learn: out of memory\n", stderr);
    return EXIT_RUNTIME;
}

/* What was written as the engine reads it, bound to the rules; NULL with problems told. */
static struct model *read_back(struct learning *learning, const char *text)
{
    struct model *model = model_parse(learning->out, str_of(text), &learning->eval.err);

    if (model == NULL)
        print_problems(&learning->eval.err, "the model");
    if (model != NULL && model_bind(model, learning->eval.ruleset) != 0)
        model_free(&model);
    return model;
}

static int measure(struct learning *learning, const struct model *model)
{
    if (!learn_model_agrees(learning, model)) {
        fputs("telsieve learn: the engine does not score as the trainer does: nothing is written\n", stderr);
        return EXIT_RUNTIME;
    }
    return learning->holdout.n > 0 && learn_measure(learning, model) != 0 ? out_of_memory() : EXIT_DONE;
}

static int write_model(struct learning *learning, const char *text)
{
    if (write_file(learning->out, text, &learning->eval.err))
        return EXIT_DONE;
    fputs(learning->eval.err.text, stderr);
    return EXIT_RUNTIME;
}

static void report(const struct learning *learning, bool holdout)
{
    learn_print_training(learning, stdout);
    if (learning->holdout.n > 0)
        learn_print_measure(learning, stdout);
    else if (holdout)
        fputs("holdout: no text of it is left to measure by\n", stdout);
    else
        fputs("No --holdout: it knows the manner of its own sources only, and nothing says that it finds others.\n",
              stdout);
    printf("%s: version %s, state \"shadow\": it is scored and shown, and moves nothing\n", learning->out,
           learning->version);
}

static int finish(struct learning *learning, bool holdout)
{
    char *text = learn_model_text(learning);
    struct model *model = text != NULL ? read_back(learning, text) : NULL;
    int code = model != NULL ? measure(learning, model) : EXIT_RUNTIME;

    free(text);
    model_free(&model);
    if (code != EXIT_DONE)
        return code;
    text = learn_model_text(learning); /* now with what was measured */
    code = text != NULL ? write_model(learning, text) : out_of_memory();
    free(text);
    if (code == EXIT_DONE)
        report(learning, holdout);
    return code;
}

static int learn(struct learning *learning, bool holdout)
{
    size_t frauds = 0;

    for (size_t i = 0; i < learning->training.n; i++)
        frauds += learning->training.items[i].fraud;
    if (frauds < LEARN_LABEL_LEAST || learning->training.n - frauds < LEARN_LABEL_LEAST) {
        fprintf(stderr,
                "telsieve learn: %zu frauds and %zu lawful texts that differ in more than digits; at least %d of "
                "either are needed, and thousands to learn anything of use\n",
                frauds, learning->training.n - frauds, LEARN_LABEL_LEAST);
        return EXIT_BAD_DATA;
    }
    if (!learn_terms_make(learning) || learn_train(learning) != 0)
        return out_of_memory();
    return finish(learning, holdout);
}

/* ---- the check of one ------------------------------------------------------------------------------------------- */

/* A file of the holdout that the model was trained on. */
static const char *known_source(const struct learning *learning, const json_t *trained)
{
    const json_t *source;
    size_t i;

    json_array_foreach(json_object_get(trained, "sources"), i, source) {
        const char *digest = json_string_value(json_object_get(source, "sha256"));
        for (size_t j = 0; digest != NULL && j < learning->nsources; j++)
            if (strcmp(digest, learning->sources[j].sha256) == 0)
                return learning->sources[j].file;
    }
    return NULL;
}

static void tell_missing(const struct model *model)
{
    struct str first;
    size_t n = model_missing(model, &first);

    if (n > 0)
        printf("%zu phrase%s of the model %s in no library of these rules, such as %.*s: train it again\n", n,
               n == 1 ? "" : "s", n == 1 ? "is" : "are", STR_FMT(first));
}

static int check(struct learning *learning)
{
    struct model *model = model_load(learning->check, &learning->eval.err);
    struct document document;
    struct learn_criterion criteria[LEARN_CRITERIA];
    int code = EXIT_DONE;

    if (model == NULL || document_load(&document, learning->check, &learning->eval.err) != 0) {
        model_free(&model);
        return print_problems(&learning->eval.err, learning->check);
    }
    if (model_bind(model, learning->eval.ruleset) != 0 || learn_measure(learning, model) != 0)
        code = out_of_memory();
    learning->measure.known_source = known_source(learning, json_object_get(document.root, "trained"));
    if (code == EXIT_DONE) {
        tell_missing(model);
        learn_print_measure(learning, stdout);
        code = learn_may_go_live(&learning->measure, criteria) ? EXIT_DONE : EXIT_BAD_DATA;
    }
    document_fini(&document);
    model_free(&model);
    return code;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

/* Before the texts are judged, not after. */
static int check_liblinear(void)
{
    const char *problem = learn_fit_problem();

    if (problem != NULL)
        fprintf(stderr, "telsieve learn: %s\n", problem);
    return problem == NULL ? EXIT_DONE : EXIT_RUNTIME;
}

static bool load(struct learning *learning)
{
    struct evaluation *eval = &learning->eval;
    struct ruleset_options options;

    ruleset_options_default(&options);
    eval->ruleset = ruleset_load(eval->rules_dir, &options, &eval->err);
    eval->feed = eval->ruleset != NULL ? feed_new(NULL, "learn", &eval->err) : NULL;
    eval->senders = eval->feed != NULL ? eval_senders_load(eval->senders_file, &eval->err) : NULL;
    if (eval->senders == NULL)
        print_problems(&eval->err, eval->ruleset == NULL ? eval->rules_dir : "the options");
    return eval->senders != NULL;
}

static void free_all(struct options *options)
{
    struct learning *learning = options->learning;

    learn_documents_fini(&learning->training);
    learn_documents_fini(&learning->holdout);
    free(learning->terms);
    free(learning->term_ids);
    free(learning->sources);
    eval_free(&learning->eval);
    free(options->files);
    free(options->holdouts);
    free(options->feedbacks);
}

int command_learn(const struct command *self, int argc, char **argv)
{
    char today[DAY_BYTES];
    struct learning learning = {.grams = MODEL_GRAMS_MAX,
                                .eval = {.rules_dir = "patterns", .alert = {.engine_version = TELSIEVE_VERSION}}};
    struct options options = {.learning = &learning, .jobs = crew_jobs()};
    int code;

    for (char *p = (char *)day_write(day_today(), today); *p != '\0'; p++)
        if (*p == '-')
            *p = '.';
    learning.version = today;
    err_init(&learning.eval.err);
    err_init(&learning.eval.crew.err);
    code = parse(&options, self, argc, argv);
    if (code == EXIT_DONE && learning.check == NULL)
        code = check_liblinear();
    if (code == EXIT_DONE)
        code = load(&learning) ? learn_read(&learning, options.files, options.jobs) : EXIT_BAD_DATA;
    if (code == EXIT_DONE)
        code = learning.check != NULL ? check(&learning) : learn(&learning, options.nholdouts > 0);
    free_all(&options);
    return code;
}
