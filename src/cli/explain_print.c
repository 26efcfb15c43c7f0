/* explain_print.c - the JSON of explain_record, stage by stage; the words are one table in two languages. */
#include "cli/explain_print.h"

#include "core/utf8.h"

#define PHRASE_SHOWN 40 /* characters: it is to be known again; the JSON has all */
#define NEAR_SHOWN 8 /* of the rules that nearly fired, those that miss least; the JSON has all */

struct printer {
    const json_t *all;
    enum language language;
    FILE *out;
};

static const char *const words[EXPLAIN_WORD_COUNT][LANGUAGES] = {
#define X(id, en, zh) [WORD_##id] = {en, zh},
    EXPLAIN_WORDS(X)
#undef X
};

const char *explain_word(enum explain_word word, enum language language)
{
    return words[word][language];
}

static const char *say(const struct printer *printer, enum explain_word word)
{
    return explain_word(word, printer->language);
}

static const char *get(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL ? value : "";
}

static int number(const json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

/* Values of the JSON that are words of the table; others are printed as they are. */
static const char *translated(const struct printer *printer, const char *value)
{
    for (int word = 0; word < EXPLAIN_WORD_COUNT; word++)
        if (str_eqz(str_of(value), words[word][LANGUAGE_EN]))
            return say(printer, (enum explain_word)word);
    return value;
}

static const char *say_value(const struct printer *printer, const json_t *object, const char *key)
{
    return translated(printer, get(object, key));
}

/* ---- numbers, facts, text ---------------------------------------------------------------------------------- */

static void print_number(const struct printer *printer, const char *key, enum explain_word who)
{
    const json_t *party = json_object_get(printer->all, key), *flag;
    FILE *out = printer->out;
    size_t i;

    fprintf(out, "  %s  %s  %s", say(printer, who),
            json_object_get(party, "raw") != NULL ? get(party, "raw") : say(printer, WORD_NO_NUMBER),
            get(party, "kind"));
    if (json_object_get(party, "country") != NULL)
        fprintf(out, ", %s %s", say(printer, WORD_COUNTRY), get(party, "country"));
    if (json_object_get(party, "e164") != NULL)
        fprintf(out, ", %s", get(party, "e164"));
    fprintf(out, ", %s %s", say(printer, WORD_TRUST), get(party, "trust"));
    json_array_foreach(json_object_get(party, "flags"), i, flag)
        fprintf(out, "%s%s %s", i == 0 ? ", " : "", i == 0 ? say(printer, WORD_FLAGS) : "", json_string_value(flag));
    fputc('\n', out);
}

/* True truths by their name, other values with it; what is false is left to --json. */
static void print_facts(const struct printer *printer)
{
    json_t *facts = json_object_get(printer->all, "facts"), *value;
    const json_t *unknown = json_object_get(printer->all, "unknown");
    FILE *out = printer->out;
    const char *name;
    size_t i;

    fprintf(out, "  %s ", say(printer, WORD_FACTS));
    json_object_foreach(facts, name, value) {
        if (json_is_true(value))
            fprintf(out, " %s", name);
        else if (json_is_real(value))
            fprintf(out, " %s=%g", name, json_real_value(value));
        else if (json_is_string(value) && json_string_length(value) > 0)
            fprintf(out, " %s=%s", name, json_string_value(value));
    }
    fprintf(out, "\n  %zu %s", json_array_size(unknown), say(printer, WORD_UNKNOWN));
    json_array_foreach(unknown, i, value)
        fprintf(out, " %s", json_string_value(value));
    fputc('\n', out);
}

static void print_text(const struct printer *printer)
{
    const json_t *text = json_object_get(printer->all, "text");

    if (text == NULL)
        return;
    fprintf(printer->out, "\n%s\n", say(printer, WORD_TEXT));
    explain_print_text(printer->all, printer->language, printer->out);
    if (json_object_get(text, "signature") != NULL)
        fprintf(printer->out, "  %s  %s\n", say(printer, WORD_SIGNATURE), get(text, "signature"));
    fprintf(printer->out, "  %d %s\n", number(text, "changed"), say(printer, WORD_HIDDEN));
}

/* ---- what was found ---------------------------------------------------------------------------------------- */

/* , sound 待款 = 贷款 */
static void print_variants(const struct printer *printer, const json_t *fragment)
{
    const json_t *variant;
    size_t i;

    json_array_foreach(json_object_get(fragment, "variants"), i, variant)
        fprintf(printer->out, ", %s %s = %s", say_value(printer, variant, "kind"), get(variant, "from"),
                get(variant, "to"));
}

static void print_fragment(const struct printer *printer, const json_t *fragment)
{
    struct str phrase = str_of(get(fragment, "phrase"));
    size_t shown = utf8_prefix(phrase, PHRASE_SHOWN);
    FILE *out = printer->out;

    fprintf(out, "  %s.%s (%s)  %s %d-%d  \"%s\"  %s", get(fragment, "library"), get(fragment, "set"),
            get(fragment, "role"), translated(printer, get(fragment, "field")), number(fragment, "start"),
            number(fragment, "end"), get(fragment, "text"), say_value(printer, fragment, "polarity"));
    if (json_object_get(fragment, "because") != NULL)
        fprintf(out, ", %s \"%s\"", say(printer, WORD_BECAUSE), get(fragment, "because"));
    if (json_is_true(json_object_get(fragment, "disguised")))
        fprintf(out, ", %s", say(printer, WORD_DISGUISED));
    print_variants(printer, fragment);
    fprintf(out, "  %s %.*s%s\n", say(printer, WORD_BY), (int)shown, phrase.p, shown < phrase.n ? "…" : "");
}

static void print_fragments(const struct printer *printer)
{
    const json_t *fragments = json_object_get(printer->all, "fragments"), *fragment;
    size_t i;

    fprintf(printer->out, "\n%s: %zu\n", say(printer, WORD_FRAGMENTS), json_array_size(fragments));
    json_array_foreach(fragments, i, fragment)
        print_fragment(printer, fragment);
}

/* Would its line be the same as that of an earlier one of the list? */
static bool is_repeated(const json_t *fragments, const json_t *indexes, size_t at)
{
    const json_t *fragment = json_array_get(fragments, (size_t)json_integer_value(json_array_get(indexes, at)));

    for (size_t i = 0; i < at; i++) {
        const json_t *other = json_array_get(fragments, (size_t)json_integer_value(json_array_get(indexes, i)));
        if (strcmp(get(other, "text"), get(fragment, "text")) == 0 &&
            strcmp(get(other, "set"), get(fragment, "set")) == 0 &&
            strcmp(get(other, "library"), get(fragment, "library")) == 0)
            return true;
    }
    return false;
}

/* The fragments an item (a rule, a suppressor) rests on, each text once. */
static void print_grounds(const struct printer *printer, const json_t *item)
{
    const json_t *fragments = json_object_get(printer->all, "fragments"), *index;
    const json_t *indexes = json_object_get(item, "fragments");
    size_t i;

    json_array_foreach(indexes, i, index) {
        const json_t *fragment = json_array_get(fragments, (size_t)json_integer_value(index));
        if (!is_repeated(fragments, indexes, i))
            fprintf(printer->out, "    %s %s.%s \"%s\"\n", say(printer, WORD_RESTS_ON), get(fragment, "library"),
                    get(fragment, "set"), get(fragment, "text"));
    }
}

static void print_listed(const struct printer *printer)
{
    const json_t *listed = json_object_get(printer->all, "listed"), *item;
    size_t i;

    if (json_array_size(listed) > 0)
        fprintf(printer->out, "\n%s: %zu\n", say(printer, WORD_IN_LISTS), json_array_size(listed));
    json_array_foreach(listed, i, item) {
        bool has_source = json_object_get(item, "source") != NULL, has_tier = json_object_get(item, "tier") != NULL;

        fprintf(printer->out, "  %s %s list.%s %s %s", get(item, "what"), say(printer, WORD_IN_LIST), get(item, "list"),
                say(printer, WORD_AS), get(item, "entry"));
        if (has_tier)
            fprintf(printer->out, ", %s %s", say(printer, WORD_TIER), say_value(printer, item, "tier"));
        fprintf(printer->out, "%s%s%s\n", has_source ? " (" : "", get(item, "source"), has_source ? ")" : "");
    }
}

/* ---- rules ------------------------------------------------------------------------------------------------- */

static void print_rule(const struct printer *printer, const json_t *rule)
{
    const json_t *within = json_object_get(rule, "within");
    FILE *out = printer->out;

    fprintf(out, "  %s (%s, %s)  %s  %s %s, %s %g\n    %s\n", get(rule, "id"), get(rule, "library"),
            say_value(printer, rule, "state"), say_value(printer, rule, "outcome"), say(printer, WORD_TIER),
            say_value(printer, rule, "tier"), say(printer, WORD_SCORE), json_real_value(json_object_get(rule, "score")),
            get(rule, "reason"));
    if (json_object_get(rule, "by") != NULL)
        fprintf(out, "    %s %s\n", say(printer, WORD_SUPPRESSED_BY), get(rule, "by"));
    if (json_object_get(rule, "acts") != NULL)
        fprintf(out, "    %s %s (%s %g)\n", say(printer, WORD_CANARY), get(rule, "acts"), say(printer, WORD_SHARE),
                json_real_value(json_object_get(rule, "share")));
    if (within != NULL)
        fprintf(out, "    %s %d-%d (%s)\n", say(printer, WORD_WITHIN),
                (int)json_integer_value(json_object_get(within, "start")),
                (int)json_integer_value(json_object_get(within, "end")), get(rule, "scope"));
    print_grounds(printer, rule);
}

static void print_rules(const struct printer *printer)
{
    const json_t *rules = json_object_get(printer->all, "rules"), *rule;
    size_t i;

    fprintf(printer->out, "\n%s: %zu\n", say(printer, WORD_RULES), json_array_size(rules));
    json_array_foreach(rules, i, rule)
        print_rule(printer, rule);
}

static void print_suppressors(const struct printer *printer)
{
    const json_t *suppressors = json_object_get(printer->all, "against"), *item;
    size_t i;

    if (json_array_size(suppressors) > 0)
        fprintf(printer->out, "\n%s: %zu\n", say(printer, WORD_AGAINST), json_array_size(suppressors));
    json_array_foreach(suppressors, i, item) {
        static const char told[] = "overruled: "; /* as libraries write it for warnings; here a word says it already */
        const char *why = get(item, "why");
        bool overruled = why[0] != '\0';
        why += strncmp(why, told, strlen(told)) == 0 ? strlen(told) : 0;
        fprintf(printer->out, "  %s  %s%s%s\n", get(item, "what"),
                say(printer, overruled ? WORD_OVERRULED : WORD_SILENCED), overruled ? ": " : "", why);
        print_grounds(printer, item);
    }
}

/* What judge_why said: "missing: …" in the language, anything else as it is. */
static void print_missing(const struct printer *printer, const char *why)
{
    struct str rest = str_of(why), prefix = STR_LIT("missing: ");

    if (str_starts(rest, prefix))
        fprintf(printer->out, "  %s: %s\n", say(printer, WORD_MISSING), why + prefix.n);
    else
        fprintf(printer->out, "  %s\n", why);
}

static void print_near(const struct printer *printer)
{
    const json_t *near = json_object_get(printer->all, "near"), *rule;

    fprintf(printer->out, "\n%s: %zu\n", say(printer, WORD_NEAR), json_array_size(near));
    for (size_t i = 0; i < json_array_size(near) && i < NEAR_SHOWN; i++) {
        rule = json_array_get(near, i);
        fprintf(printer->out, "  %s (%s, %s)", get(rule, "id"), get(rule, "library"),
                say_value(printer, rule, "state"));
        print_missing(printer, get(rule, "missing"));
    }
    if (json_array_size(near) > NEAR_SHOWN)
        fprintf(printer->out, "  %zu %s\n", json_array_size(near) - NEAR_SHOWN, say(printer, WORD_MORE));
}

static void print_model(const struct printer *printer)
{
    const json_t *model = json_object_get(printer->all, "model"), *term;
    const char *move = json_object_get(model, "moved") != NULL ? "moved" : "would";
    size_t i;

    if (model == NULL)
        return;
    fprintf(printer->out, "\n%s: %s (%s)  %s %.2f", say(printer, WORD_MODEL), get(model, "version"),
            say_value(printer, model, "state"), say(printer, WORD_SCORE),
            json_real_value(json_object_get(model, "score")));
    if (json_object_get(model, move) != NULL)
        fprintf(printer->out, ", %s %d", say(printer, move[0] == 'm' ? WORD_MOVED : WORD_WOULD), number(model, move));
    fputc('\n', printer->out);
    json_array_foreach(json_object_get(model, "terms"), i, term)
        fprintf(printer->out, "  %+.3f  %s \"%s\"\n", json_real_value(json_object_get(term, "weight")),
                say_value(printer, term, "kind"), get(term, "term"));
}

static void print_draft(const struct printer *printer)
{
    const json_t *draft = json_object_get(printer->all, "draft");

    if (draft == NULL)
        return;
    fprintf(printer->out, "\n%s: %s (%s, %s)  %s", say(printer, WORD_DRAFT), get(draft, "id"), get(draft, "library"),
            say_value(printer, draft, "state"), say_value(printer, draft, "outcome"));
    print_missing(printer, get(draft, "missing"));
}

void explain_print(const json_t *explanation, enum language language, FILE *out)
{
    struct printer printer = {explanation, language, out};

    fprintf(out, "%s\n", say(&printer, WORD_NUMBERS));
    print_number(&printer, "caller", WORD_CALLER);
    print_number(&printer, "callee", WORD_CALLEE);
    print_facts(&printer);
    print_listed(&printer);
    print_text(&printer);
    print_fragments(&printer);
    print_rules(&printer);
    print_suppressors(&printer);
    print_model(&printer);
    print_near(&printer);
    print_draft(&printer);
    fprintf(out, "\n%s: %s\n", say(&printer, WORD_VERDICT), say_value(&printer, explanation, "verdict"));
}
