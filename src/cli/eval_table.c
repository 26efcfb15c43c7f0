/* eval_table.c - the counts as tables for a person; no message text. */
#include "cli/eval.h"

#include <stdlib.h>

#define GAPS_SHOWN 20
#define ALARMS_SHOWN 50

typedef unsigned long long ull;

static const char *percent(double rate, char out[16])
{
    snprintf(out, 16, rate != 0 && rate < 0.01 ? "%.4f%%" : "%.2f%%", 100 * rate);
    return out;
}

/* ---- classes ------------------------------------------------------------------------------------------------- */

static const char *side_title(enum eval_side side)
{
    static const char *const titles[SIDE_COUNT] = {
        [SIDE_FRAUD] = "fraud: recall", [SIDE_HAM] = "ham: false alarms", [SIDE_LAWFUL] = "lawful: false alarms",
        [SIDE_SPAM] = "spam: warnings (neither recall nor false alarms)", [SIDE_UNKNOWN] = "unlabelled: warnings"};
    return titles[side];
}

static void print_row(const struct evaluation *eval, const struct eval_row *row, FILE *out)
{
    struct interval interval = wilson_interval(row->hits, row->n), templates;
    char rate[16], low[16], high[16], by_template[16], name[EVAL_NAME_BYTES];

    eval_row_name(row, name);
    templates = wilson_interval(row->template_hits, row->templates);
    fputs("  ", out);
    show_padded(out, name, eval_name_width(eval));
    fprintf(out, "%7llu /%7llu %9s  %9s –%9s %6llu %6llu %6llu %6llu %8llu %9s\n", (ull)row->hits, (ull)row->n,
            percent(interval.rate, rate), percent(interval.low, low), percent(interval.high, high),
            (ull)row->tiers[TIER_HIGH], (ull)row->tiers[TIER_MEDIUM], (ull)row->tiers[TIER_LOW], (ull)row->suppressed,
            (ull)row->templates, percent(templates.rate, by_template));
}

/* All rows of a side as one. */
static struct eval_row total_of(const struct evaluation *eval, enum eval_side side)
{
    struct eval_row total = {.label = "all", .class = "", .side = side};

    for (size_t i = 0; i < eval->nrows; i++) {
        const struct eval_row *row = &eval->rows[i];
        if (row->side != side)
            continue;
        total.n += row->n;
        total.hits += row->hits;
        total.suppressed += row->suppressed;
        total.templates += row->templates;
        total.template_hits += row->template_hits;
        for (int t = 0; t <= TIER_HIGH; t++)
            total.tiers[t] += row->tiers[t];
    }
    return total;
}

static void print_classes(const struct evaluation *eval, FILE *out)
{
    int width = eval_name_width(eval);

    for (int side = 0; side < SIDE_COUNT; side++) {
        struct eval_row total = total_of(eval, (enum eval_side)side);
        size_t rows = 0;
        if (total.n == 0)
            continue;
        fprintf(out,
                "%s\n  %-*s   hits / records      rate   95 %% interval         high medium    low suppr. templates"
                "      rate\n",
                side_title((enum eval_side)side), width, "label/class");
        for (size_t i = 0; i < eval->nrows; i++)
            if (eval->rows[i].side == (enum eval_side)side && ++rows > 0)
                print_row(eval, &eval->rows[i], out);
        if (rows > 1)
            print_row(eval, &total, out);
    }
}

/* ---- base rate ----------------------------------------------------------------------------------------------- */

static void print_overall(const struct evaluation *eval, FILE *out)
{
    struct interval recall = wilson_interval(eval->hits[SIDE_FRAUD], eval->n[SIDE_FRAUD]);
    struct interval wrong = eval_false_rate(eval, eval->hits);
    double p = eval->prevalence;
    char a[16], b[16], c[16];

    if (eval->n[SIDE_FRAUD] == 0 || eval->n[SIDE_HAM] + eval->n[SIDE_LAWFUL] == 0)
        return;
    fprintf(out,
            "\nof 1,000,000 records with %s fraud: %.0f frauds, %.0f warned of; %.0f false alarms (at most %.0f)\n",
            percent(p, a), 1e6 * p, 1e6 * p * recall.rate, 1e6 * (1 - p) * wrong.rate, 1e6 * (1 - p) * wrong.high);
    fprintf(out, "  recall %s, false-alarm rate of %s %s (interval up to %s)\n", percent(recall.rate, a),
            eval->n[SIDE_HAM] > 0 ? "ham" : "lawful", percent(wrong.rate, b), percent(wrong.high, c));
    fprintf(out, "  precision of a warning %s; at the upper end of the interval %s\n",
            percent(projected_precision(p, recall.rate, wrong.rate), a),
            percent(projected_precision(p, recall.rate, wrong.high), b));
}

