/* eval_compare.c - what two rule folders say differently of the same records. */
#include "cli/eval.h"

#include <stdlib.h>

#define CHANGES_SHOWN 50

/* RULE: of the same tier, for another reason. */
enum change { CHANGE_NONE, CHANGE_GAINED, CHANGE_LOST, CHANGE_RAISED, CHANGE_LOWERED, CHANGE_RULE, CHANGE_COUNT };
static const char *const change_names[CHANGE_COUNT] = {"same", "gained", "lost", "raised", "lowered", "rule"};

static const char *first_rule(const struct evaluation *eval, const struct eval_entry *entry)
{
    return entry->nrules > 0 ? ruleset_rule(eval->ruleset, entry->rules[0], NULL)->id : "";
}

static enum change change_of(const struct evaluation *eval, const struct eval_entry *entry)
{
    if (entry->tier == entry->old_tier)
        return entry->tier == TIER_NONE || strcmp(first_rule(eval, entry), entry->old_rule) == 0 ? CHANGE_NONE
                                                                                                  : CHANGE_RULE;
    if (entry->old_tier == TIER_NONE)
        return CHANGE_GAINED;
    if (entry->tier == TIER_NONE)
        return CHANGE_LOST;
    return entry->tier > entry->old_tier ? CHANGE_RAISED : CHANGE_LOWERED;
}

static void count_changes(const struct evaluation *eval, size_t row, unsigned long long counts[CHANGE_COUNT])
{
    memset(counts, 0, CHANGE_COUNT * sizeof(*counts));
    for (size_t i = 0; i < eval->nentries; i++)
        if (eval->entries[i]->row == row)
            counts[change_of(eval, eval->entries[i])]++;
}

static const char *tier_word(uint8_t tier)
{
    return tier != TIER_NONE ? tier_name((enum tier)tier) : "silent";
}

static void print_text(const struct evaluation *eval, const struct eval_entry *entry, FILE *out)
{
    char *text = eval->show > 0 ? eval_text(eval, entry) : NULL;

    if (text != NULL)
        fprintf(out, "    %s\n", text);
    free(text);
}

void eval_print_comparison(const struct evaluation *eval, FILE *out)
{
    size_t shown = 0;

    fprintf(out, "\n%s against %s, warnings\n  %-*s   gained     lost   raised  lowered     rule     same\n",
            eval->rules_dir, eval->old_dir, eval_name_width(eval), "label/class");
    for (size_t row = 0; row < eval->nrows; row++) {
        unsigned long long n[CHANGE_COUNT];
        char name[EVAL_NAME_BYTES];
        count_changes(eval, row, n);
        eval_row_name(&eval->rows[row], name);
        fputs("  ", out);
        show_padded(out, name, eval_name_width(eval));
        fprintf(out, "%8llu %8llu %8llu %8llu %8llu %8llu\n", n[CHANGE_GAINED], n[CHANGE_LOST], n[CHANGE_RAISED],
                n[CHANGE_LOWERED], n[CHANGE_RULE], n[CHANGE_NONE]);
    }
    for (size_t i = 0; i < eval->nentries; i++) {
        const struct eval_entry *entry = eval->entries[i];
        if (change_of(eval, entry) == CHANGE_NONE || shown++ >= CHANGES_SHOWN)
            continue;
        fprintf(out, "  %-8s %s:%llu  %s/%s  %s %s → %s %s\n", change_names[change_of(eval, entry)],
                entry->batch->block.file, (unsigned long long)entry->number, entry->label->name, entry->class,
                tier_word(entry->old_tier), entry->old_rule != NULL ? entry->old_rule : "", tier_word(entry->tier),
                first_rule(eval, entry));
        print_text(eval, entry, out);
    }
    if (shown > CHANGES_SHOWN)
        fprintf(out, "  and %zu more (--json has them all)\n", shown - CHANGES_SHOWN);
}

json_t *eval_comparison_json(const struct evaluation *eval)
{
    json_t *classes = json_array(), *records = json_array();

    for (size_t row = 0; row < eval->nrows; row++) {
        unsigned long long n[CHANGE_COUNT];
        json_t *item = json_pack("{s:s, s:s}", "label", eval->rows[row].label, "class", eval->rows[row].class);
        count_changes(eval, row, n);
        for (int change = 0; change < CHANGE_COUNT; change++)
            json_object_set_new(item, change_names[change], json_integer((json_int_t)n[change]));
        json_array_append_new(classes, item);
    }
    for (size_t i = 0; i < eval->nentries; i++) {
        const struct eval_entry *entry = eval->entries[i];
        if (change_of(eval, entry) != CHANGE_NONE)
            json_array_append_new(records, json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "file",
                                                     entry->batch->block.file, "line", (json_int_t)entry->number,
                                                     "label", entry->label->name, "class", entry->class, "change",
                                                     change_names[change_of(eval, entry)], "old_tier",
                                                     tier_word(entry->old_tier), "old_rule",
                                                     entry->old_rule != NULL ? entry->old_rule : "", "tier",
                                                     tier_word(entry->tier), "rule", first_rule(eval, entry)));
    }
    return json_pack("{s:s, s:o, s:o}", "with", eval->old_dir, "classes", classes, "records", records);
}
