/* warning.c - a JSON tree by jansson in the order of the schema, then its bytes. Errors are sticky: running out of
 * memory anywhere makes the whole NULL, checked once at the end. */
#include "record/warning.h"
#include "core/utf8.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

#define SHORT_CHARS 128 /* the longest string of a shortened warning */

struct encoder {
    bool shortened, failed;
};

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* Ill-formed bytes and NUL become U+FFFD: JSON is UTF-8, numbers may hold anything, and many readers refuse a NUL. */
static json_t *cleaned(struct str s)
{
    char *text = malloc(3 * s.n), *out = text;
    json_t *value;

    if (text == NULL)
        return NULL;
    for (const char *p = s.p, *end = s.p + s.n; p < end;) {
        uint32_t cp;
        p += utf8_decode(p, end, &cp);
        out += utf8_encode(cp == UINT32_MAX || cp == 0 ? UTF8_REPLACEMENT : cp, out);
    }
    value = json_stringn(text, (size_t)(out - text));
    free(text);
    return value;
}

static json_t *string(const struct encoder *e, struct str s)
{
    if (s.n == 0)
        return json_string("");
    if (!utf8_valid(s) || memchr(s.p, '\0', s.n) != NULL) {
        if (e->shortened && s.n > SHORT_CHARS)
            s.n = SHORT_CHARS;
        return cleaned(s);
    }
    if (e->shortened)
        s.n = utf8_prefix(s, SHORT_CHARS);
    return json_stringn(s.p, s.n);
}

static void put(struct encoder *e, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        e->failed = true;
}

static void put_int(struct encoder *e, json_t *object, const char *key, int64_t value)
{
    put(e, object, key, json_integer(value));
}

/* Left out when 0. */
static void put_count(struct encoder *e, json_t *object, const char *key, size_t value)
{
    if (value > 0)
        put_int(e, object, key, (int64_t)value);
}

/* Left out when p is NULL. */
static void put_str(struct encoder *e, json_t *object, const char *key, struct str value)
{
    if (value.p != NULL)
        put(e, object, key, string(e, value));
}

/* Left out when NULL or empty. */
static void put_text(struct encoder *e, json_t *object, const char *key, const char *value)
{
    if (value != NULL && *value != '\0')
        put_str(e, object, key, str_of(value));
}

static void append(struct encoder *e, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        e->failed = true;
}

