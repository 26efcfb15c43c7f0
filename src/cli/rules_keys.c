/* rules_keys.c - a new key: the private part first, so that no public key is given away whose private one is lost. */
#include "cli/command.h"
#include "cli/write_file.h"
#include "core/day.h"
#include "match/signing_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define YEARS 2

struct order {
    const char *name, *dir, *note;
    unsigned from, until;
};

/* The same day in two years, or the one before when there is none. */
static unsigned in_years(unsigned day)
{
    char text[DAY_BYTES];
    unsigned later;

    day += YEARS * 10000;
    return day_read(str_of(day_write(day, text)), &later) ? later : day - 1;
}

static int write_public(const struct order *order, const struct signing_key *key, const char *path, struct err *err)
{
    struct trusted_key trusted = {.from = order->from, .until = order->until};
    char *text, *line = NULL;
    bool ok;

    strcpy(trusted.name, order->name); /* key_is_name: it fits */
    signing_key_public(key, trusted.bytes);
    text = key_format(&trusted, order->note);
    ok = text != NULL && asprintf(&line, "%s\n", text) > 0 && write_file(path, line, err);
    if (text == NULL)
        err_add(err, "--note: is not UTF-8");
    free(text);
    free(line);
    return ok ? 0 : -TS_EIO;
}

static int make(const struct order *order, struct err *err)
{
    char private[4096], public[4096];
    struct signing_key *key = signing_key_make(err);

    snprintf(private, sizeof(private), "%s/%s.pem", order->dir, order->name);
    snprintf(public, sizeof(public), "%s/%s.json", order->dir, order->name);
    if (access(public, F_OK) == 0)
        err_add(err, "%s: is there already; a key is never replaced by another of its name", public);
    if (err->count == 0 && signing_key_save(key, private, err) == 0 && write_public(order, key, public, err) == 0)
        printf("%s  private: only for who signs\n%s  public: for rules.trusted_keys of every node\n", private, public);
    signing_key_free(&key);
    return err->count > 0 ? EXIT_RUNTIME : EXIT_DONE;
}

static bool read_option_day(struct args *args, unsigned *day)
{
    const char *option = args->option, *text = args_value(args);

    if (text == NULL)
        return false;
    if (day_read(str_of(text), day))
        return true;
    usage_error(args->command, "%s needs a day such as 2026-11-22, not \"%s\"", option, text);
    return false;
}

/* False after an error message. */
static bool read_option(struct args *args, struct order *order)
{
    if (args_is(args, NULL, "--dir"))
        return (order->dir = args_value(args)) != NULL;
    if (args_is(args, NULL, "--note"))
        return (order->note = args_value(args)) != NULL;
    if (args_is(args, NULL, "--from"))
        return read_option_day(args, &order->from);
    if (args_is(args, NULL, "--until"))
        return read_option_day(args, &order->until);
    args_unknown(args);
    return false;
}

int command_rules_keygen(const struct command *self, int argc, char **argv)
{
    struct order order = {.dir = ".", .from = day_today()};
    struct args args;
    struct err err;
    int kind, code;

    args_init(&args, self, argc, argv);
    while ((kind = args_next(&args)) != 0)
        if (kind == 'o' && !read_option(&args, &order))
            return EXIT_USAGE;
    if (order.until == 0)
        order.until = in_years(order.from);
    if (args.noperands != 1 || !key_is_name(str_of(args.operands[0])))
        return usage_error(self, "one NAME is needed: " KEY_NAME_RULE);
    if (order.from > order.until)
        return usage_error(self, "--until is before --from");
    order.name = args.operands[0];
    err_init(&err);
    code = make(&order, &err);
    if (err.text != NULL)
        fputs(err.text, stderr);
    err_fini(&err);
    return code;
}
