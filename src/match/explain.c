/* explain.c - gathers what the verdict, the subject and the canonical text hold already. */
#include "match/explain.h"

#include "match/explain_folding.h"
#include "match/explain_near.h"
#include "match/judge_parts.h"
#include "match/model_view.h"

#define MODEL_TERMS_SHOWN 8

/* ---- numbers and facts ------------------------------------------------------------------------------------- */

static json_t *flag_names(uint32_t flags)
{
    json_t *names = json_array();

    for (unsigned i = 0; i < NUMBER_FLAG_COUNT; i++)
        if ((flags >> i & 1) != 0)
            json_array_append_new(names, json_string(number_flag_name(i)));
    return names;
}

static json_t *explain_number(const struct record *record, enum record_field field, const struct number *number)
{
    json_t *out = json_object();
    char country[8], e164[NUMBER_E164_SIZE];

    if (record_has(record, field))
        json_object_set_new(out, "raw", explain_string(record_str(record, field)));
    json_object_set_new(out, "kind", json_string(number_kind_name(number->kind)));
    if (number->country != 0) {
        snprintf(country, sizeof(country), "%u", number->country);
        json_object_set_new(out, "country", json_string(country));
    }
    if (number_e164(number, e164).n > 0)
        json_object_set_new(out, "e164", json_string(e164));
    json_object_set_new(out, "trust", json_string(number_trust_name(number->trust)));
    json_object_set_new(out, "flags", flag_names(number->flags));
    return out;
}

static json_t *fact_json(enum fact fact, const struct fact_value *value)
{
    switch (fact_defs[fact].type) {
    case FACT_TYPE_BOOL: return json_boolean(value->b);
    case FACT_TYPE_NUM: return json_real(value->num);
    case FACT_TYPE_FLAGS: return flag_names(value->flags);
    default: return explain_string(value->word);
    }
}

static void explain_facts(struct explainer *explainer, json_t *out)
{
    json_t *facts = json_object(), *unknown = json_array();

    explainer->verdict->subject->on_trial = true; /* known to whoever reads this */
    for (int fact = 0; fact < FACT_COUNT; fact++) {
        struct fact_value value;
        if (fact_get(explainer->verdict->subject, (enum fact)fact, &value))
            json_object_set_new(facts, fact_defs[fact].name, fact_json((enum fact)fact, &value));
        else
            json_array_append_new(unknown, json_string(fact_defs[fact].name));
    }
    json_object_set_new(out, "facts", facts);
    json_object_set_new(out, "unknown", unknown);
}

