/* eval_tally.c - from entries to counts, in one pass each over records, templates and gaps. */
#include "cli/eval.h"

#include <stdlib.h>

/* ---- rows ---------------------------------------------------------------------------------------------------- */

static bool is_row_of(const struct eval_row *row, const struct eval_entry *entry, const char *file)
{
    return strcmp(row->class, entry->class) == 0 && strcmp(row->label, entry->label->name) == 0 &&
           (row->file == NULL || strcmp(row->file, file) == 0);
}

/* Texts of one class stand together in most files: look at the last row first. */
static bool find_row(struct evaluation *eval, struct eval_entry *entry, uint32_t last)
{
    const char *file = entry->batch->block.file;
    struct eval_row *bigger;

    entry->row = last;
    if (eval->nrows > 0 && is_row_of(&eval->rows[last], entry, file))
        return true;
    for (entry->row = 0; entry->row < eval->nrows; entry->row++)
        if (is_row_of(&eval->rows[entry->row], entry, file))
            return true;
    bigger = realloc(eval->rows, (eval->nrows + 1) * sizeof(*bigger));
    if (bigger == NULL)
        return false;
    eval->rows = bigger;
    eval->rows[eval->nrows++] = (struct eval_row){.label = entry->label->name, .class = entry->class,
                                                  .file = eval->by_file || eval->unlabelled ? file : NULL,
                                                  .side = entry->label->side};
    return true;
}

static void count_entry(struct evaluation *eval, const struct eval_entry *entry)
{
    struct eval_row *row = &eval->rows[entry->row];
    bool hit = entry->tier != TIER_NONE;

    row->n++;
    row->lines += entry->turn == 0;
    row->hits += hit;
    row->tiers[entry->tier]++;
    row->suppressed += entry->suppressed;
    row->shadow += !hit && entry->nshadow > 0;
    if (entry->family >= 'A' && entry->family <= 'Z')
        row->families[entry->family - 'A']++;
    eval->n[row->side]++;
    eval->hits[row->side] += hit;
    for (uint32_t i = 0; i < entry->nrules + entry->nshadow; i++)
        eval->rules[entry->rules[i]].hits[row->side]++;
    if (entry->nrules == 1)
        eval->rules[entry->rules[0]].unique[row->side]++;
    for (uint32_t i = 0; !hit && i < entry->nshadow; i++)
        eval->rules[entry->rules[i]].unique[row->side] += entry->nshadow == 1;
}

static bool tally_rows(struct evaluation *eval)
{
    uint32_t last = 0;
    size_t n = 0;

    eval->entries = malloc((eval->nentries + 1) * sizeof(*eval->entries));
    eval->rules = calloc(ruleset_rule_count(eval->ruleset) + 1, sizeof(*eval->rules));
    if (eval->entries == NULL || eval->rules == NULL)
        return false;
    for (struct eval_batch *batch = eval->batches; batch != NULL; batch = batch->next) {
        for (size_t i = 0; i < batch->n; i++) {
            struct eval_entry *entry = eval->entries[n++] = &batch->entries[i];
            if (!find_row(eval, entry, last))
                return false;
            count_entry(eval, entry);
            last = entry->row;
        }
    }
    return true;
}

/* ---- templates ----------------------------------------------------------------------------------------------- */

static int by_template(const void *a, const void *b)
{
    const struct eval_entry *x = *(const struct eval_entry *const *)a, *y = *(const struct eval_entry *const *)b;

    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->template < y->template ? -1 : x->template > y->template;
}

static bool tally_templates(struct evaluation *eval)
{
    struct eval_entry **sorted = malloc((eval->nentries + 1) * sizeof(*sorted));

    if (sorted == NULL)
        return false;
    memcpy(sorted, eval->entries, eval->nentries * sizeof(*sorted));
    qsort(sorted, eval->nentries, sizeof(*sorted), by_template);
    for (size_t i = 0, end; i < eval->nentries; i = end) {
        struct eval_row *row = &eval->rows[sorted[i]->row];
        size_t hits = 0;
        for (end = i; end < eval->nentries && by_template(&sorted[i], &sorted[end]) == 0; end++)
            hits += sorted[end]->tier != TIER_NONE;
        row->templates++;
        row->template_hits += row->side == SIDE_FRAUD ? hits == end - i : hits > 0;
    }
    free(sorted);
    return true;
}

