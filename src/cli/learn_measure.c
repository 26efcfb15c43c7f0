/* learn_measure.c - what a model adds to the rules on texts of another source: what it would find beyond them, what it
 * would wrongly take for fraud, and whose tier it would move. */
#include "cli/learn.h"

#include <math.h>
#include <stdlib.h>

static int score_all(const struct learn_documents *documents, const struct model *model,
                     void (*take)(void *ctx, size_t i, double score), void *ctx)
{
    uint64_t *marks = calloc(MODEL_MARK_WORDS(model_count(model)) + 1, sizeof(*marks));

    if (marks == NULL)
        return -TS_ENOMEM;
    for (size_t i = 0; i < documents->n; i++) {
        model_mark(model, documents->items[i].features, marks);
        take(ctx, i, model_score(model, marks));
    }
    free(marks);
    return 0;
}

/* ---- the holdout ----------------------------------------------------------------------------------------------- */

struct measuring {
    struct learning *learning;
    const struct model *model;
};

static bool is_warned(const struct learn_document *document)
{
    return document->entry->tier != TIER_NONE;
}

static void count_document(void *ctx, size_t i, double score)
{
    struct measuring *measuring = ctx;
    struct learn_document *document = &measuring->learning->holdout.items[i];
    struct learn_measure *measure = &measuring->learning->measure;
    struct learn_side *side = document->fraud ? &measure->fraud : &measure->lawful;
    int leaning = model_leaning(measuring->model, score);

    document->score = score / 100;
    side->n++;
    side->rules += is_warned(document);
    side->raised += is_warned(document) || leaning > 0;
    side->up += is_warned(document) && leaning > 0;
    side->down += is_warned(document) && leaning < 0;
    if (!document->fraud && !is_warned(document) && document->score > measure->equal_score)
        measure->equal_score = document->score;
}

/* The score that no lawful text without a warning reaches. */
static void count_equal(struct learning *learning)
{
    struct learn_measure *measure = &learning->measure;

    measure->lawful.equal = measure->lawful.rules;
    measure->fraud.equal = measure->fraud.rules;
    for (size_t i = 0; i < learning->holdout.n; i++) {
        const struct learn_document *document = &learning->holdout.items[i];
        measure->fraud.equal += document->fraud && !is_warned(document) && document->score > measure->equal_score;
    }
}

int learn_measure(struct learning *learning, const struct model *model)
{
    struct measuring measuring = {learning, model};
    int rc = score_all(&learning->holdout, model, count_document, &measuring);

    if (rc == 0)
        count_equal(learning);
    return rc;
}

/* ---- whether it may go live ------------------------------------------------------------------------------------ */

static void tell_rate(char out[120], const char *what, uint64_t hits, uint64_t n)
{
    struct interval rate = wilson_interval(hits, n);

    snprintf(out, 120, "%llu of %llu %s: %.2f%% (%.2f–%.2f%%)", (unsigned long long)hits, (unsigned long long)n, what,
             100 * rate.rate, 100 * rate.low, 100 * rate.high);
}

/* Of what the rules leave silent, the score must find more among frauds than by chance it would among the lawful. */
static void judge_recall(const struct learn_measure *measure, struct learn_criterion *out)
{
    uint64_t missed = measure->fraud.n - measure->fraud.rules, found = measure->fraud.raised - measure->fraud.rules;
    uint64_t silent = measure->lawful.n - measure->lawful.rules;
    uint64_t alarms = measure->lawful.raised - measure->lawful.rules;
    struct interval rate = wilson_interval(found, missed), chance = wilson_interval(alarms, silent);

    tell_rate(out->have, "frauds that rules miss", found, missed);
    snprintf(out->want, sizeof(out->want), "surely above the %.2f%% that lawful texts may reach", 100 * chance.high);
    out->ok = missed > 0 && silent > 0 && rate.low > chance.high;
}

static void judge_alarms(const struct learn_measure *measure, struct learn_criterion *out)
{
    tell_rate(out->have, "lawful texts without a warning", measure->lawful.raised - measure->lawful.rules,
              measure->lawful.n - measure->lawful.rules);
    snprintf(out->want, sizeof(out->want), "none");
    out->ok = measure->lawful.raised == measure->lawful.rules;
}

bool learn_may_go_live(const struct learn_measure *measure, struct learn_criterion out[LEARN_CRITERIA])
{
    struct learn_criterion *source = &out[LEARN_OTHER_SOURCE];

    out[LEARN_RECALL_RISES].what = "recall rises";
    judge_recall(measure, &out[LEARN_RECALL_RISES]);
    out[LEARN_NO_NEW_ALARMS].what = "false alarms do not";
    judge_alarms(measure, &out[LEARN_NO_NEW_ALARMS]);
    source->what = "another source";
    source->ok = measure->known_source == NULL;
    snprintf(source->have, sizeof(source->have), "%.100s%s", source->ok ? "no file" : measure->known_source,
             source->ok ? "" : " is one");
    snprintf(source->want, sizeof(source->want), "none that the model was trained on");
    return out[LEARN_RECALL_RISES].ok && out[LEARN_NO_NEW_ALARMS].ok && source->ok;
}

/* ---- trainer and engine ---------------------------------------------------------------------------------------- */

struct comparing {
    const struct learning *learning;
    bool agree;
};

static void compare(void *ctx, size_t i, double score)
{
    struct comparing *comparing = ctx;
    const struct learn_document *document = &comparing->learning->training.items[i];
    double sum = comparing->learning->bias;

    for (size_t t = 0; t < document->nterms; t++)
        sum += comparing->learning->terms[document->terms[t]].weight;
    comparing->agree &= fabs(score - 100 / (1 + exp(-sum))) < 1e-6;
}

bool learn_model_agrees(const struct learning *learning, const struct model *model)
{
    struct comparing comparing = {learning, true};

    return score_all(&learning->training, model, compare, &comparing) == 0 && comparing.agree;
}
