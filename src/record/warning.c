/* warning.c - written member by member in the order of the schema. What may hold anything (numbers as received, text of
 * the record) is cleaned as it is written; all else comes from tables that are UTF-8. */
#include "record/warning.h"
#include "core/utf8.h"
#include "record/json_writer.h"

#include <assert.h>
#include <stdio.h>

#define SHORT_CHARS 128 /* the longest string of a shortened warning */

struct encoder {
    struct json_writer json;
    bool shortened;
};

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* What of a string a shortened warning keeps: characters, or bytes where it is not UTF-8. */
static struct str shorten(struct str s)
{
    if (s.n > SHORT_CHARS)
        s.n = utf8_valid(s) ? utf8_prefix(s, SHORT_CHARS) : SHORT_CHARS;
    return s;
}

static void put_int(struct encoder *e, const char *key, int64_t value)
{
    json_writer_key(&e->json, key);
    json_writer_int(&e->json, value);
}

/* Left out when 0. */
static void put_count(struct encoder *e, const char *key, size_t value)
{
    if (value > 0)
        put_int(e, key, (int64_t)value);
}

static void put_bool(struct encoder *e, const char *key, bool value)
{
    json_writer_key(&e->json, key);
    json_writer_bool(&e->json, value);
}

/* Left out when p is NULL. */
static void put_str(struct encoder *e, const char *key, struct str value)
{
    if (value.p == NULL)
        return;
    json_writer_key(&e->json, key);
    json_writer_bytes(&e->json, e->shortened ? shorten(value) : value);
}

