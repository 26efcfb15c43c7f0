/* replay_print.c - a change as a line: where the record lies, and what each side says with the sets that were hit.
 * Texts and numbers come in only with the warnings themselves, of the first --show changes. */
#include "cli/replay.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

/* ---- text ------------------------------------------------------------------------------------------------------ */

static bool is_repeated(const struct warning_rule *rule, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(rule->evidence[j].set, rule->evidence[i].set) == 0)
            return true;
    return false;
}

static void write_rule(FILE *out, const struct warning_rule *rule)
{
    const char *before = "(";

    fprintf(out, " %s", rule->id);
    for (size_t i = 0; i < rule->nevidence; i++) {
        if (is_repeated(rule, i))
            continue;
        fprintf(out, "%s%s", before, rule->evidence[i].set);
        before = " ";
    }
    if (*before == ' ')
        fputc(')', out);
}

static void write_side(FILE *out, const struct replay_seen *seen)
{
    const struct session_result *result = seen->result;

    if (seen->warning != NULL) {
        fputs(seen->warning->tier, out);
        for (size_t i = 0; i < seen->warning->nrules; i++)
            write_rule(out, &seen->warning->rules[i]);
    } else if (result == NULL) {
        fputs("no rules", out);
    } else if (result->outcome == OUTCOME_SUPPRESSED) {
        fprintf(out, "suppressed by %s", result->verdict->fired[0].suppressed);
    } else {
        fputs(outcome_name(result->outcome), out);
    }
}

static bool has_rule(const struct warning *warning, const char *id)
{
    for (size_t i = 0; i < warning->nrules; i++)
        if (strcmp(warning->rules[i].id, id) == 0)
            return true;
    return false;
}

/* The rules of one warning that the other has not. */
static void write_only(FILE *out, const char *word, const struct warning *warning, const struct warning *other)
{
    for (size_t i = 0; i < warning->nrules; i++) {
        if (has_rule(other, warning->rules[i].id))
            continue;
        fputs(word, out);
        word = "";
        write_rule(out, &warning->rules[i]);
    }
}

static void write_difference(FILE *out, const struct warning *old, const struct warning *new)
{
    fprintf(out, "%s → %s", old->tier, new->tier);
    write_only(out, ", without", old, new);
    write_only(out, ", with", new, old);
}

static void write_source(FILE *out, const struct alert_source *source, uint32_t sub)
{
    if (source->topic.p != NULL)
        fprintf(out, "%.*s[%" PRId32 "]@%" PRId64, (int)source->topic.n, source->topic.p, source->partition,
                source->offset);
    else
        fprintf(out, "%.*s:%" PRIu64, (int)source->file.n, source->file.p, source->line);
    if (sub > 0)
        fprintf(out, "+%" PRIu32, sub);
}

static char *text_line(enum replay_kind kind, const struct alert_source *source,
                       const struct replay_seen seen[REPLAY_SIDES], uint32_t sub)
{
    char *line = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&line, &n);

    if (out == NULL)
        return NULL;
    fprintf(out, "%-7s  ", replay_kind_name(kind));
    write_source(out, source, sub);
    fputs("  ", out);
    if (kind == REPLAY_CHANGED) {
        write_difference(out, seen[REPLAY_OLD].warning, seen[REPLAY_NEW].warning);
    } else {
        write_side(out, &seen[REPLAY_OLD]);
        fputs(" → ", out);
        write_side(out, &seen[REPLAY_NEW]);
    }
    if (fclose(out) == 0)
        return line;
    free(line);
    return NULL;
}

/* ---- JSON ------------------------------------------------------------------------------------------------------ */

static json_t *rule_json(const struct warning_rule *rule)
{
    json_t *sets = json_array();

    for (size_t i = 0; i < rule->nevidence; i++)
        if (!is_repeated(rule, i))
            json_array_append_new(sets, json_string(rule->evidence[i].set));
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", rule->id, "library", rule->library, "version", rule->version,
                     "tier", rule->tier, "sets", sets);
}

