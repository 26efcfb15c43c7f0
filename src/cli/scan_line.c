/* scan_line.c - warnings are written as the engine encodes them; --all wraps them (DESIGN 3). */
#include "cli/scan_line.h"

#include "core/clock.h"
#include "core/utf8.h"

#include <jansson.h>
#include <stdlib.h>

/* Numbers and ids of a record may be any bytes; JSON may not. */
static json_t *json_bytes(struct str s)
{
    json_t *clean = json_stringn(s.p, s.n);
    return clean != NULL ? clean : json_string("\xEF\xBF\xBD");
}

static json_t *source_json(const struct session_result *result, const struct alert_source *source)
{
    uint32_t sub = result->record != NULL ? result->record->sub : result->fault.sub;
    json_t *out = json_pack("{s:o, s:I, s:i}", "file", json_bytes(source->file), "line", (json_int_t)source->line,
                            "sub", (int)sub);

    if (result->record != NULL && record_has(result->record, FIELD_ID))
        json_object_set_new(out, "record", json_bytes(record_str(result->record, FIELD_ID)));
    return out;
}

static json_t *party_json(const struct record *record, enum record_field field, const struct number *number)
{
    json_t *out = json_object(), *flags = json_array();

    if (record_has(record, field))
        json_object_set_new(out, "raw", json_bytes(record_str(record, field)));
    json_object_set_new(out, "kind", json_string(number_kind_name(number->kind)));
    if (number->country != 0)
        json_object_set_new(out, "country", json_sprintf("%u", (unsigned)number->country));
    for (unsigned i = 0; i < NUMBER_FLAG_COUNT; i++)
        if (number->flags & UINT32_C(1) << i)
            json_array_append_new(flags, json_string(number_flag_name(i)));
    json_object_set_new(out, "flags", flags);
    return out;
}

static json_t *facts_json(struct subject *subject)
{
    json_t *out = json_array();
    struct fact_value value;

    for (int i = 0; i < FACT_COUNT; i++)
        if (fact_defs[i].type == FACT_TYPE_BOOL && fact_get(subject, (enum fact)i, &value) && value.b)
            json_array_append_new(out, json_string(fact_defs[i].name));
    return out;
}

static void add_rules(json_t *out, const struct verdict *verdict)
{
    json_t *rules = json_array();

    for (size_t i = 0; i < verdict->nfired; i++)
        json_array_append_new(rules, json_string(verdict->fired[i].rule->id));
    for (size_t i = 0; i < verdict->nshadow; i++)
        json_array_append_new(rules, json_string(verdict->shadow[i].rule->id));
    if (json_array_size(rules) > 0)
        json_object_set_new(out, "rules", rules);
    else
        json_decref(rules);
    if (verdict->kind == VERDICT_SUPPRESSED)
        json_object_set_new(out, "suppressed", json_string(verdict->fired[0].suppressed));
}

static json_t *whole_line(const struct session_result *result, const struct alert_source *source, const char *warning)
{
    bool shadow = result->outcome == OUTCOME_CLEAN && result->verdict->nshadow > 0;
    json_t *out = json_pack("{s:s, s:o}", "verdict", shadow ? "shadow" : outcome_name(result->outcome), "source",
                            source_json(result, source));

    if (result->outcome == OUTCOME_DEAD_LETTERED) {
        json_object_set_new(out, "reason", json_string(reason_name(result->fault.reason)));
        if (result->fault.field != NULL)
            json_object_set_new(out, "field", json_string(result->fault.field));
        return out;
    }
    json_object_set_new(out, "caller", party_json(result->record, FIELD_CALLING, &result->verdict->subject->caller));
    json_object_set_new(out, "callee", party_json(result->record, FIELD_CALLED, &result->verdict->subject->callee));
    json_object_set_new(out, "facts", facts_json(result->verdict->subject));
    add_rules(out, result->verdict);
    if (warning != NULL)
        json_object_set_new(out, "warning", json_loads(warning, 0, NULL));
    return out;
}

int scan_line_write(struct session *session, const struct session_result *result, const struct alert_source *source,
                    bool all, FILE *out)
{
    bool warned = result->outcome == OUTCOME_WARNED;
    char *warning = NULL;
    size_t n = 0;

    if (!warned && !all)
        return 0;
    if (warned && (warning = session_warning(session, false, clock_wall_ms(), &n, NULL)) == NULL)
        return -TS_ENOMEM;
    if (all) {
        json_t *line = whole_line(result, source, warning);
        json_dumpf(line, out, JSON_COMPACT);
        json_decref(line);
    } else {
        fwrite(warning, 1, n, out);
    }
    fputc('\n', out);
    free(warning);
    return 0;
}
