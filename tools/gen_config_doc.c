/* gen_config_doc.c - write docs/configuration.md to stdout from the option table and the table of properties. */
#include "config/options.h"
#include "config/properties.h"

#include <stdio.h>

static const char *const intro =
    "# Configuration\n"
    "\n"
    "<!-- Made by tools/gen_config_doc.c from the option table; do not edit. -->\n"
    "\n"
    "One JSON file, named with `telsieve run -c FILE`; `conf/telsieve.json` is one to start from. Every key has a\n"
    "default, and without a file the defaults hold. `telsieve check -c FILE` lists everything that is wrong with a\n"
    "file, with line and column; an unknown key, a key given twice and a value of the wrong type are errors.\n"
    "\n"
    "Keys marked *reload* are read again from the file at SIGHUP or `POST /reload`, together with the rule libraries;\n"
    "all others need a restart, and a reload says so in the log when one has changed. Relative paths are relative to\n"
    "the current directory of the process.\n"
    "\n"
    "## On the command line\n"
    "\n"
    "`--set KEY=VALUE` lays a value over the file; it may be given many times, the last one wins. The value is JSON,\n"
    "else it is taken as a string: `--set workers=2`, `--set output.warnings=warnings-test`,\n"
    "`--set 'input.topics=[\"sms\"]'`. Members of an object are named behind its key:\n"
    "`--set kafka.common.bootstrap.servers=10.0.0.5:9092`.\n"
    "\n"
    "## Secrets\n"
    "\n"
    "Any string, librdkafka properties included, may stand somewhere else:\n"
    "\n"
    "| written | is read from |\n"
    "|---|---|\n"
    "| `{\"file\": \"/etc/telsieve/password\"}` | a file; one line end at its end is dropped; a warning is logged when "
    "every user can read it |\n"
    "| `{\"env\": \"TELSIEVE_PASSWORD\"}` | an environment variable |\n"
    "| `{\"credential\": \"password\"}` | a systemd credential (`LoadCredential=` in the unit) |\n"
    "\n"
    "What is read never appears in a message. An empty secret is an error.\n";

static const char *const kafka_intro =
    "\n"
    "## librdkafka properties\n"
    "\n"
    "`kafka.common`, `kafka.consumer` and `kafka.producer` take every property of\n"
    "[librdkafka](https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md) as string, number or\n"
    "boolean; one that the library in use does not know, or whose value it does not take, is an error that names it.\n"
    "Properties that would break what telsieve guarantees are refused by name:\n"
    "\n"
    "| property | allowed | reason |\n"
    "|---|---|---|\n";

/* Text of a table cell: `|` would end it. */
static void put_cell(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '|')
            putchar('\\');
        putchar(*text);
    }
}

static void put_bounds(const struct option *option)
{
    if (option->type == OPTION_INT || option->type == OPTION_NUMBER)
        printf("%.0f to %.0f", option->min, option->max);
}

static void put_option(const struct option *option)
{
    printf("| `%s` | %s%s%s | ", option->key, option_type_name(option), *option->unit != '\0' ? ", " : "",
           option->unit);
    if (option->fallback != NULL)
        printf("`%s`", option->fallback);
    printf(" | ");
    put_bounds(option);
    printf(" | %s | ", option->reloadable ? "*reload*" : "");
    put_cell(option->help);
    printf(" |\n");
}

static int section_length(const char *key)
{
    const char *dot = strchr(key, '.');

    return dot != NULL ? (int)(dot - key) : 0;
}

static void put_options(void)
{
    const char *last = NULL;

    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        int n = section_length(option->key);
        if (last == NULL || section_length(last) != n || strncmp(last, option->key, (size_t)n) != 0) {
            printf("\n## %.*s\n\n", n > 0 ? n : 7, n > 0 ? option->key : "process");
            printf("| key | type | default | bounds | | |\n|---|---|---|---|---|---|\n");
        }
        put_option(option);
        last = option->key;
    }
}

static void put_properties(void)
{
    for (size_t i = 0; i < property_rules_count; i++) {
        const struct property_rule *rule = &property_rules[i];
        printf("| `%s` | ", rule->name);
        if (rule->never != NULL)
            printf("all but `%s`", rule->never);
        for (const char *const *only = rule->only; *only != NULL; only++)
            printf("%s`%s`", only != rule->only ? ", " : "", *only);
        printf("%s | ", rule->only[0] == NULL && rule->never == NULL ? "not at all" : "");
        put_cell(rule->reason);
        printf(" |\n");
    }
}

int main(void)
{
    fputs(intro, stdout);
    put_options();
    fputs(kafka_intro, stdout);
    put_properties();
    return 0;
}
