/* alert.c - the rule of the highest tier speaks at the top; the others stand behind it with their evidence
 * (alert_rules.c). */
#include "match/alert_parts.h"

#include "core/utf8.h"
#include "match/model.h"

#include <stdio.h>

/* alert.h tells what they mean. */
#define URGENCY_IN_CALL_MS (30 * 60 * 1000)
#define URGENCY_FRESH_MS (60 * 60 * 1000)

#define ARENA_BLOCK_BYTES (64u << 10)

int alert_maker_init(struct alert_maker *maker, const struct alert_options *options)
{
    maker->options = options;
    arena_init(&maker->arena, ARENA_BLOCK_BYTES);
    return warning_hasher_init(&maker->hasher, options->digest_key);
}

void alert_maker_fini(struct alert_maker *maker)
{
    arena_fini(&maker->arena);
    warning_hasher_fini(&maker->hasher);
}

void *alert_get(struct alert_builder *builder, size_t count, size_t size)
{
    void *p = arena_calloc(&builder->maker->arena, count + 1, size);

    if (p == NULL)
        builder->out_of_memory = true;
    return p;
}

/* ---- excerpt ----------------------------------------------------------------------------------------------- */

/* The original text around the first evidence of the rule that speaks; as much before it as fits when the end comes
 * soon. Without evidence in the text: its beginning. */
static struct str excerpt(const struct alert_builder *builder, const struct warning *out)
{
    struct str text = builder->record->text;
    size_t total = utf8_count(text), room = builder->maker->options->excerpt_chars, from = 0, bytes;
    uint32_t first = UINT32_MAX, last = 0;

    if (!builder->record->has_text || room == 0)
        return (struct str){0};
    for (size_t i = 0; out->nrules > 0 && i < out->rules[0].nevidence; i++) {
        const struct warning_evidence *evidence = &out->rules[0].evidence[i];
        if (evidence->field != NULL)
            continue;
        first = evidence->start < first ? evidence->start : first;
        last = evidence->end > last ? evidence->end : last;
    }
    if (total > room && first != UINT32_MAX) {
        size_t span = last - first, before = span < room ? (room - span) / 2 : 0;
        from = first > before ? first - before : 0;
        from = from + room > total ? total - room : from;
    }
    bytes = utf8_prefix(text, from);
    text = (struct str){text.p + bytes, text.n - bytes};
    return (struct str){text.p, utf8_prefix(text, room)};
}

/* ---- parties ----------------------------------------------------------------------------------------------- */

static struct str number_text(struct alert_builder *builder, enum record_field field)
{
    char text[24];

    if (record_fields[field].type == FIELD_TYPE_STR)
        return record_str(builder->record, field);
    snprintf(text, sizeof(text), "%lld", (long long)builder->record->field[field].i);
    return arena_strdup(&builder->maker->arena, str_of(text));
}

static void add_context(struct alert_builder *builder, const enum record_field *fields, size_t n,
                        struct warning_party *out)
{
    struct warning_pair *pairs = alert_get(builder, n, sizeof(*pairs));

    for (size_t i = 0; i < n && pairs != NULL; i++)
        if (record_has(builder->record, fields[i]))
            pairs[out->ncontext++] =
                (struct warning_pair){record_fields[fields[i]].name, number_text(builder, fields[i])};
    out->context = pairs;
}

static struct str address(struct alert_builder *builder, const struct warning_party *party)
{
    char *text = alert_get(builder, NUMBER_E164_SIZE, 1);
    struct str e164 = text != NULL ? number_e164(party->number, text) : (struct str){0};

    return e164.n > 0 ? e164 : party->raw;
}

static void add_parties(struct alert_builder *builder, const struct rule *rule, struct warning *out)
{
    const struct subject *subject = builder->verdict->subject;
    const struct alert_options *options = builder->maker->options;
    struct str caller, callee;

    out->caller = (struct warning_party){.raw = record_str(builder->record, FIELD_CALLING), .number = &subject->caller};
    out->callee = (struct warning_party){.raw = record_str(builder->record, FIELD_CALLED), .number = &subject->callee};
    add_context(builder, options->caller_context, options->ncaller_context, &out->caller);
    add_context(builder, options->callee_context, options->ncallee_context, &out->callee);
    caller = address(builder, &out->caller);
    callee = address(builder, &out->callee);
    out->victim = rule->victim_is_caller ? caller : callee;
    out->suspect = rule->victim_is_caller ? callee : caller;
}

/* ---- the rest ---------------------------------------------------------------------------------------------- */

static void add_against(struct alert_builder *builder, struct warning *out)
{
    const struct verdict *verdict = builder->verdict;
    struct warning_pair *pairs = alert_get(builder, verdict->nagainst, sizeof(*pairs));

    for (size_t i = 0; i < verdict->nagainst && pairs != NULL; i++)
        pairs[out->nagainst++] = (struct warning_pair){verdict->against[i].what, str_of(verdict->against[i].why)};
    out->against = pairs;
}

static void add_facts(struct alert_builder *builder, struct warning *out)
{
    const char **facts = alert_get(builder, FACT_COUNT, sizeof(*facts));

    for (int fact = 0; fact < FACT_COUNT && facts != NULL; fact++) {
        struct fact_value value;
        if (fact_defs[fact].type == FACT_TYPE_BOOL &&
            fact_get(builder->verdict->subject, (enum fact)fact, &value) && value.b)
            facts[out->nfacts++] = fact_defs[fact].name;
    }
    out->facts = facts;
}

