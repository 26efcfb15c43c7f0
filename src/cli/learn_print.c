/* learn_print.c - counts and rates for a person; no message text. */
#include "cli/learn.h"

#include <inttypes.h>

static void print_rate(FILE *out, const char *what, uint64_t hits, uint64_t n)
{
    struct interval rate = wilson_interval(hits, n);

    fprintf(out, "  %-44s %7" PRIu64 " / %-7" PRIu64 " %6.2f%%  (%.2f – %.2f%%)\n", what, hits, n, 100 * rate.rate,
            100 * rate.low, 100 * rate.high);
}

/* ---- the training ---------------------------------------------------------------------------------------------- */

static void print_left_out(const struct learn_documents *documents, FILE *out)
{
    const struct {
        uint64_t n;
        const char *why;
    } reasons[] = {{documents->repeated, "that differ from another in digits only, or in its sender"},
                   {documents->both_labels, "whose words have both labels"},
                   {documents->other_label, "that are neither fraud nor lawful"},
                   {documents->no_text, "without a text"},
                   {documents->known, "that are in the training, too"}};

    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
        if (reasons[i].n > 0)
            fprintf(out, "  left out: %" PRIu64 " %s\n", reasons[i].n, reasons[i].why);
}

static void print_sources(const struct learning *learning, bool held_out, FILE *out)
{
    static const char *const uses[LEARN_USES] = {"texts", "feedback", "holdout"};

    for (size_t i = 0; i < learning->nsources; i++) {
        const struct learn_source *source = &learning->sources[i];
        if ((source->use == LEARN_HOLDOUT) == held_out)
            fprintf(out, "  %-9s %s: %" PRIu64 " fraud, %" PRIu64 " lawful\n", uses[source->use], source->file,
                    source->fraud, source->lawful);
    }
}

/* What tells the files apart is then learned for what tells fraud. */
static bool has_source_of_both(const struct learning *learning)
{
    for (size_t i = 0; i < learning->nsources; i++)
        if (learning->sources[i].use != LEARN_HOLDOUT && learning->sources[i].fraud > 0 &&
            learning->sources[i].lawful > 0)
            return true;
    return false;
}

void learn_print_training(const struct learning *learning, FILE *out)
{
    const struct learn_cross_validation *cross = &learning->cross;

    fputs("training\n", out);
    print_sources(learning, false, out);
    print_left_out(&learning->training, out);
    if (!learning->senders_known)
        fputs("  not learned: what rests on sender, receiver or kind, for some texts do not say who sent them\n", out);
    if (!has_source_of_both(learning))
        fputs("  beware: no file has both labels: what tells the files apart is taken for what tells fraud\n", out);
    fputs("terms              tried   kept\n", out);
    for (int kind = 0; kind < MODEL_KINDS; kind++)
        fprintf(out, "  %-12s %9zu %6zu\n", model_kind_name((enum model_kind)kind), learning->tried[kind],
                learning->kept[kind]);
    fprintf(out, "cross-validated in %d folds: --l1 %g, logarithmic loss %.4f; texts of the same sources\n",
            LEARN_FOLDS, cross->cost, cross->loss);
    print_rate(out, "recall: frauds whose score is raised", cross->found, cross->fraud);
    print_rate(out, "precision: of these texts, such that are fraud", cross->found, cross->found + cross->alarms);
    print_rate(out, "false alarms: lawful ones whose score is", cross->alarms, cross->lawful);
}

/* ---- the holdout ----------------------------------------------------------------------------------------------- */

static void print_side(const struct learn_side *side, const char *what, FILE *out)
{
    fprintf(out, "%s\n", what);
    print_rate(out, "by the rules alone", side->rules, side->n);
    print_rate(out, "by the rules, or score raised", side->raised, side->n);
    print_rate(out, "by the rules, or score at equal false alarms", side->equal, side->n);
}

void learn_print_measure(const struct learning *learning, FILE *out)
{
    const struct learn_measure *measure = &learning->measure;
    struct learn_criterion criteria[LEARN_CRITERIA];
    bool live = learn_may_go_live(measure, criteria);

    fputs("holdout\n", out);
    print_sources(learning, true, out);
    print_left_out(&learning->holdout, out);
    print_side(&measure->fraud, "  recall: frauds found", out);
    print_side(&measure->lawful, "  false alarms: lawful ones", out);
    fprintf(out, "  at equal false alarms: score above %.4f, which no lawful text reaches that rules leave silent\n",
            measure->equal_score);
    fprintf(out, "  tiers it would move: up %" PRIu64 " right and %" PRIu64 " false warnings, down %" PRIu64
                 " and %" PRIu64 "\n", measure->fraud.up, measure->lawful.up, measure->fraud.down,
            measure->lawful.down);
    for (int i = 0; i < LEARN_CRITERIA; i++)
        fprintf(out, "%-4s %-20s %s; wanted: %s\n", criteria[i].ok ? "ok" : "NO", criteria[i].what, criteria[i].have,
                criteria[i].want);
    fputs(live ? "It finds more on texts of another source: it may go live.\n"
               : "It does not find more on texts of another source: it must not go live.\n", out);
}
