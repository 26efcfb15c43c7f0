/* eval_senders.c - the sender map is kept as read; each line takes the first entry that fits its label and class. */
#include "cli/eval.h"

#include "config/document.h"
#include "core/clock.h"

#include <fnmatch.h>
#include <stdlib.h>

struct eval_senders {
    struct document document;
    json_int_t wall_ms; /* ts of records that have none */
};

/* ---- reading ------------------------------------------------------------------------------------------------- */

struct reader {
    struct document *document;
    struct err *err;
};

__attribute__((format(printf, 4, 5))) static void complain(struct reader *reader, const char *path, bool at_key,
                                                           const char *fmt, ...)
{
    char text[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    document_error(reader->document, reader->err, path, at_key, "%s", text);
}

static void check_pattern(struct reader *reader, const json_t *entry, const char *path, const char *key)
{
    const json_t *value = json_object_get(entry, key), *item;
    char at[80];
    size_t i;

    snprintf(at, sizeof(at), "%s.%s", path, key);
    if (value != NULL && !json_is_string(value) && json_array_size(value) == 0)
        complain(reader, at, false, "%s is a word, with * for anything, or a list of such words", key);
    json_array_foreach(value, i, item)
        if (!json_is_string(item))
            complain(reader, at, false, "%s is a word, with * for anything, or a list of such words", key);
}

static void check_word(struct reader *reader, const json_t *entry, const char *path, const char *key, const char *one,
                       const char *other)
{
    const json_t *value = json_object_get(entry, key);
    const char *word = json_string_value(value);
    char at[80];

    snprintf(at, sizeof(at), "%s.%s", path, key);
    if (value != NULL && (word == NULL || (strcmp(word, one) != 0 && strcmp(word, other) != 0)))
        complain(reader, at, false, "%s is \"%s\" or \"%s\"", key, one, other);
}

static void check_from(struct reader *reader, const json_t *entry, const char *path)
{
    const json_t *from = json_object_get(entry, "from"), *sender;
    const char *names[RECORD_NFIELDS + 1] = {0};
    char at[80];
    size_t i;

    for (int f = 0; f < RECORD_NFIELDS; f++)
        names[f] = record_fields[f].name;
    snprintf(at, sizeof(at), "%s.from", path);
    if (json_array_size(from) == 0)
        complain(reader, json_is_array(from) ? at : path, false,
                 "\"from\" lists senders: [{\"calling\": \"13912345678\", \"ingress\": \"onnet\"}]");
    json_array_foreach(from, i, sender) {
        snprintf(at, sizeof(at), "%s.from[%zu]", path, i);
        if (json_is_object(sender))
            document_check_keys(reader->document, reader->err, sender, at, names);
        else
            complain(reader, at, false, "a sender is an object with fields of a record");
    }
}

static void check_map(struct reader *reader)
{
    static const char *const top[] = {"version", "note", "senders", NULL};
    static const char *const keys[] = {"label", "class", "kind", "mode", "from", "note", NULL};
    const json_t *entries = json_object_get(reader->document->root, "senders"), *entry;
    char path[32];
    size_t i;

    document_check_keys(reader->document, reader->err, reader->document->root, "", top);
    if (!json_is_array(entries))
        complain(reader, "", false, "\"senders\" is a list: [{\"label\": …, \"class\": …, \"from\": [{…}]}]");
    json_array_foreach(entries, i, entry) {
        snprintf(path, sizeof(path), "senders[%zu]", i);
        if (!json_is_object(entry)) {
            complain(reader, path, false, "an entry is an object with \"label\", \"class\", \"from\"");
            continue;
        }
        document_check_keys(reader->document, reader->err, entry, path, keys);
        check_pattern(reader, entry, path, "label");
        check_pattern(reader, entry, path, "class");
        check_word(reader, entry, path, "kind", "sms", "call");
        check_word(reader, entry, path, "mode", "turn", "each");
        check_from(reader, entry, path);
    }
}

struct eval_senders *eval_senders_load(const char *file, struct err *err)
{
    struct eval_senders *senders = calloc(1, sizeof(*senders));
    struct reader reader = {senders != NULL ? &senders->document : NULL, err};
    unsigned before = err->count;

    if (senders == NULL)
        return NULL;
    senders->wall_ms = (json_int_t)clock_wall_ms();
    if (file != NULL && document_load(&senders->document, file, err) == 0)
        check_map(&reader);
    if (err->count > before)
        eval_senders_free(&senders);
    return senders;
}

void eval_senders_free(struct eval_senders **senders)
{
    if (*senders == NULL)
        return;
    document_fini(&(*senders)->document);
    free(*senders);
    *senders = NULL;
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

static bool fits(const json_t *pattern, const char *word)
{
    const json_t *item;
    size_t i;

    if (pattern == NULL)
        return true;
    if (json_is_string(pattern))
        return fnmatch(json_string_value(pattern), word, 0) == 0;
    json_array_foreach(pattern, i, item)
        if (fnmatch(json_string_value(item), word, 0) == 0)
            return true;
    return false;
}

static const json_t *find(const struct eval_senders *senders, const struct eval_line *line)
{
    const json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(senders->document.root, "senders"), i, entry)
        if (fits(json_object_get(entry, "label"), line->label->name) &&
            fits(json_object_get(entry, "class"), line->class))
            return entry;
    return NULL;
}

bool eval_has_own_sender(const struct eval_line *line)
{
    return json_object_get(line->record, "calling") != NULL;
}

size_t eval_senders_count(const struct eval_senders *senders, const struct eval_line *line)
{
    const json_t *entry = find(senders, line);
    const char *mode = json_string_value(json_object_get(entry, "mode"));
    bool each = mode != NULL && strcmp(mode, "each") == 0 && !eval_has_own_sender(line);

    return each ? json_array_size(json_object_get(entry, "from")) : 1;
}

/* The threads share the map: its values are copied, so that no two count references to one. */
static void set_missing(json_t *record, const char *key, json_t *value)
{
    if (json_object_get(record, key) == NULL)
        json_object_set_new_nocheck(record, key, value);
    else
        json_decref(value);
}

static void set_sender(json_t *record, const json_t *sender)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)sender, key, value)
        set_missing(record, key, json_deep_copy(value));
}