static void print_unlabelled(const struct evaluation *eval, FILE *out)
{
    struct interval all = wilson_interval(eval->hits[SIDE_UNKNOWN], eval->n[SIDE_UNKNOWN]);
    uint64_t tiers[4] = {0};

    if (!eval->unlabelled)
        return;
    for (size_t i = 0; i < eval->nrows; i++)
        for (int t = TIER_LOW; t <= TIER_HIGH; t++)
            tiers[t] += eval->rows[i].tiers[t];
    fprintf(out, "\nwarnings per 100,000 records: %.1f (95 %% interval %.1f – %.1f)", 1e5 * all.rate, 1e5 * all.low,
            1e5 * all.high);
    for (int t = TIER_HIGH; t >= TIER_LOW && eval->n[SIDE_UNKNOWN] > 0; t--)
        fprintf(out, "%s %s %.1f", t == TIER_HIGH ? ":" : ",", tier_name((enum tier)t),
                1e5 * (double)tiers[t] / (double)eval->n[SIDE_UNKNOWN]);
    fputc('\n', out);
}

/* ---- families, rules, gaps ----------------------------------------------------------------------------------- */

static void print_families(const struct evaluation *eval, FILE *out)
{
    size_t n = 0;

    for (size_t i = 0; i < eval->nrows; i++) {
        const struct eval_row *row = &eval->rows[i];
        char name[EVAL_NAME_BYTES];
        if (row->hits == 0)
            continue;
        if (n++ == 0)
            fputs("\nfamily of the warning, by class\n", out);
        eval_row_name(row, name);
        fputs("  ", out);
        show_padded(out, name, eval_name_width(eval));
        for (int f = 0; f < 26; f++)
            if (row->families[f] > 0)
                fprintf(out, " %c %llu", 'A' + f, (ull)row->families[f]);
        fputc('\n', out);
    }
}

static void print_rule(const struct evaluation *eval, size_t i, FILE *out)
{
    const struct eval_rule_row *row = &eval->rules[i];
    const struct library *library;
    const struct rule *rule = ruleset_rule(eval->ruleset, i, &library);
    double recall = wilson_interval(row->hits[SIDE_FRAUD], eval->n[SIDE_FRAUD]).rate;
    struct interval wrong = eval_false_rate(eval, row->hits);
    uint64_t all = row->hits[SIDE_FRAUD] + row->hits[SIDE_HAM] + row->hits[SIDE_LAWFUL];
    char best[16] = "-", least[16] = "-";

    if (all > 0 && eval->n[SIDE_FRAUD] > 0) {
        percent(projected_precision(eval->prevalence, recall, wrong.rate), best);
        percent(projected_precision(eval->prevalence, recall, wrong.high), least);
    }
    fprintf(out, "  %-8s %-14s %-6s %7llu %7llu %7llu   %7llu %7llu %7llu  %9s %9s\n", rule->id, library->name,
            rule_state_name(rule->state), (ull)row->hits[SIDE_FRAUD],
            (ull)(row->hits[SIDE_HAM] + row->hits[SIDE_LAWFUL]), (ull)row->hits[SIDE_SPAM],
            (ull)row->unique[SIDE_FRAUD], (ull)(row->unique[SIDE_HAM] + row->unique[SIDE_LAWFUL]),
            (ull)row->unique[SIDE_SPAM], best, least);
}

/* Those with most false hits first, then those with most true ones. */
static int by_harm(const void *a, const void *b, void *rows)
{
    const struct eval_rule_row *all = rows;
    const uint64_t *x = all[*(const size_t *)a].hits, *y = all[*(const size_t *)b].hits;
    uint64_t wrong_x = x[SIDE_HAM] + x[SIDE_LAWFUL], wrong_y = y[SIDE_HAM] + y[SIDE_LAWFUL];

    if (wrong_x != wrong_y)
        return wrong_x < wrong_y ? 1 : -1;
    if (x[SIDE_FRAUD] != y[SIDE_FRAUD])
        return x[SIDE_FRAUD] < y[SIDE_FRAUD] ? 1 : -1;
    return *(const size_t *)a < *(const size_t *)b ? -1 : 1;
}

static void print_rules(const struct evaluation *eval, FILE *out)
{
    size_t *order = malloc((ruleset_rule_count(eval->ruleset) + 1) * sizeof(*order)), n = 0;

    for (size_t i = 0; i < ruleset_rule_count(eval->ruleset) && order != NULL; i++) {
        const uint64_t *hits = eval->rules[i].hits;
        if (hits[SIDE_FRAUD] + hits[SIDE_HAM] + hits[SIDE_LAWFUL] + hits[SIDE_SPAM] + hits[SIDE_UNKNOWN] > 0)
            order[n++] = i;
    }
    if (n > 0) {
        qsort_r(order, n, sizeof(*order), by_harm, eval->rules);
        fputs("\nrules                               hits                    hits of no other rule     precision\n"
              "  id       library        state    fraud   false    spam     fraud   false    spam  projected"
              "  at least\n",
              out);
    }
    for (size_t i = 0; i < n; i++)
        print_rule(eval, order[i], out);
    fprintf(out, "%s  %zu rules hit nothing\n", n > 0 ? "" : "\nrules\n", ruleset_rule_count(eval->ruleset) - n);
    free(order);
}