/* NULL: there is no model, or nothing for it to weigh. */
static json_t *explain_model(const struct explainer *explainer)
{
    const struct model *model = ruleset_model(explainer->ruleset);
    const struct model_term *terms[MODEL_TERMS_SHOWN];
    const struct verdict *verdict = explainer->verdict;
    json_t *shown = json_array(), *out;
    double score;
    size_t n;

    if (!model_view_explain(verdict->subject, &score, terms, &n, MODEL_TERMS_SHOWN)) {
        json_decref(shown);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        json_array_append_new(shown, json_pack("{s:s,s:o,s:f}", "kind", model_kind_name(terms[i]->kind), "term",
                                               explain_string(terms[i]->name), "weight", terms[i]->weight));
    out = json_pack("{s:s,s:s,s:f,s:f,s:o}", "version", model_version(model), "state",
                    model_is_live(model) ? "live" : "shadow", "score", score, "bias", model_bias(model), "terms",
                    shown);
    if (verdict->nlive > 0)
        json_object_set_new(out, model_is_live(model) ? "moved" : "would",
                            json_integer(verdict_lean(verdict, verdict->fired[0].tier)));
    return out;
}

static json_t *explain_listed(const struct subject *subject)
{
    json_t *out = json_array();

    for (size_t i = 0; subject->lists != NULL && i < subject->lists->nfound; i++) {
        const struct listed *listed = &subject->lists->found[i];
        json_t *item = json_pack("{s:s,s:s,s:o}", "what", listable_name(listed->question.what), "list",
                                 list_name(listed->hit.list), "entry", explain_string(listed->hit.entry));

        if (listed->value.n > 0)
            json_object_set_new(item, "value", explain_string(listed->value));
        if (listed->hit.tier != TIER_NONE)
            json_object_set_new(item, "tier", json_string(tier_name(listed->hit.tier)));
        if (listed->hit.expires_ms > 0)
            json_object_set_new(item, "expires", json_integer(listed->hit.expires_ms));
        if (listed->hit.source.n > 0)
            json_object_set_new(item, "source", explain_string(listed->hit.source));
        if (listed->hit.note.n > 0)
            json_object_set_new(item, "note", explain_string(listed->hit.note));
        json_array_append_new(out, item);
    }
    return out;
}

/* ---- fragments --------------------------------------------------------------------------------------------- */

static const char *polarity_name(uint8_t polarity)
{
    return polarity == POLARITY_NEGATED ? "negated" : polarity == POLARITY_REPORTED ? "reported" : "live";
}

/* The word; of two around the hit, both. */
static json_t *explain_cause(struct polarity_cause cause)
{
    if (cause.closing.n == 0)
        return explain_string(cause.word);
    return json_sprintf("%.*s…%.*s", (int)cause.word.n, cause.word.p, (int)cause.closing.n, cause.closing.p);
}

/* Words of the text in [start, end) that were written in another way; NULL when there are none. */
static json_t *explain_variants(const struct explainer *explainer, uint32_t start, uint32_t end)
{
    const struct undisguise *undisguise = judge_undisguise(explainer->judge);
    const struct canon *canon = explainer->verdict->subject->canon;
    json_t *out = NULL;

    for (size_t i = 0; i < undisguise->n; i++) {
        const struct canon_rewrite *rewrite = &undisguise->rewrites[i];
        uint32_t from, to;

        if (rewrite->end <= start || rewrite->start >= end)
            continue;
        canon_to_original_bytes(canon, rewrite->start, rewrite->end, &from, &to);
        out = out != NULL ? out : json_array();
        json_array_append_new(out, json_pack("{s:s,s:o,s:o}", "kind", rewrite_kind_name(rewrite->kind), "from",
                                             explain_string((struct str){canon->text.p + from, to - from}), "to",
                                             explain_string(rewrite->to)));
    }
    return out;
}

static json_t *explain_match(const struct explainer *explainer, const struct match *match)
{
    static const char *const fields[CANON_NFIELDS] = {"caller", "callee", "signature", "text"};
    const struct canon *canon = explainer->verdict->subject->canon;
    const struct set_entry *set = &explainer->ruleset->sets[match->set];
    struct str text = {canon->buf + match->start, match->end - match->start};
    uint32_t start = match->char_start, end = match->char_end, from, to;
    json_t *out, *variants;
    char role[2] = {role_letter(set->set->role), '\0'};

    if (match->field == CANON_TEXT) {
        canon_to_original(canon, match->start, match->end, &start, &end);
        canon_to_original_bytes(canon, match->start, match->end, &from, &to);
        text = (struct str){canon->text.p + from, to - from};
    }
    out = json_pack("{s:s,s:s,s:s,s:o,s:s,s:i,s:i,s:o,s:s,s:b}", "library", set->library->name, "set", set->set->name,
                     "role", role, "phrase",
                     explain_string(explainer->ruleset->phrases[match->fragment].fragment->source), "field",
                     fields[match->field], "start", (int)start, "end", (int)end, "text", explain_string(text),
                     "polarity", polarity_name(match->polarity), "disguised", match->disguised);
    if (match->field == CANON_TEXT && (variants = explain_variants(explainer, match->start, match->end)) != NULL)
        json_object_set_new(out, "variants", variants);
    if (match->polarity != POLARITY_LIVE)
        json_object_set_new(out, "because", explain_cause(judge_because(explainer->judge, match)));
    return out;
}

static json_t *explain_matches(const struct explainer *explainer)
{
    json_t *out = json_array();

    for (size_t i = 0; i < explainer->verdict->nmatches; i++)
        json_array_append_new(out, explain_match(explainer, &explainer->verdict->matches[i]));
    return out;
}

/* ---- rules ------------------------------------------------------------------------------------------------- */

/* The characters of the original in which a rule of narrower scope was true: from its first fragment to its last. */
static json_t *explain_stretch(const struct verdict *verdict, const struct fired *fired)
{
    uint32_t first = UINT32_MAX, last = 0, start, end;

    for (size_t i = 0; i < fired->nmatches; i++) {
        const struct match *match = &verdict->matches[fired->matches[i]];
        if (match->field != CANON_TEXT)
            continue;
        first = match->start < first ? match->start : first;
        last = match->end > last ? match->end : last;
    }
    if (first == UINT32_MAX)
        return NULL;
    canon_to_original(verdict->subject->canon, first, last, &start, &end);
    return json_pack("{s:I,s:I}", "start", (json_int_t)start, "end", (json_int_t)end);
}

static json_t *explain_fired(const struct verdict *verdict, const struct fired *fired, bool live)
{
    json_t *out = json_pack("{s:s,s:s,s:s,s:s,s:s,s:f,s:s}", "id", fired->rule->id, "library", fired->library->name,
                            "state", rule_state_name(fired->rule->state), "outcome",
                            fired->suppressed != NULL ? "suppressed" : "fired", "tier", tier_name(fired->tier), "score",
                            fired->score, "reason", fired->rule->reason);
    json_t *matches = json_array();

    if (fired->rule->state == RULE_CANARY) {
        json_object_set_new(out, "share", json_real(fired->rule->share));
        json_object_set_new(out, "acts", json_string(live ? "live" : "shadow"));
    }
    if (fired->suppressed != NULL)
        json_object_set_new(out, "by", json_string(fired->suppressed));
    for (size_t i = 0; i < fired->nmatches; i++)
        json_array_append_new(matches, json_integer(fired->matches[i]));
    json_object_set_new(out, "fragments", matches);
    json_object_set_new(out, "scope", json_string(scope_name(fired->rule->scope)));
    if (fired->to != UINT32_MAX || fired->from > 0)
        json_object_set_new(out, "within", explain_stretch(verdict, fired));
    return out;
}

static json_t *explain_rules(const struct verdict *verdict)
{
    json_t *out = json_array();

    for (size_t i = 0; i < verdict->nfired; i++)
        json_array_append_new(out, explain_fired(verdict, &verdict->fired[i], true));
    for (size_t i = 0; i < verdict->nshadow; i++)
        json_array_append_new(out, explain_fired(verdict, &verdict->shadow[i], false));
    return out;
}

/* ---- against, and the rule asked for ------------------------------------------------------------------------ */

struct grounds {
    const struct verdict *verdict;
    json_t *out;
};

/* A condition may name a set twice. */
static void add_once(json_t *indexes, uint32_t index)
{
    const json_t *known;
    size_t i;

    json_array_foreach(indexes, i, known)
        if (json_integer_value(known) == index)
            return;
    json_array_append_new(indexes, json_integer(index));
}

static void add_set_grounds(void *ctx, uint32_t set)
{
    struct grounds *grounds = ctx;
    const struct match_view *view = &grounds->verdict->view;

    for (uint32_t i = 0; i < view->set_count[set]; i++)
        if (view->matches[view->set_first[set] + i].polarity == POLARITY_LIVE)
            add_once(grounds->out, view->set_first[set] + i);
}

static const struct suppressor *find_suppressor(const struct ruleset *ruleset, const char *name)
{
    for (size_t i = 0; i < ruleset->nsuppressors; i++)
        if (strcmp(ruleset->suppressors[i].suppressor->name, name) == 0)
            return ruleset->suppressors[i].suppressor;
    return NULL;
}

static json_t *explain_suppressor(const struct explainer *explainer, const char *name, const char *why)
{
    const struct suppressor *suppressor = find_suppressor(explainer->ruleset, name);
    struct grounds grounds = {explainer->verdict, json_array()};
    json_t *out = json_pack("{s:s,s:o}", "what", name, "fragments", grounds.out);

    if (suppressor != NULL)
        expression_sets(suppressor->when, add_set_grounds, &grounds);
    if (why != NULL)
        json_object_set_new(out, "why", json_string(why));
    return out;
}

/* The one that silenced (it is the same for every rule), then those that were overruled. */
static json_t *explain_against(const struct explainer *explainer)
{
    const struct verdict *verdict = explainer->verdict;
    json_t *out = json_array();

    if (verdict->nfired > verdict->nlive)
        json_array_append_new(out, explain_suppressor(explainer, verdict->fired[verdict->nlive].suppressed, NULL));
    for (size_t i = 0; i < verdict->nagainst; i++)
        json_array_append_new(out, explain_suppressor(explainer, verdict->against[i].what, verdict->against[i].why));
    return out;
}

static json_t *explain_draft(const struct explainer *explainer, const char *id)
{
    static const char *const outcomes[] = {
        [RULE_FIRED] = "fired", [RULE_SUPPRESSED] = "suppressed", [RULE_UNSUPPORTED] = "rests on too little",
        [RULE_NOT_TRUE] = "not true", [RULE_IS_OFF] = "off"};

    for (uint32_t i = 0; i < explainer->ruleset->nrules; i++) {
        const struct rule_entry *entry = &explainer->ruleset->rules[i];
        char why[640];
        json_t *out;

        if (strcmp(entry->rule->id, id) != 0)
            continue;
        out = json_pack("{s:s,s:s,s:s,s:s}", "id", id, "library", entry->library->name, "state",
                        rule_state_name(entry->rule->state), "outcome",
                        outcomes[judge_why(explainer->judge, i, why, sizeof(why))]);
        if (why[0] != '\0')
            json_object_set_new(out, "missing", json_string(why));
        return out;
    }
    return NULL;
}

static int judge_thoroughly(struct explainer *explainer, const struct record *record)
{
    int rc;

    judge_thorough(explainer->judge, true);
    rc = judge_record(explainer->judge, record, &explainer->verdict);
    judge_thorough(explainer->judge, false);
    return rc;
}

int explain_near_misses(struct judge *judge, const struct ruleset *ruleset, const struct record *record,
                        near_miss_fn *fn, void *ctx)
{
    struct explainer explainer = {.ruleset = ruleset, .judge = judge};
    int rc = judge_thoroughly(&explainer, record);

    if (rc == 0)
        explain_near_each(&explainer, fn, ctx);
    return rc;
}

int explain_record(struct judge *judge, const struct ruleset *ruleset, const struct record *record, const char *rule,
                   json_t **out)
{
    struct explainer explainer = {.ruleset = ruleset, .judge = judge};
    json_t *draft = NULL, *model;
    int rc = judge_thoroughly(&explainer, record);

    if (rc != 0)
        return rc;
    if (rule != NULL && (draft = explain_draft(&explainer, rule)) == NULL)
        return -TS_EINVAL;
    *out = json_object();
    if (*out == NULL)
        return -TS_ENOMEM;
    json_object_set_new(*out, "verdict", json_string(verdict_name(explainer.verdict->kind)));
    json_object_set_new(*out, "caller",
                        explain_number(record, FIELD_CALLING, &explainer.verdict->subject->caller));
    json_object_set_new(*out, "callee",
                        explain_number(record, FIELD_CALLED, &explainer.verdict->subject->callee));
    explain_facts(&explainer, *out);
    json_object_set_new(*out, "listed", explain_listed(explainer.verdict->subject));
    if (record->has_text)
        json_object_set_new(*out, "text", explain_text(explainer.verdict->subject));
    json_object_set_new(*out, "fragments", explain_matches(&explainer));
    json_object_set_new(*out, "rules", explain_rules(explainer.verdict));
    json_object_set_new(*out, "near", explain_near(&explainer));
    if ((model = explain_model(&explainer)) != NULL)
        json_object_set_new(*out, "model", model);
    json_object_set_new(*out, "against", explain_against(&explainer));
    if (draft != NULL)
        json_object_set_new(*out, "draft", draft);
    return 0;
}
