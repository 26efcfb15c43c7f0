/* evaluate_scope.c - the matches of the text in the order of reading, and two fingers moving along it. */
#include "match/evaluate_scope.h"

#include <stdlib.h>

bool scope_is_whole(const struct evaluator *evaluator, enum scope scope)
{
    return scope == SCOPE_TEXT ||
           (scope == SCOPE_WINDOW && evaluator->eval.subject->canon->chars <= SCOPE_LONG_TEXT_CHARS);
}

/* ---- order ------------------------------------------------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->chars != y->chars)
        return x->chars > y->chars ? 1 : -1;
    return (x->match > y->match) - (x->match < y->match);
}

/* evaluate.c made room for every match. */
static void make_order(struct evaluator *evaluator)
{
    for (uint32_t i = 0; i < evaluator->nmatches; i++) {
        if (evaluator->matches[i].field == CANON_TEXT)
            evaluator->order[evaluator->norder++] = (struct place){evaluator->matches[i].char_start, i};
    }
    if (evaluator->norder > 0)
        qsort(evaluator->order, evaluator->norder, sizeof(*evaluator->order), compare_places);
    evaluator->ordered = true;
}

struct stretches scope_begin(struct evaluator *evaluator, const struct rule_entry *entry)
{
    struct stretches out = {.scope = entry->rule->scope};

    for (uint32_t i = 0; i < entry->nsets; i++)
        out.sets |= EXPRESSION_SET_BIT(entry->sets[i]);
    if (!evaluator->ordered)
        make_order(evaluator);
    return out;
}

/* ---- walk -------------------------------------------------------------------------------------------------- */

static const struct match *match_at(const struct evaluator *evaluator, size_t i)
{
    return &evaluator->matches[evaluator->order[i].match];
}

static bool matters(const struct evaluator *evaluator, const struct stretches *stretches, size_t i)
{
    return (EXPRESSION_SET_BIT(match_at(evaluator, i)->set) & stretches->sets) != 0;
}

/* A window that ends no later than the one before holds only what that one held. */
static bool next_window(const struct evaluator *evaluator, struct stretches *stretches)
{
    for (size_t i = stretches->next; i < evaluator->norder; i++) {
        uint32_t from = evaluator->order[i].chars;

        if (!matters(evaluator, stretches, i))
            continue;
        for (; stretches->end < evaluator->norder && evaluator->order[stretches->end].chars < from + SCOPE_WINDOW_CHARS;
             stretches->end++)
            stretches->news |= matters(evaluator, stretches, stretches->end);
        if (!stretches->news)
            continue;
        stretches->news = false;
        stretches->next = i + 1;
        stretches->from = from;
        stretches->to = from + SCOPE_WINDOW_CHARS;
        return true;
    }
    return false;
}

static bool next_sentence(const struct evaluator *evaluator, struct stretches *stretches)
{
    size_t i = stretches->next;

    if (i == evaluator->norder)
        return false;
    stretches->from = evaluator->order[i].chars;
    while (i < evaluator->norder &&
           match_at(evaluator, i)->sentence == match_at(evaluator, stretches->next)->sentence)
        i++;
    stretches->next = i;
    stretches->to = i < evaluator->norder ? evaluator->order[i].chars : UINT32_MAX;
    return true;
}

bool scope_next(const struct evaluator *evaluator, struct stretches *stretches)
{
    return stretches->scope == SCOPE_SENTENCE ? next_sentence(evaluator, stretches)
                                              : next_window(evaluator, stretches);
}
