/* alert_rules.c - what fired, each rule with its evidence and what of the record is listed. Places are turned from
 * canonical bytes into characters of the original text here, for the few records that warn. */
#include "match/alert_parts.h"

#include "core/utf8.h"

#define EVIDENCE_MAX 16 /* per rule */

/* ---- evidence ---------------------------------------------------------------------------------------------- */

static struct str field_text(const struct alert_builder *builder, enum canon_field field)
{
    return record_str(builder->record, field == CANON_CALLER ? FIELD_CALLING : FIELD_CALLED);
}

/* A number field keeps no map: its evidence is the whole number as it came. The signature is part of the text. */
static void place_evidence(const struct alert_builder *builder, const struct match *match, struct warning_evidence *out)
{
    static const char *const names[CANON_NFIELDS] = {"caller", "callee", "signature", NULL};
    const struct canon *canon = builder->verdict->subject->canon;
    uint32_t from, to;

    out->field = names[match->field];
    if (match->field == CANON_TEXT) {
        canon_to_original_bytes(canon, match->start, match->end, &from, &to);
        out->text = (struct str){canon->text.p + from, to - from};
        out->start = (uint32_t)utf8_count((struct str){canon->text.p, from});
        out->end = out->start + (uint32_t)utf8_count(out->text);
    } else if (match->field == CANON_SIGNATURE) {
        out->start = match->char_start;
        out->end = match->char_end;
        out->text = arena_strdup(&builder->maker->arena,
                                 (struct str){canon->buf + match->start, match->end - match->start});
    } else {
        out->text = field_text(builder, (enum canon_field)match->field);
        out->end = (uint32_t)utf8_count(out->text);
    }
}

/* Is it within another match of its set? Those ascend by place: what covers it stands before it, up to `reach`, or
 * right behind it, beginning where it does. */
static bool is_covered(const struct verdict *verdict, const struct fired *fired, size_t at, uint32_t reach)
{
    const struct match *match = &verdict->matches[fired->matches[at]];

    if (match->end <= reach)
        return true;
    for (size_t i = at + 1; i < fired->nmatches; i++) {
        const struct match *next = &verdict->matches[fired->matches[i]];
        if (next->set != match->set || next->field != match->field || next->start != match->start)
            return false;
        if (next->end > match->end)
            return true;
    }
    return false;
}

struct outer { /* a match within no other of its set */
    const struct match *match;
    uint32_t rank; /* the how manieth of its set, from 0 */
    bool kept;
};

static size_t find_outer(const struct verdict *verdict, const struct fired *fired, struct outer *out)
{
    uint32_t reach = 0;
    size_t n = 0;

    for (size_t i = 0; i < fired->nmatches; i++) {
        const struct match *match = &verdict->matches[fired->matches[i]];
        bool same_set = n > 0 && out[n - 1].match->set == match->set;

        if (!same_set || out[n - 1].match->field != match->field)
            reach = 0;
        if (is_covered(verdict, fired, i, reach))
            continue;
        out[n] = (struct outer){match, same_set ? out[n - 1].rank + 1 : 0, false};
        n++;
        reach = match->end;
    }
    return n;
}

/* The first of every set, then the second of every set, and so on: every term of the condition is shown. */
static size_t keep_evidence(struct outer *outer, size_t n)
{
    size_t kept = 0;

    for (uint32_t rank = 0; kept < EVIDENCE_MAX && kept < n; rank++)
        for (size_t i = 0; i < n && kept < EVIDENCE_MAX; i++)
            if (outer[i].rank == rank) {
                outer[i].kept = true;
                kept++;
            }
    return kept;
}

static void add_evidence(struct alert_builder *builder, const struct ruleset *ruleset, const struct fired *fired,
                         struct warning_rule *out)
{
    struct outer *outer = alert_get(builder, fired->nmatches, sizeof(*outer));
    size_t n = outer != NULL ? find_outer(builder->verdict, fired, outer) : 0, kept = keep_evidence(outer, n);
    struct warning_evidence *evidence = alert_get(builder, kept, sizeof(*evidence));

    for (size_t i = 0; i < n && evidence != NULL; i++) {
        struct warning_evidence *item = &evidence[out->nevidence];

        if (!outer[i].kept)
            continue;
        item->set = ruleset_set(ruleset, outer[i].match->set, NULL)->name;
        item->disguised = outer[i].match->disguised;
        place_evidence(builder, outer[i].match, item);
        out->nevidence++;
    }
    out->evidence = evidence;
    out->evidence_omitted = n - kept;
}

static struct str party_text(struct alert_builder *builder, enum listable what)
{
    const struct subject *subject = builder->verdict->subject;
    const struct number *number = what == LISTABLE_CALLER ? &subject->caller : &subject->callee;
    char *text = alert_get(builder, NUMBER_E164_SIZE, 1);
    struct str e164 = text != NULL ? number_e164(number, text) : (struct str){0};

    return e164.n > 0 ? e164 : record_str(builder->record, what == LISTABLE_CALLER ? FIELD_CALLING : FIELD_CALLED);
}

/* Does the rule ask this? */
static bool asks(const struct list_question *questions, size_t n, struct list_question question)
{
    for (size_t i = 0; i < n; i++)
        if (questions[i].what == question.what && questions[i].list == question.list)
            return true;
    return false;
}

/* What of the record is in a list that the rule asks. */
static void add_listed(struct alert_builder *builder, const struct ruleset *ruleset, const struct fired *fired,
                       struct warning_rule *out)
{
    const struct list_view *view = builder->verdict->subject->lists;
    size_t n, found = view != NULL ? view->nfound : 0;
    const struct list_question *questions = ruleset_rule_lists(ruleset, fired->rule_index, &n);
    struct warning_listed *listed = alert_get(builder, found, sizeof(*listed));

    for (size_t i = 0; i < found && listed != NULL; i++) {
        const struct listed *one = &view->found[i];

        if (!asks(questions, n, one->question))
            continue;
        listed[out->nlisted++] = (struct warning_listed){
            .what = listable_name(one->question.what), .list = list_name(one->hit.list),
            .value = one->value.n > 0 ? one->value : party_text(builder, one->question.what), .entry = one->hit.entry,
            .tier = one->hit.tier != TIER_NONE ? tier_name(one->hit.tier) : NULL, .expires_ms = one->hit.expires_ms,
            .source = one->hit.source, .note = one->hit.note};
    }
    out->listed = listed;
}

void alert_add_rules(struct alert_builder *builder, const struct ruleset *ruleset, const struct fired *fired, size_t n,
                     struct warning *out)
{
    size_t kept = n < WARNING_RULES_MAX ? n : WARNING_RULES_MAX;
    struct warning_rule *rules = alert_get(builder, kept, sizeof(*rules));

    for (size_t i = 0; i < kept && rules != NULL; i++) {
        const struct rule *rule = fired[i].rule;

        rules[i] = (struct warning_rule){
            .id = rule->id, .library = fired[i].library->name, .version = fired[i].library->version,
            .family = rule->family, .type = rule->type, .tier = tier_name(fired[i].tier),
            .stage = stage_name(rule->stage), .reason = rule->reason, .advice = rule->advice,
            .state = rule->state == RULE_LIVE && !fired[i].demoted ? NULL : fired_state_name(&fired[i])};
        add_evidence(builder, ruleset, &fired[i], &rules[i]);
        add_listed(builder, ruleset, &fired[i], &rules[i]);
    }
    out->rules = rules;
    out->nrules = rules != NULL ? kept : 0;
    out->rules_omitted = n - kept;
}
