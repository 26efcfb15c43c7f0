/* replay.c - options, what they rule out among each other, and the order of things: configuration, rules, records. */
#include "cli/replay.h"

#include "cli/past.h"
#include "core/clock.h"
#include "match/settings.h"

#include <stdlib.h>
#include <unistd.h>

#define CONFIG_FILE "conf/telsieve.json"

/* ---- options --------------------------------------------------------------------------------------------------- */

static bool parse_ranges(struct args *args, struct replay *replay)
{
    const char *text = args_value(args);

    if (text == NULL)
        return false;
    free(replay->ranges);
    replay->ranges = past_ranges_read(text, &replay->nranges);
    if (replay->ranges == NULL)
        usage_error(args->command, "--partitions: \"%s\" is no list of partitions such as 0,3-5", text);
    return replay->ranges != NULL;
}

static bool parse_list(struct args *args, const char **items, size_t *n)
{
    const char *value = args_value(args);

    if (value != NULL)
        items[(*n)++] = value;
    return value != NULL;
}

static bool parse_option(struct args *args, struct replay *replay, int64_t now_ms)
{
    if (args_is(args, "-c", "--config"))
        return (replay->config_file = args_value(args)) != NULL;
    if (args_is(args, NULL, "--set"))
        return parse_list(args, replay->sets, &replay->nsets);
    if (args_is(args, "-r", "--rules"))
        return (replay->sides[REPLAY_NEW].dir = args_value(args)) != NULL;
    if (args_is(args, NULL, "--against"))
        return (replay->sides[REPLAY_OLD].dir = args_value(args)) != NULL;
    if (args_is(args, NULL, "--topic"))
        return parse_list(args, replay->topics, &replay->ntopics);
    if (args_is(args, NULL, "--from"))
        return replay->timed = past_time_option(args, now_ms, &replay->from_ms);
    if (args_is(args, NULL, "--to"))
        return replay->timed = past_time_option(args, now_ms, &replay->to_ms);
    if (args_is(args, NULL, "--partitions"))
        return parse_ranges(args, replay);
    if (args_is(args, NULL, "--rate"))
        return args_number(args, 1, &replay->rate);
    if (args_is(args, NULL, "--format"))
        return file_lines_parse_format(&replay->lines, args);
    if (args_is(args, NULL, "--caller"))
        return file_lines_parse_caller(&replay->lines, args);
    if (args_is(args, "-j", "--jobs"))
        return args_number(args, 1, &replay->jobs);
    if (args_is(args, NULL, "--show"))
        return args_number(args, 1, &replay->show);
    if (args_is(args, NULL, "--json"))
        return replay->json = true;
    if (args_is(args, NULL, "--dead-letters"))
        return replay->letters = true;
    if (args_is(args, NULL, "--emit"))
        return replay->emits = true;
    if (args_is(args, NULL, "--withdraw"))
        return replay->withdraws = true;
    if (args_is(args, NULL, "--yes"))
        return replay->yes = true;
    if (args_is(args, "-q", "--quiet"))
        return replay->quiet = true;
    args_unknown(args);
    return false;
}

static bool is_none(const struct replay_side *side)
{
    return side->dir != NULL && strcmp(side->dir, REPLAY_NONE) == 0;
}

static int check_options(const struct command *self, const struct replay *replay)
{
    const struct replay_side *new = &replay->sides[REPLAY_NEW], *old = &replay->sides[REPLAY_OLD];
    const char *sender = replay->emits ? "--emit" : "--withdraw";
    bool sends = replay->emits || replay->withdraws;

    if (replay->letters && (old->dir != NULL || replay->nfiles + replay->ntopics + replay->nranges > 0))
        return usage_error(self, "--dead-letters goes with --rules, --from, --to, --rate, --json, --emit");
    if (replay->withdraws && (replay->letters || is_none(old)))
        return usage_error(self, "--withdraw is for what --against warned of, and %s", replay->letters
                                     ? "dead letters were not" : "none warns of nothing");
    if (new->dir == NULL && old->dir == NULL && !replay->letters)
        return usage_error(self, "--rules FOLDER: which rules are to be tried?");
    if (is_none(new))
        return usage_error(self, "--rules cannot be none, --against can");
    if (replay->nfiles > 0 && replay->ntopics > 0)
        return usage_error(self, "either files or --topic");
    if (replay->nfiles > 0 && (replay->nranges > 0 || replay->rate > 0))
        return usage_error(self, "%s is for topics, not for files", replay->nranges > 0 ? "--partitions" : "--rate");
    if (replay->nfiles > 0 && sends)
        return usage_error(self, "%s is for topics: warnings of files have other ids than the daemon's", sender);
    if (sends && !replay->yes && !isatty(STDIN_FILENO))
        return usage_error(self, "%s asks before it sends; where nobody can answer say --yes", sender);
    if (replay->nfiles == 0 && replay->lines.format != FILE_JSONL)
        return usage_error(self, "--format is for files; how topics are written is in the configuration");
    if (replay->nfiles == 0 && replay->from_ms < 0 && !replay->letters)
        return usage_error(self, "--from TIME: from when on is history to be read?");
    if (replay->from_ms >= replay->to_ms)
        return usage_error(self, "--from is not before --to");
    return EXIT_DONE;
}

