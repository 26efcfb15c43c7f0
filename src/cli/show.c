/* show.c - only what fits a line; the whole warning is the JSON. */
#include "cli/show.h"

#include "cli/columns.h"
#include "core/utf8.h"

#include <jansson.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define EXCERPT_COLUMNS_LEAST 20
#define RULES_SHOWN 2

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static const char *colour_of(const char *tier)
{
    if (strcmp(tier, "high") == 0)
        return "\033[1;31m";
    return strcmp(tier, "medium") == 0 ? "\033[33m" : "\033[36m";
}

/* Print what fits `columns` of a terminal, where Han and full-width characters take two; returns the columns taken. */
static int print_fitting(FILE *out, const char *text, int columns)
{
    const char *p = text, *end = text + strlen(text);
    int taken = 0;

    while (p < end) {
        uint32_t cp;
        size_t n = utf8_decode(p, end, &cp);
        int wide = (int)char_columns(cp);
        if (taken + wide > columns)
            break;
        taken += wide;
        p += n;
    }
    fprintf(out, "%.*s", (int)(p - text), text);
    return taken;
}

void show_padded(FILE *out, const char *text, int columns)
{
    fprintf(out, "%*s ", columns - print_fitting(out, text, columns), "");
}

static int print_rules(FILE *out, const json_t *warning)
{
    const json_t *rules = json_object_get(warning, "rules");
    size_t n = json_array_size(rules) + (size_t)json_integer_value(json_object_get(warning, "rules_omitted"));
    int taken = 0;

    for (size_t i = 0; i < json_array_size(rules) && i < RULES_SHOWN; i++)
        taken += fprintf(out, "%s%s", i == 0 ? "" : ",", text_of(json_array_get(rules, i), "id"));
    if (n > RULES_SHOWN)
        taken += fprintf(out, " +%zu", n - RULES_SHOWN);
    return taken;
}

int show_width(int fd)
{
    struct winsize size;

    if (!isatty(fd))
        return 0;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void print_party(FILE *out, const json_t *warning, const char *key)
{
    char masked[32];
    show_padded(out, number_mask(str_of(text_of(warning, key)), masked, sizeof(masked)), 15);
}

#define COLUMNS_BEFORE_RULES (9 + 7 + 2 + 19 + 16 + 2 + 16)

static void print_columns(FILE *out, const json_t *warning, int width)
{
    const char *tier = text_of(warning, "tier");
    time_t seconds = (time_t)(json_integer_value(json_object_get(warning, "ts")) / 1000);
    int rules, room;
    struct tm local;
    char at[16];

    localtime_r(&seconds, &local);
    strftime(at, sizeof(at), "%H:%M:%S", &local);
    fprintf(out, "%s %s%-6s\033[0m %s ", at, colour_of(tier), tier, text_of(warning, "family"));
    show_padded(out, text_of(warning, "type"), 18);
    print_party(out, warning, "suspect");
    fputs("→ ", out);
    print_party(out, warning, "victim");
    rules = print_rules(out, warning);
    fprintf(out, "%*s", rules < 14 ? 15 - rules : 1, "");
    room = width - COLUMNS_BEFORE_RULES - (rules < 14 ? 15 : rules + 1) - 1;
    print_fitting(out, text_of(warning, "excerpt"), room > EXCERPT_COLUMNS_LEAST ? room : EXCERPT_COLUMNS_LEAST);
    fputc('\n', out);
}

void show_warning(FILE *out, struct str json, int width, struct tally *tally)
{
    json_t *warning = json_loadb(json.p, json.n, 0, NULL);

    if (tally != NULL && warning != NULL)
        tally_add_warning(tally, text_of(warning, "family"), text_of(warning, "tier"));
    if (width > 0 && warning != NULL) {
        print_columns(out, warning, width);
    } else {
        fwrite(json.p, 1, json.n, out);
        fputc('\n', out);
    }
    json_decref(warning);
}