/* `text` of a call is what was said. */
static void set_kind(json_t *record, const json_t *entry)
{
    const char *kind = json_string_value(json_object_get(entry, "kind"));
    json_t *text = json_object_get(record, "text");

    if (kind == NULL)
        kind = json_object_get(record, "asr_text") != NULL ? "call" : "sms";
    set_missing(record, "kind", json_string(kind));
    kind = json_string_value(json_object_get(record, "kind"));
    if (kind == NULL || strcmp(kind, "call") != 0 || text == NULL || json_object_get(record, "asr_text") != NULL)
        return;
    json_object_set_nocheck(record, "asr_text", text);
    json_object_del(record, "text");
}

char *eval_payload(const struct eval_senders *senders, const struct eval_line *line, uint64_t number, size_t turn)
{
    const json_t *entry = find(senders, line), *from = json_object_get(entry, "from");
    json_t *record = json_copy(line->record);
    size_t n = json_array_size(from);
    char *payload;

    if (eval_senders_count(senders, line) == 1)
        turn = (size_t)((number - 1) % (n > 0 ? n : 1));
    if (!eval_has_own_sender(line)) {
        if (n > 0)
            set_sender(record, json_array_get(from, turn));
        set_missing(record, "calling", json_string("13912345678"));
        set_missing(record, "ingress", json_string("onnet"));
    }
    set_kind(record, entry);
    set_missing(record, "v", json_integer(1));
    set_missing(record, "id", json_sprintf("line-%llu", (unsigned long long)number));
    set_missing(record, "ts", json_integer(senders->wall_ms));
    set_missing(record, "called", json_string("13812345678"));
    payload = json_dumps(record, JSON_COMPACT);
    json_decref(record);
    return payload;
}
