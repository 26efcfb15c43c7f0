/* explain.c - one record through decoder and judge, shown stage by stage. */
#include "match/explain.h"

#include "cli/command.h"
#include "cli/explain_print.h"
#include "cli/read_file.h"
#include "core/clock.h"
#include "match/lists_file.h"
#include "record/decoder.h"

#include <stdlib.h>

struct explain {
    const char *rules_dir, *model, *record, *text;
    const char *caller, *callee, *ingress; /* NULL: not given */
    const char *with, *lang;
    char *read;             /* the text from standard input, or NULL */
    char *draft;            /* the file of --with FILE:RULE */
    const char *draft_rule; /* its rule; NULL without --with */
    bool call, json;
    struct lists *lists;
    enum language language;
};

static const char *or_default(const char *given, const char *otherwise)
{
    return given != NULL ? given : otherwise;
}

/* The record to explain as JSON; NULL when the text is no UTF-8 or memory is exhausted. */
static char *payload_of(const struct explain *explain)
{
    json_t *made;
    char *payload;

    if (explain->record != NULL)
        return strdup(explain->record);
    made = json_pack("{s:i, s:s, s:s, s:I, s:s, s:s, s:s, s:s}", "v", 1, "kind", explain->call ? "call" : "sms", "id",
                     "explain", "ts", (json_int_t)clock_wall_ms(), "calling",
                     or_default(explain->caller, "13912345678"), "called",
                     or_default(explain->callee, "13812345678"), "ingress",
                     or_default(explain->ingress, "onnet"), explain->call ? "asr_text" : "text", explain->text);
    payload = made != NULL ? json_dumps(made, JSON_COMPACT) : NULL;
    json_decref(made);
    return payload;
}

static int print(const struct explain *explain, json_t *explanation)
{
    if (explain->json) {
        json_dumpf(explanation, stdout, JSON_INDENT(2));
        putchar('\n');
    } else {
        explain_print(explanation, explain->language, stdout);
    }
    json_decref(explanation);
    return EXIT_DONE;
}

/* One text needs no proof of all phrases: that engine and reference matcher agree on it. A broken engine is told, so
 * that nobody believes the page above. */
static int prove(struct judge *judge)
{
    char what[128];
    int rc = judge_cross_check(judge, what, sizeof(what));

    if (rc == 0)
        return EXIT_DONE;
    fprintf(stderr, "telsieve explain: the pattern engine and the reference matcher differ on this text: %s\n",
            rc == 1 ? what : ts_strerror(rc));
    return EXIT_RUNTIME;
}

static int judge_and_print(const struct explain *explain, const struct ruleset *ruleset, const struct record *record)
{
    struct judge *judge = judge_new();
    json_t *explanation = NULL;
    int code = -TS_ENOMEM;

    if (judge != NULL && (code = judge_use(judge, ruleset)) == 0) {
        judge_lists(judge, explain->lists, false);
        code = explain_record(judge, ruleset, record, explain->draft_rule, &explanation);
    }
    if (code == 0)
        code = print(explain, explanation) == EXIT_DONE ? prove(judge) : EXIT_RUNTIME;
    else if (code == -TS_EINVAL)
        fprintf(stderr, "telsieve explain: %s has no rule \"%s\"\n", explain->draft, explain->draft_rule);
    else
        fprintf(stderr, "telsieve explain: %s\n", ts_strerror(code));
    judge_free(&judge);
    return code >= 0 ? code : code == -TS_EINVAL ? EXIT_USAGE : EXIT_RUNTIME;
}

static int explain_payload(const struct explain *explain, const struct ruleset *ruleset, const struct feed *feed,
                           const char *payload)
{
    struct decode_limits limits = DECODE_LIMITS_DEFAULT;
    struct decoder *decoder = decoder_new(&limits);
    struct decode_fault fault = {0};
    struct record record;
    int code = EXIT_BAD_DATA;

    if (decoder == NULL)
        return EXIT_RUNTIME;
    decoder_begin(decoder, feed, str_of(payload));
    if (decoder_next(decoder, &record, &fault) == DECODE_RECORD)
        code = judge_and_print(explain, ruleset, &record);
    else
        fprintf(stderr, "telsieve explain: the record cannot be read: %s%s%s (%s)\n", reason_help(fault.reason),
                fault.field != NULL ? ": " : "", fault.field != NULL ? fault.field : "", reason_name(fault.reason));
    decoder_free(&decoder);
    return code;
}