/* Left out when empty; takes `value`. */
static void put_filled(struct encoder *e, json_t *object, const char *key, json_t *value)
{
    if (json_object_size(value) + json_array_size(value) > 0)
        put(e, object, key, value);
    else
        json_decref(value);
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static json_t *flags(struct encoder *e, uint32_t bits)
{
    json_t *array = json_array();

    for (unsigned i = 0; i < NUMBER_FLAG_COUNT; i++)
        if (bits >> i & 1)
            append(e, array, json_string(number_flag_name(i)));
    return array;
}

static json_t *party(struct encoder *e, const struct warning_party *party)
{
    json_t *object = json_object(), *context = json_object();

    put_str(e, object, "raw", party->raw);
    if (party->number != NULL) {
        put_text(e, object, "kind", number_kind_name(party->number->kind));
        if (party->number->country != 0) {
            json_t *code = json_sprintf("%u", (unsigned)party->number->country);
            put(e, object, "country", code);
        }
        put_filled(e, object, "flags", flags(e, party->number->flags));
    }
    for (size_t i = 0; i < party->ncontext && !e->shortened; i++)
        put_str(e, context, party->context[i].key, party->context[i].value);
    put_filled(e, object, "context", context);
    return object;
}

static json_t *evidence(struct encoder *e, const struct warning_evidence *item)
{
    json_t *object = json_object();

    put_text(e, object, "set", item->set);
    put_text(e, object, "field", item->field);
    put_int(e, object, "start", item->start);
    put_int(e, object, "end", item->end);
    put_str(e, object, "text", item->text);
    put(e, object, "disguised", json_boolean(item->disguised));
    return object;
}

static json_t *rule(struct encoder *e, const struct warning_rule *rule)
{
    json_t *object = json_object(), *list = json_array();

    put_text(e, object, "id", rule->id);
    put_text(e, object, "library", rule->library);
    put_text(e, object, "version", rule->version);
    put_text(e, object, "family", rule->family);
    put_text(e, object, "type", rule->type);
    put_text(e, object, "tier", rule->tier);
    put_text(e, object, "stage", rule->stage);
    if (!e->shortened) {
        put_text(e, object, "reason", rule->reason);
        put_text(e, object, "advice", rule->advice);
        for (size_t i = 0; i < rule->nevidence; i++)
            append(e, list, evidence(e, &rule->evidence[i]));
    }
    put_filled(e, object, "evidence", list);
    if (!e->shortened)
        put_count(e, object, "evidence_omitted", rule->evidence_omitted);
    return object;
}

static json_t *rules(struct encoder *e, const struct warning *w)
{
    json_t *array = json_array();

    for (size_t i = 0; i < w->nrules; i++)
        append(e, array, rule(e, &w->rules[i]));
    return array;
}

static json_t *against(struct encoder *e, const struct warning *w)
{
    json_t *array = json_array();

    for (size_t i = 0; i < w->nagainst; i++) {
        json_t *object = json_object();
        put_text(e, object, "what", w->against[i].key);
        put_str(e, object, "why", w->against[i].value);
        append(e, array, object);
    }
    return array;
}

static json_t *contacts(struct encoder *e, const struct warning *w)
{
    json_t *array = json_array();

    for (size_t i = 0; i < w->ncontacts; i++) {
        const struct contact *contact = &w->contacts[i];
        json_t *object = json_object();
        put_text(e, object, "kind", contact_kind_name(contact->kind));
        put_str(e, object, "value", contact->value);
        put_int(e, object, "start", contact->start);
        put_int(e, object, "end", contact->end);
        append(e, array, object);
    }
    return array;
}

static json_t *facts(struct encoder *e, const struct warning *w)
{
    json_t *array = json_array();

    for (size_t i = 0; i < w->nfacts; i++)
        append(e, array, string(e, str_of(w->facts[i])));
    return array;
}

static json_t *amounts(struct encoder *e, const struct warning *w)
{
    json_t *array = json_array();

    for (size_t i = 0; i < w->namounts; i++)
        append(e, array, json_integer(w->amounts[i]));
    return array;
}

static json_t *campaign(struct encoder *e, const struct warning *w)
{
    json_t *object = json_object();

    put_text(e, object, "text", w->campaign_text);
    put_text(e, object, "contact", w->campaign_contact);
    return object;
}

static json_t *call(struct encoder *e, const struct warning *w)
{
    json_t *object = json_object();

    if (w->dur_s >= 0)
        put_int(e, object, "dur", w->dur_s);
    if (w->answered_known)
        put(e, object, "answered", json_boolean(w->answered));
    put(e, object, "redirected", json_boolean(w->redirected));
    return object;
}

static json_t *source(struct encoder *e, const struct warning *w)
{
    json_t *object = json_object();

    if (w->topic.p != NULL) {
        put_str(e, object, "topic", w->topic);
        put_int(e, object, "partition", w->partition);
        put_int(e, object, "offset", w->offset);
    } else {
        put_str(e, object, "file", w->file);
        put_int(e, object, "line", (int64_t)w->line);
    }
    put_int(e, object, "sub", w->sub);
    put_str(e, object, "record", w->record_id);
    return object;
}

static json_t *engine(struct encoder *e, const struct warning *w)
{
    json_t *object = json_object();

    put_text(e, object, "version", w->engine_version);
    put_text(e, object, "ruleset", w->ruleset);
    put_int(e, object, "generation", (int64_t)w->generation);
    return object;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void put_head(struct encoder *e, json_t *root, const struct warning *w)
{
    put_int(e, root, "v", 1);
    put_text(e, root, "id", w->id);
    put_text(e, root, "status", "new");
    put_int(e, root, "ts", w->ts_ms);
    put_int(e, root, "detected", w->detected_ms);
    put_text(e, root, "kind", w->kind);
    put_text(e, root, "family", w->rules[0].family);
    put_text(e, root, "type", w->rules[0].type);
    put_text(e, root, "tier", w->rules[0].tier);
    put_text(e, root, "stage", w->rules[0].stage);
    put_text(e, root, "urgency", w->urgency);
    put_int(e, root, "score", w->score);
    put_str(e, root, "victim", w->victim);
    put_str(e, root, "suspect", w->suspect);
    put_text(e, root, "subject", w->subject);
    put_text(e, root, "group", w->group);
}

static void put_details(struct encoder *e, json_t *root, const struct warning *w)
{
    put_filled(e, root, "against", against(e, w));
    put_filled(e, root, "facts", facts(e, w));
    put_filled(e, root, "contacts", contacts(e, w));
    put_filled(e, root, "amounts", amounts(e, w));
}

static json_t *build(struct encoder *e, const struct warning *w)
{
    json_t *root = json_object();

    put_head(e, root, w);
    if (e->shortened)
        put(e, root, "shortened", json_true());
    else
        put_filled(e, root, "campaign", campaign(e, w));
    put(e, root, "caller", party(e, &w->caller));
    put(e, root, "callee", party(e, &w->callee));
    put(e, root, "rules", rules(e, w));
    put_count(e, root, "rules_omitted", w->rules_omitted);
    if (!e->shortened)
        put_details(e, root, w);
    if (w->excerpt.n > 0)
        put_str(e, root, "excerpt", w->excerpt);
    if (!e->shortened) {
        put_text(e, root, "digest", w->digest);
        if (w->is_call)
            put(e, root, "call", call(e, w));
    }
    put(e, root, "source", source(e, w));
    put(e, root, "engine", engine(e, w));
    return root;
}

char *warning_encode(const struct warning *warning, bool shortened, size_t *len)
{
    struct encoder e = {.shortened = shortened};
    json_t *root;
    char *text;

    assert(warning->nrules > 0 && warning->nrules <= WARNING_RULES_MAX); /* alert_build: rests on a rule, bounds them */
    root = build(&e, warning);
    text = e.failed ? NULL : json_dumps(root, JSON_COMPACT);
    json_decref(root);
    *len = text != NULL ? strlen(text) : 0;
    return text;
}