/* ---- the order of things --------------------------------------------------------------------------------------- */

static int judge_all(struct replay *replay, struct err *err)
{
    int code;

    if (replay_count_init(&replay->total, replay) != 0) {
        err_add(err, "%s", ts_strerror(TS_ENOMEM));
        return EXIT_RUNTIME;
    }
    if (replay->letters)
        code = replay_letters(replay, err);
    else
        code = replay->nfiles > 0 ? replay_files(replay, err) : replay_topics(replay, err);
    if (code == EXIT_DONE && !replay->letters)
        replay_print_summary(replay, stdout);
    fflush(stdout);
    if (code == EXIT_DONE && replay->emits)
        code = replay_emit_send(replay, err);
    return code == EXIT_DONE && replay->withdraws ? replay_withdraw(replay, err) : code;
}

/* Files without a configuration are judged as `telsieve scan` does: their warnings have no context. */
static int load_settings(struct replay *replay, struct err *err)
{
    replay->limits = settings_limits(replay->config);
    if (replay->config_file != NULL)
        return settings_alert(&replay->alert, replay->config, err);
    replay->alert = (struct alert_options){.excerpt_chars = 120, .engine_version = TELSIEVE_VERSION};
    return 0;
}

static int load_sides(struct replay *replay, struct err *err)
{
    for (int i = 0; i < REPLAY_SIDES; i++)
        if (replay_side_load(&replay->sides[i], replay->config, err) != 0)
            return print_problems(err, replay_side_name(&replay->sides[i], replay->config));
    return EXIT_DONE;
}

static int load_and_judge(struct replay *replay, struct err *err)
{
    int code;

    replay->config = config_load(replay->config_file, replay->sets, replay->nsets, err);
    if (replay->config == NULL || load_settings(replay, err) != 0)
        return print_problems(err, replay->config_file != NULL ? replay->config_file : "the options");
    log_set_level(replay->config->log.level);
    if ((code = load_sides(replay, err)) != EXIT_DONE)
        return code;
    code = judge_all(replay, err);
    if (err->count > 0)
        fputs(err->text, stderr);
    return code;
}

static void free_all(struct replay *replay)
{
    for (int i = 0; i < REPLAY_SIDES; i++)
        replay_side_free(&replay->sides[i]);
    replay_emit_free(&replay->emit);
    replay_count_fini(&replay->total);
    settings_alert_fini(&replay->alert);
    config_free(&replay->config);
    free(replay->partitions);
    free(replay->ranges);
    free(replay->topics);
    free(replay->sets);
}

static int run(const struct command *self, struct replay *replay)
{
    struct err err;
    int code = check_options(self, replay);

    if (code != EXIT_DONE)
        return code;
    if (replay->letters)
        replay->sides[REPLAY_OLD].dir = REPLAY_NONE;
    if (replay->nfiles == 0 && replay->config_file == NULL)
        replay->config_file = CONFIG_FILE;
    err_init(&err);
    code = load_and_judge(replay, &err);
    err_fini(&err);
    return code;
}

int command_replay(const struct command *self, int argc, char **argv)
{
    struct replay replay = {.lines = FILE_LINES_DEFAULT, .from_ms = -1, .jobs = crew_jobs()};
    int64_t now_ms = clock_wall_ms();
    int kind, code = EXIT_DONE;
    struct args args;

    replay.to_ms = now_ms;
    replay.sets = calloc((size_t)argc + 1, sizeof(*replay.sets));
    replay.topics = calloc((size_t)argc + 1, sizeof(*replay.topics));
    if (replay.sets == NULL || replay.topics == NULL)
        code = EXIT_RUNTIME;
    args_init(&args, self, argc, argv);
    while (code == EXIT_DONE && (kind = args_next(&args)) != 0)
        if (kind == 'o')
            code = parse_option(&args, &replay, now_ms) ? EXIT_DONE : EXIT_USAGE;
    replay.files = args.operands;
    replay.nfiles = args.noperands;
    if (code == EXIT_DONE)
        code = run(self, &replay);
    free_all(&replay);
    return code;
}
