/* model_view.c - all phrases of the record are found first, which nobody needed before. */
#include "match/model_view.h"

#include "core/ids.h"
#include "match/compiled.h"
#include "match/model_parts.h"

#include <stdlib.h>

void model_view_fini(struct model_view *view)
{
    free(view->marks);
    free(view->fragments);
    *view = (struct model_view){0};
}

int model_view_use(struct model_view *view, const struct ruleset *ruleset, struct scan *scan)
{
    free(view->marks);
    view->marks = NULL;
    view->ruleset = ruleset;
    view->scan = scan;
    if (ruleset->model == NULL)
        return 0;
    view->marks = calloc(MODEL_MARK_WORDS(model_count(ruleset->model)) + 1, sizeof(*view->marks));
    return view->marks != NULL ? 0 : -TS_ENOMEM;
}

/* ---- what is there ----------------------------------------------------------------------------------------- */

/* The phrases found, but not those that only allow. */
static int note_fragments(struct model_view *view, size_t *n)
{
    const struct scan *scan = view->scan;
    size_t kept = 0;

    if (scan->nfound > view->fragments_cap) {
        size_t cap = 2 * scan->nfound;
        uint32_t *grown = realloc(view->fragments, cap * sizeof(*grown));

        if (grown == NULL)
            return -TS_ENOMEM;
        view->fragments = grown;
        view->fragments_cap = cap;
    }
    for (size_t i = 0; i < scan->nfound; i++)
        if (scan->found[i].phrase < view->ruleset->nfragments)
            view->fragments[kept++] = scan->found[i].phrase;
    *n = ids_unite(view->fragments, kept);
    return 0;
}

int model_view_features(struct model_view *view, struct subject *subject, struct model_features *out)
{
    const struct canon *canon = subject->canon;
    int rc = scan_find(view->scan, view->ruleset, canon, NULL);

    *out = (struct model_features){.text = str_range(canon->buf + canon->start[CANON_TEXT],
                                                     canon->buf + canon->end[CANON_TEXT])};
    if (rc == 0)
        rc = note_fragments(view, &out->nfragments);
    if (rc != 0)
        return rc;
    out->fragments = view->fragments;
    out->nfacts = model_facts(subject, view->facts);
    out->facts = view->facts;
    return 0;
}

/* ---- the score --------------------------------------------------------------------------------------------- */

bool model_view_is_waited_for(const struct ruleset *ruleset, const struct rule_entry *rule)
{
    bool known = ruleset->model != NULL && (model_is_live(ruleset->model) || rule->rule->state == RULE_SHADOW);

    return !known && (rule->facts >> FACT_MODEL_SCORE & 1) != 0;
}

bool model_view_can_answer(const struct subject *subject)
{
    return subject->model != NULL && subject->model->marks != NULL && subject->record->has_text;
}

static bool find_score(struct subject *subject)
{
    struct model_view *view = subject->model;
    struct model_features features;

    if (!model_view_can_answer(subject))
        return false;
    if (subject->scored)
        return view->known;
    subject->scored = true;
    view->known = model_view_features(view, subject, &features) == 0;
    if (view->known) {
        model_mark(view->ruleset->model, &features, view->marks);
        view->score = model_score(view->ruleset->model, view->marks);
    }
    return view->known;
}

bool model_view_answer(struct subject *subject, double *score)
{
    const struct model_view *view = subject->model;

    if (!model_view_can_answer(subject) || !(subject->on_trial || model_is_live(view->ruleset->model)) ||
        !find_score(subject))
        return false;
    *score = view->score;
    return true;
}

void model_view_weigh(struct subject *subject, struct verdict *verdict)
{
    const struct model_view *view = subject->model;

    if (!find_score(subject))
        return;
    verdict->model = (struct model_verdict){.known = true, .live = model_is_live(view->ruleset->model),
                                            .leaning = model_leaning(view->ruleset->model, view->score),
                                            .score = view->score};
}

bool model_view_explain(struct subject *subject, double *score, const struct model_term **terms, size_t *n, size_t max)
{
    const struct model_view *view = subject->model;

    if (!find_score(subject))
        return false;
    *score = view->score;
    *n = model_largest(view->ruleset->model, view->marks, terms, max);
    return true;
}

/* ---- what it moves ----------------------------------------------------------------------------------------- */

int verdict_lean(const struct verdict *verdict, enum tier tier)
{
    int leaning = verdict->model.known ? verdict->model.leaning : 0;

    return (leaning > 0 && tier == TIER_HIGH) || (leaning < 0 && tier == TIER_LOW) ? 0 : leaning;
}

enum tier verdict_tier(const struct verdict *verdict, bool shadow)
{
    enum tier tier = (shadow ? verdict->shadow : verdict->fired)[0].tier;

    return verdict->model.live ? (enum tier)((int)tier + verdict_lean(verdict, tier)) : tier;
}
