/* run.c - the daemon in the foreground; everything it is lives in daemon/. */
#include "cli/command.h"
#include "config/config.h"
#include "daemon/daemon.h"

#include <stdlib.h>

static int parse(const struct command *self, int argc, char **argv, const char **file, const char **sets, size_t *nsets)
{
    struct args args;
    int kind;

    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0) {
        const char **into;
        if (kind == 'a')
            return usage_error(self, "unexpected \"%s\"", args.option);
        if (args_is(&args, "-c", "--config"))
            into = file;
        else if (args_is(&args, NULL, "--set"))
            into = &sets[(*nsets)++];
        else
            return args_unknown(&args);
        if ((*into = args_value(&args)) == NULL)
            return EXIT_USAGE;
    }
    return EXIT_DONE;
}

static int run(const char *file, const char *const *sets, size_t nsets)
{
    struct daemon_options options = {.sets = sets, .nsets = nsets, .compiler = "/proc/self/exe", .signals = true};
    struct daemon *daemon = NULL;
    struct config *config;
    struct err found, err;
    int code;

    err_init(&found);
    err_init(&err);
    config = config_load(file, sets, nsets, &err);
    if (config == NULL) {
        code = print_problems(&err, file);
    } else {
        log_set_level(config->log.level);
        options.config = config;
        daemon = daemon_new(&options, &found);
        config_place(config, &found, &err);
        code = daemon != NULL ? daemon_run(daemon)
                              : print_problems(&err, "configuration or rules: nothing was consumed");
    }
    daemon_free(&daemon);
    config_free(&config);
    err_fini(&found);
    err_fini(&err);
    return code;
}

int command_run(const struct command *self, int argc, char **argv)
{
    const char *file = "conf/telsieve.json";
    const char **sets = calloc((size_t)argc + 1, sizeof(*sets));
    size_t nsets = 0;
    int code;

    if (sets == NULL)
        return EXIT_RUNTIME;
    code = parse(self, argc, argv, &file, sets, &nsets);
    if (code == EXIT_DONE)
        code = run(file, sets, nsets);
    free(sets);
    return code;
}
