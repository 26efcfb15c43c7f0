/* show.c - only what fits a line; the whole warning is the JSON. */
#include "cli/show.h"

#include "core/utf8.h"

#include <jansson.h>
#include <time.h>

#define EXCERPT_CHARS 34
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

/* Terminal columns of a text: Han and full-width characters take two. */
static int columns_of(const char *text)
{
    const char *end = text + strlen(text);
    int columns = 0;

    while (text < end) {
        uint32_t cp;
        text += utf8_decode(text, end, &cp);
        columns += cp >= 0x1100 ? 2 : 1;
    }
    return columns;
}

static void print_padded(FILE *out, const char *text, int columns)
{
    int pad = columns - columns_of(text);
    fprintf(out, "%s%*s ", text, pad > 0 ? pad : 0, "");
}

static void print_party(FILE *out, const json_t *warning, const char *key)
{
    char masked[32];
    print_padded(out, number_mask(str_of(text_of(warning, key)), masked, sizeof(masked)), 15);
}

static void print_columns(FILE *out, const json_t *warning)
{
    const char *tier = text_of(warning, "tier");
    time_t seconds = (time_t)(json_integer_value(json_object_get(warning, "ts")) / 1000);
    struct str excerpt = str_of(text_of(warning, "excerpt"));
    struct tm local;
    char at[16];
    const json_t *rules = json_object_get(warning, "rules");
    size_t i;

    localtime_r(&seconds, &local);
    strftime(at, sizeof(at), "%H:%M:%S", &local);
    fprintf(out, "%s %s%-6s\033[0m %s ", at, colour_of(tier), tier, text_of(warning, "family"));
    print_padded(out, text_of(warning, "type"), 18);
    print_party(out, warning, "suspect");
    fputs("→ ", out);
    print_party(out, warning, "victim");
    fprintf(out, "%.*s%s", (int)utf8_prefix(excerpt, EXCERPT_CHARS), excerpt.p,
            utf8_count(excerpt) > EXCERPT_CHARS ? "…" : "");
    for (i = 0; i < json_array_size(rules) && i < RULES_SHOWN; i++)
        fprintf(out, "%s%s", i == 0 ? "  " : ",", text_of(json_array_get(rules, i), "id"));
    if (json_array_size(rules) > RULES_SHOWN)
        fprintf(out, " +%zu", json_array_size(rules) - RULES_SHOWN);
    fputc('\n', out);
}

void show_warning(FILE *out, struct str json, bool columns, struct tally *tally)
{
    json_t *warning = json_loadb(json.p, json.n, 0, NULL);

    if (tally != NULL && warning != NULL)
        tally_add_warning(tally, text_of(warning, "family"), text_of(warning, "tier"));
    if (columns && warning != NULL) {
        print_columns(out, warning);
    } else {
        fwrite(json.p, 1, json.n, out);
        fputc('\n', out);
    }
    json_decref(warning);
}
