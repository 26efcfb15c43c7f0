/* warning_short.c - by a JSON library and from the whole warning: few are ever refused, so none is encoded twice. */
#include "core/utf8.h"
#include "record/warning.h"

#include <jansson.h>

#define SHORT_CHARS 128 /* the longest string */
#define REAL_DIGITS 6   /* of a score in tenths */

static const char *const of_warning[] = {"campaign", "against", "facts", "contacts", "amounts", "digest", "call", NULL};
static const char *const of_party[] = {"context", NULL};
static const char *const of_rule[] = {"reason", "advice", "evidence", "evidence_omitted", "listed", NULL};

static void leave_out(json_t *object, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        json_object_del(object, *keys);
}

/* False when memory is exhausted. */
static bool cut_strings(json_t *value)
{
    struct str text = {json_string_value(value), json_string_length(value)};
    bool cut = text.n <= SHORT_CHARS || json_string_setn(value, text.p, utf8_prefix(text, SHORT_CHARS)) == 0;
    const char *key;
    json_t *part;
    size_t i;

    json_object_foreach(value, key, part)
        cut = cut_strings(part) && cut;
    json_array_foreach(value, i, part)
        cut = cut_strings(part) && cut;
    return cut;
}

char *warning_shorten(struct str encoded, size_t *len)
{
    json_t *warning = json_loadb(encoded.p, encoded.n, 0, NULL), *rule;
    char *text = NULL;
    size_t i;

    leave_out(warning, of_warning);
    leave_out(json_object_get(warning, "caller"), of_party);
    leave_out(json_object_get(warning, "callee"), of_party);
    json_array_foreach(json_object_get(warning, "rules"), i, rule)
        leave_out(rule, of_rule);
    if (json_object_set_new(warning, "shortened", json_true()) == 0 && cut_strings(warning))
        text = json_dumps(warning, JSON_COMPACT | JSON_REAL_PRECISION(REAL_DIGITS));
    json_decref(warning);
    *len = text != NULL ? strlen(text) : 0;
    return text;
}
