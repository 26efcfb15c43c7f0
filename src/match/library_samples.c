/* library_samples.c - a sample is what a rule must hit or must not: a text, or the fields of a record that
 * matter. Either is completed to a whole record, so that samples say only what they are about. */
#include "match/library_read.h"

#include <stdio.h>
#include <stdlib.h>

#define SAMPLE_TS INT64_C(1732230000000) /* 2024-11-22 07:00 in Shanghai */

/* What a sample does not say: an ordinary mobile number sends to another one of the same carrier. */
static json_t *defaults(bool is_call)
{
    json_t *record = json_pack("{s:i, s:s, s:s, s:I, s:s, s:s, s:s}", "v", 1, "kind",
                               is_call ? "call" : "sms", "id", "sample", "ts", SAMPLE_TS, "calling",
                               "13912345678", "called", "13812345678", "ingress", "onnet");

    if (is_call && record != NULL)
        json_object_set_new(record, "leg", json_string("mt"));
    return record;
}

/* Keys are the record's fields, "concat" with its members, and "lists". */
static void check_keys(struct reader *reader, const json_t *sample, const char *path)
{
    const char *names[RECORD_NFIELDS + 3], *key;
    json_t *value;
    size_t n = 0;

    for (size_t f = 0; f < RECORD_NFIELDS; f++) {
        if (strchr(record_fields[f].name, '.') == NULL)
            names[n++] = record_fields[f].name;
    }
    names[n++] = "concat";
    names[n++] = "lists";
    names[n] = NULL;
    if (!read_object(reader, sample, path, names))
        return;
    json_object_foreach((json_t *)sample, key, value)
    {
        if (strcmp(key, "lists") != 0 &&
            (json_is_array(value) || (json_is_object(value) && strcmp(key, "concat") != 0)))
            read_problem(reader, path_key(path, key).text, false,
                         "\"%.60s\": a string, a number or null expected", key);
    }
}

static void check_text(struct reader *reader, const json_t *record, bool is_call, const char *path)
{
    if (!is_call && json_object_get(record, "text") == NULL && json_object_get(record, "ud_b64") == NULL)
        read_problem(reader, path, false, "an SMS without \"text\" or \"ud_b64\"");
}

static json_t *complete(struct reader *reader, const json_t *sample, const char *path)
{
    const char *kind = json_string_value(json_object_get(sample, "kind"));
    bool is_call = kind != NULL && strcmp(kind, "call") == 0;
    json_t *record = defaults(is_call);

    if (record == NULL)
        return NULL;
    if (json_is_string(sample)) {
        if (json_string_length(sample) == 0)
            read_problem(reader, path, false, "an empty sample");
        json_object_set(record, "text", (json_t *)sample);
        return record;
    }
    check_keys(reader, sample, path);
    json_object_update(record, (json_t *)sample);
    for (size_t i = 0; i < 4; i++) /* remarks are no fields */
        json_object_del(record, (const char *const[]){"note", "source", "comment", "lists"}[i]);
    check_text(reader, record, is_call, path);
    return record;
}

static size_t count_entries(const json_t *lists)
{
    const char *name;
    json_t *entries;
    size_t n = 0;

    json_object_foreach((json_t *)lists, name, entries)
        n += json_array_size(entries);
    return n;
}

static void read_entries(struct reader *reader, const json_t *lists, const char *path, struct sample *out)
{
    struct sample_entry *made = read_alloc(reader, count_entries(lists), sizeof(*made));
    const char *name;
    json_t *entries, *entry;
    size_t i;

    json_object_foreach((json_t *)lists, name, entries)
        json_array_foreach(entries, i, entry)
            if (made != NULL && json_is_string(entry))
                made[out->nentries++] = (struct sample_entry){
                    read_strdup(reader, str_of(name)), read_strdup(reader, str_of(json_string_value(entry)))};
    out->entries = made;
    if ((lists != NULL && !json_is_object(lists)) || out->nentries != count_entries(lists))
        read_problem(reader, path_key(path, "lists").text, false,
                     "\"lists\": names of lists with arrays of entries expected, as in "
                     "{\"case_numbers\": [\"+85251234567\"]}");
}

/* Lent by the library's document. */
static struct str text_of(const json_t *sample)
{
    const json_t *text = json_is_string(sample) ? sample : json_object_get(sample, "text");

    if (text == NULL)
        text = json_object_get(sample, "asr_text");
    return (struct str){json_string_value(text), json_string_length(text)};
}

static void read_sample(struct reader *reader, const json_t *value, const char *path, struct sample *out)
{
    json_t *record;
    char *text;

    out->path = read_strdup(reader, str_of(path));
    if (!json_is_string(value) && !json_is_object(value)) {
        read_problem(reader, path, false, "a sample is a text, or an object with fields of a record");
        return;
    }
    record = complete(reader, value, path);
    text = record != NULL ? json_dumps(record, JSON_COMPACT) : NULL;
    json_decref(record);
    if (text == NULL) {
        read_problem(reader, path, false, "out of memory");
        return;
    }
    out->json = read_strdup(reader, str_of(text));
    out->text = text_of(value);
    if (json_object_get(value, "lists") != NULL)
        read_entries(reader, json_object_get(value, "lists"), path, out);
    free(text);
}

const struct sample *library_read_samples(struct reader *reader, const json_t *rule, const char *rule_path,
                                          const char *key, size_t *n)
{
    json_t *array = read_array(reader, rule, rule_path, key, false), *value;
    struct path path = path_key(rule_path, key);
    struct sample *samples = read_alloc(reader, json_array_size(array), sizeof(*samples));
    size_t i;

    *n = 0;
    if (samples == NULL)
        return NULL;
    json_array_foreach(array, i, value)
        read_sample(reader, value, path_index(path.text, i).text, &samples[i]);
    *n = json_array_size(array);
    return samples;
}