/* ---- gaps ---------------------------------------------------------------------------------------------------- */

static int by_gap(const void *a, const void *b)
{
    const struct eval_gap *x = &((const struct eval_gap_row *)a)->gap, *y = &((const struct eval_gap_row *)b)->gap;
    int order = strcmp(x->library != NULL ? x->library : "", y->library != NULL ? y->library : "");

    return order != 0 ? order : strcmp(x->term, y->term);
}

static int by_misses(const void *a, const void *b)
{
    const struct eval_gap_row *x = a, *y = b;

    return x->misses != y->misses ? (x->misses < y->misses ? 1 : -1) : by_gap(a, b);
}

static bool tally_gaps(struct evaluation *eval)
{
    size_t total = 0, n = 0;

    for (size_t i = 0; i < eval->nentries; i++)
        total += eval->entries[i]->ngaps;
    eval->gaps = malloc((total + 1) * sizeof(*eval->gaps));
    if (eval->gaps == NULL)
        return false;
    for (size_t i = 0; i < eval->nentries; i++)
        for (size_t g = 0; g < eval->entries[i]->ngaps; g++)
            eval->gaps[n++] = (struct eval_gap_row){eval->entries[i]->gaps[g], 1};
    qsort(eval->gaps, n, sizeof(*eval->gaps), by_gap);
    for (size_t i = 0; i < n; i++) {
        if (eval->ngaps > 0 && by_gap(&eval->gaps[eval->ngaps - 1], &eval->gaps[i]) == 0)
            eval->gaps[eval->ngaps - 1].misses++;
        else
            eval->gaps[eval->ngaps++] = eval->gaps[i];
    }
    qsort(eval->gaps, eval->ngaps, sizeof(*eval->gaps), by_misses);
    return true;
}

bool eval_tally(struct evaluation *eval)
{
    return tally_rows(eval) && tally_templates(eval) && tally_gaps(eval);
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

struct interval eval_false_rate(const struct evaluation *eval, const uint64_t hits[SIDE_COUNT])
{
    if (eval->n[SIDE_HAM] > 0)
        return wilson_interval(hits[SIDE_HAM], eval->n[SIDE_HAM]);
    return wilson_interval(hits[SIDE_LAWFUL], eval->n[SIDE_LAWFUL]);
}

uint64_t eval_row_hits(const struct eval_row *row, enum tier tier)
{
    uint64_t hits = 0;

    for (int t = (int)tier; t <= TIER_HIGH; t++)
        hits += row->tiers[t];
    return hits;
}

void eval_row_name(const struct eval_row *row, char name[EVAL_NAME_BYTES])
{
    const char *file = row->file != NULL ? row->file : "", *slash = strrchr(file, '/');

    if (row->side == SIDE_UNKNOWN) {
        snprintf(name, EVAL_NAME_BYTES, "%s", slash != NULL ? slash + 1 : file);
        return;
    }
    snprintf(name, EVAL_NAME_BYTES, "%s%s%s%s%s", slash != NULL ? slash + 1 : file, row->file != NULL ? ":" : "",
             row->label, row->class[0] != '\0' ? "/" : "", row->class);
}

bool eval_breaks_budget(const struct evaluation *eval, const struct eval_row *row, enum tier tier)
{
    return eval->budget[tier] >= 0 && eval_is_negative(row->side) &&
           (double)eval_row_hits(row, tier) > eval->budget[tier] * (double)row->n;
}

size_t eval_sample(const struct evaluation *eval, size_t row, bool (*wanted)(const struct eval_entry *entry),
                   const struct eval_entry **out, size_t most)
{
    size_t n = 0;

    for (size_t i = 0; i < eval->nentries; i++) {
        const struct eval_entry *entry = eval->entries[i];
        size_t at = n;
        if (entry->row != row || !wanted(entry) || (n == most && entry->template >= out[n - 1]->template))
            continue;
        while (at > 0 && out[at - 1]->template > entry->template)
            at--;
        if (at > 0 && out[at - 1]->template == entry->template)
            continue;
        n += n < most;
        memmove(out + at + 1, out + at, (n - at - 1) * sizeof(*out));
        out[at] = entry;
    }
    return n;
}