static void print_gaps(const struct evaluation *eval, FILE *out)
{
    uint64_t misses = eval->n[SIDE_FRAUD] - eval->hits[SIDE_FRAUD];

    if (misses == 0)
        return;
    fprintf(out, "\nmissed frauds: %llu, by the one term that was missing (a miss may lack one of each of several)\n",
            (ull)misses);
    for (size_t i = 0; i < eval->ngaps && i < GAPS_SHOWN; i++) {
        const struct eval_gap *gap = &eval->gaps[i].gap;
        fprintf(out, "  %7llu  %s%s%s", (ull)eval->gaps[i].misses, gap->library != NULL ? gap->library : "",
                gap->library != NULL ? ": " : "", gap->term);
        fprintf(out, "%s%s%s\n", gap->rule != NULL ? "  (" : "", gap->rule != NULL ? gap->rule : "",
                gap->rule != NULL ? ")" : "");
    }
    if (eval->ngaps > GAPS_SHOWN)
        fprintf(out, "           and %zu other terms\n", eval->ngaps - GAPS_SHOWN);
}

/* ---- errors without texts ------------------------------------------------------------------------------------ */

static void print_alarms(const struct evaluation *eval, FILE *out)
{
    size_t n = 0;

    for (size_t i = 0; i < eval->nentries; i++) {
        const struct eval_entry *entry = eval->entries[i];
        if (!eval_is_negative(entry->label->side) || entry->tier == TIER_NONE || n++ >= ALARMS_SHOWN)
            continue;
        if (n == 1)
            fputs("\nfalse alarms\n", out);
        fprintf(out, "  %s:%llu  %s/%s  %s ", entry->batch->block.file, (ull)entry->number, entry->label->name,
                entry->class, tier_name((enum tier)entry->tier));
        for (uint32_t r = 0; r < entry->nrules; r++)
            fprintf(out, " %s", ruleset_rule(eval->ruleset, entry->rules[r], NULL)->id);
        fputc('\n', out);
    }
    if (n > ALARMS_SHOWN)
        fprintf(out, "  and %zu more\n", n - ALARMS_SHOWN);
}

static void print_budget(const struct evaluation *eval, FILE *out)
{
    for (int t = TIER_LOW; t <= TIER_HIGH; t++) {
        size_t broken = 0;
        char budget[16], rate[16], name[EVAL_NAME_BYTES];
        if (eval->budget[t] < 0)
            continue;
        for (size_t i = 0; i < eval->nrows; i++) {
            const struct eval_row *row = &eval->rows[i];
            uint64_t hits = eval_row_hits(row, (enum tier)t);
            if (!eval_breaks_budget(eval, row, (enum tier)t))
                continue;
            broken++;
            eval_row_name(row, name);
            fprintf(out, "budget of %s for warnings from %s on broken by %s: %llu of %llu, %s\n",
                    percent(eval->budget[t], budget), tier_name((enum tier)t), name, (ull)hits, (ull)row->n,
                    percent((double)hits / (double)row->n, rate));
        }
        if (broken == 0 && eval->n[SIDE_HAM] + eval->n[SIDE_LAWFUL] > 0)
            fprintf(out, "budget of %s for warnings from %s on kept by every negative class\n",
                    percent(eval->budget[t], budget), tier_name((enum tier)t));
    }
}

static void print_suggestions(const struct evaluation *eval, FILE *out)
{
    struct eval_phrase *phrases;
    size_t n = eval_suggest(eval, &phrases);

    fprintf(out, "\nphrases of missed frauds that ham has not (as written in a library)\n%s",
            n > 0 ? "  misses     ham       z  phrase\n"
                  : "  none: it takes what three missed frauds share, and ham to compare with\n");
    for (size_t i = 0; i < n; i++)
        fprintf(out, "  %6llu %7llu %7.1f  %.*s\n", (ull)phrases[i].misses, (ull)phrases[i].ham, phrases[i].z,
                STR_FMT(phrases[i].text));
    free(phrases);
}

void eval_print(const struct evaluation *eval, FILE *out)
{
    print_classes(eval, out);
    print_overall(eval, out);
    print_unlabelled(eval, out);
    if (!eval->brief) {
        print_families(eval, out);
        print_rules(eval, out);
        print_gaps(eval, out);
        print_alarms(eval, out);
    }
    if (eval->show > 0)
        eval_show(eval, out);
    if (eval->suggest)
        print_suggestions(eval, out);
    if (eval->old_ruleset != NULL)
        eval_print_comparison(eval, out);
    print_budget(eval, out);
}