static json_t *side_json(const struct replay_seen *seen)
{
    const struct session_result *result = seen->result;
    json_t *out = json_pack("{s:s}", "verdict", result != NULL ? outcome_name(result->outcome) : "no_rules"), *rules;

    if (result != NULL && result->outcome == OUTCOME_SUPPRESSED)
        json_object_set_new(out, "by", json_string(result->verdict->fired[0].suppressed));
    if (seen->warning == NULL)
        return out;
    rules = json_array();
    for (size_t i = 0; i < seen->warning->nrules; i++)
        json_array_append_new(rules, rule_json(&seen->warning->rules[i]));
    json_object_set_new(out, "tier", json_string(seen->warning->tier));
    json_object_set_new(out, "rules", rules);
    if (seen->warning->rules_omitted > 0)
        json_object_set_new(out, "rules_omitted", json_integer((json_int_t)seen->warning->rules_omitted));
    return out;
}

/* A file's name may be any bytes; JSON may not. */
static json_t *name_json(struct str s)
{
    json_t *clean = json_stringn(s.p, s.n);

    return clean != NULL ? clean : json_string("\xEF\xBF\xBD");
}

static json_t *source_json(const struct alert_source *source, uint32_t sub)
{
    if (source->topic.p != NULL)
        return json_pack("{s:o, s:i, s:I, s:i}", "topic", name_json(source->topic), "partition",
                         (int)source->partition, "offset", (json_int_t)source->offset, "sub", (int)sub);
    return json_pack("{s:o, s:I, s:i}", "file", name_json(source->file), "line", (json_int_t)source->line, "sub",
                     (int)sub);
}

static char *json_line(enum replay_kind kind, const struct alert_source *source,
                       const struct replay_seen seen[REPLAY_SIDES], uint32_t sub)
{
    const struct warning *warning =
        seen[REPLAY_NEW].warning != NULL ? seen[REPLAY_NEW].warning : seen[REPLAY_OLD].warning;
    json_t *json = json_pack("{s:s, s:s, s:I, s:o, s:o, s:o}", "change", replay_kind_name(kind), "id", warning->id,
                             "ts", (json_int_t)warning->ts_ms, "source", source_json(source, sub), "old",
                             side_json(&seen[REPLAY_OLD]), "new", side_json(&seen[REPLAY_NEW]));
    char *line = json_dumps(json, JSON_COMPACT);

    json_decref(json);
    return line;
}

char *replay_line(const struct replay *replay, enum replay_kind kind, const struct alert_source *source,
                  const struct replay_seen seen[REPLAY_SIDES])
{
    const struct replay_seen *any = &seen[seen[REPLAY_NEW].result != NULL ? REPLAY_NEW : REPLAY_OLD];
    uint32_t sub = any->result->record != NULL ? any->result->record->sub : any->result->fault.sub;

    return replay->json ? json_line(kind, source, seen, sub) : text_line(kind, source, seen, sub);
}

/* ---- as they come ---------------------------------------------------------------------------------------------- */

/* The warnings as they would be sent, byte for byte, behind the other members. */
static void print_json(const struct replay_change *change, bool whole, FILE *out)
{
    if (!whole) {
        fputs(change->line, out);
    } else {
        fwrite(change->line, 1, strlen(change->line) - 1, out);
        if (change->warning[REPLAY_OLD] != NULL)
            fprintf(out, ",\"old_warning\":%s", change->warning[REPLAY_OLD]);
        if (change->warning[REPLAY_NEW] != NULL)
            fprintf(out, ",\"warning\":%s", change->warning[REPLAY_NEW]);
        fputc('}', out);
    }
    fputc('\n', out);
}

static const char *text_of(const json_t *warning, const char *key)
{
    const char *text = json_string_value(json_object_get(warning, key));

    return text != NULL ? text : "-";
}

static void print_whole(const char *json, FILE *out)
{
    json_t *warning = json_loads(json, 0, NULL);

    fprintf(out, "         %s → %s  %s\n", text_of(warning, "suspect"), text_of(warning, "victim"),
            text_of(warning, "excerpt"));
    json_decref(warning);
}

void replay_print_change(struct replay *replay, const struct replay_change *change, FILE *out)
{
    bool whole = (long)replay->shown < replay->show;

    replay->shown++;
    if (replay->json) {
        print_json(change, whole, out);
        return;
    }
    if (replay->shown > REPLAY_SHOWN && !whole)
        return;
    fprintf(out, "%s\n", change->line);
    if (whole)
        print_whole(change->warning[change->warning[REPLAY_NEW] != NULL ? REPLAY_NEW : REPLAY_OLD], out);
}
