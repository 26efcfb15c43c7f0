/* eval_errors.c - a table that a spreadsheet opens and that eval reads again once a person corrected its labels: UTF-8
 * with a byte order mark, columns between tabs, no cell that a spreadsheet would take for a formula. */
#include "cli/cell.h"
#include "cli/eval.h"

#include <errno.h>
#include <stdlib.h>

#define SAMPLE_DEFAULT 100

/* In quotes when a quote is in it, or the spreadsheet would take it for the beginning of a quoted cell. */
static void write_cell(FILE *out, const char *text, char end)
{
    bool quoted = strchr(text, '"') != NULL;

    if (quoted)
        fputc('"', out);
    if (cell_is_formula(str_of(text)))
        fputc('\'', out);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"')
            fputc('"', out);
        fputc((unsigned char)*p < ' ' ? ' ' : *p, out);
    }
    if (quoted)
        fputc('"', out);
    fputc(end, out);
}

static void write_rules(const struct evaluation *eval, const struct eval_entry *entry, FILE *out)
{
    for (uint32_t i = 0; i < entry->nrules; i++)
        fprintf(out, "%s%s", i > 0 ? " " : "", ruleset_rule(eval->ruleset, entry->rules[i], NULL)->id);
    fputc('\t', out);
}

static void write_gaps(const struct eval_entry *entry, FILE *out)
{
    for (size_t i = 0; i < entry->ngaps; i++) {
        const struct eval_gap *gap = &entry->gaps[i];
        fprintf(out, "%s%s%s%s", i > 0 ? "; " : "", gap->library != NULL ? gap->library : "",
                gap->library != NULL ? ": " : "", gap->term);
    }
    fputs("\r\n", out);
}

static void write_entry(const struct evaluation *eval, const struct eval_entry *entry, FILE *out)
{
    static const char *const fields[] = {"kind", "calling", "ingress"};
    json_t *record = eval_record(eval, entry);
    char *text = eval_text(eval, entry);

    write_cell(out, entry->label->side == SIDE_UNKNOWN ? "" : entry->label->name, '\t');
    write_cell(out, entry->label->side == SIDE_UNKNOWN ? "" : entry->class, '\t');
    write_cell(out, text != NULL ? text : "", '\t');
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        const char *value = json_string_value(json_object_get(record, fields[i]));
        write_cell(out, value != NULL ? value : "", '\t');
    }
    write_cell(out, entry->batch->block.file, '\t');
    fprintf(out, "%llu\t%s\t", (unsigned long long)entry->number,
            entry->tier != TIER_NONE ? tier_name((enum tier)entry->tier) : entry->suppressed ? "suppressed" : "clean");
    write_rules(eval, entry, out);
    write_gaps(entry, out);
    free(text);
    json_decref(record);
}

/* ---- a sample to label --------------------------------------------------------------------------------------- */

static bool is_warned(const struct eval_entry *entry)
{
    return entry->tier != TIER_NONE;
}

static bool is_silent(const struct eval_entry *entry)
{
    return entry->tier == TIER_NONE;
}

/* Warnings to see how many are right, and as many silent texts to see what is missed. */
static void write_sample(const struct evaluation *eval, FILE *out)
{
    size_t most = eval->show > 0 ? (size_t)eval->show : SAMPLE_DEFAULT;
    const struct eval_entry **sample = calloc(most + 1, sizeof(*sample));

    for (size_t row = 0; row < eval->nrows && sample != NULL; row++) {
        size_t n = eval_sample(eval, row, is_warned, sample, most);
        for (size_t i = 0; i < n; i++)
            write_entry(eval, sample[i], out);
        n = eval_sample(eval, row, is_silent, sample, most);
        for (size_t i = 0; i < n; i++)
            write_entry(eval, sample[i], out);
    }
    free(sample);
}

int eval_write_errors(const struct evaluation *eval)
{
    FILE *out = fopen(eval->errors_file, "we");
    bool ok = out != NULL;

    if (ok) {
        fputs("\xEF\xBB\xBFlabel\tclass\ttext\tkind\tcalling\tingress\t_file\t_line\t_verdict\t_rules\t_missing\r\n",
              out);
        for (size_t i = 0; i < eval->nentries && !eval->unlabelled; i++)
            if (eval_is_error(eval->entries[i]))
                write_entry(eval, eval->entries[i], out);
        if (eval->unlabelled)
            write_sample(eval, out);
        ok = !ferror(out);
        ok = fclose(out) == 0 && ok;
    }
    if (!ok)
        fprintf(stderr, "telsieve eval: %s: %s\n", eval->errors_file, strerror(errno));
    return ok ? EXIT_DONE : EXIT_RUNTIME;
}
