/* explain_print.c - the JSON of explain_record, stage by stage, for a person at a terminal. */
#include "match/explain.h"

#include <string.h>

#define NEAR_SHOWN 8 /* of the rules that nearly fired, those that miss least; the JSON has all */

static const char *word(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL ? value : "";
}

static int number(const json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

static void print_number(const json_t *explanation, const char *who, FILE *out)
{
    const json_t *party = json_object_get(explanation, who), *flag;
    const json_t *raw = json_object_get(party, "raw");
    size_t i;

    fprintf(out, "  %-7s %s  %s", who, raw != NULL ? json_string_value(raw) : "(no number)", word(party, "kind"));
    if (json_object_get(party, "country") != NULL)
        fprintf(out, ", country %s", word(party, "country"));
    if (json_object_get(party, "e164") != NULL)
        fprintf(out, ", %s", word(party, "e164"));
    fprintf(out, ", trust %s", word(party, "trust"));
    json_array_foreach(json_object_get(party, "flags"), i, flag)
        fprintf(out, "%s %s", i == 0 ? ", flags" : "", json_string_value(flag));
    fputc('\n', out);
}

/* True truths by their name, other values with it; what is false is left to --json. */
static void print_facts(const json_t *explanation, FILE *out)
{
    json_t *facts = json_object_get(explanation, "facts"), *value;
    const char *name;

    fputs("  facts  ", out);
    json_object_foreach(facts, name, value) {
        if (json_is_true(value))
            fprintf(out, " %s", name);
        else if (json_is_real(value))
            fprintf(out, " %s=%g", name, json_real_value(value));
        else if (json_is_string(value) && strncmp(name, "text.", 5) != 0)
            fprintf(out, " %s=%s", name, json_string_value(value));
    }
    fprintf(out, "\n  unknown %zu facts (their fields are absent)\n",
            json_array_size(json_object_get(explanation, "unknown")));
}

static void print_text(const json_t *text, FILE *out)
{
    const json_t *change;
    size_t i;

    if (text == NULL)
        return;
    fprintf(out, "\ntext\n  original   %s\n  canonical  %s\n", word(text, "original"), word(text, "canonical"));
    if (json_object_get(text, "signature") != NULL)
        fprintf(out, "  signature  %s\n", word(text, "signature"));
    json_array_foreach(json_object_get(text, "folded"), i, change)
        fprintf(out, "  folded     %d-%d  \"%s\" -> \"%s\"\n", number(change, "start"), number(change, "end"),
                word(change, "from"), word(change, "to"));
    fprintf(out, "  %d characters were written so as to hide\n", number(text, "changed"));
}

static void print_fragments(const json_t *explanation, FILE *out)
{
    const json_t *fragments = json_object_get(explanation, "fragments"), *fragment;
    size_t i;

    fprintf(out, "\nfragments found: %zu\n", json_array_size(fragments));
    json_array_foreach(fragments, i, fragment)
        fprintf(out, "  %s.%s (%s)  %s %d-%d  \"%s\"  %s%s  by %s\n", word(fragment, "library"), word(fragment, "set"),
                word(fragment, "role"), word(fragment, "field"), number(fragment, "start"), number(fragment, "end"),
                word(fragment, "text"), word(fragment, "polarity"),
                json_is_true(json_object_get(fragment, "disguised")) ? ", disguised" : "", word(fragment, "phrase"));
}

static void print_rule(const json_t *rule, const json_t *fragments, FILE *out)
{
    const json_t *index;
    size_t i;

    fprintf(out, "  %s (%s, %s)  %s  tier %s, score %g\n    %s\n", word(rule, "id"), word(rule, "library"),
            word(rule, "state"), word(rule, "outcome"), word(rule, "tier"),
            json_real_value(json_object_get(rule, "score")), word(rule, "reason"));
    if (json_object_get(rule, "by") != NULL)
        fprintf(out, "    suppressed by %s\n", word(rule, "by"));
    json_array_foreach(json_object_get(rule, "fragments"), i, index) {
        const json_t *fragment = json_array_get(fragments, (size_t)json_integer_value(index));
        fprintf(out, "    rests on %s.%s \"%s\"\n", word(fragment, "library"), word(fragment, "set"),
                word(fragment, "text"));
    }
}

void explain_print(const json_t *explanation, FILE *out)
{
    const json_t *rules = json_object_get(explanation, "rules"), *near = json_object_get(explanation, "near");
    const json_t *item;
    size_t i;

    fputs("numbers\n", out);
    print_number(explanation, "caller", out);
    print_number(explanation, "callee", out);
    print_facts(explanation, out);
    print_text(json_object_get(explanation, "text"), out);
    print_fragments(explanation, out);
    fprintf(out, "\nrules fired: %zu\n", json_array_size(rules));
    json_array_foreach(rules, i, item)
        print_rule(item, json_object_get(explanation, "fragments"), out);
    json_array_foreach(json_object_get(explanation, "against"), i, item)
        fprintf(out, "  against it spoke %s: %s\n", word(item, "what"), word(item, "why"));
    fprintf(out, "\nnear misses: %zu\n", json_array_size(near));
    for (i = 0; i < json_array_size(near) && i < NEAR_SHOWN; i++) {
        item = json_array_get(near, i);
        fprintf(out, "  %s (%s, %s)  %s\n", word(item, "id"), word(item, "library"), word(item, "state"),
                word(item, "missing"));
    }
    if (json_array_size(near) > NEAR_SHOWN)
        fprintf(out, "  and %zu that miss more\n", json_array_size(near) - NEAR_SHOWN);
    fprintf(out, "\nverdict: %s\n", word(explanation, "verdict"));
}