static void add_call(const struct alert_builder *builder, struct warning *out)
{
    struct subject *subject = builder->verdict->subject;
    struct fact_value value;

    out->is_call = builder->record->kind == RECORD_CALL;
    out->dur_s = record_has(builder->record, FIELD_DUR) ? builder->record->field[FIELD_DUR].i : -1;
    out->answered_known = fact_get(subject, FACT_CALL_ANSWERED, &value);
    out->answered = out->answered_known && value.b;
    out->redirected = fact_get(subject, FACT_CALL_REDIRECTED, &value) && value.b;
}

static const char *urgency(const struct alert_builder *builder, int64_t age_ms)
{
    bool ended = record_has(builder->record, FIELD_DUR) || record_has(builder->record, FIELD_T_RELEASE);

    if (builder->record->kind == RECORD_CALL && !ended && age_ms < URGENCY_IN_CALL_MS)
        return "in_call";
    return age_ms < URGENCY_FRESH_MS ? "fresh" : "late";
}

/* What belongs together: the two numbers and the call they share (partial records and legs have the same). */
static void add_group(struct warning *out, struct alert_builder *builder)
{
    const struct str parts[] = {out->victim, out->suspect, record_str(builder->record, FIELD_CALL_REF)};

    warning_hash(&builder->maker->hasher, parts, 3, out->group);
}

static void add_campaign(struct warning *out, struct alert_builder *builder, const struct contact_list *contacts)
{
    const struct canon *canon = builder->verdict->subject->canon;

    if (builder->record->has_text) {
        warning_simhash((struct str){canon->buf + canon->start[CANON_TEXT],
                                     canon->end[CANON_TEXT] - canon->start[CANON_TEXT]}, out->campaign_text);
        warning_hmac(&builder->maker->hasher, builder->record->text, 64, out->digest);
    }
    if (contacts->n > 0) {
        const struct str parts[] = {str_of(contact_kind_name(contacts->items[0].kind)), contacts->items[0].value};
        warning_hash(&builder->maker->hasher, parts, 2, out->campaign_contact);
    }
}

static void add_source(struct warning *out, struct alert_builder *builder, const struct alert_source *source)
{
    struct warning_hasher *hasher = &builder->maker->hasher;
    uint32_t sub = builder->record->sub;

    out->topic = source->topic;
    out->partition = source->partition;
    out->offset = source->offset;
    out->file = source->file;
    out->line = source->line;
    out->sub = sub;
    out->record_id = record_str(builder->record, FIELD_ID);
    if (source->topic.p != NULL)
        warning_id_kafka(hasher, source->cluster, source->topic, source->partition, source->offset, sub,
                         source->kafka_timestamp_ms, out->id);
    else
        warning_id_file(hasher, source->file, source->line, sub, out->id);
}

/* Rounded down: what is shown has been reached. */
static void add_model(struct warning *out, const struct verdict *verdict, const struct ruleset *ruleset, bool shadow)
{
    enum tier tier = (shadow ? verdict->shadow : verdict->fired)[0].tier;

    out->tier = tier_name(verdict_tier(verdict, shadow));
    if (verdict->model.known)
        out->model = (struct warning_model){.version = model_version(ruleset_model(ruleset)),
                                            .live = verdict->model.live,
                                            .score_tenths = (unsigned)(10 * verdict->model.score),
                                            .moves = verdict_lean(verdict, tier)};
}

/* The state of the lists that the verdict rests on. */
static void add_lists_digest(struct warning *out, struct subject *subject, const struct ruleset *ruleset)
{
    _Static_assert(sizeof(out->lists) >= LISTS_DIGEST_SIZE, "a digest fits");

    if (ruleset_list_count(ruleset) == 0 || subject->lists == NULL || subject->lists->lists == NULL)
        return;
    subject_look_at_lists(subject);
    lists_digest_text(subject->lists->digest, out->lists);
}

int alert_build(struct alert_maker *maker, const struct verdict *verdict, const struct ruleset *ruleset,
                const struct alert_source *source, bool shadow, int64_t now_ms, struct warning *out)
{
    struct alert_builder builder = {verdict, verdict->subject->record, maker, false};
    const struct fired *fired = shadow ? verdict->shadow : verdict->fired;
    const struct contact_list *contacts = subject_contacts(verdict->subject);

    arena_reset(&maker->arena);
    *out = (struct warning){
        .ts_ms = record_has(builder.record, FIELD_TS) ? builder.record->field[FIELD_TS].i : now_ms,
        .detected_ms = now_ms,
        .kind = builder.record->kind == RECORD_CALL ? "call" : "sms",
        .subject = fired[0].rule->recruit ? "recruit" : "victim",
        .score = (int)(fired[0].score + 0.5),
        .contacts = contacts->items, .ncontacts = contacts->n,
        .amounts = contacts->amounts, .namounts = contacts->namounts,
        .engine_version = maker->options->engine_version,
        .ruleset = ruleset_hash(ruleset), .generation = ruleset_generation(ruleset)};
    add_lists_digest(out, verdict->subject, ruleset);
    add_model(out, verdict, ruleset, shadow);
    out->urgency = urgency(&builder, now_ms - out->ts_ms);
    alert_add_rules(&builder, ruleset, fired, shadow ? verdict->nshadow : verdict->nlive, out);
    add_parties(&builder, fired[0].rule, out);
    add_against(&builder, out);
    add_facts(&builder, out);
    add_call(&builder, out);
    add_group(out, &builder);
    add_campaign(out, &builder, contacts);
    add_source(out, &builder, source);
    out->excerpt = excerpt(&builder, out);
    return builder.out_of_memory ? -TS_ENOMEM : 0;
}