/* TEXT "-": standard input, without the newline at its end. Problems are told. */
static bool read_text(struct explain *explain)
{
    struct err err;
    size_t n = 0;

    if (explain->text == NULL || strcmp(explain->text, "-") != 0)
        return true;
    err_init(&err);
    explain->read = read_file("-", &n, &err);
    if (explain->read == NULL)
        print_problems(&err, "the text");
    while (explain->read != NULL && n > 0 && (explain->read[n - 1] == '\n' || explain->read[n - 1] == '\r'))
        explain->read[--n] = '\0';
    explain->text = explain->read;
    err_fini(&err);
    return explain->read != NULL;
}

static int load_and_explain(struct explain *explain)
{
    struct ruleset_options options;
    struct ruleset *ruleset;
    struct feed *feed;
    struct err err;
    char *payload = payload_of(explain);
    int code;

    if (payload == NULL) {
        fputs("telsieve explain: the text is not UTF-8\n", stderr);
        return EXIT_BAD_DATA;
    }
    err_init(&err);
    ruleset_options_default(&options);
    options.model = explain->model;
    options.draft = explain->draft;
    options.skip_self_test = true; /* prove() instead; and a draft is tried before its samples pass */
    ruleset = ruleset_load(explain->rules_dir, &options, &err);
    explain->lists = lists_open(explain->rules_dir, 0, &err);
    feed = feed_new(NULL, "explain", &err);
    if (ruleset == NULL || explain->lists == NULL || feed == NULL)
        code = print_problems(&err, explain->rules_dir);
    else
        code = explain_payload(explain, ruleset, feed, payload);
    feed_free(&feed);
    lists_free(&explain->lists);
    ruleset_free(&ruleset);
    err_fini(&err);
    free(payload);
    return code;
}

/* What options mean together, once all are known. */
static int check_choices(struct explain *explain, const struct command *self)
{
    char *colon;

    if ((explain->text == NULL) == (explain->record == NULL))
        return usage_error(self, "give a TEXT or --record JSON");
    if (explain->record != NULL &&
        (explain->caller != NULL || explain->callee != NULL || explain->ingress != NULL || explain->call))
        return usage_error(self, "--record has its own fields: no --caller, --callee, --ingress or --call beside it");
    if (explain->ingress != NULL && ingress_parse(str_of(explain->ingress)) == INGRESS_UNKNOWN)
        return usage_error(self, "--ingress is onnet, interconnect, intl or voip, not \"%s\"", explain->ingress);
    if (strcmp(explain->lang, "zh") == 0)
        explain->language = LANGUAGE_ZH;
    else if (strcmp(explain->lang, "en") != 0)
        return usage_error(self, "--lang is en or zh, not \"%s\"", explain->lang);
    if (explain->with == NULL)
        return EXIT_DONE;
    if ((explain->draft = strdup(explain->with)) == NULL)
        return EXIT_RUNTIME;
    if ((colon = strrchr(explain->draft, ':')) == NULL || colon[1] == '\0')
        return usage_error(self, "--with takes FILE:RULE, as in draft.json:R-099, not \"%s\"", explain->with);
    *colon = '\0';
    explain->draft_rule = colon + 1;
    return EXIT_DONE;
}

static int parse(struct explain *explain, const struct command *self, int argc, char **argv)
{
    struct args args;
    int kind;

    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        const char **into;
        if (kind == 'a') {
            if (explain->text != NULL)
                return usage_error(self, "one TEXT only: put it in quotes");
            explain->text = args.option;
            continue;
        }
        if (args_is(&args, "-r", "--rules"))
            into = &explain->rules_dir;
        else if (args_is(&args, NULL, "--model"))
            into = &explain->model;
        else if (args_is(&args, NULL, "--caller"))
            into = &explain->caller;
        else if (args_is(&args, NULL, "--callee"))
            into = &explain->callee;
        else if (args_is(&args, NULL, "--ingress"))
            into = &explain->ingress;
        else if (args_is(&args, NULL, "--record"))
            into = &explain->record;
        else if (args_is(&args, NULL, "--with"))
            into = &explain->with;
        else if (args_is(&args, NULL, "--lang"))
            into = &explain->lang;
        else if (args_is(&args, NULL, "--call") || args_is(&args, NULL, "--json")) {
            *(args_is(&args, NULL, "--call") ? &explain->call : &explain->json) = true;
            continue;
        } else
            return args_unknown(&args);
        if ((*into = args_value(&args)) == NULL)
            return EXIT_USAGE;
    }
    return check_choices(explain, self);
}

int command_explain(const struct command *self, int argc, char **argv)
{
    struct explain explain = {.rules_dir = "patterns", .lang = "en"};
    int code = parse(&explain, self, argc, argv);

    if (code == EXIT_DONE)
        code = read_text(&explain) ? load_and_explain(&explain) : EXIT_RUNTIME;
    free(explain.read);
    free(explain.draft);
    return code;
}