/* Left out when NULL or empty. */
static void put_text(struct encoder *e, const char *key, const char *value)
{
    struct str text = value != NULL ? str_of(value) : (struct str){0};

    if (text.n == 0)
        return;
    json_writer_key(&e->json, key);
    json_writer_str(&e->json, e->shortened ? shorten(text) : text);
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static void put_flags(struct encoder *e, uint32_t bits)
{
    size_t from = json_writer_open_member(&e->json, "flags", '[');

    for (unsigned i = 0; i < NUMBER_FLAG_COUNT; i++)
        if (bits >> i & 1)
            json_writer_str(&e->json, str_of(number_flag_name(i)));
    json_writer_close_filled(&e->json, from, ']');
}

static void put_number(struct encoder *e, const struct number *number)
{
    char country[8];

    put_text(e, "kind", number_kind_name(number->kind));
    if (number->country != 0) {
        snprintf(country, sizeof(country), "%u", (unsigned)number->country);
        put_text(e, "country", country);
    }
    put_flags(e, number->flags);
}

static void put_party(struct encoder *e, const char *key, const struct warning_party *party)
{
    size_t from;

    json_writer_open_member(&e->json, key, '{');
    put_str(e, "raw", party->raw);
    if (party->number != NULL)
        put_number(e, party->number);
    from = json_writer_open_member(&e->json, "context", '{');
    for (size_t i = 0; i < party->ncontext && !e->shortened; i++)
        put_str(e, party->context[i].key, party->context[i].value);
    json_writer_close_filled(&e->json, from, '}');
    json_writer_close(&e->json, '}');
}

static void put_evidence(struct encoder *e, const struct warning_evidence *item)
{
    json_writer_open(&e->json, '{');
    put_text(e, "set", item->set);
    put_text(e, "field", item->field);
    put_int(e, "start", item->start);
    put_int(e, "end", item->end);
    put_str(e, "text", item->text);
    put_bool(e, "disguised", item->disguised);
    json_writer_close(&e->json, '}');
}

/* Why, what to say and what it rests on. */
static void put_grounds(struct encoder *e, const struct warning_rule *rule)
{
    size_t from;

    put_text(e, "reason", rule->reason);
    put_text(e, "advice", rule->advice);
    from = json_writer_open_member(&e->json, "evidence", '[');
    for (size_t i = 0; i < rule->nevidence; i++)
        put_evidence(e, &rule->evidence[i]);
    json_writer_close_filled(&e->json, from, ']');
    put_count(e, "evidence_omitted", rule->evidence_omitted);
}

static void put_rule(struct encoder *e, const struct warning_rule *rule)
{
    json_writer_open(&e->json, '{');
    put_text(e, "id", rule->id);
    put_text(e, "library", rule->library);
    put_text(e, "version", rule->version);
    put_text(e, "family", rule->family);
    put_text(e, "type", rule->type);
    put_text(e, "tier", rule->tier);
    put_text(e, "stage", rule->stage);
    if (!e->shortened)
        put_grounds(e, rule);
    json_writer_close(&e->json, '}');
}

static void put_rules(struct encoder *e, const struct warning *w)
{
    json_writer_open_member(&e->json, "rules", '[');
    for (size_t i = 0; i < w->nrules; i++)
        put_rule(e, &w->rules[i]);
    json_writer_close(&e->json, ']');
}

static void put_against(struct encoder *e, const struct warning *w)
{
    size_t from = json_writer_open_member(&e->json, "against", '[');

    for (size_t i = 0; i < w->nagainst; i++) {
        json_writer_open(&e->json, '{');
        put_text(e, "what", w->against[i].key);
        put_str(e, "why", w->against[i].value);
        json_writer_close(&e->json, '}');
    }
    json_writer_close_filled(&e->json, from, ']');
}

static void put_facts(struct encoder *e, const struct warning *w)
{
    size_t from = json_writer_open_member(&e->json, "facts", '[');

    for (size_t i = 0; i < w->nfacts; i++)
        json_writer_str(&e->json, str_of(w->facts[i]));
    json_writer_close_filled(&e->json, from, ']');
}

static void put_contacts(struct encoder *e, const struct warning *w)
{
    size_t from = json_writer_open_member(&e->json, "contacts", '[');

    for (size_t i = 0; i < w->ncontacts; i++) {
        const struct contact *contact = &w->contacts[i];
        json_writer_open(&e->json, '{');
        put_text(e, "kind", contact_kind_name(contact->kind));
        put_str(e, "value", contact->value);
        put_int(e, "start", contact->start);
        put_int(e, "end", contact->end);
        json_writer_close(&e->json, '}');
    }
    json_writer_close_filled(&e->json, from, ']');
}

static void put_amounts(struct encoder *e, const struct warning *w)
{
    size_t from = json_writer_open_member(&e->json, "amounts", '[');

    for (size_t i = 0; i < w->namounts; i++)
        json_writer_int(&e->json, w->amounts[i]);
    json_writer_close_filled(&e->json, from, ']');
}

static void put_campaign(struct encoder *e, const struct warning *w)
{
    size_t from = json_writer_open_member(&e->json, "campaign", '{');

    put_text(e, "text", w->campaign_text);
    put_text(e, "contact", w->campaign_contact);
    json_writer_close_filled(&e->json, from, '}');
}

static void put_call(struct encoder *e, const struct warning *w)
{
    json_writer_open_member(&e->json, "call", '{');
    if (w->dur_s >= 0)
        put_int(e, "dur", w->dur_s);
    if (w->answered_known)
        put_bool(e, "answered", w->answered);
    put_bool(e, "redirected", w->redirected);
    json_writer_close(&e->json, '}');
}

static void put_source(struct encoder *e, const struct warning *w)
{
    json_writer_open_member(&e->json, "source", '{');
    if (w->topic.p != NULL) {
        put_str(e, "topic", w->topic);
        put_int(e, "partition", w->partition);
        put_int(e, "offset", w->offset);
    } else {
        put_str(e, "file", w->file);
        put_int(e, "line", (int64_t)w->line);
    }
    put_int(e, "sub", w->sub);
    put_str(e, "record", w->record_id);
    json_writer_close(&e->json, '}');
}

static void put_engine(struct encoder *e, const struct warning *w)
{
    json_writer_open_member(&e->json, "engine", '{');
    put_text(e, "version", w->engine_version);
    put_text(e, "ruleset", w->ruleset);
    put_int(e, "generation", (int64_t)w->generation);
    json_writer_close(&e->json, '}');
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void put_head(struct encoder *e, const struct warning *w)
{
    put_int(e, "v", 1);
    put_text(e, "id", w->id);
    put_text(e, "status", "new");
    put_int(e, "ts", w->ts_ms);
    put_int(e, "detected", w->detected_ms);
    put_text(e, "kind", w->kind);
    put_text(e, "family", w->rules[0].family);
    put_text(e, "type", w->rules[0].type);
    put_text(e, "tier", w->rules[0].tier);
    put_text(e, "stage", w->rules[0].stage);
    put_text(e, "urgency", w->urgency);
    put_int(e, "score", w->score);
    put_str(e, "victim", w->victim);
    put_str(e, "suspect", w->suspect);
    put_text(e, "subject", w->subject);
    put_text(e, "group", w->group);
}

static void put_details(struct encoder *e, const struct warning *w)
{
    put_against(e, w);
    put_facts(e, w);
    put_contacts(e, w);
    put_amounts(e, w);
}

static void put_warning(struct encoder *e, const struct warning *w)
{
    json_writer_open(&e->json, '{');
    put_head(e, w);
    if (e->shortened)
        put_bool(e, "shortened", true);
    else
        put_campaign(e, w);
    put_party(e, "caller", &w->caller);
    put_party(e, "callee", &w->callee);
    put_rules(e, w);
    put_count(e, "rules_omitted", w->rules_omitted);
    if (!e->shortened)
        put_details(e, w);
    if (w->excerpt.n > 0)
        put_str(e, "excerpt", w->excerpt);
    if (!e->shortened) {
        put_text(e, "digest", w->digest);
        if (w->is_call)
            put_call(e, w);
    }
    put_source(e, w);
    put_engine(e, w);
    json_writer_close(&e->json, '}');
}

char *warning_encode(const struct warning *warning, bool shortened, size_t *len)
{
    struct encoder e = {.shortened = shortened};

    assert(warning->nrules > 0 && warning->nrules <= WARNING_RULES_MAX); /* alert_build: rests on a rule, bounds them */
    json_writer_init(&e.json);
    put_warning(&e, warning);
    return json_writer_take(&e.json, len);
}
