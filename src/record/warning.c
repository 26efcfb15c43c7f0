/* warning.c - written member by member in the order of the schema. What may hold anything (numbers as received, text of
 * the record) is cleaned as it is written; all else comes from tables that are UTF-8. */
#include "record/warning.h"
#include "record/json_writer.h"

#include <assert.h>
#include <stdio.h>

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* Left out when 0. */
static void put_count(struct json_writer *json, struct str key, size_t value)
{
    if (value > 0)
        json_writer_put_int(json, key, (int64_t)value);
}

static void put_bool(struct json_writer *json, struct str key, bool value)
{
    json_writer_key(json, key);
    json_writer_bool(json, value);
}

/* Left out when p is NULL. */
static void put_str(struct json_writer *json, struct str key, struct str value)
{
    if (value.p != NULL)
        json_writer_put_bytes(json, key, value);
}

/* Left out when NULL or empty. */
static void put_text(struct json_writer *json, struct str key, const char *value)
{
    struct str text = value != NULL ? str_of(value) : (struct str){0};

    if (text.n == 0)
        return;
    json_writer_key(json, key);
    json_writer_str(json, text);
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

static void put_flags(struct json_writer *json, uint32_t bits)
{
    size_t from = json_writer_open_member(json, STR_LIT("flags"), '[');

    for (unsigned i = 0; i < NUMBER_FLAG_COUNT; i++)
        if (bits >> i & 1)
            json_writer_str(json, str_of(number_flag_name(i)));
    json_writer_close_filled(json, from, ']');
}

static void put_number(struct json_writer *json, const struct number *number)
{
    char country[8];

    put_text(json, STR_LIT("kind"), number_kind_name(number->kind));
    if (number->country != 0) {
        snprintf(country, sizeof(country), "%u", (unsigned)number->country);
        put_text(json, STR_LIT("country"), country);
    }
    put_flags(json, number->flags);
}

static void put_party(struct json_writer *json, struct str key, const struct warning_party *party)
{
    size_t from;

    json_writer_open_member(json, key, '{');
    put_str(json, STR_LIT("raw"), party->raw);
    if (party->number != NULL)
        put_number(json, party->number);
    from = json_writer_open_member(json, STR_LIT("context"), '{');
    for (size_t i = 0; i < party->ncontext; i++)
        put_str(json, str_of(party->context[i].key), party->context[i].value);
    json_writer_close_filled(json, from, '}');
    json_writer_close(json, '}');
}

static void put_evidence(struct json_writer *json, const struct warning_evidence *item)
{
    json_writer_open(json, '{');
    put_text(json, STR_LIT("set"), item->set);
    put_text(json, STR_LIT("field"), item->field);
    json_writer_put_int(json, STR_LIT("start"), item->start);
    json_writer_put_int(json, STR_LIT("end"), item->end);
    put_str(json, STR_LIT("text"), item->text);
    put_bool(json, STR_LIT("disguised"), item->disguised);
    json_writer_close(json, '}');
}

/* Left out when empty. */
static void put_filled(struct json_writer *json, struct str key, struct str value)
{
    if (value.n > 0)
        put_str(json, key, value);
}

static void put_listed(struct json_writer *json, const struct warning_listed *item)
{
    json_writer_open(json, '{');
    put_text(json, STR_LIT("what"), item->what);
    put_filled(json, STR_LIT("value"), item->value);
    put_text(json, STR_LIT("list"), item->list);
    put_filled(json, STR_LIT("entry"), item->entry);
    put_text(json, STR_LIT("tier"), item->tier);
    if (item->expires_ms > 0)
        json_writer_put_int(json, STR_LIT("expires"), item->expires_ms);
    put_filled(json, STR_LIT("source"), item->source);
    put_filled(json, STR_LIT("note"), item->note);
    json_writer_close(json, '}');
}

/* Why, what to say and what it rests on. */
static void put_grounds(struct json_writer *json, const struct warning_rule *rule)
{
    size_t from;

    put_text(json, STR_LIT("reason"), rule->reason);
    put_text(json, STR_LIT("advice"), rule->advice);
    from = json_writer_open_member(json, STR_LIT("evidence"), '[');
    for (size_t i = 0; i < rule->nevidence; i++)
        put_evidence(json, &rule->evidence[i]);
    json_writer_close_filled(json, from, ']');
    put_count(json, STR_LIT("evidence_omitted"), rule->evidence_omitted);
    from = json_writer_open_member(json, STR_LIT("listed"), '[');
    for (size_t i = 0; i < rule->nlisted; i++)
        put_listed(json, &rule->listed[i]);
    json_writer_close_filled(json, from, ']');
}

static void put_rule(struct json_writer *json, const struct warning_rule *rule)
{
    json_writer_open(json, '{');
    put_text(json, STR_LIT("id"), rule->id);
    put_text(json, STR_LIT("library"), rule->library);
    put_text(json, STR_LIT("version"), rule->version);
    put_text(json, STR_LIT("family"), rule->family);
    put_text(json, STR_LIT("type"), rule->type);
    put_text(json, STR_LIT("tier"), rule->tier);
    put_text(json, STR_LIT("stage"), rule->stage);
    put_text(json, STR_LIT("state"), rule->state);
    put_grounds(json, rule);
    json_writer_close(json, '}');
}

static void put_rules(struct json_writer *json, const struct warning *w)
{
    json_writer_open_member(json, STR_LIT("rules"), '[');
    for (size_t i = 0; i < w->nrules; i++)
        put_rule(json, &w->rules[i]);
    json_writer_close(json, ']');
}

static void put_against(struct json_writer *json, const struct warning *w)
{
    size_t from = json_writer_open_member(json, STR_LIT("against"), '[');

    for (size_t i = 0; i < w->nagainst; i++) {
        json_writer_open(json, '{');
        put_text(json, STR_LIT("what"), w->against[i].key);
        put_str(json, STR_LIT("why"), w->against[i].value);
        json_writer_close(json, '}');
    }
    json_writer_close_filled(json, from, ']');
}

static void put_facts(struct json_writer *json, const struct warning *w)
{
    size_t from = json_writer_open_member(json, STR_LIT("facts"), '[');

    for (size_t i = 0; i < w->nfacts; i++)
        json_writer_str(json, str_of(w->facts[i]));
    json_writer_close_filled(json, from, ']');
}

static void put_contacts(struct json_writer *json, const struct warning *w)
{
    size_t from = json_writer_open_member(json, STR_LIT("contacts"), '[');

    for (size_t i = 0; i < w->ncontacts; i++) {
        const struct contact *contact = &w->contacts[i];
        json_writer_open(json, '{');
        put_text(json, STR_LIT("kind"), contact_kind_name(contact->kind));
        put_str(json, STR_LIT("value"), contact->value);
        json_writer_put_int(json, STR_LIT("start"), contact->start);
        json_writer_put_int(json, STR_LIT("end"), contact->end);
        json_writer_close(json, '}');
    }
    json_writer_close_filled(json, from, ']');
}

static void put_amounts(struct json_writer *json, const struct warning *w)
{
    size_t from = json_writer_open_member(json, STR_LIT("amounts"), '[');

    for (size_t i = 0; i < w->namounts; i++)
        json_writer_int(json, w->amounts[i]);
    json_writer_close_filled(json, from, ']');
}

static void put_campaign(struct json_writer *json, const struct warning *w)
{
    size_t from = json_writer_open_member(json, STR_LIT("campaign"), '{');

    put_text(json, STR_LIT("text"), w->campaign_text);
    put_text(json, STR_LIT("contact"), w->campaign_contact);
    json_writer_close_filled(json, from, '}');
}

static void put_call(struct json_writer *json, const struct warning *w)
{
    json_writer_open_member(json, STR_LIT("call"), '{');
    if (w->dur_s >= 0)
        json_writer_put_int(json, STR_LIT("dur"), w->dur_s);
    if (w->answered_known)
        put_bool(json, STR_LIT("answered"), w->answered);
    put_bool(json, STR_LIT("redirected"), w->redirected);
    json_writer_close(json, '}');
}

static void put_source(struct json_writer *json, const struct warning *w)
{
    json_writer_open_member(json, STR_LIT("source"), '{');
    if (w->topic.p != NULL) {
        put_str(json, STR_LIT("topic"), w->topic);
        json_writer_put_int(json, STR_LIT("partition"), w->partition);
        json_writer_put_int(json, STR_LIT("offset"), w->offset);
    } else {
        put_str(json, STR_LIT("file"), w->file);
        json_writer_put_int(json, STR_LIT("line"), (int64_t)w->line);
    }
    json_writer_put_int(json, STR_LIT("sub"), w->sub);
    put_str(json, STR_LIT("record"), w->record_id);
    json_writer_close(json, '}');
}

static void put_engine(struct json_writer *json, const struct warning *w)
{
    json_writer_open_member(json, STR_LIT("engine"), '{');
    put_text(json, STR_LIT("version"), w->engine_version);
    put_text(json, STR_LIT("ruleset"), w->ruleset);
    json_writer_put_int(json, STR_LIT("generation"), (int64_t)w->generation);
    put_text(json, STR_LIT("lists"), w->lists);
    json_writer_close(json, '}');
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void put_head(struct json_writer *json, const struct warning *w)
{
    json_writer_put_int(json, STR_LIT("v"), 1);
    put_text(json, STR_LIT("id"), w->id);
    put_text(json, STR_LIT("status"), "new");
    json_writer_put_int(json, STR_LIT("ts"), w->ts_ms);
    json_writer_put_int(json, STR_LIT("detected"), w->detected_ms);
    put_text(json, STR_LIT("kind"), w->kind);
    put_text(json, STR_LIT("family"), w->rules[0].family);
    put_text(json, STR_LIT("type"), w->rules[0].type);
    put_text(json, STR_LIT("tier"), w->tier);
    put_text(json, STR_LIT("stage"), w->rules[0].stage);
    put_text(json, STR_LIT("urgency"), w->urgency);
    json_writer_put_int(json, STR_LIT("score"), w->score);
    put_str(json, STR_LIT("victim"), w->victim);
    put_str(json, STR_LIT("suspect"), w->suspect);
    put_text(json, STR_LIT("subject"), w->subject);
    put_text(json, STR_LIT("group"), w->group);
}

static void put_model(struct json_writer *json, const struct warning_model *model)
{
    if (model->version == NULL)
        return;
    json_writer_open_member(json, STR_LIT("model"), '{');
    put_text(json, STR_LIT("version"), model->version);
    json_writer_key(json, STR_LIT("score"));
    json_writer_tenths(json, model->score_tenths);
    json_writer_put_int(json, STR_LIT("moved"), model->live ? model->moves : 0);
    if (!model->live)
        json_writer_put_int(json, STR_LIT("would"), model->moves);
    json_writer_close(json, '}');
}

static void put_warning(struct json_writer *json, const struct warning *w)
{
    json_writer_open(json, '{');
    put_head(json, w);
    put_campaign(json, w);
    put_party(json, STR_LIT("caller"), &w->caller);
    put_party(json, STR_LIT("callee"), &w->callee);
    put_rules(json, w);
    put_count(json, STR_LIT("rules_omitted"), w->rules_omitted);
    put_model(json, &w->model);
    put_against(json, w);
    put_facts(json, w);
    put_contacts(json, w);
    put_amounts(json, w);
    if (w->excerpt.n > 0)
        put_str(json, STR_LIT("excerpt"), w->excerpt);
    put_text(json, STR_LIT("digest"), w->digest);
    if (w->is_call)
        put_call(json, w);
    put_source(json, w);
    put_engine(json, w);
    json_writer_close(json, '}');
}

char *warning_encode(const struct warning *warning, size_t *len)
{
    struct json_writer json;

    assert(warning->nrules > 0 && warning->nrules <= WARNING_RULES_MAX); /* alert_build: rests on a rule, bounds them */
    json_writer_init(&json);
    put_warning(&json, warning);
    return json_writer_take(&json, len);
}
