/* args.c - options may stand before, between and after operands; `--` ends them, a lone `-` is an operand. */
#include "cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void args_init(struct args *args, const struct command *command, int argc, char **argv)
{
    *args = (struct args){.command = command, .argc = argc, .argv = argv, .at = 1, .operands = argv};
}

/* There is room: what is moved stood behind the command's name, and args->at is behind what is moved. */
static int take_operand(struct args *args)
{
    args->operands[args->noperands++] = args->argv[args->at - 1];
    return 'a';
}

int args_next(struct args *args)
{
    args->value = NULL;
    if (args->at >= args->argc) {
        args->operands[args->noperands] = NULL;
        return 0;
    }
    args->option = args->argv[args->at++];
    if (!args->only_operands && strcmp(args->option, "--") == 0) {
        args->only_operands = true;
        return args_next(args);
    }
    if (args->only_operands || args->option[0] != '-' || args->option[1] == '\0')
        return take_operand(args);
    if (args->option[1] == '-') {
        const char *equals = strchr(args->option, '=');
        args->value = equals != NULL ? equals + 1 : NULL;
    }
    return 'o';
}

bool args_is(const struct args *args, const char *short_name, const char *long_name)
{
    size_t n = strcspn(args->option, "=");

    if (short_name != NULL && strcmp(args->option, short_name) == 0)
        return true;
    return strncmp(args->option, long_name, n) == 0 && long_name[n] == '\0';
}

const char *args_value(struct args *args)
{
    if (args->value != NULL)
        return args->value;
    if (args->at < args->argc)
        return args->argv[args->at++];
    usage_error(args->command, "%s needs a value", args->option);
    return NULL;
}

bool args_number(struct args *args, long low, long *out)
{
    const char *option = args->option;
    const char *text = args_value(args);
    char *end;

    if (text == NULL)
        return false;
    errno = 0;
    *out = strtol(text, &end, 10);
    if (errno == 0 && *end == '\0' && end != text && *out >= low)
        return true;
    usage_error(args->command, "%s needs a whole number of at least %ld, not \"%s\"", option, low, text);
    return false;
}

int args_unknown(const struct args *args)
{
    return usage_error(args->command, "unknown option %s", args->option);
}
