/* feedback_word.c - the key is the id, the value names the verdict. */
#include "daemon/feedback_word.h"

#include <jansson.h>

static const char *read_value(struct str value, enum said *said)
{
    json_t *json = json_loadb(value.p, value.n, JSON_REJECT_DUPLICATES, NULL);
    const char *verdict = json_string_value(json_object_get(json, "verdict")), *wrong = NULL;

    *said = SAID_TRUE;
    while (*said < SAID_NOTHING && (verdict == NULL || strcmp(said_name(*said), verdict) != 0))
        ++*said;
    if (!json_is_object(json))
        wrong = "the value must be an object such as {\"verdict\": \"true\"}; a null value takes a verdict back";
    else if (*said == SAID_NOTHING)
        wrong = "\"verdict\" must be \"true\", \"false\" or \"unknown\"";
    json_decref(json);
    return wrong;
}

const char *feedback_word_read(struct str key, struct str value, struct archive_word *out)
{
    if (!hit_id_read(key, out->id))
        return "the key must be the id of a warning, 32 hex digits";
    out->said = SAID_NOTHING;
    return value.p != NULL ? read_value(value, &out->said) : NULL;
}
